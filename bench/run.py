#!/usr/bin/python3
"""What one machine reaches: `./dev bench`, or bench/run.py --help.

Everything is real: duband with mutual TLS, signatures, judging, a private PostgreSQL that
commits durably; and everything shares the machine, the load and the database too. Absolute
numbers say little about another machine; the ratios in the table say more: each compares
runs that were taken in turn.
"""
import argparse
import json
import os
import pathlib
import platform
import select
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILD = pathlib.Path(os.environ.get("DUBAN_BUILD", ROOT / "build"))
BIN = BUILD / "bin"
os.environ["DUBAN_BIN"] = str(BIN)
sys.path.insert(0, str(ROOT / "tests" / "scenario"))
import plan as plans                       # noqa: E402
from harness import DOMAIN, Duband, Postgres, Process, plan_files, wait_for  # noqa: E402
from pki import pem                        # noqa: E402
from protos import administration_pb2, plans_pb2  # noqa: E402

TIMEOUT = 600
TICK = os.sysconf("SC_CLK_TCK")


def median(values):
    return statistics.median(values)


def spread(values, form="{:,.0f}"):
    """median (min-max)"""
    if len(values) == 1:
        return form.format(values[0])
    return (f"{form.format(median(values))} "
            f"({form.format(min(values))}–{form.format(max(values))})")


def tool(name, *arguments):
    """Run one of our programs; the JSON object that it prints."""
    done = subprocess.run([BIN / f"bench_{name}", *map(str, arguments)],
                          capture_output=True, text=True, timeout=TIMEOUT)
    if done.returncode != 0:
        raise SystemExit(f"bench_{name}: {done.stderr.strip() or done.returncode}")
    return json.loads(done.stdout.splitlines()[-1])


