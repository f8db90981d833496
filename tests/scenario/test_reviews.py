"""What the bureau does with a report: pass it, return it, look for itself.

What a user would lose: a district the word of what to mend and by when; the bureau the
proof that it asked, and the sight of its own slowness.
"""
import grpc
import pytest

from alerts_support import Watching
from protos import alerts_pb2, report_pb2, reviews_pb2
from reports_support import TIMEOUT, receipt_body, refused, report, step_to
from test_reports import World

Code = grpc.StatusCode
UNIT = "430105"
FIELDS = [("communities_finished", "你区填3个，我处台账为2个，请核对。"),
          ("problems", "仅填“无”，与实际不符，请补充")]


@pytest.fixture
def world(postgres, tmp_path):
    made = World(tmp_path, postgres.create())
    made.lead = made.centre.department("jiugai")   # leads section 2
    made.other = made.centre.department("gengxin")
    made.number = receipt_body(made.submit(report(UNIT))).number
    yield made
    made.close()


def pass_report(client, number, remark=""):
    return client.reviews.PassReport(
        reviews_pb2.PassReportRequest(number=number, remark=remark), timeout=TIMEOUT)


def return_report(client, number, fields=None, **given):
    request = reviews_pb2.ReturnReportRequest(
        number=number, fields=[reviews_pb2.ReturnedField(field=f, reason=r)
                               for f, r in (FIELDS if fields is None else fields)], **given)
    return client.reviews.ReturnReport(request, timeout=TIMEOUT)


def waiting(client, **given):
    return list(client.reviews.ListWaiting(reviews_pb2.ListWaitingRequest(**given),
                                           timeout=TIMEOUT).reports)


def life(client, number):
    return client.reviews.GetLife(reviews_pb2.GetLifeRequest(number=number), timeout=TIMEOUT)


def open_alerts(world, kind):
    answer = world.office.alerts.ListAlerts(
        alerts_pb2.ListAlertsRequest(unit=UNIT, section="2", open_only=True), timeout=TIMEOUT)
    return [a for a in answer.alerts if a.kind == kind]


def mended(number, finished=2):
    message = report(UNIT, figures={"communities_finished": (finished, 0, "个")})
    message.supersedes, message.change_reason = number, "按退回意见修改。"
    return message


# Two steps, in order, by those whose they are.

def test_content_first_then_totals(world):
    refusal = refused(pass_report, world.office, world.number)
    assert refusal.code == Code.FAILED_PRECONDITION and "业务审核" in refusal.message
    first = pass_report(world.lead, world.number, "数据与台账一致。")
    assert first.step == reviews_pb2.REVIEW_STEP_CONTENT
    again = pass_report(world.lead, world.number)
    assert again.passed_at == first.passed_at
    second = pass_report(world.office, world.number)
    assert second.step == reviews_pb2.REVIEW_STEP_TOTALS
    assert waiting(world.office) == []
    events = [(e.kind, e.step) for e in life(world.office, world.number).events]
    assert events == [("received", 0), ("passed", 1), ("passed", 2)]


def test_another_department_may_not(world):
    for act in (pass_report, return_report):
        refusal = refused(act, world.other, world.number)
        assert refusal.code == Code.PERMISSION_DENIED and "牵头" in refusal.message
    assert refused(pass_report, world.agent(UNIT), world.number).code == \
        Code.PERMISSION_DENIED
    assert refused(pass_report, world.lead, "2022-07-000000-02-9").code == Code.NOT_FOUND


def test_who_waits_for_whom_and_how_long(world):
    rows = waiting(world.lead)
    assert [(r.number, r.step, r.overdue) for r in rows] == [(world.number, 1, False)]
    assert waiting(world.other) == []
    step_to(world.office, 1659945600000)  # Monday 2022-08-08 16:00: four working days on
    row = waiting(world.office)[0]
    assert (row.step, row.workdays, row.overdue) == (1, 4, True)
    pass_report(world.lead, world.number)
    row = waiting(world.office)[0]
    assert (row.step, row.workdays, row.overdue) == (2, 0, False)
    assert waiting(world.lead) == []


# Return, and what comes of it.

def test_a_return_reaches_the_district_and_is_answered(world):
    stream = Watching(world.agent(UNIT))
    answer = return_report(world.lead, world.number)
    assert (answer.step, answer.ordinal) == (1, 1)
    alert = stream.wait_alerts(1)[0]
    stream.stop()
    assert alert.kind == alerts_pb2.ALERT_KIND_REPORT_RETURNED
    assert alert.subject == world.number and alert.due_at == answer.due_at
    assert alert.title == ("【退回修改】开福区：2022年7月“二、老旧小区和危旧房改造”月报"
                           f"退回（回执{world.number}）")
    assert alert.text == (
        f"开福区城市人居环境部门（填报人开福甲（示例））：你单位2022年7月“二、老旧小区和危旧房改造”月报（回执{world.number}）"
        "经老旧小区和危旧房改造处审核，予以退回。1.“‘十四五’累计完工小区”：你区填3个，我处台账为2个，"
        "请核对；2.“存在问题”：仅填“无”，与实际不符，请补充。其余数据无需重填。请于8月5日（星期五）17:30"
        "前经负责人审签后重报；对退回意见有异议的，可在8月9日（星期二）17:30前提出申辩。"
        "本次为首次退回。"
        "联系人：局办公室局办乙（示例），电话0731-00000000。（依据：长人环通〔2022〕55号；系统提醒，示例数据）")
    assert waiting(world.office) == []  # it waits for the district now
    body = receipt_body(world.submit(mended(world.number)))
    assert (body.revision, body.due_at, body.timeliness) == (
        2, answer.due_at, report_pb2.TIMELINESS_ON_TIME)
    step_to(world.office, answer.due_at + 60000)
    assert open_alerts(world, alerts_pb2.ALERT_KIND_REPORT_RETURNED) == []
    assert open_alerts(world, alerts_pb2.ALERT_KIND_RETURN_UNANSWERED) == []
    assert [r.number for r in waiting(world.lead)] == [body.number]
    got = life(world.agent(UNIT), body.number)
    assert [(e.kind, e.revision) for e in got.events] == [
        ("received", 1), ("returned", 1), ("received", 2)]
    assert [(f.field, f.reason) for f in got.events[1].fields] == FIELDS
    assert refused(life, world.agent("430102"), body.number).code == Code.NOT_FOUND


