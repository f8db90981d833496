"""What a unit asks for, signed, and what the bureau answers: more time, a second look, leave
to report after the lock; and the bureau's own slowness.

What a user would lose: a district its right to be heard, or the time that it was given; the
bureau the proof of who asked, who granted and what was said; everybody the word of it.
"""
import datetime
import os
import signal

import grpc
import psycopg2
import pytest

from alerts_support import Watching
from protos import alerts_pb2, board_pb2, plans_pb2, report_pb2, requests_pb2, reviews_pb2
from reports_support import (PLAN, TIMEOUT, receipt_body, refused, report, seal, sealed,
                             step_to)
from test_reports import World

Code = grpc.StatusCode
UNIT = "430105"
REQUEST_TYPE = "application/vnd.duban.request.v1+protobuf"
EXTENSION, CONTEST, CONSENT = (requests_pb2.REQUEST_KIND_EXTENSION,
                               requests_pb2.REQUEST_KIND_CONTEST,
                               requests_pb2.REQUEST_KIND_CONSENT)
OPEN, GRANTED, REFUSED, WITHDRAWN = 1, 2, 3, 4


def at(text):
    """Plan time of "2022-08-05 17:30" in Changsha."""
    zone = datetime.timezone(datetime.timedelta(hours=8))
    moment = datetime.datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=zone)
    return int(moment.timestamp() * 1000)


DUE, LOCK = at("2022-08-05 17:30"), at("2022-08-11 17:30")


@pytest.fixture
def world(postgres, tmp_path):
    made = World(tmp_path, postgres.create())
    made.lead = made.centre.department("jiugai")   # leads section 2
    made.other = made.centre.department("gengxin")
    made.second = made.centre.client(made.authority.person("bangongshi", "zhou"))
    yield made
    made.close()


def request(kind=EXTENSION, unit=UNIT, **given):
    """A good request; what the caller names is different."""
    values = dict(request_id=os.urandom(16), kind=kind, plan=PLAN, unit=unit, section="2",
                  period="2022-07", reason="8月3日至4日全区停电检修，数据尚未核完。",
                  approved_by=report_pb2.Person(name="王五", post="局长"),
                  made_at=1659400000000, wall_made_at=1659400000000)
    if kind == EXTENSION:
        values["until"] = "2022-08-10"
    return requests_pb2.Request(**dict(values, **given))


def ask(world, message, signer=None, agent=None):
    client = agent or world.agent(message.unit)
    envelope = seal(signer or world.signers[message.unit],
                    message.SerializeToString(deterministic=True), REQUEST_TYPE)
    return client.requests.Ask(requests_pb2.AskRequest(request=envelope), timeout=TIMEOUT)


def answer(client, number, granted=True, text="同意。", **given):
    return client.requests.Answer(requests_pb2.AnswerRequest(
        number=number, granted=granted, text=text, **given), timeout=TIMEOUT)


def withdraw(client, number):
    return client.requests.Withdraw(requests_pb2.WithdrawRequest(number=number),
                                    timeout=TIMEOUT)


def listed(client, **given):
    return list(client.requests.List(requests_pb2.ListRequest(**given),
                                     timeout=TIMEOUT).requests)


def alerts(world, kind, open_only=False):
    reply = world.office.alerts.ListAlerts(
        alerts_pb2.ListAlertsRequest(unit=UNIT, open_only=open_only), timeout=TIMEOUT)
    return sorted((a for a in reply.alerts if a.kind == kind), key=lambda a: a.cursor)


def life(client, number):
    return client.reviews.GetLife(reviews_pb2.GetLifeRequest(number=number), timeout=TIMEOUT)


def said(refusal):
    """Everything that a refused person reads."""
    return " ".join([refusal.message, *refusal.violations.values()])


# Asking.

