"""The register of projects: who may enter what, and what is known on a day.

What a user would lose: a district the list of what it builds and who answers for it; the
bureau the proof of what that list said when a light was judged.
"""
import grpc
import pytest

from protos import common_pb2, projects_pb2
from reports_support import PLAN, TIMEOUT, refused, step_to
from test_reports import World

Code = grpc.StatusCode
UNIT = "430105"
P = projects_pb2


@pytest.fixture
def world(postgres, tmp_path):
    made = World(tmp_path, postgres.create())
    made.lead = made.centre.department("jiugai")   # leads section 2
    made.other = made.centre.department("gengxin")
    yield made
    made.close()


def project(number="lx-01", **given):
    fields = dict(unit=UNIT, id=number, section="2", targets=["communities"],
                  name="东风路片区老旧小区改造", kind="完善类", person="张三",
                  telephone="0731-80000000", start="2022-03-01", finish="2022-12-31",
                  state=P.PROJECT_STATE_UNDERWAY)
    return P.Project(**{**fields, **given})


def put(client, *projects, plan=PLAN):
    return client.projects.PutProjects(
        P.PutProjectsRequest(plan=plan, projects=projects), timeout=TIMEOUT)


def listed(client, **given):
    return client.projects.ListProjects(P.ListProjectsRequest(**given), timeout=TIMEOUT)


def ids(answer):
    return [(row.project.unit, row.project.id) for row in answer.projects]


def test_what_is_entered_comes_back_and_history_stays(world):
    agent = world.agent(UNIT)
    answer = put(agent, project(), project("lx-02", finish="", person=""))
    assert (list(answer.versions), answer.changed) == ([1, 1], 2)
    again = put(agent, project())  # a retry changes nothing
    assert (list(again.versions), again.changed) == ([1], 0)
    before = listed(agent).projects[0]
    assert before.project == project(version=1)
    assert before.put_by.endswith(f"/district/{UNIT}/agent/1") and not before.overdue
    step_to(world.office, before.put_at + 86400000)
    changed = project(version=1, state=P.PROJECT_STATE_FINISHED, person="李四")
    assert list(put(agent, changed).versions) == [2]
    now = listed(world.office, unit=UNIT, id="lx-01").projects
    assert [(r.project.version, r.project.person) for r in now] == [(2, "李四")]
    then = listed(world.office, unit=UNIT, id="lx-01", known_at=before.put_at).projects
    assert [(r.project.version, r.project.person) for r in then] == [(1, "张三")]
    every = listed(world.office, unit=UNIT, id="lx-01", history=True)
    assert [r.project.version for r in every.projects] == [1, 2] and every.total == 2
    assert listed(world.office, known_at=before.put_at - 1).total == 0


def test_everything_that_is_wrong_is_named_at_once_and_nothing_is_stored(world):
    agent = world.agent(UNIT)
    bad = [project("项目一", name=""), project("lx-02", targets=["villages"]),
           project("lx-03", start="2022-13-01"), project("lx-04", finish="2022-01-01"),
           project("lx-05", state=P.PROJECT_STATE_CANCELLED),
           project("lx-06", state=P.PROJECT_STATE_CLOSED, reason="已核实"),
           project("lx-07", section="9"), project("lx-08", version=3),
           project("lx-09", kind="类" * 51), project("lx-10", name="一\n二")]
    refusal = refused(put, agent, project("lx-11"), *bad)
    assert refusal.code == Code.INVALID_ARGUMENT
    assert set(refusal.violations) == {
        "projects[1].id", "projects[1].name", "projects[2].targets", "projects[3].start",
        "projects[4].finish", "projects[5].reason", "projects[6].state",
        "projects[7].section", "projects[8].version", "projects[9].kind",
        "projects[10].name"}
    assert listed(agent).total == 0
    refusal = refused(put, agent, project(), project())
    assert "两次" in refusal.violations["projects[1].id"]
    assert refused(put, agent).code == Code.INVALID_ARGUMENT
    assert refused(put, agent, plan="no-such").code == Code.NOT_FOUND
    refusal = refused(put, world.agent("430181"), project(
        unit="430181", section="4", targets=["circles_2022"]))
    assert "无任务" in refusal.violations["projects[0].section"]


def test_whose_project_it_is(world):
    refusal = refused(put, world.agent("430102"), project())
    assert refusal.code == Code.PERMISSION_DENIED
    assert refused(put, world.other, project()).code == Code.PERMISSION_DENIED
    put(world.lead, project())
    put(world.office, project("lx-02"))
    assert refused(listed, world.agent("430102"), unit=UNIT).code == Code.PERMISSION_DENIED
    assert listed(world.agent("430102")).total == 0
    assert ids(listed(world.agent(UNIT))) == [(UNIT, "lx-01"), (UNIT, "lx-02")]


def test_the_bureau_closes_and_the_district_may_not_take_it_back(world):
    agent = world.agent(UNIT)
    put(agent, project(state=P.PROJECT_STATE_FINISHED))
    closed = project(version=1, state=P.PROJECT_STATE_CLOSED, reason="现场核查已完工。")
    assert "projects[0].state" in refused(put, agent, closed).violations
    put(world.lead, closed)
    back = project(version=2, state=P.PROJECT_STATE_UNDERWAY, reason="返工。")
    assert "projects[0].state" in refused(put, agent, back).violations
    put(world.lead, back)


def test_who_was_quicker_is_not_overwritten(world):
    put(world.agent(UNIT), project())
    put(world.lead, project(version=1, person="李四"))
    refusal = refused(put, world.agent(UNIT), project(version=1, person="王五"))
    assert "第2版" in refusal.violations["projects[0].version"]


def test_filters_order_and_paging(world):
    put(world.office, project("b", unit="430102"), project("a", unit="430104"),
        project("c", finish="2022-07-31"),
        project("d", finish="2022-07-31", state=P.PROJECT_STATE_FINISHED),
        project("e", section="3", targets=["villages"]))
    everything = [("430104", "a"), ("430102", "b"), (UNIT, "c"), (UNIT, "d"), (UNIT, "e")]
    assert ids(listed(world.office)) == everything  # the plan's order, not the codes'
    assert ids(listed(world.office, section="3")) == [(UNIT, "e")]
    assert ids(listed(world.office, target="communities", unit=UNIT)) == [
        (UNIT, "c"), (UNIT, "d")]
    assert ids(listed(world.office, overdue=True)) == [(UNIT, "c")]
    assert ids(listed(world.office, states=[P.PROJECT_STATE_FINISHED])) == [(UNIT, "d")]
    paged, token = [], ""
    while True:
        answer = listed(world.office, page=common_pb2.Page(size=2, token=token))
        paged += ids(answer)
        assert answer.total == 5
        token = answer.next_page
        if not token:
            break
    assert paged == everything
    for token in ("x", "a:b:c:", "1:2:3:4x", ":::", "1:2:3"):
        refusal = refused(listed, world.office, page=common_pb2.Page(token=token))
        assert refusal.code == Code.INVALID_ARGUMENT
