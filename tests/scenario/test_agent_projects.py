"""A district's projects at its agent: handed over by the centre, reported with the month.

What a district would lose: the list of what it must say something about; and the word,
before sending and without a line, that its parts do not make its whole.
"""
import grpc
import pytest

from agent_support import UNIT, agent, at, centre, report_yaml  # noqa: F401
from protos import projects_pb2 as P

STARTED = "“十四五”累计开工小区"


def project(number, name, state=P.PROJECT_STATE_UNDERWAY, section="2", target="communities"):
    return P.Project(unit=UNIT, id=number, section=section, targets=[target], name=name,
                     state=state, version=1)


@pytest.fixture
def stocked(centre):
    centre.projects = [project("lx-01", "东风路片区"), project("lx-02", "湘雅路片区"),
                       project("lx-03", "四方坪片区", P.PROJECT_STATE_FINISHED),
                       project("cz-01", "某村", section="3", target="villages"),
                       project("lx-04", "未来路片区", P.PROJECT_STATE_PLANNED)]
    return centre


def rows(*figures):
    return "项目:\n" + "".join(f"  {name}:\n    {STARTED}: {value}\n"
                             for name, value in figures)


def reported(centre):
    """The newest report's rows, as the centre received them."""
    return [(f.project, f.indicator, f.value.digits, f.reason)
            for f in list(centre.reports.values())[-1].project_figures]


def test_the_template_lists_them_and_what_was_filled_in_is_reported(agent, stocked):
    text = agent.run("template", "2", "2022-07", check=0).stdout
    assert '"lx-01":  # 东风路片区' in text and '"lx-02":  # 湘雅路片区' in text
    assert "lx-03" not in text and "cz-01" not in text and "lx-04" not in text
    agent.submit(report_yaml(extra=rows(("lx-02", "40个"), ("东风路片区", "60个"))), check=0)
    assert reported(stocked) == [("lx-01", "communities_started", 60, ""),
                                 ("lx-02", "communities_started", 40, "")]
    stocked.step(at("2022-09-02 10:00"))
    text = agent.run("template", "2", "2022-08", check=0).stdout
    assert f'    "{STARTED}": 60个  # 个；沿用 2022-07 的数，请核对' in text
    text = (text.replace("工作进展:", "工作进展: 正常").replace("{姓名: ,", "{姓名: 张三,")
            .replace(f'  "{STARTED}": 100个', f'  "{STARTED}": 110个')
            .replace(f'    "{STARTED}": 60个', f'    "{STARTED}": 70个')
            .replace("累计开工惠及户\": 20000户", "累计开工惠及户\": 22000户"))
    agent.submit(text, name="filled.yaml", check=0)
    assert reported(stocked)[0] == ("lx-01", "communities_started", 70, "")


def test_the_whole_is_checked_without_a_line(agent, stocked):
    agent.run("template", "2", "2022-07", check=0)
    stocked.stop()
    bad = agent.json("check", agent.file(report_yaml(extra=rows(("lx-01", 60), ("lx-02", 30)))),
                     check=3)[0]
    assert "D-62" in [f["rule"] for f in bad["findings"]]
    asked = agent.run("check", agent.file(report_yaml(extra=rows(("lx-01", 60)))), check=3)
    assert "湘雅路片区" in asked.stderr and "D-63" in asked.stderr
    unknown = agent.run("check", agent.file(report_yaml(extra=rows(("lx-09", 100)))), check=3)
    assert "没有编号为“lx-09”的项目" in unknown.stderr
    other = agent.run("check", agent.file(report_yaml(extra=rows(("cz-01", 100)))), check=3)
    assert "D-60" in other.stderr
    agent.run("check", agent.file(report_yaml(extra=rows(("lx-01", 60), ("lx-02", 40)))), check=0)


def test_a_fall_is_asked_for_and_a_finished_one_counts_on(agent, stocked):
    agent.submit(report_yaml(extra=rows(("lx-01", 60), ("lx-02", 40))), check=0)
    stocked.step(at("2022-09-02 10:00"))
    stocked.projects[1] = project("lx-02", "湘雅路片区", P.PROJECT_STATE_FINISHED)
    fallen = report_yaml("2022-08", started=99, extra=rows(("lx-01", 59)))
    refused = agent.submit(fallen, name="fallen.yaml", check=3)
    assert "由2022年7月的60个降为59个" in refused.stderr
    agent.submit(report_yaml("2022-08", started=110, extra=rows(("lx-01", 70))),
                 name="risen.yaml", check=0)


def test_a_spreadsheet_has_a_column_for_them(agent, stocked):
    head = ("报告期,2022-07\n板块,2\n填报人,张三\n审核人,李四\n负责人,王五\n工作进展,正常\n存在问题,无\n"
            "下一步安排,无\n需市级协调事项,无\n项目,指标,数值,说明\n")
    body = (f",{STARTED},100个,\n,households_started,2万户,\n,communities_finished,80,\n"
            f",investment_done,3250.5,\n,houses_started,12,\n"
            f"lx-01,{STARTED},60,\n湘雅路片区,{STARTED},40,按台账\n")
    agent.submit(head + body, name="report.csv", check=0)
    assert reported(stocked) == [("lx-01", "communities_started", 60, ""),
                                 ("lx-02", "communities_started", 40, "按台账")]
    twice = agent.submit(head + body + f"lx-02,{STARTED},40,\n", name="twice.csv", check=3)
    assert "第18行" in twice.stderr and "不止一次" in twice.stderr


@pytest.mark.parametrize("extra, expected", [
    ("项目: 3个\n", "应逐个填写"),
    ("项目:\n  lx-01: 3个\n", "应逐行填写"),
    (f"项目:\n  lx-01:\n    {STARTED}: 3千\n", "第11行"),
    ("项目:\n  lx-01:\n    没有的指标: 3个\n", "没有指标"),
])
def test_what_cannot_be_read_is_answered_by_line(agent, stocked, extra, expected):
    assert expected in agent.submit(report_yaml(extra=extra), check=3).stderr
    assert not stocked.reports


def test_an_older_centre_knows_no_projects(agent, centre):
    def missing(request, context):
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "no such service")
    centre.ListProjects = missing
    agent.submit(report_yaml(), check=0)
    assert "项目:" not in agent.run("template", "2", "2022-07", check=0).stdout


def test_what_this_machine_knows_is_listed(agent, stocked):
    stocked.projects[0].finish = "2022-07-31"
    stocked.projects[0].person = "张三"
    rows = {row["id"]: row for row in agent.json("projects")}
    assert len(rows) == 5 and rows["lx-01"]["person"] == "张三"
    assert rows["lx-01"]["overdue"] is True and rows["lx-03"]["state"] == "finished"
    stocked.stop()
    done = agent.run("projects", check=0)
    assert "东风路片区" in done.stdout and "共 5 个项目" in done.stdout
    assert "本机已知" in done.stderr