def test_a_request_is_stored_once_and_told_to_who_must_answer(world):
    message = request()
    first = ask(world, message)
    assert first.number == f"SQ-{UNIT}-0001"
    assert first.received_at == at("2022-08-02 09:00")
    assert first.answer_due_at == at("2022-08-05 17:30")  # three working days
    assert ask(world, message) == first
    told = alerts(world, alerts_pb2.ALERT_KIND_REQUEST_RECEIVED)
    assert [(a.recipient, a.level, a.subject, a.due_at) for a in told] == [
        ("department/bangongshi", 0, first.number, first.answer_due_at)]
    assert told[0].title == ("【申请待批】开福区：2022年7月“二、老旧小区和危旧房改造”月报申请延期")
    assert told[0].text == (
        "局办公室：开福区于8月2日09:00就2022年7月“二、老旧小区和危旧房改造”月报申请延期至"
        f"8月10日（星期三）17:30（编号{first.number}，负责人：王五）。理由：8月3日至4日全区停电检修，"
        "数据尚未核完。请于8月5日（星期五）17:30前批复。"
        "（依据：长人环通〔2022〕55号；系统提醒，示例数据）")
    row, = listed(world.office)
    assert (row.number, row.state, row.kind, row.unit, row.overdue) == (
        first.number, OPEN, EXTENSION, UNIT, False)
    assert row.signer.endswith(f"/district/{UNIT}/signer/1")
    assert row.request_id == message.request_id


def test_what_was_signed_is_what_is_kept(world, postgres):
    message = request()
    ask(world, message)
    with psycopg2.connect(world.centre.config["database"]["conninfo"]) as database:
        with database.cursor() as cursor:
            cursor.execute("SELECT envelope FROM request")
            kept = report_pb2.Envelope.FromString(bytes(cursor.fetchone()[0]))
    assert requests_pb2.Request.FromString(kept.payload) == message
    assert kept.payload_type == REQUEST_TYPE


def test_nobody_asks_in_anothers_name(world):
    world.agent("430102")
    message = request()
    refusal = refused(ask, world, message, agent=world.agent("430102"),
                      signer=world.authority.signer(UNIT))
    assert refusal.code == Code.PERMISSION_DENIED and refusal.reason == "S-09"
    refusal = refused(ask, world, message, agent=world.agent(UNIT),
                      signer=world.signers["430102"])
    assert refusal.code == Code.PERMISSION_DENIED and "签名证书不属于" in said(refusal)
    refusal = refused(ask, world, request(unit="430102"), signer=world.revoked)
    assert refusal.code == Code.PERMISSION_DENIED and "吊销" in said(refusal)
    forged = seal(world.signers[UNIT], message.SerializeToString(), REQUEST_TYPE)
    forged.payload = request(reason="换过的理由").SerializeToString()
    refusal = refused(world.agent(UNIT).requests.Ask,
                      requests_pb2.AskRequest(request=forged), timeout=TIMEOUT)
    assert refusal.code == Code.INVALID_ARGUMENT and refusal.reason == "S-08"
    # A report's signature is no request's: the type is signed too.
    report_type = sealed(world.signers[UNIT], message)
    refusal = refused(world.agent(UNIT).requests.Ask,
                      requests_pb2.AskRequest(request=report_type), timeout=TIMEOUT)
    assert refusal.code == Code.INVALID_ARGUMENT
    assert refused(ask, world, message, agent=world.office,
                   signer=world.signers[UNIT]).code == Code.PERMISSION_DENIED
    assert listed(world.office) == []


@pytest.mark.parametrize("given, rule", [
    (dict(reason=""), "S-02"), (dict(reason="长" * 1001), "D-10"),
    (dict(reason="响\x07铃"), "D-09"), (dict(approved_by=None), "S-03"),
    (dict(until=""), "S-04"), (dict(until="2022-8-10"), "S-04"),
    (dict(kind=0), "S-01"), (dict(kind=9), "D-04"), (dict(request_id=b"x"), "S-06"),
    (dict(subject="late:1"), "S-05"), (dict(kind=CONTEST, until=""), "S-05"),
    (dict(kind=CONTEST, until="", subject="late:a b"), "S-05"),
    (dict(section="9"), "S-11"), (dict(period="2021-07"), "S-12"),
    (dict(period="七月"), "D-08"), (dict(plan="another"), "S-10"),
    (dict(until="2022-08-05"), "S-23"), (dict(until="2022-08-06"), "S-22"),
    (dict(until="2022-12-31"), "S-22"), (dict(until="2022-12-30"), "S-24"),
], ids=str)
def test_what_cannot_be_asked_says_why(world, given, rule):
    refusal = refused(ask, world, request(**given))
    assert refusal.reason == rule, said(refusal)
    assert refusal.violations


