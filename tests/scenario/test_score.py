"""Assessment: late, missing and wrong counted apart, each point explained, and nothing
held against a unit that it could not help.

What a user would lose: a unit its standing through the centre's own fault; the bureau a
score that it can defend, point by point, when it is contested.
"""
import json
import os
import pathlib
import signal
import subprocess

import grpc
import pytest

from harness import BIN, Duband, plan_files
from protos import assessment_pb2, plans_pb2, reviews_pb2
from reports_support import (PLAN, TIMEOUT, receipt_body, refused, report, sealed, step_to,
                             submit)

Code = grpc.StatusCode
A = assessment_pb2
HOUR = 3600000
DAY = 24 * HOUR
DUE = 1659691800000      # July's reports: Friday 2022-08-05 17:30 +08:00
LOCK = DUE + 6 * DAY     # Thursday 2022-08-11 17:30
ON_TIME, LATE, MISSING, RETURNED = "430102", "430103", "430105", "430111"
EXTENDED, WAIVED, NO_CIRCLES = "430112", "430121", "430181"


class Centre(Duband):
    def begin(self, database, start_at="2022-07-01 09:00", files=None):
        self.database = database
        self.signers = {}
        self.start()
        self.boss = self.office()
        self.lead = self.department("jiugai")
        self.apply(files or plan_files())
        return self

    def apply(self, files):
        return self.boss.plans.ApplyPlan(plans_pb2.ApplyPlanRequest(files=files),
                                         timeout=TIMEOUT)

    def send(self, unit, **given):
        if unit not in self.signers:
            self.signers[unit] = (self.client(self.authority.agent(unit)),
                                  self.authority.signer(unit))
        client, signer = self.signers[unit]
        message = report(unit, **{k: v for k, v in given.items() if k != "supersedes"})
        if "supersedes" in given:
            message.supersedes, message.change_reason = given["supersedes"], "更正数据。"
        return receipt_body(submit(client, sealed(signer, message))).number


def made(postgres, folder, **given):
    conninfo = postgres.create()
    centre = Centre(folder, conninfo, start_at=given.pop("start_at", "2022-07-01 09:00"))
    centre.postgres = postgres
    return centre.begin(conninfo.rsplit("dbname=", 1)[1], **given)


def scores(client, span="2022-07", **given):
    return client.assessment.GetScores(A.GetScoresRequest(range=span, **given),
                                       timeout=TIMEOUT)


def row(answer, unit):
    return next(r for r in answer.rows if r.unit == unit)


def explain(client, unit="", span="2022-07", **given):
    return client.assessment.ExplainScore(
        A.ExplainScoreRequest(unit=unit, range=span, **given), timeout=TIMEOUT)


def points(answer, section="2"):
    """By rule: those of one section's reports."""
    return {p.rule: p for p in answer.record.points if p.section == section and not p.target}


def counts(answer):
    c = answer.counts
    return (c.on_time, c.late, c.missing, c.wrong)


@pytest.fixture(scope="module")
def world(postgres, tmp_path_factory):
    """July's reports of section 2, as districts make them; by the lock the rest is missing."""
    centre = made(postgres, tmp_path_factory.mktemp("score"))
    step_to(centre.boss, DUE - HOUR)
    centre.numbers = {unit: centre.send(unit) for unit in (ON_TIME, RETURNED)}
    back = centre.lead.reviews.ReturnReport(reviews_pb2.ReturnReportRequest(
        number=centre.numbers[RETURNED], fields=[reviews_pb2.ReturnedField(
            field="communities_finished", reason="与台账不符。")]), timeout=TIMEOUT)
    centre.postgres.psql(centre.database, (
        "UPDATE obligation SET extended_due_at = due_at + interval '2 days', "
        f"extended_lock_at = lock_at WHERE unit = '{EXTENDED}' AND period = '2022-07'"))
    step_to(centre.boss, DUE + 20 * HOUR)
    for unit in (LATE, EXTENDED, WAIVED, NO_CIRCLES):
        centre.numbers[unit] = centre.send(unit)
    centre.postgres.psql(centre.database, (
        "UPDATE submission SET late_waived_at = received_at "
        f"WHERE number = '{centre.numbers[WAIVED]}'"))
    centre.answer = centre.send(RETURNED, supersedes=centre.numbers[RETURNED])
    assert back.due_at > DUE + 20 * HOUR
    centre.lead.reviews.PassReport(
        reviews_pb2.PassReportRequest(number=centre.numbers[ON_TIME]), timeout=TIMEOUT)
    step_to(centre.boss, LOCK + HOUR)
    yield centre
    centre.stop()