def cpu_seconds(pid):
    """Of a process and of its children that have ended; 0 when it has itself."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    fields = stat.rsplit(")", 1)[1].split()
    return sum(int(fields[i]) for i in (11, 12, 13, 14)) / TICK


def family(pid):
    """@pid and its children that live."""
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]


def rss_kib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise AssertionError("no VmRSS")


class Centre(Duband):
    """duband with a plan that many units report on."""

    def __init__(self, folder, postgres, options, authority=None):
        self.postgres, self.conninfo = postgres, postgres.create()
        super().__init__(folder, self.conninfo, authority, start_at=plans.OPEN_AT)
        self.units = plans.unit_codes(options.units)

    def issue(self):
        for unit in self.units:
            self.authority.agent(unit)
            self.authority.signer(unit)

    def apply(self, files):
        sent = [plans_pb2.PlanFile(name=name, content=text.encode())
                for name, text in files.items()]
        with self.office() as office:
            office.plans.ApplyPlan(plans_pb2.ApplyPlanRequest(files=sent), timeout=TIMEOUT)

    def empty(self):
        """No report is stored, as before a run."""
        self.postgres.psql("duban1", "TRUNCATE figure, report, submission")
        self.postgres.psql("duban1", "CHECKPOINT")

    def address(self):
        return f"127.0.0.1:{self.port}"


class Bench:
    def __init__(self, options, folder, postgres):
        self.options, self.folder, self.postgres = options, folder, postgres
        self.results = {}
        self.centre = Centre(folder / "centre", postgres, options)
        self.postmaster = int(pathlib.Path(postgres.data, "postmaster.pid")
                              .read_text().split()[0])

    def note(self, name, values):
        for key, value in values.items():
            self.results.setdefault(f"{name}.{key}", []).append(value)

    def say(self, text):
        if not self.options.quiet:
            print(text, file=sys.stderr, flush=True)

    # (a) and (b): durable reports a second, and what PostgreSQL alone reaches
    def prepare(self):
        self.say(f"preparing {self.options.units} units, {self.options.plans} plans")
        self.centre.issue()
        self.centre.start()
        for name in plans.plan_ids(self.options.plans):
            self.centre.apply(plans.plan_files(name, self.options.units,
                                               self.options.sections))

    def load(self, *extra):
        return tool("load", "--address", self.centre.address(), "--folder",
                    self.centre.authority.folder, "--period", plans.PERIOD,
                    "--sections", self.options.sections, "--plans", self.options.plans,
                    *extra)

    def throughput(self):
        self.centre.empty()
        before = self.cpu()
        result = self.load("--units", self.options.units, "--in-flight",
                           self.options.in_flight)
        after = self.cpu()
        for name in ("duband", "postgres"):
            result[f"{name}_us"] = (after[name] - before[name]) * 1e6 / result["calls"]
        self.note("load", result)
        self.say(f"  duband {result['per_second']:,.0f} reports/s, "
                 f"{result['group']:.0f} a commit")
        stored = int(self.postgres.psql("duban1", "SELECT count(*) FROM report"))
        assert stored == result["calls"], f"{stored} stored of {result['calls']}"
        self.limit("batched", max(2, round(result["group"])), 4, result)
        self.limit("single", 1, 16, result)
        self.limit("alone", 1, 1, result)

    def limit(self, name, group, connections, load):
        result = tool("insert", "--conninfo", self.centre.conninfo, "--before",
                      "2022-07-31", "--group", group, "--connections", connections)
        assert result["rows"] == load["calls"]
        result["ratio"] = load["per_second"] / result["per_second"]
        result["group"] = group
        self.note(f"postgres_{name}", result)
        self.say(f"  PostgreSQL, {name}: {result['per_second']:,.0f} rows/s")

    def cpu(self):
        return {"duband": cpu_seconds(self.centre.process.pid),
                "postgres": sum(map(cpu_seconds, family(self.postmaster)))}

    # (c): one report at a time
    def single(self):
        self.centre.empty()
        some = ("--units", 1, "--limit", self.options.singles)
        self.note("echo", self.load(*some, "--echo"))
        self.note("one", self.load(*some))

    def steps(self):
        folder = self.centre.authority.folder
        files = []
        for name, text in plans.plan_files("bench-1", self.options.units,
                                           self.options.sections).items():
            path = self.folder / name.replace("/", "-")
            path.write_text(text, "utf-8")
            files.append(f"{name}={path}")
        self.note("steps", tool("steps", "--folder", folder, *files))

    def signers(self):
        authority = self.centre.authority
        authority.issue("p256", "/district/430001/signer/7")
        authority.issue("ed25519", "/district/430001/signer/8", ed25519_key=True)
        self.sm2_signer(authority)

    def sm2_signer(self, authority):
        """cryptography knows no SM2; the openssl program does."""
        folder = authority.folder
        (folder / "ca.key.pem").write_bytes(pem(authority.key))
        (folder / "sm2.cnf").write_text(
            "basicConstraints=critical,CA:false\nkeyUsage=critical,digitalSignature\n"
            f"subjectAltName=URI:spiffe://{DOMAIN}/district/430001/signer/9\n")
        for command in (
                "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:SM2 -out sm2.key.pem",
                "pkey -in sm2.key.pem -pubout -out sm2.pub.pem",
                "x509 -new -subj /CN=sm2 -force_pubkey sm2.pub.pem -CA ca.pem "
                "-CAkey ca.key.pem -extfile sm2.cnf -days 90 -sha256 -out sm2.pem"):
            subprocess.run(["openssl", *command.split()], cwd=folder, check=True,
                           capture_output=True)

    # (d): memory and starting
    def idle(self):
        duband = Duband(self.folder / f"idle{len(self.results.get('idle.start_ms', []))}",
                        self.postgres.create())
        duband.migrate()
        start = time.monotonic()
        duband.start(migrate=False)
        started = time.monotonic() - start
        try:
            with duband.office() as office:
                office.plans.ApplyPlan(plans_pb2.ApplyPlanRequest(files=plan_files()),
                                       timeout=TIMEOUT)
            duband.stop()
            start = time.monotonic()
            duband.start(migrate=False)
            started_with_plan = time.monotonic() - start
            agent, process = self.agent(duband)
            self.note("idle", {"start_ms": started * 1e3,
                               "start_with_plan_ms": started_with_plan * 1e3,
                               "duband_kib": rss_kib(duband.process.pid), **agent})
            process.stop()
        finally:
            duband.stop()

    def agent(self, duband):
        folder = duband.folder / "agent"
        folder.mkdir()
        tls, signer = duband.authority.agent("430112"), duband.authority.signer("430112")
        config = folder / "agent.yaml"
        config.write_text(f"""\
