"""The register of problems: registered, worked on, closed by another, overdue ones pressed.

What a user would lose: a district the list of what it must mend and by when; the bureau the
proof that somebody else looked before a problem was struck off, and the word when nobody did
anything.
"""
import os

import grpc
import pytest

from alerts_support import Watching
from protos import alerts_pb2, problems_pb2, projects_pb2
from reports_support import TIMEOUT, refused, step_to
from test_reports import World

Code = grpc.StatusCode
P = problems_pb2
UNIT = "430105"
DAY = 86400000
TOLD = 1659920400000  # Monday 2022-08-08 09:00
OVERDUE = alerts_pb2.ALERT_KIND_PROBLEM_OVERDUE


@pytest.fixture
def world(postgres, tmp_path):
    """Tuesday 2022-08-02 09:00; section 2 is led by jiugai."""
    made = World(tmp_path, postgres.create())
    made.lead = made.centre.department("jiugai")
    made.other = made.centre.department("gengxin")
    yield made
    made.close()


def add(client, **given):
    fields = dict(unit=UNIT, section="2", target="communities", kind=P.PROBLEM_KIND_LIMITED,
                  title="东风路片区燃气管线未迁改", found="2022-08-01", owner="张三",
                  telephone="0731-80000000", measure="与燃气公司会商，8月20日前完成迁改。",
                  due="2022-08-05", request_id=os.urandom(16))
    return client.problems.AddProblem(P.AddProblemRequest(**{**fields, **given}),
                                      timeout=TIMEOUT)


def enter_project(client, **given):
    fields = dict(unit=UNIT, id="lx-01", section="3", targets=["villages"], name="左家塘片区",
                  state=projects_pb2.PROJECT_STATE_UNDERWAY)
    client.projects.PutProjects(projects_pb2.PutProjectsRequest(
        projects=[projects_pb2.Project(**{**fields, **given})]), timeout=TIMEOUT)


def act(client, number, what, text="已办。", **given):
    return client.problems.ActOnProblem(
        P.ActOnProblemRequest(number=number, act=what, text=text, **given), timeout=TIMEOUT)


def get(client, number):
    return client.problems.GetProblem(P.GetProblemRequest(number=number), timeout=TIMEOUT)


def listed(client, **given):
    return client.problems.ListProblems(P.ListProblemsRequest(**given), timeout=TIMEOUT)


def numbers(client, **given):
    return [p.number for p in listed(client, **given).problems]


def overdue_alerts(world, open_only=True):
    answer = world.office.alerts.ListAlerts(
        alerts_pb2.ListAlertsRequest(unit=UNIT, open_only=open_only), timeout=TIMEOUT)
    return [a for a in answer.alerts if a.kind == OVERDUE]


def test_the_whole_life_of_a_problem(world):
    agent = world.agent(UNIT)
    number = add(agent).number
    assert number == "WT-2022-0001"
    act(agent, number, P.PROBLEM_ACT_NOTED, "已与燃气公司会商，方案已定。")
    asked = act(agent, number, P.PROBLEM_ACT_ASKED, "管线已迁改完毕，现场已恢复。")
    assert asked.state == P.PROBLEM_STATE_ASKED
    back = act(world.lead, number, P.PROBLEM_ACT_SENT_BACK, "路面尚未恢复。", due="2022-08-12")
    assert back.state == P.PROBLEM_STATE_OPEN
    act(agent, number, P.PROBLEM_ACT_ASKED, "路面已恢复。")
    closed = act(world.office, number, P.PROBLEM_ACT_CLOSED, "现场核验属实。")
    assert closed.state == P.PROBLEM_STATE_CLOSED
    whole = get(agent, number)
    assert [(e.act, e.state, e.due) for e in whole.events] == [
        (1, 1, "2022-08-05"), (2, 1, "2022-08-05"), (3, 2, "2022-08-05"),
        (4, 1, "2022-08-12"), (3, 2, "2022-08-12"), (5, 3, "2022-08-12")]
    assert whole.events[3].by.endswith("/department/jiugai/person/test")
    assert whole.events[3].text == "路面尚未恢复。"
    problem = whole.problem
    assert (problem.state, problem.sent_back, problem.due) == (3, 1, "2022-08-12")
    assert problem.title == "东风路片区燃气管线未迁改" and problem.owner == "张三"
    refusal = refused(act, agent, number, P.PROBLEM_ACT_NOTED)
    assert refusal.code == Code.FAILED_PRECONDITION and "已销号" in refusal.message