def test_bytes_that_are_no_request_are_refused(world):
    for payload in (b"", b"\xff" * 40, request().SerializeToString() + b"\xa0\x06\x01",
                    b"\x0a\x10" + b"i" * 16 + b"\x10\x01\x10\x01"):
        world.agent(UNIT)
        envelope = seal(world.signers[UNIT], payload, REQUEST_TYPE)
        refusal = refused(world.agent(UNIT).requests.Ask,
                          requests_pb2.AskRequest(request=envelope), timeout=TIMEOUT)
        assert refusal.code == Code.INVALID_ARGUMENT
    big = seal(world.signers[UNIT], b"\x4a" + b"\xff" * 20000, REQUEST_TYPE)
    assert refused(world.agent(UNIT).requests.Ask, requests_pb2.AskRequest(request=big),
                   timeout=TIMEOUT).reason == "S-07"


def test_one_of_a_kind_is_open_at_a_time(world):
    first = ask(world, request())
    refusal = refused(ask, world, request())
    assert refusal.code == Code.ALREADY_EXISTS and refusal.reason == "S-50"
    assert first.number in said(refusal)
    same_id = request(reason="另一个理由。")
    same_id.request_id = b"i" * 16
    again = request(section="3")
    again.request_id = b"i" * 16
    assert ask(world, again).number == f"SQ-{UNIT}-0002"
    refusal = refused(ask, world, same_id)
    assert refusal.code == Code.ALREADY_EXISTS and refusal.reason == "S-52"
    # Taken back, it may be asked again; somebody else's may not be taken back.
    assert refused(withdraw, world.agent("430102"), first.number).code == Code.NOT_FOUND
    withdraw(world.agent(UNIT), first.number)
    refusal = refused(withdraw, world.agent(UNIT), first.number)
    assert refusal.code == Code.FAILED_PRECONDITION
    refusal = refused(answer, world.office, first.number)
    assert refusal.code == Code.FAILED_PRECONDITION and "撤回" in said(refusal)
    assert alerts(world, alerts_pb2.ALERT_KIND_REQUEST_RECEIVED)[0].cleared_at != 0
    ask(world, request())


def test_not_more_often_than_five_times(world):
    for _ in range(5):
        withdraw(world.agent(UNIT), ask(world, request()).number)
    refusal = refused(ask, world, request())
    assert refusal.code == Code.FAILED_PRECONDITION and refusal.reason == "S-51"


# An extension and what follows from it.

def test_a_granted_extension_moves_everything_that_is_still_to_come(world):
    number = ask(world, request()).number
    stream = Watching(world.agent(UNIT))
    reply = answer(world.office, number, text="停电属实，同意。")
    assert reply.until_at == at("2022-08-10 17:30")
    told = stream.wait_alerts(1)[0]
    stream.stop()
    assert told.kind == alerts_pb2.ALERT_KIND_REQUEST_ANSWERED
    assert (told.subject, told.due_at) == (number, reply.until_at)
    assert told.title == ("【申请批复】开福区：2022年7月“二、老旧小区和危旧房改造”月报延期申请，同意")
    assert "同意，至8月10日（星期三）17:30。批复意见：停电属实，同意。" in told.text
    assert "考核仍按原时限登记" in told.text
    # The day it was due by the plan: the reminder moved to two working days before the
    # new time, nobody is overdue.
    step_to(world.office, at("2022-08-05 18:00"))
    mine = [a for a in alerts(world, alerts_pb2.ALERT_KIND_REPORT_OVERDUE)
            if a.section == "2"]
    assert mine == []
    assert [a.section for a in alerts(world, alerts_pb2.ALERT_KIND_REPORT_DUE_SOON)
            if a.section == "2"] == []
    step_to(world.office, at("2022-08-08 09:00"))
    soon, = [a for a in alerts(world, alerts_pb2.ALERT_KIND_REPORT_DUE_SOON)
             if a.section == "2"]
    assert soon.due_at == reply.until_at and soon.decided_at == at("2022-08-08 09:00")
    assert "8月10日（星期三）17:30（经批准延期）" in soon.text
    step_to(world.office, at("2022-08-10 17:29"))
    assert UNIT not in missing(world)
    step_to(world.office, at("2022-08-10 17:30"))
    assert missing(world)[UNIT] == reply.until_at
    late, = [a for a in alerts(world, alerts_pb2.ALERT_KIND_REPORT_OVERDUE)
             if a.section == "2"]
    assert (late.level, late.due_at) == (0, reply.until_at)
    assert "8月16日（星期二）17:30封表前补齐" in late.text
    # Ladder and lock follow too.
    step_to(world.office, at("2022-08-11 17:30"))
    levels = {a.level: a.decided_at
              for a in alerts(world, alerts_pb2.ALERT_KIND_REPORT_OVERDUE)
              if a.section == "2"}
    assert levels == {0: at("2022-08-10 17:30"), 1: at("2022-08-11 17:30")}
    step_to(world.office, at("2022-08-16 17:00"))  # the plan's lock is over, not this one
    body = receipt_body(world.submit(report(UNIT)))
    assert body.timeliness == report_pb2.TIMELINESS_LATE
    assert body.due_at == reply.until_at
    got = life(world.office, body.number)
    assert (got.due_at, got.extended_due_at) == (DUE, reply.until_at)
    assert [(e.kind, e.number, e.text, e.due_at) for e in got.events][:2] == [
        ("asked", number, request().reason, at("2022-08-10 17:30")),
        ("answered", number, "停电属实，同意。", reply.until_at)]
    assert got.events[1].granted and got.events[1].by.endswith("bangongshi/person/test")


