"""What a new version changes is said before it is published, and kept when it is.

What a user would lose: the office would publish a plan and learn from a hundred phone
calls which dates moved, who is asked for more, and whose light turned red.
"""
import json
import subprocess

import grpc
import pytest

from harness import BIN, Duband, plan_files, wait_for
from protos import assessment_pb2, plans_pb2
from reports_support import PLAN, TIMEOUT, refused, report, sealed, step_to, submit

Code = grpc.StatusCode
FURONG, TIANXIN = "430102", "430103"
GREEN, YELLOW, RED = 1, 2, 3
SCHEDULE = "sample/schedule.yaml"


def changed(*edits):
    """The plan with (file, before, after) replaced, once each."""
    files = plan_files()
    for name, before, after in edits:
        file = next(f for f in files if f.name == name)
        assert before.encode() in file.content, before
        file.content = file.content.replace(before.encode(), after.encode(), 1)
    return files


def apply(client, files, **options):
    return client.plans.ApplyPlan(plans_pb2.ApplyPlanRequest(files=files, **options),
                                  timeout=TIMEOUT)


@pytest.fixture
def world(postgres, tmp_path):
    """7 August 2022: July's report was due on the 5th, and Furong has sent it."""
    conninfo = postgres.create()
    centre = Duband(tmp_path, conninfo, start_at="2022-08-02 09:00").start()
    centre.boss = centre.office()
    apply(centre.boss, plan_files())
    agent = centre.client(centre.authority.agent(FURONG))
    submit(agent, sealed(centre.authority.signer(FURONG), report(FURONG, figures={
        "communities_started": (100, 0, "个"), "households_started": (15000, 0, "户")})))
    step_to(centre.boss, 1659834000000)                      # 2022-08-07 09:00
    database = conninfo.rsplit("dbname=", 1)[1]
    centre.sql = lambda text: postgres.psql(database, text)

    person = centre._person("bangongshi")
    config = tmp_path / "office.yaml"
    config.write_text(f"centre:\n  address: 127.0.0.1:{centre.port}\n"
                      f"  server_name: localhost\ntls:\n"
                      f"  certificate: {person.certificate_file}\n  key: {person.key_file}\n"
                      f"  ca: {centre.authority.file}\n", "utf-8")

    def duban(*arguments):
        return subprocess.run([BIN / "duban", "--config", config, *map(str, arguments)],
                              check=True, capture_output=True, text=True, timeout=60).stdout

    def folder(files):
        for file in files:
            name = file.name.replace("sample/", "p.sample/")
            path = tmp_path / "plans" / (name if name.startswith(("p.", "cal")) else "p/" + name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.content)
        return ["--with", tmp_path / "plans/p.sample", tmp_path / "plans/p"]

    centre.duban, centre.plan_folder = duban, folder
    yield centre
    centre.stop()


def test_a_first_version_changes_nothing_for_anybody(postgres, tmp_path):
    centre = Duband(tmp_path, postgres.create()).start()
    try:
        assert not apply(centre.office(), plan_files(), dry_run=True).HasField("effects")
        first = apply(centre.office(), plan_files())
        assert first.changed and not first.HasField("effects")
        assert not apply(centre.office(), plan_files()).HasField("effects")
        answer = centre.office().plans.ListMovedDates(plans_pb2.ListMovedDatesRequest(),
                                                      timeout=TIMEOUT)
        assert (answer.plan, answer.version, len(answer.dates)) == (PLAN, 0, 0)
    finally:
        centre.stop()


