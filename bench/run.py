"""What one machine reaches, with everything real: duband behind mutual TLS, signatures,
judging, a private PostgreSQL that commits durably. The load, duband and the database share
the machine. Compare within a table: its ratios divide runs that followed each other.
"""
import argparse
import json
import os
import pathlib
import platform
import select
import signal
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
import figures                             # noqa: E402
import pgbench                             # noqa: E402
import plan as plans                       # noqa: E402
from harness import DOMAIN, Duband, Postgres, Process, plan_files, wait_for  # noqa: E402
from pki import pem                        # noqa: E402
from protos import administration_pb2, plans_pb2  # noqa: E402

TIMEOUT = 600
CLIENTS = 16       # of PostgreSQL, where each inserts one report a commit
NOTES = """\
a run: a load of reports through duband; the same rows into the same database by libpq (in
duband's groups, and one a commit) and by pgbench (one a commit); reports one at a time; the
calculations of one. Then memory, start, and alerts to many streams. About half a minute a
run; nothing else should use the machine meanwhile (uptime: a load average below 1 before).
bench/README.md says how to read the table. DUBAN_BUILD names another build folder.
"""
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
    return json.loads(tool_text(name, *arguments).splitlines()[-1])


def tool_text(name, *arguments):
    done = subprocess.run([BIN / f"bench_{name}", *map(str, arguments)],
                          capture_output=True, text=True, timeout=TIMEOUT)
    if done.returncode != 0:
        raise SystemExit(f"bench_{name}: {done.stderr.strip() or done.returncode}")
    return done.stdout


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
        self.postgres.psql("duban1", "TRUNCATE figure, report, submission CASCADE")
        self.postgres.psql("duban1", "DELETE FROM timetable WHERE kind = 7")
        self.postgres.psql("duban1", "CHECKPOINT")

    def address(self):
        return f"127.0.0.1:{self.port}"


class Bench:
    def __init__(self, options, folder, postgres):
        self.options, self.folder, self.postgres = options, folder, postgres
        self.results = {"machine.load": [os.getloadavg()[0]]}
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
        self.limit("single", 1, CLIENTS, result)
        self.limit("alone", 1, 1, result)
        self.pgbench("plain", pgbench.PLAIN, result)
        self.pgbench("duband", tool_text("insert", "--print"), result)

    def limit(self, name, group, connections, load):
        result = tool("insert", "--conninfo", self.centre.conninfo, "--before",
                      "2022-07-31", "--group", group, "--connections", connections)
        assert result["rows"] == load["calls"]
        result["ratio"] = load["per_second"] / result["per_second"]
        result["group"] = group
        self.note(f"postgres_{name}", result)
        self.say(f"  libpq, {name}: {result['per_second']:,.0f} rows/s")

    def pgbench(self, name, statement, load):
        options = self.options
        shape = (options.units, options.sections, load["calls"])
        result = pgbench.run(self.folder, self.postgres, "duban1", statement, shape,
                             CLIENTS)
        result["ratio"] = load["per_second"] / result["per_second"]
        self.note(f"pgbench_{name}", result)
        self.say(f"  pgbench, {name}: {result['per_second']:,.0f} rows/s")

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
        self.results["machine.load"].append(os.getloadavg()[0])
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
    for name, key in references(group):
        yield name + ", rows/s", r[key + ".per_second"], whole
        yield "  duband reaches of that", r[key + ".ratio"], "{:.2f}"
    yield "one report at a time: answered within, median, µs", r["one.p50_us"], whole
    yield "  99 %, µs", r["one.p99_us"], whole
    parts = steps(r)
    slowest = max(parts, key=lambda name: median(parts[name]))
    for name, values in parts.items():
        yield f"  of it: {name}{' (the slowest)' if name == slowest else ''}", values, one
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


def references(group):
    """What PostgreSQL does without duband: a name, and where its results are."""
    return ((f"pgbench, {CLIENTS} clients, a plain insert, 1 a commit", "pgbench_plain"),
            (f"pgbench, {CLIENTS} clients, duband's statement, 1 a commit",
             "pgbench_duband"),
            (f"libpq, {CLIENTS} connections, duband's statement, 1 a commit",
             "postgres_single"),
            ("libpq, 1 connection, duband's statement, 1 a commit", "postgres_alone"),
            (f"libpq, 4 connections, duband's statement, {group} a commit",
             "postgres_batched"))


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
    out = [f"{os.cpu_count()} cores, {cpu}; {platform.system()} {platform.release()}; "
           f"median of {options.runs}; {options.units} connections × {options.in_flight} in "
           f"flight, {results['load.calls'][0]:,} reports a run of "
           f"{results['load.payload_bytes'][0]} signed bytes "
           f"({results['load.request_bytes'][0]} on the wire). 1-minute load average "
           f"{results['machine.load'][0]:.1f} before, {results['machine.load'][1]:.1f} after "
           "(its own included).", "",
           "| | median (min–max) |", "|---|---|"]
    out += [f"| {name.replace('  ', '&nbsp;&nbsp;')} | {spread(values, form)} |"
            for name, values, form in rows(results)]
    return "\n".join(out)


def read_options():
    parser = argparse.ArgumentParser(
        prog="./dev bench", description=__doc__, epilog=NOTES,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    number = {"type": int, "metavar": "N"}
    parser.add_argument("--runs", default=5, **number,
                        help="of everything; the table has medians and ranges (5)")
    load = parser.add_argument_group("the load: units x sections x plans reports a run")
    load.add_argument("--units", default=64, **number,
                      help="that report at once, a connection each; at most 100 (64)")
    load.add_argument("--sections", default=25, **number,
                      help="of each plan, a report each; at most 30 (25)")
    load.add_argument("--plans", default=8, **number, help="at most 64 (8)")
    load.add_argument("--in-flight", default=8, **number,
                      help="reports that a connection sends before it waits (8)")
    other = parser.add_argument_group("the rest")
    other.add_argument("--singles", default=200, **number,
                       help="reports that are sent one at a time (200)")
    other.add_argument("--streams", default=8, **number,
                       help="of alerts, for each unit (8)")
    other.add_argument("--figures", action="store_true",
                       help="instead: lines of C by folder, and the time of a clean build")
    other.add_argument("--save", metavar="NAME", help="keep NAME.md and NAME.json as well")
    other.add_argument("--quiet", action="store_true", help="no progress on stderr")
    options = parser.parse_args()
    for name, most in (("runs", 100), ("units", 100), ("sections", 30), ("plans", 64),
                       ("in_flight", 100), ("singles", 100000), ("streams", 100)):
        if not 1 <= getattr(options, name) <= most:
            parser.error(f"--{name.replace('_', '-')} is 1 to {most}")
    return options


def main():
    options = read_options()
    if options.figures:
        save(options, *figures.table(ROOT))
        return
    subprocess.run(["ninja", "-C", BUILD, "--quiet", "bench"], check=True,
                   stdout=sys.stderr)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    postgres = Postgres()
    try:
        with tempfile.TemporaryDirectory(prefix="duban-bench-") as folder:
            results = Bench(options, pathlib.Path(folder), postgres).run()
    finally:
        postgres.close()
    save(options, table(options, results), results)


def save(options, text, results):
    print(text)
    if options.save:
        pathlib.Path(options.save + ".md").write_text(text + "\n", "utf-8")
        pathlib.Path(options.save + ".json").write_text(
            json.dumps({key: [round(v, 2) for v in values]
                        for key, values in sorted(results.items())}, indent="\t") + "\n",
            "utf-8")


if __name__ == "__main__":
    main()