def test_within_the_extension_a_report_is_on_time(world):
    answer(world.office, ask(world, request()).number)
    step_to(world.office, at("2022-08-10 17:29"))
    body = receipt_body(world.submit(report(UNIT)))
    assert body.timeliness == report_pb2.TIMELINESS_ON_TIME


def test_an_extension_is_asked_before_the_due_time(world):
    step_to(world.office, DUE + 1)
    refusal = refused(ask, world, request())
    assert refusal.code == Code.FAILED_PRECONDITION and refusal.reason == "S-20"
    assert "8月5日（星期五）17:30前" in said(refusal)


def test_what_is_reported_needs_no_extension(world):
    world.submit(report(UNIT))
    assert refused(ask, world, request()).reason == "S-21"


def test_the_office_may_grant_another_day_or_refuse(world):
    number = ask(world, request()).number
    refusal = refused(answer, world.office, number, until="2022-08-06")
    assert refusal.code == Code.INVALID_ARGUMENT and refusal.reason == "S-22"
    assert refused(answer, world.office, number, until="2022-08-05").reason == "S-23"
    assert refused(answer, world.other, number).code == Code.PERMISSION_DENIED
    assert refused(answer, world.lead, number).code == Code.PERMISSION_DENIED
    assert refused(answer, world.agent(UNIT), number).code == Code.PERMISSION_DENIED
    refusal = refused(answer, world.office, number, granted=False, text="")
    assert refusal.code == Code.INVALID_ARGUMENT and "理由" in said(refusal)
    assert refused(answer, world.office, "SQ-430105-9999").code == Code.NOT_FOUND
    assert answer(world.office, number, until="2022-08-08").until_at == \
        at("2022-08-08 17:30")
    refusal = refused(answer, world.second, number)
    assert refusal.code == Code.FAILED_PRECONDITION
    third = ask(world, request(section="3")).number
    answer(world.office, third, granted=False, text="材料不全，按原时限报送。")
    row, = listed(world.office, number=third)
    assert (row.state, row.answer) == (REFUSED, "材料不全，按原时限报送。")
    told = alerts(world, alerts_pb2.ALERT_KIND_REQUEST_ANSWERED)[-1]
    assert told.title.endswith("延期申请，不同意")
    assert told.text.count("材料不全，按原时限报送。") == 1 and "请按原时限报送。" in told.text


def test_asked_in_time_and_answered_late_costs_the_unit_nothing(world, postgres):
    number = ask(world, request()).number
    step_to(world.office, DUE + 3600000)
    assert [a.level for a in alerts(world, alerts_pb2.ALERT_KIND_REPORT_OVERDUE)
            if a.section == "2"] == [0]  # fired, and stays
    body = receipt_body(world.submit(report(UNIT)))
    assert body.timeliness == report_pb2.TIMELINESS_LATE
    answer(world.office, number)
    with psycopg2.connect(world.centre.config["database"]["conninfo"]) as database:
        with database.cursor() as cursor:
            cursor.execute("SELECT late_waived_at IS NOT NULL FROM submission")
            assert cursor.fetchone()[0]