def test_whoever_it_waits_for_is_told_at_once(world):
    def told(kind):
        answer = world.office.alerts.ListAlerts(
            alerts_pb2.ListAlertsRequest(unit=UNIT, open_only=True), timeout=TIMEOUT)
        return [a for a in answer.alerts if a.kind == kind]

    def settle(minutes=[0]):
        minutes[0] += 1
        step_to(world.office, 1659402000000 + 60000 * minutes[0])

    asked, sent = (alerts_pb2.ALERT_KIND_PROBLEM_ASKED, alerts_pb2.ALERT_KIND_PROBLEM_SENT_BACK)
    agent = world.agent(UNIT)
    number = add(agent).number
    stream = Watching(agent)
    act(agent, number, P.PROBLEM_ACT_ASKED, "管线已迁改完毕")
    waiting, = told(asked)
    assert (waiting.recipient, waiting.subject) == ("department/jiugai", number)
    assert waiting.title == f"【销号待核验】开福区：问题“东风路片区燃气管线未迁改”（{number}）申请销号"
    assert "单位申请销号：管线已迁改完毕。请由登记问题以外的同志核验" in waiting.text
    act(world.lead, number, P.PROBLEM_ACT_SENT_BACK, "路面尚未恢复。")
    alert = stream.wait_alerts(1)[0]
    stream.stop()
    assert alert.kind == sent and alert.recipient == f"district/{UNIT}"
    assert "经老旧小区和危旧房改造处核验，予以退办：路面尚未恢复。请继续整改" in alert.text
    settle()
    assert told(asked) == [] and len(told(sent)) == 1
    act(agent, number, P.PROBLEM_ACT_ASKED, "路面已恢复。")
    settle()
    assert told(sent) == [] and "路面已恢复" in told(asked)[0].text  # told anew
    act(world.office, number, P.PROBLEM_ACT_CLOSED, "属实。")
    settle()
    assert told(asked) == told(sent) == []


def test_sent_again_it_is_registered_once(world):
    agent = world.agent(UNIT)
    first = add(agent, request_id=b"r" * 16)
    again = add(agent, request_id=b"r" * 16)
    assert (again.number, again.again, first.again) == (first.number, True, False)
    assert listed(agent).total == 1


def test_what_is_wrong_is_named(world):
    agent = world.agent(UNIT)
    wrong = refused(add, agent, section="9", title=" ", owner="", measure="一\n二", due="",
                    found="2022-09-01", kind=7)
    assert wrong.code == Code.INVALID_ARGUMENT
    assert set(wrong.violations) == {"section", "title", "owner", "measure", "found", "kind"}
    assert "due" in refused(add, agent, due="").violations
    assert "due" in refused(add, agent, due="2022-07-31").violations
    assert "due" in refused(add, agent, due="8月5日").violations
    assert "target" in refused(add, agent, target="villages").violations
    assert "项目清单" in refused(add, agent, project="lx-99").violations["project"]
    assert "request_id" in refused(add, agent, request_id=b"short").violations
    assert refused(add, agent, plan="no-such").code == Code.NOT_FOUND
    add(agent, kind=P.PROBLEM_KIND_ONGOING, due="")  # 持续整改 needs none


def test_only_those_whose_it_is_may_register_and_see(world):
    agent, stranger = world.agent(UNIT), world.agent("430102")
    number = add(agent).number
    assert refused(add, stranger).code == Code.PERMISSION_DENIED
    assert refused(add, world.other).code == Code.PERMISSION_DENIED
    assert refused(get, stranger, number).code == Code.NOT_FOUND
    assert refused(act, stranger, number, P.PROBLEM_ACT_NOTED).code == Code.NOT_FOUND
    assert refused(listed, stranger, unit=UNIT).code == Code.PERMISSION_DENIED
    assert numbers(stranger) == []
    said = refused(act, world.other, number, P.PROBLEM_ACT_NOTED)
    assert said.code == Code.PERMISSION_DENIED and "牵头处室" in said.message
    assert get(world.other, number).problem.number == number  # the bureau sees all
    operator = world.centre.client(world.authority.operator())
    assert refused(add, operator).code == Code.PERMISSION_DENIED


