"""What a unit contests (申辩), and the bureau's own slowness.

What a user would lose: a district its right to be heard by another than who judged it; the
leaders the knowledge of what waits at the bureau.
"""
import signal

import psycopg2

from protos import alerts_pb2, reviews_pb2
from reports_support import TIMEOUT, receipt_body, refused, report, step_to
from requests_support import (CONTEST, DUE, GRANTED, REFUSED, UNIT, Code, alerts, answer, ask,
                              at, life, listed, request, said, withdraw, world)


# Contests.

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