def test_a_new_plan_version_forgets_no_extension(world):
    answer(world.office, ask(world, request()).number)
    files = __import__("harness").plan_files()
    for file in files:
        if file.name == "plan.yaml":
            file.content += "note: 第二版。\n".encode()
    world.office.plans.ApplyPlan(plans_pb2.ApplyPlanRequest(files=files), timeout=TIMEOUT)
    step_to(world.office, at("2022-08-09 09:00"))
    assert [a.section for a in alerts(world, alerts_pb2.ALERT_KIND_REPORT_OVERDUE)
            if a.section == "2"] == []
    # A version that comes after the plan's own due time takes nothing away either.
    for file in files:
        if file.name == "plan.yaml":
            file.content += "# 第三版\n".encode()
    world.office.plans.ApplyPlan(plans_pb2.ApplyPlanRequest(files=files), timeout=TIMEOUT)
    step_to(world.office, at("2022-08-10 17:30"))
    assert [a.level for a in alerts(world, alerts_pb2.ALERT_KIND_REPORT_OVERDUE)
            if a.section == "2"] == [0]


# Contests.

def missing(world):
    """Who is shown on the board as owing section 2, and since when."""
    board = world.office.board.GetBoard(board_pb2.GetBoardRequest(), timeout=TIMEOUT)
    return {o.unit: o.due_at for o in board.overdue if o.section == "2" and o.period}


def late_report(world):
    step_to(world.office, DUE + 60000)
    return receipt_body(world.submit(report(UNIT))).number


def test_an_upheld_contest_of_a_late_mark_takes_it_back(world):
    number = late_report(world)
    asked = ask(world, request(CONTEST, subject=f"late:{number}",
                               reason="8月5日中心端无法连接。")).number
    assert refused(answer, world.office, asked, until="2022-08-10").code == \
        Code.INVALID_ARGUMENT
    answer(world.office, asked, text="中心端日志属实。")
    with psycopg2.connect(world.centre.config["database"]["conninfo"]) as database:
        with database.cursor() as cursor:
            cursor.execute("SELECT number FROM submission WHERE late_waived_at IS NOT NULL")
            assert cursor.fetchall() == [(number,)]
    told = alerts(world, alerts_pb2.ALERT_KIND_REQUEST_ANSWERED)[-1]
    assert told.title.endswith("月报迟报申辩，同意") and "该次迟报不再计入。" in told.text
    refusal = refused(ask, world, request(CONTEST, subject=f"late:{number}"))
    assert refusal.reason == "S-33"
    events = [(e.kind, e.subject) for e in life(world.agent(UNIT), number).events]
    assert events == [("received", ""), ("asked", f"late:{number}"),
                      ("answered", f"late:{number}")]


def test_a_contest_has_its_time_and_its_mark(world):
    on_time = receipt_body(world.submit(report(UNIT, section="3", figures=dict(
        __import__("reports_support").SECTION_3)))).number
    refusal = refused(ask, world, request(CONTEST, section="3", subject=f"late:{on_time}"))
    assert refusal.code == Code.FAILED_PRECONDITION and refusal.reason == "S-31"
    refusal = refused(ask, world, request(CONTEST, section="3",
                                          subject=f"return:{on_time}"))
    assert refusal.code == Code.NOT_FOUND and refusal.reason == "S-30"
    refusal = refused(ask, world, request(CONTEST, section="", period="2022-Q3",
                                          subject="score:2022-Q3"))
    assert refusal.code == Code.NOT_FOUND and refusal.reason == "S-35"
    number = late_report(world)
    refusal = refused(ask, world, request(CONTEST, unit="430102",
                                          subject=f"late:{number}"))
    assert refusal.reason == "S-30"
    # Five working days after Friday 2022-08-05: Friday 2022-08-12, 17:30.
    step_to(world.office, at("2022-08-12 17:30"))
    withdraw(world.agent(UNIT),
             ask(world, request(CONTEST, subject=f"late:{number}")).number)
    step_to(world.office, at("2022-08-12 17:31"))
    refusal = refused(ask, world, request(CONTEST, subject=f"late:{number}"))
    assert refusal.code == Code.FAILED_PRECONDITION and refusal.reason == "S-32"