def test_an_unanswered_return_climbs_the_ladder(world):
    answer = return_report(world.lead, world.number, workdays=1)
    step_to(world.office, answer.due_at + 1)
    told = open_alerts(world, alerts_pb2.ALERT_KIND_RETURN_UNANSWERED)
    assert [(a.level, a.recipient) for a in told] == [(0, f"district/{UNIT}")]
    step_to(world.office, answer.due_at + 10 * 86400000)
    told = open_alerts(world, alerts_pb2.ALERT_KIND_RETURN_UNANSWERED)
    assert {(a.level, a.recipient) for a in told} == {
        (0, f"district/{UNIT}"), (1, f"district/{UNIT}"), (2, "department/jiugai"),
        (3, "department/bangongshi"), (4, "department/bangongshi")}
    # It may still be mended, after the lock as well; late, and everybody is relieved.
    body = receipt_body(world.submit(mended(world.number)))
    assert body.timeliness == report_pb2.TIMELINESS_AFTER_LOCK
    step_to(world.office, answer.due_at + 11 * 86400000)
    assert open_alerts(world, alerts_pb2.ALERT_KIND_RETURN_UNANSWERED) == []


def test_a_second_return_climbs_a_step(world):
    return_report(world.lead, world.number)
    second = receipt_body(world.submit(mended(world.number))).number
    answer = return_report(world.lead, second, [("communities_finished", "仍不一致。")])
    assert answer.ordinal == 2
    told = [a for a in open_alerts(world, alerts_pb2.ALERT_KIND_REPORT_RETURNED)
            if a.subject == second]
    assert {a.recipient for a in told} == {f"district/{UNIT}", "department/jiugai"}
    above = next(a for a in told if a.recipient == "department/jiugai")
    assert "第2次退回" in above.title and above.title.endswith("请协调")
    assert "“‘十四五’累计完工小区”：仍不一致。" in above.text


def test_what_cannot_be_returned_says_why(world):
    refusal = refused(return_report, world.lead, world.number, [])
    assert refusal.code == Code.INVALID_ARGUMENT and "至少" in refusal.message
    refusal = refused(return_report, world.lead, world.number, [("villages_finished", "错。")])
    assert "villages_finished" in refusal.message
    refusal = refused(return_report, world.lead, world.number, [("problems", "")])
    assert refusal.code == Code.INVALID_ARGUMENT
    refusal = refused(return_report, world.lead, world.number, workdays=61)
    assert refusal.code in (Code.INVALID_ARGUMENT, Code.OUT_OF_RANGE)
    return_report(world.lead, world.number)
    refusal = refused(return_report, world.lead, world.number)
    assert refusal.code == Code.FAILED_PRECONDITION and "退回" in refusal.message
    refusal = refused(pass_report, world.lead, world.number)
    assert refusal.code == Code.FAILED_PRECONDITION
    second = receipt_body(world.submit(mended(world.number))).number
    refusal = refused(return_report, world.lead, world.number)
    assert refusal.code == Code.FAILED_PRECONDITION and "更正" in refusal.message
    pass_report(world.lead, second)


def test_the_office_may_return_after_the_content_was_checked(world):
    pass_report(world.lead, world.number)
    answer = return_report(world.office, world.number)
    assert answer.step == reviews_pb2.REVIEW_STEP_TOTALS


def test_a_figure_is_seen_on_the_spot_and_withdrawn(world):
    def check(client, indicator, standing, remark="现场核查3个小区，2个已完工。"):
        return client.reviews.CheckFigure(reviews_pb2.CheckFigureRequest(
            number=world.number, indicator=indicator, standing=standing, remark=remark),
            timeout=TIMEOUT)

    check(world.lead, "communities_finished", reviews_pb2.STANDING_SEEN)
    check(world.lead, "communities_finished", reviews_pb2.STANDING_WITHDRAWN, "复核不实。")
    refusal = refused(check, world.lead, "elevators_planned", reviews_pb2.STANDING_SEEN)
    assert refusal.code == Code.INVALID_ARGUMENT
    refusal = refused(check, world.lead, "communities_finished",
                      reviews_pb2.STANDING_CHECKED)
    assert refusal.code == Code.INVALID_ARGUMENT
    events = [e for e in life(world.office, world.number).events if e.kind == "checked"]
    assert [(e.indicator, e.standing) for e in events] == [
        ("communities_finished", 3), ("communities_finished", 4)]
    assert events[0].by.endswith("/department/jiugai/person/test")


def test_a_new_plan_version_forgets_no_return(world):
    answer = return_report(world.lead, world.number, workdays=1)
    from harness import plan_files
    from protos import plans_pb2
    files = plan_files()
    for file in files:
        if file.name == "plan.yaml":
            file.content += "note: 第二版。\n".encode()
    world.office.plans.ApplyPlan(plans_pb2.ApplyPlanRequest(files=files), timeout=TIMEOUT)
    step_to(world.office, answer.due_at + 1)
    told = open_alerts(world, alerts_pb2.ALERT_KIND_RETURN_UNANSWERED)
    assert [a.level for a in told] == [0]
