#!/usr/bin/python3
"""The gRPC library beside other gRPC servers, in turn, as ratios.

  run.py PEERS [--runs N] [--only scenario,...] [--peers cpp,go,...] [--json FILE]

PEERS is a prepared copy of the comparison's folder: servers in grpc-cpp, grpc-go, grpc-node and
grpc-py, load/duban-load, certs and data. Build ours with `ninja -C build bench_rpc` first.
"""
import argparse
import json
import os
import pathlib
import platform
import re
import select
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("DUBAN_BUILD", ROOT / "build")) / "bin"
OURS = "rpc"
START, LOAD = 30, 300  # s

PEERS = {
    "cpp": (["grpc-cpp/server"], {}),
    "go": (["grpc-go/server"], {}),
    "node": (["node", "grpc-node/server.js"], {"ASYNC": "1"}),
    "py": (["/usr/bin/python3", "grpc-py/server.py"], {}),
    "probe": (["probe/probe"], {}),
    OURS: ([str(BIN / "rpc-bench-server")], {}),
}

UNARY = ["-n", "100000", "-w", "5000", "-W"]
SCENARIOS = {  # name: (what it is, the load's arguments)
    "rpc": ("unary, 8 connections x 32 streams", ["submit", "-c", "8", "-m", "32", *UNARY]),
    "rpc1": ("unary, one call at a time",
             ["submit", "-c", "1", "-m", "1", "-n", "5000", "-w", "500", "-W"]),
    "rpc64": ("unary, 64 connections x 4 streams", ["submit", "-c", "64", "-m", "4", *UNARY]),
    "watch10000": ("10,000 open streams, then one message to all",
                   ["watch", "-c", "10000", "-k", "5", "-i", "10", "-s", "8"]),
    "hs_full": ("full mutual-TLS handshakes", ["handshake", "-c", "8", "-n", "2000"]),
    "hs_resume": ("resumed handshakes", ["handshake", "-r", "-c", "8", "-n", "2000"]),
}

# (scenario, figure, peer or "best" of all, direction, bound)
TARGETS = [
    ("rpc", "rps", "cpp", ">=", 4.0),
    ("rpc", "rps", "go", ">=", 4.0),
    ("rpc", "cpu_us_srv", "cpp", "<=", 0.25),
    ("rpc", "cpu_us_srv", "go", "<=", 0.25),
    ("rpc1", "p50_us", "best", "<=", 1.0),
    ("watch10000", "cpu_us_per_watcher_srv", "go", "<=", 0.7),
    ("watch10000", "last_ms", "go", "<=", 1.0),
    ("hs_full", "cpu_us_srv", "cpp", "<=", 0.6),
    ("hs_resume", "cpu_us_srv", "cpp", "<=", 0.6),
]
KIB_TARGET, IDLE_TARGET = 44, 0.2
LEAK_TARGET = 0.01  # bytes a call: what the pool keeps is less, a leak of any block more
SHOWN = {
    "rpc": ["rps", "p50_us", "p99_us", "cpu_us_srv"],
    "rpc1": ["p50_us", "p99_us", "cpu_us_srv"],
    "rpc64": ["rps", "p50_us", "p99_us", "cpu_us_srv"],
    "watch10000": ["per_conn_kib_srv", "idle_cpu_pct_srv", "open_cpu_us_srv", "p50_ms",
                   "last_ms", "cpu_us_per_watcher_srv"],
    "hs_full": ["per_s", "cpu_us_srv"],
    "hs_resume": ["per_s", "cpu_us_srv"],
}