def returned(world, client):
    number = receipt_body(world.submit(report(UNIT))).number
    if client is not world.lead:
        world.lead.reviews.PassReport(reviews_pb2.PassReportRequest(number=number),
                                      timeout=TIMEOUT)
    client.reviews.ReturnReport(reviews_pb2.ReturnReportRequest(
        number=number, fields=[reviews_pb2.ReturnedField(field="problems", reason="不实。")]),
        timeout=TIMEOUT)
    return number


def test_nobody_answers_the_contest_of_his_own_return(world):
    number = returned(world, world.lead)
    asked = ask(world, request(CONTEST, subject=f"return:{number}")).number
    refusal = refused(answer, world.lead, asked)
    assert refusal.code == Code.PERMISSION_DENIED and "本人" in said(refusal)
    colleague = world.centre.client(world.authority.person("jiugai", "sun"))
    refusal = refused(answer, colleague, asked)
    assert refusal.code == Code.PERMISSION_DENIED and "本处室" in said(refusal)
    assert refused(answer, world.other, asked).code == Code.PERMISSION_DENIED
    answer(world.office, asked, text="退回理由不成立。")
    # The return is gone: the report waits for its review again, and nobody is pressed.
    waiting = world.lead.reviews.ListWaiting(reviews_pb2.ListWaitingRequest(),
                                             timeout=TIMEOUT).reports
    assert [r.number for r in waiting] == [number]
    step_to(world.office, at("2022-08-20 09:00"))
    assert alerts(world, alerts_pb2.ALERT_KIND_RETURN_UNANSWERED) == []
    late = alerts(world, alerts_pb2.ALERT_KIND_REVIEW_OVERDUE)
    assert [(a.level, a.due_at) for a in late] == [
        (1, at("2022-08-05 17:30")), (2, at("2022-08-05 17:30"))]  # its time runs anew
    assert alerts(world, alerts_pb2.ALERT_KIND_REPORT_RETURNED, open_only=True) == []


def test_of_the_office_another_person_answers(world):
    number = returned(world, world.office)
    asked = ask(world, request(CONTEST, subject=f"return:{number}")).number
    assert refused(answer, world.office, asked).code == Code.PERMISSION_DENIED
    answer(world.second, asked, granted=False, text="退回无误。")
    row, = listed(world.agent(UNIT))
    assert (row.state, row.answered_by.rsplit("/", 1)[1]) == (REFUSED, "zhou")
    # A contest is decided once.
    refusal = refused(ask, world, request(CONTEST, subject=f"return:{number}"))
    assert refusal.reason == "S-33"


def test_the_lead_may_answer_for_a_return_of_the_office(world):
    number = returned(world, world.office)
    asked = ask(world, request(CONTEST, subject=f"return:{number}")).number
    answer(world.lead, asked)


def test_a_published_score_is_contested_and_answered_by_another(world):
    from protos import assessment_pb2
    step_to(world.office, at("2022-08-20 09:00"))
    publish = assessment_pb2.PublishScoresRequest(range="2022-07")
    world.office.assessment.PublishScores(publish, timeout=TIMEOUT)
    contest = dict(section="", subject="score:2022-07", reason="完成率应为百分之三十。")
    refusal = refused(ask, world, request(CONTEST, **dict(contest, period="2022-08",
                                                          subject="score:2022-08")))
    assert refusal.reason == "S-35"
    asked = ask(world, request(CONTEST, **contest)).number
    told = alerts(world, alerts_pb2.ALERT_KIND_REQUEST_RECEIVED)[-1]
    assert told.title == "【申请待批】开福区：2022-07考核结果提出申辩"
    refusal = refused(answer, world.office, asked)
    assert refusal.code == Code.PERMISSION_DENIED and "本人" in said(refusal)
    answer(world.second, asked, granted=False, text="核对无误。")
    told = alerts(world, alerts_pb2.ALERT_KIND_REQUEST_ANSWERED)[-1]
    assert told.title == "【申请批复】开福区：2022-07考核结果申辩，不同意"
    assert refused(ask, world, request(CONTEST, **contest)).reason == "S-33"
    # Published anew, it may be contested anew.
    step_to(world.office, at("2022-08-22 10:00"))
    world.office.assessment.PublishScores(publish, timeout=TIMEOUT)
    ask(world, request(CONTEST, **contest))