def test_the_table_is_in_the_plans_order_with_late_missing_and_wrong_apart(world):
    answer = scores(world.boss)
    assert [r.unit for r in answer.rows] == [
        "430104", "430102", "430103", "430105", "430111", "430112", "430121", "430181",
        "430182"]
    assert (answer.plan, answer.range, answer.sample) == (PLAN, "2022-07", True)
    assert "完成（权重60%）" in answer.formula and "示例数据" in answer.formula
    # Four other sections came from nobody; two units have no part in the fourth.
    assert counts(row(answer, ON_TIME)) == (1, 0, 4, 0)
    assert counts(row(answer, LATE)) == (0, 1, 4, 0)
    assert counts(row(answer, MISSING)) == (0, 0, 5, 0)
    assert counts(row(answer, RETURNED)) == (1, 0, 4, 1)
    assert counts(row(answer, NO_CIRCLES)) == (0, 1, 3, 0)
    assert row(answer, WAIVED).counts.waived == 1
    assert row(answer, MISSING).rate == "0.0"
    ranked = sorted(answer.rows, key=lambda r: r.rank)
    rates = [float(r.rate) for r in ranked]
    assert rates == sorted(rates, reverse=True)
    assert [r.rank for r in ranked][-3:] == [7, 7, 7]  # three reported nothing: a tie


def test_each_point_says_why_with_its_report(world):
    answer = explain(world.boss, ON_TIME)
    timely = points(answer)["timeliness.on_time"]
    assert timely.number == world.numbers[ON_TIME]
    assert timely.sentence == (
        "2022年7月“二、老旧小区和危旧房改造”月报2022年8月5日16:30收到，时限2022年8月5日17:30，"
        "按时，得4分（满分4分）。")
    assert points(answer)["quality.clean"].points == "4"
    missing = points(answer, "1")["timeliness.missing"]
    assert (missing.number, missing.points, missing.possible) == ("", "0", "4")
    done = [p for p in answer.record.points if p.target == "communities"]
    assert len(done) == 1 and done[0].clause == "四、（二）2"
    assert done[0].number == world.numbers[ON_TIME] and "序时进度39.2%" in done[0].sentence


def test_a_unit_can_add_its_points_up(world):
    """Every row of the table is the sum of what is explained, exactly."""
    from decimal import ROUND_HALF_UP, Decimal
    for one in scores(world.boss).rows:
        record = explain(world.boss, one.unit).record
        got, weights = Decimal(0), 0
        for part in record.parts:
            mine = [p for p in record.points if p.part == part.kind]
            possible = sum(Decimal(p.possible) for p in mine)
            assert possible == Decimal(part.possible)
            assert sum(Decimal(p.points) for p in mine) == Decimal(part.points)
            if possible:
                got += part.weight * Decimal(part.points) / possible
                weights += part.weight
        rate = (100 * got / weights).quantize(Decimal("0.1"), ROUND_HALF_UP)
        assert str(rate) == record.rate == one.rate


def test_a_return_that_was_mended_in_time(world):
    answer = points(explain(world.boss, RETURNED))
    assert answer["quality.mended"].points == "2"
    assert world.numbers[RETURNED] in answer["quality.mended"].sentence
    assert answer["timeliness.on_time"].points == "4"


def test_an_extension_keeps_the_original_date_for_the_assessment(world):
    late = points(explain(world.boss, EXTENDED))["timeliness.late"]
    assert "已批准延期至2022年8月7日17:30，按方案规定考核仍按原时限计。" in late.sentence


def test_a_waived_late_mark_counts_no_more(world):
    point = points(explain(world.boss, WAIVED))["timeliness.on_time"]
    assert point.points == "4" and "迟报经申辩不计" in point.sentence


def test_the_same_facts_give_the_same_bytes(world):
    now = scores(world.boss).known_at
    first = explain(world.boss, RETURNED, known_at=now).record.SerializeToString()
    assert explain(world.boss, RETURNED, known_at=now).record.SerializeToString() == first


