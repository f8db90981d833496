"""What a unit asks for, signed, and what the bureau answers: more time, a second look, leave
to report after the lock.

What a user would lose: a district its right to be heard, or the time that it was given; the
bureau the proof of who asked, who granted and what was said; everybody the word of it.
"""
import psycopg2
import pytest

from alerts_support import Watching
from protos import alerts_pb2, plans_pb2, report_pb2, requests_pb2
from reports_support import TIMEOUT, receipt_body, refused, report, seal, sealed, step_to
from requests_support import (CONSENT, CONTEST, DUE, EXTENSION, GRANTED, LOCK, OPEN, REFUSED,
                              REQUEST_TYPE, UNIT, Code, alerts, answer, ask, at, life, listed,
                              missing, request, said, withdraw, world)


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