# Consent after the lock.

def test_consent_opens_a_locked_period_until_its_day(world):
    refusal = refused(ask, world, request(CONSENT))
    assert refusal.code == Code.FAILED_PRECONDITION and refusal.reason == "S-40"
    step_to(world.office, LOCK + 60000)
    late = report(UNIT)
    late.change_reason = "漏报，补报。"
    assert world.refused(late).code == Code.FAILED_PRECONDITION
    asked = ask(world, request(CONSENT)).number
    refusal = refused(answer, world.office, asked)
    assert refusal.code == Code.INVALID_ARGUMENT and "哪一天" in said(refusal)
    reply = answer(world.office, asked, until="2022-08-15")
    assert reply.until_at == at("2022-08-15 17:30")
    assert refused(ask, world, request(CONSENT)).reason == "S-41"
    body = receipt_body(world.submit(late))
    assert body.timeliness == report_pb2.TIMELINESS_AFTER_LOCK
    step_to(world.office, at("2022-08-15 17:31"))
    more = report(UNIT)
    more.supersedes, more.change_reason = body.number, "更正。"
    assert world.refused(more).code == Code.FAILED_PRECONDITION
    told = alerts(world, alerts_pb2.ALERT_KIND_REQUEST_ANSWERED)[-1]
    assert "补报（更正）申请" in told.title and "8月15日（星期一）17:30" in told.text


# The bureau's own slowness.

def test_an_unanswered_request_climbs_and_is_marked(world):
    number = ask(world, request(until="2022-08-22")).number
    step_to(world.office, at("2022-08-05 17:31"))
    told = alerts(world, alerts_pb2.ALERT_KIND_REQUEST_RECEIVED)
    assert [(a.level, a.recipient) for a in told] == [
        (0, "department/bangongshi"), (1, "department/bangongshi")]
    assert told[1].title == ("【批复超时】开福区：2022年7月“二、老旧小区和危旧房改造”月报申请延期，"
                             "逾期未批复")
    assert [r.overdue for r in listed(world.office, overdue_only=True)] == [True]
    # Two servers' worth of waiting later: the leaders, each once.
    step_to(world.office, at("2022-08-17 10:00"))
    told = alerts(world, alerts_pb2.ALERT_KIND_REQUEST_RECEIVED)
    assert [(a.level, a.decided_at) for a in told] == [
        (0, at("2022-08-02 09:00")), (1, at("2022-08-05 17:30") + 1),
        (2, at("2022-08-12 09:00")), (3, at("2022-08-16 09:00"))]
    assert told[2].title.startswith("【督办专报】呈分管局领导（副组长）：开福区")
    answer(world.office, number)
    assert alerts(world, alerts_pb2.ALERT_KIND_REQUEST_RECEIVED, open_only=True) == []
    row, = listed(world.office)
    assert row.overdue and row.state == GRANTED
    assert listed(world.office, overdue_only=True) == []