def test_as_it_was_known_on_that_day(world):
    before = scores(world.boss, known_at=DUE + HOUR)
    assert counts(row(before, LATE)) == (0, 0, 0, 0)
    assert row(before, LATE).counts.waiting == 5
    assert row(before, LATE).rate == "" and row(before, LATE).rank == 0
    assert counts(row(before, RETURNED)) == (1, 0, 0, 1)
    assert refused(scores, world.boss, known_at=LOCK + 400 * DAY).code == \
        Code.INVALID_ARGUMENT


def test_a_district_sees_the_table_and_only_its_own_points(world):
    client = world.signers[LATE][0]
    assert len(scores(client).rows) == 9
    assert explain(client).record.unit == LATE
    assert explain(client, LATE).rank > 0
    refusal = refused(explain, client, ON_TIME)
    assert refusal.code == Code.PERMISSION_DENIED and "本单位" in refusal.message


def test_what_is_asked_wrongly_is_answered_with_what_is_allowed(world):
    assert "2022-Q4" in refused(scores, world.boss, "last year").message
    assert "报告期" in refused(scores, world.boss, "2021").message
    assert refused(scores, world.boss, plan="nothing").code == Code.NOT_FOUND
    assert refused(explain, world.boss, "999999").code == Code.NOT_FOUND
    assert refused(scores, world.boss, published=True).code == Code.NOT_FOUND


def test_what_was_published_stays(world):
    client = world.signers[LATE][0]
    publish = A.PublishScoresRequest(range="2022-Q3")
    assert refused(client.assessment.PublishScores, publish).code == Code.PERMISSION_DENIED
    first = world.boss.assessment.PublishScores(publish, timeout=TIMEOUT)
    assert (first.range, first.ordinal, first.units) == ("2022-Q3", 1, 9)
    seen = scores(client, "2022-Q3", published=True)
    assert (seen.ordinal, seen.published_at) == (1, first.published_at)
    assert seen.published_by.endswith("/department/bangongshi/person/test")
    mark = explain(client, span="2022-Q3", published=True)
    number = world.numbers[LATE]
    world.postgres.psql(world.database, (  # a contest was upheld meanwhile
        f"UPDATE submission SET late_waived_at = received_at WHERE number = '{number}'"))
    assert explain(client, span="2022-Q3", published=True) == mark
    assert row(scores(client, "2022-Q3"), LATE).counts.waived == 1
    second = world.boss.assessment.PublishScores(publish, timeout=TIMEOUT)
    assert second.ordinal == 2
    assert row(scores(client, "2022-Q3", published=True), LATE).counts.waived == 1
    old = scores(client, "2022-Q3", published=True, ordinal=1)
    assert row(old, LATE).counts.late == 1
    world.postgres.psql(world.database, (
        f"UPDATE submission SET late_waived_at = NULL WHERE number = '{number}'"))


def test_a_published_score_can_be_contested_and_somebody_else_answers(world):
    import test_requests
    client, signer = world.signers[ON_TIME]
    message = test_requests.request(test_requests.CONTEST, unit=ON_TIME, section="",
                                    period="2022-Q4", subject="score:2022-Q4")
    assert test_requests.refused(test_requests.ask, world, message, signer, client).reason == \
        "S-35"
    world.boss.assessment.PublishScores(A.PublishScoresRequest(range="2022"), timeout=TIMEOUT)
    message.period, message.subject = "2022", "score:2022"
    number = test_requests.ask(world, message, signer, client).number
    refusal = refused(test_requests.answer, world.boss, number, granted=False, text="维持。")
    assert refusal.code == Code.PERMISSION_DENIED  # whoever published it
    second = world.client(world.authority.person("bangongshi", "zhou"))
    test_requests.answer(second, number, granted=False, text="经复核，维持原评分。")
    row_of = test_requests.listed(client)[0]
    assert (row_of.number, row_of.state) == (number, test_requests.REFUSED)


# The command line, as the office and a district use it.

GOLDEN = pathlib.Path(__file__).parent / "golden"