def serve(name, folder):
    """Start a server; it says when it is ready."""
    command, more = PEERS[name]
    local = [str(folder / c) if "/" in c and not c.startswith("/") else c for c in command]
    server = subprocess.Popen(local, cwd=folder, env={**os.environ, "MODE": "rpc", **more},
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    readable, _, _ = select.select([server.stdout], [], [], START)
    if not readable or server.stdout.readline().strip() != "ready":
        server.kill()
        sys.exit(f"{name} does not start: {server.communicate()[1][:500]}")
    return server


def parse(line):
    pairs = re.findall(r"(\S+?)=(\S+)", line)
    return {k: float(v) for k, v in pairs if re.fullmatch(r"-?[\d.]+", v)}


def run(name, scenario, folder):
    """One run: a flat dictionary of figures; of several alerts the median."""
    arguments = SCENARIOS[scenario][1]
    server = serve(name, folder)
    try:
        load = [str(folder / "load" / "duban-load"), *arguments, "-p", f"srv:{server.pid}"]
        if arguments[0] == "watch":
            load += ["-T", str(server.pid)]
        done = subprocess.run(load, cwd=folder, capture_output=True, text=True, timeout=LOAD)
    finally:
        server.kill()
        server.communicate()
    if done.returncode != 0 or done.stderr:
        print(f"! {scenario} {name}: {done.stderr[:300]}", flush=True)
    lines = [parse(line) for line in done.stdout.splitlines()]
    figures = lines[0] if lines else {}
    alerts = [line for line in lines if line.get("alert")]  # the first, 0, warms the path
    for key in alerts[0] if alerts else ():
        figures[key] = statistics.median(a[key] for a in alerts)
    return figures


def spread(values):
    form = "{:,.0f}" if abs(statistics.median(values)) >= 100 else "{:.1f}"
    median = form.format(statistics.median(values))
    if len(values) == 1:
        return median
    return f"{median} ({form.format(min(values))}-{form.format(max(values))})"


def ratios(runs, peer, figure):
    """Ours divided by the peer's of the same round."""
    pairs = zip(runs[OURS], runs[peer])
    return [a[figure] / b[figure] for a, b in pairs if a.get(figure) and b.get(figure)]


def best_peer(runs, figure):
    peers = [p for p in runs if p not in (OURS, "probe")]
    return min(peers, key=lambda p: statistics.median(r[figure] for r in runs[p]))


def show(scenario, runs):
    print(f"\n{scenario}: {SCENARIOS[scenario][0]}")
    for figure in SHOWN[scenario]:
        print(f"  {figure}")
        for peer, of_peer in runs.items():
            values = [r[figure] for r in of_peer if figure in r]
            if not values:
                continue
            line = f"    {peer:6s} {spread(values):34s}"
            if peer != OURS and statistics.median(values) > 0 and OURS in runs:
                against = ratios(runs, peer, figure)
                if against:
                    line += f" ours/{peer}: {statistics.median(against):.2f}" \
                            f" ({min(against):.2f}-{max(against):.2f})"
            print(line)


def verdict(name, value, sign, bound):
    good = value >= bound if sign == ">=" else value <= bound
    print(f"  {'met   ' if good else 'MISSED'} {name}: {value:.2f} {sign} {bound}")


def judge(results):
    print("\ntargets")
    for scenario, figure, peer, sign, bound in TARGETS:
        runs = results.get(scenario)
        if not runs or (peer != "best" and peer not in runs):
            continue
        against = best_peer(runs, figure) if peer == "best" else peer
        values = ratios(runs, against, figure)
        if values:
            verdict(f"{scenario} {figure} / {against}", statistics.median(values), sign, bound)
    ours = results.get("watch10000", {}).get(OURS)
    for figure, bound in (("per_conn_kib_srv", KIB_TARGET), ("idle_cpu_pct_srv", IDLE_TARGET)):
        if ours:
            verdict(f"watch10000 {figure}", statistics.median(r[figure] for r in ours),
                    "<=", bound)


def leak(folder):
    """A million calls of all four kinds: what of them stays."""
    done = subprocess.run([BIN / "rpc-bench-leak", f"--certs={folder / 'certs'}"],
                          capture_output=True, text=True, timeout=LOAD, check=True)
    print(f"\nleak: {done.stdout.strip()}")
    figures = parse(done.stdout)
    verdict("leak bytes_per_call", figures["bytes_per_call"], "<=", LEAK_TARGET)
    return figures


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path, help="a prepared copy of the comparison")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", default=",".join([*SCENARIOS, "leak"]))
    parser.add_argument("--peers", default="cpp,go,probe")
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    folder = options.folder.resolve()
    names = [OURS, *[p for p in options.peers.split(",") if p]]
    scenarios = options.only.split(",")
    print(f"{platform.platform()}, {os.cpu_count()} cores, "
          f"load average {os.getloadavg()[0]:.2f}", flush=True)
    results = {}
    for scenario in (s for s in scenarios if s != "leak"):
        runs = results[scenario] = {name: [] for name in names}
        for _ in range(options.runs):
            for name in names:
                runs[name].append(run(name, scenario, folder))
        show(scenario, runs)
        sys.stdout.flush()
    judge(results)
    if "leak" in scenarios:
        results["leak"] = leak(folder)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n")


main()