def test_a_review_that_nobody_does_is_the_bureaus_lateness(world):
    number = receipt_body(world.submit(report(UNIT))).number  # Tuesday 2022-08-02
    step_to(world.office, at("2022-08-05 17:31"))
    told, = alerts(world, alerts_pb2.ALERT_KIND_REVIEW_OVERDUE)
    assert (told.recipient, told.subject, told.due_at) == (
        "department/jiugai", number, at("2022-08-05 17:30"))
    assert told.title == ("【审核超时】开福区：2022年7月“二、老旧小区和危旧房改造”月报逾期未业务审核")
    assert told.text == (
        f"老旧小区和危旧房改造处：开福区2022年7月“二、老旧小区和危旧房改造”月报（回执{number}）"
        "8月2日09:00收妥，业务审核由老旧小区和危旧房改造处负责，时限为8月5日（星期五）17:30，截至"
        "8月5日17:30尚未审核。请尽快审核，予以通过或者退回修改。"
        "（依据：长人环通〔2022〕55号；系统提醒，示例数据）")
    step_to(world.office, at("2022-08-09 09:01"))
    told = alerts(world, alerts_pb2.ALERT_KIND_REVIEW_OVERDUE)
    assert [(a.level, a.recipient) for a in told] == [
        (1, "department/jiugai"), (2, "department/bangongshi")]
    assert "请督促老旧小区和危旧房改造处审核。" in told[1].text
    # The content is checked: relief; now it is the office's time that runs.
    world.lead.reviews.PassReport(reviews_pb2.PassReportRequest(number=number),
                                  timeout=TIMEOUT)
    step_to(world.office, at("2022-08-11 17:31"))
    open_now = alerts(world, alerts_pb2.ALERT_KIND_REVIEW_OVERDUE, open_only=True)
    assert [(a.level, a.recipient) for a in open_now] == [(3, "department/bangongshi")]
    assert "汇总审核由局办公室负责" in open_now[0].text
    step_to(world.office, at("2022-08-18 09:01"))
    last = alerts(world, alerts_pb2.ALERT_KIND_REVIEW_OVERDUE)[-1]
    assert last.level == 4 and last.title.startswith("【督办专报】呈分管局领导（副组长）")
    world.office.reviews.PassReport(reviews_pb2.PassReportRequest(number=number),
                                    timeout=TIMEOUT)
    step_to(world.office, at("2022-08-18 10:00"))
    assert alerts(world, alerts_pb2.ALERT_KIND_REVIEW_OVERDUE, open_only=True) == []


def test_a_report_reviewed_returned_or_replaced_in_time_is_nobodys_lateness(world):
    returned(world, world.lead)
    step_to(world.office, at("2022-08-30 09:00"))
    assert alerts(world, alerts_pb2.ALERT_KIND_REVIEW_OVERDUE) == []


def test_killed_between_question_and_answer(world):
    """Nothing is lost, nothing is told twice, and the time that passed is caught up with."""
    message = request()
    first = ask(world, message)
    world.centre.stop(signal.SIGKILL)
    world.centre.start(migrate=False)
    world.agents.clear()
    world.office = world.centre.office()
    world.agents[UNIT] = world.centre.client(world.authority.agent(UNIT, 2))
    assert ask(world, message) == first
    step_to(world.office, at("2022-08-05 17:31"))
    world.centre.stop(signal.SIGKILL)
    world.centre.start(migrate=False)
    world.office = world.centre.office()
    told = alerts(world, alerts_pb2.ALERT_KIND_REQUEST_RECEIVED)
    assert [a.level for a in told] == [0, 1]
    answer(world.office, first.number)
    world.centre.stop(signal.SIGKILL)
    world.centre.start(migrate=False)
    world.office = world.centre.office()
    row, = listed(world.office)
    assert row.state == GRANTED
    assert len(alerts(world, alerts_pb2.ALERT_KIND_REQUEST_ANSWERED)) == 1


# Lists.

def test_lists_are_filtered_paged_and_private(world):
    numbers = [ask(world, request(section=s)).number for s in ("2", "3")]
    other = ask(world, request(unit="430102")).number
    answer(world.office, numbers[0])
    assert [r.number for r in listed(world.agent(UNIT))] == sorted(numbers, reverse=True)
    assert refused(listed, world.agent(UNIT), unit="430102").code == Code.PERMISSION_DENIED
    assert {r.number for r in listed(world.lead)} == {*numbers, other}
    assert [r.number for r in listed(world.office, state=GRANTED)] == [numbers[0]]
    assert [r.number for r in listed(world.office, unit=UNIT, section="3")] == [numbers[1]]
    assert listed(world.office, kind=CONSENT) == []
    seen, token = [], ""
    from protos import common_pb2
    while True:
        reply = world.office.requests.List(requests_pb2.ListRequest(
            page=common_pb2.Page(size=1, token=token)), timeout=TIMEOUT)
        seen += [r.number for r in reply.requests]
        token = reply.next_page
        if not token:
            break
    assert sorted(seen) == sorted([*numbers, other]) and len(seen) == 3
    assert refused(world.office.requests.List, requests_pb2.ListRequest(
        page=common_pb2.Page(token="x")), timeout=TIMEOUT).code == Code.INVALID_ARGUMENT