def test_nobody_closes_what_he_registered_or_asked(world):
    agent = world.agent(UNIT)
    number = add(world.lead).number  # registered by the bureau
    said = refused(act, world.lead, number, P.PROBLEM_ACT_CLOSED)
    assert said.code == Code.PERMISSION_DENIED and "他人" in said.message
    assert refused(act, world.office, number, P.PROBLEM_ACT_CLOSED).code \
        == Code.FAILED_PRECONDITION  # nobody has asked yet
    assert refused(act, world.lead, number, P.PROBLEM_ACT_ASKED).code \
        == Code.PERMISSION_DENIED  # that is the unit's word
    act(agent, number, P.PROBLEM_ACT_ASKED)
    for what in (P.PROBLEM_ACT_CLOSED, P.PROBLEM_ACT_SENT_BACK):
        assert refused(act, agent, number, what).code == Code.PERMISSION_DENIED
        assert refused(act, world.lead, number, what).code == Code.PERMISSION_DENIED
    assert refused(act, agent, number, P.PROBLEM_ACT_ASKED).code == Code.FAILED_PRECONDITION
    act(world.office, number, P.PROBLEM_ACT_CLOSED)


def test_owner_and_measure_are_changed_by_the_unit_the_date_by_the_bureau(world):
    agent = world.agent(UNIT)
    number = add(agent).number
    act(agent, number, P.PROBLEM_ACT_CHANGED, "张三调离。", owner="李四", telephone="0731-1")
    said = refused(act, agent, number, P.PROBLEM_ACT_CHANGED, "来不及。", due="2022-09-30")
    assert said.code == Code.PERMISSION_DENIED and "牵头处室" in said.message
    act(world.lead, number, P.PROBLEM_ACT_CHANGED, "管线单位停工。", due="2022-09-30")
    problem = get(agent, number).problem
    assert (problem.owner, problem.telephone, problem.due) == ("李四", "0731-1", "2022-09-30")
    assert problem.measure.startswith("与燃气公司")
    for given in ({}, {"due": "2022-08-01"}, {"owner": "王\t五"}, {"text": ""}):
        fields = {"text": "原因。", **given}
        assert refused(act, world.lead, number, P.PROBLEM_ACT_CHANGED,
                       **fields).code == Code.INVALID_ARGUMENT, given
    assert refused(act, agent, number, P.PROBLEM_ACT_NOTED, owner="王五").code \
        == Code.INVALID_ARGUMENT


def test_an_overdue_problem_climbs_the_ladder_until_it_is_asked_to_be_closed(world):
    agent = world.agent(UNIT)
    number = add(agent).number
    step_to(world.office, 1659715200000 - 1)  # Friday 2022-08-05 23:59:59.999
    assert not get(agent, number).problem.overdue
    step_to(world.office, TOLD - 1)  # nobody is told at night or on a Sunday
    assert overdue_alerts(world) == [] and get(agent, number).problem.overdue
    step_to(world.office, TOLD)
    first, = overdue_alerts(world)
    assert (first.level, first.recipient, first.subject) == (0, f"district/{UNIT}", number)
    assert first.title == f"【催办】开福区：问题“东风路片区燃气管线未迁改”（{number}）逾期未销号"
    assert first.text == (
        f"开福区城市人居环境部门（填报人开福甲（示例））：你单位“二、老旧小区和危旧房改造”板块问题“东风路片区燃气管线未迁改”"
        f"（{number}），责任人张三，整改期限2022年8月5日，已逾期1个工作日，尚未申请销号。请抓紧整改，完成后"
        "写明整改情况申请销号；确需调整期限的，请向老旧小区和危旧房改造处说明原因。联系人：局"
        "办公室局办乙（示例），电话0731-00000000。（依据：长人环通〔2022〕55号；系统提醒，示例数据）")
    assert get(agent, number).problem.overdue
    assert numbers(world.office, overdue=True) == [number]
    step_to(world.office, TOLD + 14 * DAY)
    told = overdue_alerts(world)
    assert {(a.level, a.recipient) for a in told} == {
        (0, f"district/{UNIT}"), (1, f"district/{UNIT}"), (2, "department/jiugai"),
        (3, "department/bangongshi"), (4, "department/bangongshi")}
    lead = next(a for a in told if a.level == 2)
    assert lead.title.startswith("【提级督办】开福区问题“") and lead.title.endswith("，请协调")
    assert "督促整改" in lead.text
    # Asked: it waits for the bureau, nobody at the unit is pressed any more.
    act(agent, number, P.PROBLEM_ACT_ASKED, "已整改。")
    step_to(world.office, TOLD + 15 * DAY)
    assert overdue_alerts(world) == [] and numbers(world.office, overdue=True) == []
    assert len(overdue_alerts(world, open_only=False)) == 5
    # Sent back after the date: with a new one, and that is watched anew.
    said = refused(act, world.lead, number, P.PROBLEM_ACT_SENT_BACK, "未完成。")
    assert said.code == Code.INVALID_ARGUMENT and "新的整改期限" in said.violations["due"]
    act(world.lead, number, P.PROBLEM_ACT_SENT_BACK, "未完成。", due="2022-08-26")
    step_to(world.office, TOLD + 21 * DAY)
    again, = overdue_alerts(world)
    assert again.period == "2022-08-26" and "8月26日" in again.text
    act(agent, number, P.PROBLEM_ACT_ASKED, "已整改。")
    act(world.office, number, P.PROBLEM_ACT_CLOSED, "属实。")
    step_to(world.office, TOLD + 60 * DAY)
    assert overdue_alerts(world) == []


