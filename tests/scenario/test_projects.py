"""The register of projects: who may enter what, and what is known on a day.

What a user would lose: a district the list of what it builds and who answers for it; the
bureau the proof of what that list said when a light was judged.
"""
import grpc
import pytest

from protos import common_pb2, projects_pb2
from reports_support import PLAN, TIMEOUT, refused, step_to
from test_cli import Desk
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
    for token in ("x", "a:b:c:", "1:2:3:4", "1:2:3:4x:5", "1:2:3:4:x", "::::", "1:2:3"):
        refusal = refused(listed, world.office, page=common_pb2.Page(token=token))
        assert refusal.code == Code.INVALID_ARGUMENT


# The commands, as the office and a district use them.

FILE = """\ufeff单位,编号,板块,责任目标,项目名称,责任人,计划开工,计划完工,状态
开福区,lx-01,2,communities、households,东风路片区,张三,2022/3/1,2022/12/31,在建
430105,lx-02,2,communities,"湘雅路片区（一期）,东",李四,2022-04-01,,未开工
"""


@pytest.fixture
def desk(world, tmp_path):
    return Desk(tmp_path, world.centre, world.authority.person("bangongshi", "wang"))


def write(tmp_path, text, encoding="utf-8"):
    file = tmp_path / "projects.csv"
    file.write_text(text, encoding)
    return file


def test_a_spreadsheet_is_imported_once_and_exported_again(world, desk, tmp_path):
    file = write(tmp_path, FILE)
    assert "检查通过" in desk("projects", "import", file, "--check").stdout
    assert listed(world.office).total == 0
    assert "2 个有新内容" in desk("projects", "import", file).stdout
    assert "0 个有新内容" in desk("projects", "import", file).stdout
    answer = desk.json("projects", "list", "--unit", "开福区")
    assert answer["complete"] is True and answer["total"] == 2
    rows = answer["rows"]
    assert [(r["id"], r["state"], r["start"], r["finish"], r["targets"]) for r in rows] == [
        ("lx-01", "underway", "2022-03-01", "2022-12-31", "communities、households"),
        ("lx-02", "planned", "2022-04-01", "", "communities")]
    text = desk("projects", "list").stdout
    assert "湘雅路片区（一期）,东" in text and "已列 2 条，共 2 条" in text
    for language in ("zh", "en"):  # what is exported can be read again
        out = tmp_path / f"{language}.csv"
        desk("projects", "list", "--csv", out, "--lang", language)
        assert out.read_bytes().startswith(b"\xef\xbb\xbf")
        again = desk("projects", "import", out, "--lang", language).stdout
        assert "0 个有新内容" in again or "0 had something new" in again
    assert "只能用一个" in desk("projects", "list", "--csv", out, "--json", check=2).stderr
    # One column alone changes one field, and nothing else.
    write(tmp_path, "单位,编号,责任人\n开福区,lx-02,王五\n")
    assert "1 个有新内容" in desk("projects", "import", file).stdout
    row = listed(world.office, id="lx-02").projects[0].project
    assert (row.person, row.name, row.version) == ("王五", "湘雅路片区（一期）,东", 2)
    write(tmp_path, "单位,编号,责任人,版本\n开福区,lx-02,赵六,1\n")
    failed = desk("projects", "import", file, check=3).stderr
    assert "第 2 行" in failed and "第2版" in failed


@pytest.mark.parametrize("text, expected", [
    ("单位,编号\n开福,x\n", "第 2 行：方案中没有单位“开福”"),
    ("单位,编号,板快\n开福区,x,2\n", "第 1 行第 3 列：表头“板快”不认识，是否为“板块”"),
    ("单位,板块\n开福区,2\n", "表头须有“编号”"),
    ("单位,编号,板块,责任目标,项目名称\n开福区,x,2,areas,某项目\n", "没有责任目标“areas”"),
    ("单位,编号,板块,责任目标,项目名称,计划完工\n开福区,x,2,communities,某项目,2022-02-30\n",
     "第 2 行：计划完工：日期“2022-02-30”应写为 2022-09-30"),
    ("单位,编号,板块,责任目标,项目名称\n开福区,x,2,communities,\n", "项目名称：项目名称未填写"),
    ("单位,编号,板块\n开福区,x,2\n开福区,x,2\n", "编号“x”与第 2 行重复"),
    ("单位,编号\n开福区,\"x\n", "引号没有结束"),
    ("单位,编号\n", "没有项目"),
])
def test_a_wrong_file_is_answered_by_line_and_nothing_is_entered(world, desk, tmp_path,
                                                                 text, expected):
    good = "开福区,lx-01,2,communities,东风路片区\n" if "责任目标" in text else ""
    file = write(tmp_path, text + good)
    assert expected in desk("projects", "import", file, check=3).stderr
    assert listed(world.office).total == 0


def test_gbk_is_recognized(desk, tmp_path):
    file = write(tmp_path, FILE.lstrip("\ufeff"), "gbk")
    assert "CSV UTF-8" in desk("projects", "import", file, check=3).stderr


def test_one_project_by_hand(world, desk):
    desk("projects", "put", "开福区", "lx-01", "--section", "2", "--target", "communities",
         "--name", "东风路片区", "--finish", "2022-07-31")
    assert desk.json("projects", "list", "--overdue")["rows"][0]["overdue"] is True
    failed = desk("projects", "put", "开福区", "lx-01", "--state", "取消", check=3).stderr
    assert "reason" in failed and "原因" in failed
    desk("projects", "put", "开福区", "lx-01", "--state", "取消", "--reason", "规划调整")
    rows = desk.json("projects", "list", "--history")["rows"]
    assert [(r["version"], r["state"], r["reason"]) for r in rows] == [
        (1, "underway", ""), (2, "cancelled", "规划调整")]
    assert desk.json("projects", "list", "--at", "2022-07-31")["rows"] == []
    assert "应为" in desk("projects", "list", "--state", "好", check=2).stderr
    assert "没有单位" in desk("projects", "list", "--unit", "好", check=2).stderr
    assert "2022-09-30" in desk("projects", "list", "--at", "好", check=2).stderr


def test_a_district_enters_its_own_with_its_certificate(world, tmp_path):
    own = Desk(tmp_path, world.centre, world.authority.agent(UNIT))
    own("projects", "import", write(tmp_path, FILE))
    assert own.json("projects", "list")["total"] == 2
    write(tmp_path, FILE.replace("430105", "430102"))
    assert "只能登记本单位的项目" in own(
        "projects", "import", tmp_path / "projects.csv", check=1).stderr