def duban(world, *arguments, check=0, who=None):
    who = who or world._person("bangongshi")
    config = world.folder / "office.yaml"
    config.write_text(f"centre:\n  address: 127.0.0.1:{world.port}\n"
                      f"  server_name: localhost\ntls:\n"
                      f"  certificate: {who.certificate_file}\n  key: {who.key_file}\n"
                      f"  ca: {world.authority.file}\n", "utf-8")
    done = subprocess.run([BIN / "duban", "--config", config, *map(str, arguments)],
                          capture_output=True, text=True, timeout=60, check=False,
                          env={k: v for k, v in os.environ.items()
                               if not k.startswith(("LC_", "LANG", "DUBAN_"))})
    assert done.returncode == check, (arguments, done.returncode, done.stdout, done.stderr)
    assert "(null)" not in done.stdout + done.stderr
    return done.stdout if check == 0 else done.stderr


@pytest.mark.parametrize("name, arguments", [
    ("score-list-2022-07.txt", ("score", "list", "--from", "2022-07")),
    ("score-explain-2022-07.txt", ("score", "explain", "雨花区", "--from", "2022-07")),
])
def test_what_the_office_reads(world, name, arguments):
    """Word for word: these texts are held against units."""
    shown = duban(world, *arguments)
    for unit, number in world.numbers.items():
        shown = shown.replace(number, f"2022-07-{unit}-02-N")
    shown = shown.replace(world.answer, "2022-07-430111-02-A")
    if "DUBAN_GOLDEN" in os.environ:
        (GOLDEN / name).write_text(shown, "utf-8")
    assert shown == (GOLDEN / name).read_text("utf-8")


def test_the_same_for_programs_and_in_english(world):
    found = json.loads(duban(world, "--json", "score", "list", "--from", "2022-07"))
    late = next(r for r in found["rows"] if r["unit"] == LATE)
    assert late["counts"]["late"] == 1 and late["rank"] > 0
    assert {p["part"] for p in late["parts"]} == {"completion", "timeliness", "quality"}
    one = json.loads(duban(world, "--json", "score", "explain", LATE, "--from", "2022-07"))
    assert one["rate"] == late["rate"] and one["points"][0]["sentence"]
    english = duban(world, "--lang", "en", "score", "list", "--from", "2022-07")
    assert "assessment" in english and "late" in english and "missing" in english


def test_the_table_goes_into_a_spreadsheet(world, tmp_path):
    file = tmp_path / "考核评分.csv"
    duban(world, "score", "list", "--from", "2022-07", "--csv", file)
    rows = file.read_text("utf-8-sig").splitlines()
    assert rows[0].startswith('"单位"') and "得分率" in rows[0]
    assert len(rows) == 10
    assert duban(world, "--json", "score", "list", "--csv", file, check=2)


def test_wrong_arguments_are_answered_with_what_is_allowed(world):
    for wrong in (("--from", "July"), ("--from", "2022-09", "--to", "2022-07"),
                  ("--to", "2022"), ("--ordinal", "2"), ("--from", "2022", "--known-at", "x"),
                  ("--published", "--known-at", "2022-08-01")):
        assert duban(world, "score", "list", *wrong, check=2)
    assert "2022-Q4" in duban(world, "score", "list", "--from", "July", check=2)
    assert "还没有公布" in duban(world, "score", "list", "--from", "2022-07", "--published",
                              check=1)


def test_publishing_by_command(world):
    shown = duban(world, "score", "publish", "--from", "2022-07", "--to", "2022-08")
    assert "score:2022-07..2022-08" in shown and "第 1 次，9 家单位" in shown
    shown = duban(world, "score", "list", "--from", "2022-07", "--to", "2022-08", "--published")
    assert "第 1 次公布" in shown


# What a unit cannot help.

def test_an_outage_over_the_due_time_makes_nobody_late(postgres, tmp_path):
    centre = made(postgres, tmp_path)
    try:
        step_to(centre.boss, DUE - 2 * HOUR)
        centre.stop(signal.SIGKILL)
        centre.postgres.psql(centre.database, (  # the clock goes on while nobody is there
            "UPDATE plan_clock SET plan_at = plan_at + interval '5 hours'"))
        centre.start(migrate=False)
        centre.boss, centre.signers = centre.office(), {}
        step_to(centre.boss, DUE + 10 * HOUR)
        centre.send(LATE)
        answer = scores(centre.boss)
        assert [(o.from_at, o.to_at) for o in answer.outages] == [
            (DUE - 2 * HOUR, DUE + 3 * HOUR)]
        assert counts(row(answer, LATE))[:2] == (1, 0)
        assert row(answer, LATE).counts.deducted == 1
        point = points(explain(centre.boss, LATE))["timeliness.on_time"]
        assert ("中心端2022年8月5日15:30至2022年8月5日20:30停运，时限在停运期间或者恢复后24小时内，"
                "顺延到2022年8月6日20:30。") in point.sentence
        step_to(centre.boss, DUE + 28 * HOUR)
        centre.send("430104")
        assert row(scores(centre.boss), "430104").counts.late == 1
    finally:
        centre.stop()


