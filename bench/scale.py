#!/usr/bin/python3
"""How the time grows with the units: the same plan at 30, 300 and 3,000 of them.

    ./dev bench --scale          bench/scale.py --units 30,300

Each size has a database and a duband of its own; every command is the one that people
type. What is asked of everybody at once is measured as the clock's step to the instant at
which every report is overdue, and meanwhile one unit goes on reading, to see that nobody
waits for the judge.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parent / "tests" / "scenario"))

import scale_plan                                              # noqa: E402
from harness import BIN, Duband, Postgres                      # noqa: E402
from protos import administration_pb2                          # noqa: E402

TARGETS, YEARS = 40, 5
START = "2022-01-01 09:00"
OVERDUE = 1644053400000        # 2022-02-05 17:30, or the working day after it
TIMEOUT = 600
SETTINGS = {}


class Scale:
    """One size: its plan in a folder, its database, its duband."""

    def __init__(self, units, folder, postgres):
        self.units, self.folder, self.postgres = units, folder, postgres
        self.times, self.plan = {}, folder / "plan"
        self.write()
        conninfo = postgres.create()
        self.database = conninfo.rsplit("dbname=", 1)[1]
        self.centre = Duband(folder / "centre", conninfo, start_at=START,
                             settings=SETTINGS).start()
        self.config = folder / "office.yaml"
        person = self.centre._person("bangongshi")
        self.config.write_text(
            f"centre:\n  address: 127.0.0.1:{self.centre.port}\n  server_name: localhost\n"
            f"tls:\n  certificate: {person.certificate_file}\n  key: {person.key_file}\n"
            f"  ca: {self.centre.authority.file}\n", "utf-8")

    def write(self, **more):
        scale_plan.write(self.plan, scale_plan.plan_files(self.units, TARGETS, YEARS, **more))

    def run(self, name, *arguments):
        begin = time.monotonic()
        done = subprocess.run([BIN / "duban", "--config", self.config, *arguments],
                              capture_output=True, text=True, timeout=TIMEOUT)
        self.times[name] = time.monotonic() - begin
        if done.returncode != 0:
            raise SystemExit(f"{name}: {done.stderr[:2000]}")
        return done.stdout

    def sql(self, text):
        return self.postgres.psql(self.database, text)

    def measure(self):
        plan = str(self.plan)
        self.run("lint", "plan", "lint", plan)
        self.run("apply", "plan", "apply", plan)
        self.write(due_day=6)
        self.run("apply --dry-run", "plan", "apply", "--dry-run", plan)
        self.run("apply, every due date moved", "plan", "apply", plan)
        self.report("2022-01")
        self.run("board", "board")
        self.run("districts", "districts")
        self.run("plan show", "plan", "show")
        self.overdue()
        self.run("board, all overdue", "board")
        self.write(version_note="二")
        self.run("apply, in the middle of a year", "plan", "apply", plan)
        self.times["duband, MiB"] = self.memory()
        self.times["obligations stored"] = int(self.sql("SELECT count(*) FROM obligation"))
        self.times["timetable stored"] = int(self.sql("SELECT count(*) FROM timetable"))

    def report(self, period):
        """Two thirds of the units report every section, straight into the tables."""
        self.sql(f"""
            ANALYZE obligation;
            INSERT INTO submission (unit, report_id, content_hash, number, plan, section,
                period, period_end, received_at, wall_received_at, timeliness, receipt)
            SELECT unit, decode(md5(unit || section), 'hex'), decode(repeat('00', 32), 'hex'),
                unit || section || period, plan, section, period, period_end, plan_at,
                plan_at, 1, '' FROM obligation, plan_clock
            WHERE period = '{period}' AND unit::integer % 3 <> 0;
            INSERT INTO report (period_end, unit, report_id, plan, plan_version, section,
                period, envelope, signer, crl_number, made_at, wall_made_at, progress,
                problems, next_steps, city_to_settle, filled_by, reviewed_by, approved_by,
                figure_count, notice_count)
            SELECT period_end, unit, report_id, plan, 1, section, period, '', '', '',
                received_at, received_at, '', '', '', '', '', '', '', 8, 0 FROM submission;
            INSERT INTO figure (period_end, unit, report_id, plan, section, indicator, value,
                value_unit, hedge, reason)
            SELECT s.period_end, s.unit, s.report_id, s.plan, s.section, i.indicator, 1,
                '个', 0, '' FROM submission s JOIN indicator i USING (plan, section);
            DELETE FROM light_due;
            ANALYZE submission, report, figure""")

    def overdue(self):
        """Step to the instant at which a third of the reports is overdue."""
        slowest, stop = [0.0], threading.Event()

        def keep_reading():
            with self.centre.office() as office:
                while not stop.is_set():
                    begin = time.monotonic()
                    office.administration.GetStatus(
                        administration_pb2.GetStatusRequest(), timeout=TIMEOUT)
                    slowest[0] = max(slowest[0], time.monotonic() - begin)
                    time.sleep(0.02)

        reader = threading.Thread(target=keep_reading)
        with self.centre.office() as office:
            reader.start()
            for _ in range(50):
                begin = time.monotonic()
                answer = office.administration.StepClock(
                    administration_pb2.StepClockRequest(), timeout=TIMEOUT)
                taken = time.monotonic() - begin
                if any(line.startswith("report_due_soon") for line in answer.asked):
                    self.times["reminding a third"] = taken
                if any(line.startswith("report_overdue") for line in answer.asked):
                    self.times["pressing a third"] = taken
                    break
            stop.set()
            reader.join()
        self.times["slowest reader meanwhile"] = slowest[0]

    def memory(self):
        for line in pathlib.Path(f"/proc/{self.centre.process.pid}/status").read_text() \
                .splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
        return 0


def show(sizes, results):
    names = list(results[sizes[0]])
    print("| | " + " | ".join(f"{size:,} units" for size in sizes) + " | growth |")
    print("| --- |" + " --- |" * (len(sizes) + 1))
    for name in names:
        values = [results[size][name] for size in sizes]
        form = "{:,.0f}" if "stored" in name or "MiB" in name else "{:.2f} s"
        growth = f"{values[-1] / values[0]:.1f}x" if values[0] else ""
        print(f"| {name} | " + " | ".join(form.format(v) for v in values) + f" | {growth} |",
              flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--units", default="30,300,3000")
    parser.add_argument("--json", help="write every number there")
    options = parser.parse_args()
    sizes = [int(size) for size in options.units.split(",")]
    results, postgres = {}, Postgres()
    try:
        with tempfile.TemporaryDirectory(prefix="duban-scale-") as folder:
            os.chmod(folder, 0o755)
            for size in sizes:
                one = Scale(size, pathlib.Path(folder) / str(size), postgres)
                try:
                    one.measure()
                finally:
                    one.centre.stop()
                    results[size] = one.times
                    print(size, one.times, file=sys.stderr)
    finally:
        postgres.close()
    show(sizes, results)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