def test_dates_that_move_are_listed_and_kept(world):
    files = changed((SCHEDULE, "day: 5, time", "day: 8, time"))
    dry = apply(world.boss, files, dry_run=True).effects
    assert dry.complete and dry.calendar_from == dry.calendar_to == "cn-2026-1"
    by_period = {d.period: d for d in dry.dates}
    assert "2022-07" not in by_period                # was due already
    august = by_period["2022-08"]
    assert (august.due_from, august.due_to) == (1662370200000, 1662629400000)
    assert august.lock_to > august.due_to and august.reports == 43
    assert not (august.was_estimated or august.is_estimated)
    assert by_period["2026-12"].is_estimated         # due in January 2027
    assert not dry.asked and not dry.lights and not dry.sections
    assert world.sql("SELECT count(*) FROM plan_moved") == "0"

    done = apply(world.boss, files)
    assert done.version == 2 and done.effects == dry
    kept = world.boss.plans.ListMovedDates(plans_pb2.ListMovedDatesRequest(version=2),
                                           timeout=TIMEOUT)
    assert list(kept.dates) == list(dry.dates) and kept.version == 2
    assert not world.boss.plans.ListMovedDates(
        plans_pb2.ListMovedDatesRequest(version=1), timeout=TIMEOUT).dates
    assert refused(world.boss.plans.ListMovedDates,
                   plans_pb2.ListMovedDatesRequest(version=9),
                   timeout=TIMEOUT).code == Code.NOT_FOUND
    # the obligations are those that were announced
    assert world.sql("SELECT DISTINCT extract(epoch FROM due_at)::bigint FROM obligation "
                     "WHERE period = '2022-08'") == str(august.due_to // 1000)


def test_lights_that_change_are_named_with_the_reason(world):
    """100 of 260 communities by the end of July are 38.5 %, 39.2 % were expected: green.
    With 230 asked it stays green; with thresholds of half a point it turns yellow."""
    stricter = changed((SCHEDULE, "yellow: 5.0, red: 15.0", "yellow: 0.5, red: 15.0"))
    [light] = [x for x in apply(world.boss, stricter, dry_run=True).effects.lights
               if x.unit == FURONG and x.target == "communities"]
    assert (light.section, getattr(light, "from"), light.to) == \
        ("2", GREEN, YELLOW)
    assert light.why == "亮灯标准调整" and light.unit_name == "芙蓉区"

    effects = apply(world.boss, stricter, dry_run=True).effects
    assert {s.section: s.lights_worse for s in effects.sections}["2"] >= 1
    # nothing was judged or stored by asking
    assert world.sql("SELECT count(DISTINCT plan_version) FROM light") in ("0", "1")
    assert world.sql("SELECT max(version) FROM plan_version") == "1"


def test_reports_newly_asked_and_no_longer_asked(world):
    longer = apply(world.boss, changed((SCHEDULE, "last: 2026-12", "last: 2027-03")),
                   dry_run=True).effects
    assert {(a.section, a.unit, a.no_longer, a.first, a.last) for a in longer.asked} == \
        {(s, "", False, "2027-01", "2027-03") for s in "12345"}
    assert sum(s.asked for s in longer.sections) == 43 * 3
    shorter = apply(world.boss, changed((SCHEDULE, "last: 2026-12", "last: 2026-10")),
                    dry_run=True).effects
    assert all(a.no_longer and (a.first, a.last) == ("2026-11", "2026-12")
               for a in shorter.asked) and len(shorter.asked) == 5
    assert sum(s.no_longer for s in shorter.sections) == 43 * 2


def test_scores_by_another_formula(world):
    """Furong was on time, and behind in what it finished: what counts more moves its rate."""
    wait_for(lambda: world.sql("SELECT count(*) FROM light WHERE number <> ''") != "0",
             "Furong's lights")
    files = changed(("sample/scoring.yaml", "{completion: 60, timeliness: 20, quality: 20}",
                     "{completion: 20, timeliness: 60, quality: 20}"))
    effects = apply(world.boss, files, dry_run=True).effects
    assert effects.score_range == "2022" and not effects.lights and not effects.dates
    [furong] = [score for score in effects.scores if score.unit == FURONG]
    before, after = (float(getattr(furong, name)) for name in ("from", "to"))
    assert furong.unit_name == "芙蓉区" and before != after
    scored = world.boss.assessment.GetScores(
        assessment_pb2.GetScoresRequest(range="2022"), timeout=TIMEOUT)
    [now] = [row for row in scored.rows if row.unit == FURONG]
    assert now.rate == getattr(furong, "from")
    assert apply(world.boss, files).effects == effects
    scored = world.boss.assessment.GetScores(
        assessment_pb2.GetScoresRequest(range="2022"), timeout=TIMEOUT)
    assert [row.rate for row in scored.rows if row.unit == FURONG] == [furong.to]


def test_scores_by_the_lights_that_a_version_will_show(world):
    """More is expected by July: what is done counts for less, as is said before."""
    wait_for(lambda: world.sql("SELECT count(*) FROM light WHERE number <> ''") != "0",
             "Furong's lights")
    files = changed(("sample/tasks/2.yaml", "percent: 39.2", "percent: 42.0"))
    effects = apply(world.boss, files, dry_run=True).effects
    [furong] = [score for score in effects.scores if score.unit == FURONG]
    before, after = (float(getattr(furong, name)) for name in ("from", "to"))
    assert after < before
    assert apply(world.boss, files).effects == effects
    wait_for(lambda: world.sql("SELECT count(*) FROM light WHERE plan_version = 2 "
                               "AND target = 'communities'") != "0", "the light to be judged")
    scored = world.boss.assessment.GetScores(
        assessment_pb2.GetScoresRequest(range="2022"), timeout=TIMEOUT)
    assert [row.rate for row in scored.rows if row.unit == FURONG] == [furong.to]


def published(files):
    """The calendar of 2027, as if it had been published."""
    for file in files:
        if file.name.startswith("calendar/"):
            year = "  - year: 2027\n    rest: [2027-01-01 至 2027-01-05]\n    work: []\n# 是工"
            file.content = file.content.replace(b"version: cn-2026-1", b"version: cn-2027-1") \
                .replace("# 是工".encode(), year.encode())
            assert "year: 2027".encode() in file.content
        if file.name == "plan.yaml":
            file.content = file.content.replace(b"cn-2026-1", b"cn-2027-1")
    return files


def test_a_published_year_moves_what_was_estimated(world):
    files = published(plan_files())
    effects = apply(world.boss, files, dry_run=True).effects
    assert (effects.calendar_from, effects.calendar_to) == ("cn-2026-1", "cn-2027-1")
    [december] = effects.dates
    assert december.period == "2026-12" and december.due_to > december.due_from
    assert december.was_estimated and not december.is_estimated
    apply(world.boss, files)
    kept = world.boss.plans.ListMovedDates(plans_pb2.ListMovedDatesRequest(),
                                           timeout=TIMEOUT)
    assert (kept.version, kept.calendar_from, kept.calendar_to) == \
        (2, "cn-2026-1", "cn-2027-1")
    assert list(kept.dates) == [december]


def test_the_command_shows_it_to_people_and_programs(world):
    folder = world.plan_folder(published(changed((SCHEDULE, "yellow: 5.0", "yellow: 0.5"))))
    shown = world.duban("plan", "apply", "--dry-run", *folder)
    for part in ("检查通过，没有发布", "工作日历：cn-2026-1 → cn-2027-1", "调整的时限（1 项）",
                 "原时限为预计", "亮灯的变化", "芙蓉区", "亮灯标准调整"):
        assert part in shown, shown
    english = world.duban("--lang", "en", "plan", "apply", "--dry-run", *folder)
    assert "Dates that move" in english and "was estimated" in english, english
    assert "没有一个版本调整过时限" in world.duban("plan", "moved")
    told = json.loads(world.duban("--json", "plan", "apply", *folder))["effects"]
    assert told["complete"] and told["dates"][0]["period"] == "2026-12"
    assert told["dates"][0]["was_estimated"] is True
    assert {light["to"] for light in told["lights"]} <= {"yellow", "green", "red"}
    assert "2026-12" in world.duban("plan", "moved")
    assert json.loads(world.duban("--json", "plan", "moved", "--version", 2))["dates"] == \
        told["dates"]


def test_the_next_reminder_says_that_the_date_moved(world):
    apply(world.boss, changed((SCHEDULE, "day: 5, time", "day: 8, time")))
    step_to(world.boss, 1662516000000)                       # 2022-09-07 10:00
    body = wait_for(lambda: world.sql("SELECT body FROM alert WHERE kind = 1 AND period = "
                                      "'2022-08' AND unit = '430103' LIMIT 1"), "a reminder")
    assert "原为9月5日" in body and "9月8日" in body, body