def test_a_restart_without_a_gap_is_no_outage(postgres, tmp_path):
    centre = made(postgres, tmp_path)
    try:
        step_to(centre.boss, DUE - HOUR)
        for how in (signal.SIGKILL, signal.SIGTERM):
            centre.stop(how)
            centre.start(migrate=False)
        centre.boss = centre.office()
        step_to(centre.boss, LOCK)
        assert list(scores(centre.boss).outages) == []
        spans = centre.postgres.psql(centre.database, "SELECT count(*) FROM serving")
        assert spans == "1"
    finally:
        centre.stop()


def changed(name, old, new):
    files = plan_files()
    for file in files:
        if file.name == name:
            assert old.encode() in file.content
            file.content = file.content.replace(old.encode(), new.encode())
    return files


def test_a_due_time_that_was_moved_forward_is_not_held_against_a_unit(postgres, tmp_path):
    centre = made(postgres, tmp_path)
    try:
        step_to(centre.boss, DUE - 5 * DAY)
        centre.apply(changed("sample/schedule.yaml", "day: 5, time", "day: 4, time"))
        step_to(centre.boss, DUE - HOUR)
        centre.send(LATE)
        point = points(explain(centre.boss, LATE))["timeliness.on_time"]
        assert ("方案第2版把时限由2022年8月5日17:30提前到2022年8月4日17:30，考核按提前以前的计。"
                in point.sentence)
        step_to(centre.boss, DUE + HOUR)
        centre.send("430104")
        assert "timeliness.late" in points(explain(centre.boss, "430104"))
    finally:
        centre.stop()


def test_what_was_asked_for_late_is_not_held_against_a_unit(postgres, tmp_path):
    centre = made(postgres, tmp_path, start_at="2022-08-05 17:00")
    try:
        step_to(centre.boss, DUE + HOUR)
        centre.send(LATE)
        point = points(explain(centre.boss, LATE))["timeliness.on_time"]
        assert ("方案第1版2022年8月5日17:00才要求报送，考核时限按发布后3个工作日计，"
                "为2022年8月10日17:30。") in point.sentence
    finally:
        centre.stop()


# The other schemes, by the same reports.

@pytest.mark.parametrize("scheme, rate", [
    ("scheme: eionet\nweights: {completion: 0, reports: 100}\n"
     "completion: {by: progress, binding: 10, striven: 5}\n", "20.0"),
    ("scheme: deduction\nweights: {completion: 0, reports: 100}\n"
     "completion: {by: progress, binding: 10, striven: 5}\n"
     "reports: {start: 100, late: 1, missing: 5, returned: 2, corrected: 1}\n", "80.0"),
])
def test_other_schemes(postgres, tmp_path, scheme, rate):
    files = plan_files()
    for file in files:
        if file.name == "sample/scoring.yaml":
            file.content = scheme.encode()
    centre = made(postgres, tmp_path, files=files)
    try:
        step_to(centre.boss, DUE - HOUR)
        centre.send(ON_TIME)
        step_to(centre.boss, LOCK + HOUR)
        assert row(scores(centre.boss), ON_TIME).rate == rate
    finally:
        centre.stop()


def test_a_plan_without_a_formula_scores_nobody(postgres, tmp_path):
    centre = made(postgres, tmp_path,
                  files=[f for f in plan_files() if f.name != "sample/scoring.yaml"])
    try:
        step_to(centre.boss, LOCK + HOUR)
        refusal = refused(scores, centre.boss)
        assert refusal.code == Code.FAILED_PRECONDITION and "scoring.yaml" in refusal.message
    finally:
        centre.stop()