agent: {{unit: "430112", trust_domain: {DOMAIN}, state_dir: {folder / "state"}}}
centre: {{addresses: ["127.0.0.1:{duband.port}"]}}
tls: {{certificate: {tls.certificate_file}, key: {tls.key_file}, ca: {duband.authority.file}}}
signer: {{certificate: {signer.certificate_file}, key: {signer.key_file}}}
""", "utf-8")
        process = Process([BIN / "duban-agent", "run", "--config", config],
                          folder / "log")
        with duband.office() as office:
            wait_for(lambda: process.alive() and office.administration.GetStatus(
                administration_pb2.GetStatusRequest(), timeout=60).watchers > 0,
                "the agent's alert stream")
        wait_for(lambda: (folder / "state").exists(), "the agent's state")
        return {"agent_kib": rss_kib(process.pid)}, process

    # (e): a step of the clock, until the last stream has its alert
    def alerts(self):
        options = self.options
        centre = Centre(self.folder / "alerts", self.postgres, options,
                        self.centre.authority)
        centre.start()
        try:
            for day in range(options.runs, 0, -1):
                centre.apply(plans.plan_files(f"bench-{day}", options.units, 1,
                                              remind=day + 1))
            with centre.office() as office:
                for _ in range(options.runs):
                    self.alert(centre, office)
        finally:
            centre.stop()

    def alert(self, centre, office):
        """One reminder to each unit; earlier ones have been read by then."""
        self.say("  alerts")
        after = int(self.postgres.psql(centre.conninfo.rsplit("=", 1)[1],
                                       "SELECT coalesce(max(cursor), 0) FROM alert"))
        watch = subprocess.Popen(
            [BIN / "bench_watch", "--address", centre.address(), "--folder",
             str(centre.authority.folder), "--units", str(self.options.units),
             "--per-unit", str(self.options.streams), "--after", str(after)],
            stdout=subprocess.PIPE, text=True)
        ready, _, _ = select.select([watch.stdout], [], [], TIMEOUT)
        assert ready and watch.stdout.readline().startswith("open "), "streams did not open"
        start = time.monotonic_ns()
        office.administration.StepClock(administration_pb2.StepClockRequest(),
                                        timeout=TIMEOUT)
        stepped = time.monotonic_ns()
        times = json.loads(watch.communicate(timeout=TIMEOUT)[0].splitlines()[-1])
        self.note("alerts", {"streams": times["streams"],
                             "step_ms": (stepped - start) / 1e6,
                             **{name: (times[f"{name}_ns"] - start) / 1e6
                                for name in ("first", "p50", "last")}})

    def run(self):
        self.prepare()
        try:
            self.signers()
            for i in range(self.options.runs):
                self.say(f"run {i + 1} of {self.options.runs}")
                self.throughput()
                self.single()
                self.steps()
        finally:
            self.centre.stop()
        for _ in range(self.options.runs):
            self.idle()
        self.alerts()
        return self.results


def rows(r):
    """What is shown: a name, its values, how they are written."""
    group = round(median(r["load.group"]))
    whole, one = "{:,.0f}", "{:,.1f}"
    yield "durable signed reports, duband, /s", r["load.per_second"], whole
    yield "  reports in one commit", r["load.group"], one
    yield "  answered within, median, ms", [v / 1e3 for v in r["load.p50_us"]], one
    yield "  answered within, 99 %, ms", [v / 1e3 for v in r["load.p99_us"]], one
    yield "  CPU a report: duband, µs", r["load.duband_us"], one
    yield "  CPU a report: PostgreSQL, µs", r["load.postgres_us"], one
    yield "  CPU a report: the load itself, µs", r["load.generator_us"], one
    yield f"PostgreSQL alone, {group} a commit, 4 connections, rows/s", \
        r["postgres_batched.per_second"], whole
    yield "  duband reaches of that", r["postgres_batched.ratio"], "{:.2f}"
    yield "PostgreSQL alone, 1 a commit, 16 connections, rows/s", \
        r["postgres_single.per_second"], whole
    yield "  duband reaches of that", r["postgres_single.ratio"], "{:.2f}"
    yield "PostgreSQL alone, 1 a commit, 1 connection, rows/s", \
        r["postgres_alone.per_second"], whole
    yield "one report at a time: answered within, median, µs", r["one.p50_us"], whole
    yield "  99 %, µs", r["one.p99_us"], whole
    for name, values in steps(r).items():
        yield "  of it: " + name, values, one
    yield "verify, certificates new: ECDSA P-256, µs", r["steps.verify_new_p256_us"], one
    yield "  Ed25519, µs", r["steps.verify_new_ed25519_us"], one
    yield "  SM2, µs", r["steps.verify_new_sm2_us"], one
    yield "verify, certificates seen: ECDSA P-256, µs", r["steps.verify_p256_us"], one
    yield "  Ed25519, µs", r["steps.verify_ed25519_us"], one
    yield "  SM2, µs", r["steps.verify_sm2_us"], one
    yield "duband idle with 55号, resident, MiB", \
        [v / 1024 for v in r["idle.duband_kib"]], one
    yield "duban-agent run idle, resident, MiB", \
        [v / 1024 for v in r["idle.agent_kib"]], one
    yield "duband start until it serves, no plan, ms", r["idle.start_ms"], whole
    yield "  with 55号, ms", r["idle.start_with_plan_ms"], whole
    yield f"a step of the clock, {r['alerts.streams'][0]} streams: first alert, ms", \
        r["alerts.first"], one
    yield "  middle, ms", r["alerts.p50"], one
    yield "  last, ms", r["alerts.last"], one


def steps(r):
    """The parts of a single submit; what is left over is waiting and waking."""
    parts = {
        "TLS and HTTP/2, there and back": r["echo.p50_us"],
        "decode": r["steps.decode_us"],
        "verify (P-256, seen)": r["steps.verify_p256_us"],
        "read the report": r["steps.read_us"],
        "earlier figures, PostgreSQL": r["postgres_alone.history_p50_us"],
        "judge": r["steps.judge_us"],
        "sign the receipt": r["steps.seal_us"],
        "insert and commit, PostgreSQL": r["postgres_alone.commit_p50_us"],
    }
    parts["the rest: threads, wake-ups"] = [
        total - sum(part) for total, *part in zip(r["one.p50_us"], *parts.values())]
    return parts


def table(options, results):
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo")
                if line.startswith("model name")), platform.machine())
    load = os.getloadavg()[0]
    out = [f"{os.cpu_count()} cores, {cpu}; {platform.system()} {platform.release()}; "
           f"{options.runs} runs; {options.units} connections × {options.in_flight} in "
           f"flight, {results['load.calls'][0]:,} reports a run of "
           f"{results['load.payload_bytes'][0]} signed bytes "
           f"({results['load.request_bytes'][0]} on the wire); 1-minute load average at "
           f"the end {load:.1f}.", "",
           "| | median (min–max) |", "|---|---|"]
    out += [f"| {name.replace('  ', '&nbsp;&nbsp;')} | {spread(values, form)} |"
            for name, values, form in rows(results)]
    return "\n".join(out)


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--units", type=int, default=64, help="connections, at most 100")
    parser.add_argument("--sections", type=int, default=25, help="at most 30")
    parser.add_argument("--plans", type=int, default=8, help="at most 64")
    parser.add_argument("--in-flight", type=int, default=8, help="of each connection")
    parser.add_argument("--singles", type=int, default=200)
    parser.add_argument("--streams", type=int, default=8, help="of each unit")
    parser.add_argument("--save", metavar="NAME", help="keep NAME.md and NAME.json")
    parser.add_argument("--quiet", action="store_true")
    return parser.parse_args()


def main():
    options = read_options()
    subprocess.run(["ninja", "-C", BUILD, "--quiet", "bench"], check=True)
    postgres = Postgres()
    try:
        with tempfile.TemporaryDirectory(prefix="duban-bench-") as folder:
            results = Bench(options, pathlib.Path(folder), postgres).run()
    finally:
        postgres.close()
    text = table(options, results)
    print(text)
    if options.save:
        pathlib.Path(options.save + ".md").write_text(text + "\n", "utf-8")
        pathlib.Path(options.save + ".json").write_text(
            json.dumps({key: [round(v, 2) for v in values]
                        for key, values in sorted(results.items())}, indent="\t") + "\n",
            "utf-8")


if __name__ == "__main__":
    main()
