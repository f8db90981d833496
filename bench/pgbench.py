"""What pgbench, PostgreSQL's own load tool, reaches with the insert of one report.

Two statements that do the same, one report a commit: duband's own, made for groups and
given a group of one; and one.sql, as somebody would write it who never groups. Schema,
constraints and indexes are those of migrations/, in the database that duband has just
filled. What is not a key (envelope, receipt, texts, times) is that of a report which
duband stored there; keys are counted, so that every insert meets an obligation of its own.
"""
import json
import pathlib
import re
import subprocess

from harness import postgres_bin

PLAIN = pathlib.Path(__file__).with_name("one.sql").read_text("utf-8")

# One stored report in the order of the statement's parameters.
ONE = """
SELECT json_build_array('unit', 'id', 'hash', 'number', 'plan', 'section', s.period,
 s.period_end, s.received_at, s.wall_received_at, s.timeliness, s.receipt,
 r.plan_version, r.envelope, r.signer, r.crl_number, r.made_at, r.wall_made_at,
 r.progress, r.problems, r.next_steps, r.city_to_settle, r.filled_by, r.reviewed_by,
 r.approved_by, r.figure_count, r.notice_count, s.kind, s.revision, s.supersedes,
 r.change_reason,
 coalesce((SELECT due_at FROM timetable WHERE kind = 7 AND subject = s.number), s.received_at),
 1, f.indicator, f.value, f.value_unit, f.hedge, f.reason)
FROM submission s JOIN report r USING (unit, report_id)
 JOIN figure f USING (unit, report_id)
ORDER BY s.number LIMIT 1"""

# Keys, by parameter: what the script's counters make of them.
KEYS = {
    1: ":unit",
    2: "decode(md5(:k::text), 'hex')",
    3: "sha256(:k::text::bytea)",
    4: "'2022-07-' || :unit || '-' || :section || '-' || :k",
    5: "'bench-' || :plan",
    6: ":section",
}


def script(statement, units, sections, each, values):
    """pgbench's script: the next obligation, and the insert of a report for it.
    @values: {parameter: text}, which pgbench is given as p1 and so on."""
    form = "ARRAY[{}]" if "unnest" in statement else "{}"

    def value(match):
        number = int(match[1])
        given = f":p{number}" if number in values else "''"
        return form.format(KEYS.get(number, given))
    return "\n".join([
        r"\set n :n + 1",
        rf"\set k :client_id * {each} + :n",
        rf"\set unit 430001 + :k % {units}",
        rf"\set section :k / {units} % {sections} + 1",
        rf"\set plan :k / {units * sections} + 1",
        re.sub(r"\$(\d+)", value, statement) + ";", ""])


def run(folder, postgres, database, statement, shape, clients):
    """@shape: units, sections and reports of the plans that have been applied. Rows a
    second, and the mean time of a commit."""
    units, sections, count = shape
    each = count // clients
    values = {i: text for i, text in enumerate(json.loads(postgres.psql(database, ONE)), 1)
              if i not in KEYS and text != ""}
    file = folder / "insert.pgbench"
    file.write_text(script(statement, units, sections, each, values), "utf-8")
    postgres.psql(database, "TRUNCATE figure, report, submission CASCADE")
    postgres.psql(database, "DELETE FROM timetable WHERE kind = 7")
    postgres.psql(database, "CHECKPOINT")
    done = subprocess.run(
        [postgres_bin() / "pgbench", "--host", postgres.folder, "--username", "postgres",
         "--no-vacuum", "--protocol", "prepared", "--client", str(clients), "--jobs", "2",
         "--transactions", str(each), "--file", file, "--define", "n=-1",
         *(f"--define=p{i}={text}" for i, text in values.items()), database],
        capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"pgbench: {done.stderr.strip()}")
    stored = int(postgres.psql(database, "SELECT count(*) FROM report JOIN figure "
                               "USING (period_end, unit, report_id)"))
    assert stored == each * clients, f"{stored} stored of {each * clients}"
    return {"per_second": found(done.stdout, r"tps = ([\d.]+)"),
            "commit_mean_us": found(done.stdout, r"latency average = ([\d.]+) ms") * 1e3,
            "rows": stored}


def found(text, pattern):
    return float(re.search(pattern, text)[1])