def test_a_problem_entered_late_begins_at_the_foot_of_the_ladder(world):
    add(world.agent(UNIT), found="2022-05-01", due="2022-06-30")
    step_to(world.office, 1659402000000 + 60000)
    assert [a.level for a in overdue_alerts(world)] == [0]


def test_a_date_that_is_put_off_takes_back_the_alert(world):
    number = add(world.agent(UNIT)).number
    step_to(world.office, TOLD)
    assert len(overdue_alerts(world)) == 1
    act(world.lead, number, P.PROBLEM_ACT_CHANGED, "延至9月底。", due="2022-09-30")
    step_to(world.office, 1659715200000 + 20 * DAY)
    assert overdue_alerts(world) == []


def test_lists_are_filtered_paged_and_known_on_a_day(world):
    agent, other = world.agent(UNIT), world.agent("430102")
    enter_project(agent)
    made = [add(agent).number, add(agent, section="3", target="", project="lx-01").number,
            add(other, unit="430102", kind=P.PROBLEM_KIND_ONGOING, due="").number]
    everything = listed(world.office)
    assert everything.total == 3 and not everything.next_page
    # By section, then unit in the plan's order: 芙蓉区 stands before 开福区.
    assert [p.number for p in everything.problems] == [made[2], made[0], made[1]]
    assert numbers(world.office, unit=UNIT, section="3") == [made[1]]
    assert numbers(world.office, project="lx-01") == [made[1]]
    assert numbers(world.office, target="communities") == [made[2], made[0]]
    assert numbers(world.office, kind=P.PROBLEM_KIND_ONGOING) == [made[2]]
    assert numbers(agent) == [made[0], made[1]]
    before = get(agent, made[0]).problem.last_at
    step_to(world.office, before + DAY)
    act(agent, made[0], P.PROBLEM_ACT_ASKED)
    assert numbers(world.office, states=[P.PROBLEM_STATE_ASKED]) == [made[0]]
    assert numbers(world.office, states=[1, 3]) == [made[2], made[1]]
    then = listed(world.office, known_at=before, unit=UNIT, section="2").problems[0]
    assert (then.state, then.last_act) == (P.PROBLEM_STATE_OPEN, P.PROBLEM_ACT_REGISTERED)
    assert numbers(world.office, known_at=before - 1) == []
    pages, token = [], ""
    for _ in range(3):
        page = listed(world.office, page={"size": 1, "token": token})
        pages += [p.number for p in page.problems]
        token = page.next_page
    assert pages == [made[2], made[0], made[1]] and token == ""
    assert refused(listed, world.office, page={"token": "x"}).code == Code.INVALID_ARGUMENT
    assert refused(listed, world.office, states=[9]).code in (
        Code.INVALID_ARGUMENT, Code.OUT_OF_RANGE)


def test_of_two_who_act_at_once_one_is_told(world):
    agent = world.agent(UNIT)
    number = add(agent).number
    calls = [agent.problems.ActOnProblem.future(P.ActOnProblemRequest(
        number=number, act=P.PROBLEM_ACT_ASKED, text="已整改。")) for _ in range(8)]
    good = [c for c in calls if c.exception() is None]
    assert len(good) == 1
    assert {c.exception().code() for c in calls if c.exception()} == {
        Code.FAILED_PRECONDITION}
    assert len(get(agent, number).events) == 2
