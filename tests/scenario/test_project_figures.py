"""Figures of projects inside a signed report: stored with it, and judged with it.

What a user would lose: a leader's question "which of your projects?" stays without an
answer; or a district's whole contradicts its parts and nobody notices.
"""
import grpc
import pytest

from agent_support import Agent, report_yaml
from protos import common_pb2, report_pb2
from reports_support import receipt_body, refused, report, step_to
from test_cli import Desk
from test_projects import P, UNIT, listed, project, put
from test_reports import World

Code = grpc.StatusCode


@pytest.fixture
def world(postgres, tmp_path):
    made = World(tmp_path, postgres.create())
    put(made.agent(UNIT), project("lx-01"), project("lx-02", name="湘雅路片区"))
    yield made
    made.close()


def with_rows(rows, period="2022-07", **given):
    message = report(UNIT, period=period, **given)
    for name, indicator, digits in rows:
        message.project_figures.append(report_pb2.ProjectFigure(
            project=name, indicator=indicator,
            value=common_pb2.Quantity(digits=digits, unit="个")))
    return message


def amounts(world, **given):
    return {row.project.id: [(a.indicator, a.value.digits, a.period, a.number)
                             for a in row.amounts]
            for row in listed(world.office, **given).projects}


def test_they_are_stored_with_the_report_and_shown_beside_the_project(world):
    good = with_rows([("lx-01", "communities_started", 8), ("lx-02", "communities_started", 4)])
    first = receipt_body(world.submit(good))
    assert amounts(world) == {
        "lx-01": [("communities_started", 8, "2022-07", first.number)],
        "lx-02": [("communities_started", 4, "2022-07", first.number)]}
    # Sent twice it is stored once; corrected, the correction counts, and earlier is known.
    world.submit(good)
    mended = with_rows([("lx-01", "communities_started", 9), ("lx-02", "communities_started", 3)])
    mended.supersedes, mended.change_reason = first.number, "两个项目之间调整。"
    step_to(world.office, first.received_at + 3600000)
    second = receipt_body(world.submit(mended))
    assert amounts(world)["lx-01"] == [("communities_started", 9, "2022-07", second.number)]
    assert amounts(world, known_at=first.received_at)["lx-01"] == [
        ("communities_started", 8, "2022-07", first.number)]
    assert list(listed(world.agent(UNIT)).projects[0].amounts)


def test_a_sum_that_differs_and_an_unknown_project_are_refused(world):
    refusal = world.refused(with_rows([("lx-01", "communities_started", 8),
                                       ("lx-02", "communities_started", 3)]))
    assert (refusal.code, refusal.reason) == (Code.INVALID_ARGUMENT, "D-62")
    assert "各项目合计11个" in refusal.violations["figures[communities_started].value"]
    refusal = world.refused(with_rows([("lx-09", "communities_started", 12)]))
    assert refusal.reason == "D-60"
    other = with_rows([("lx-01", "communities_started", 12)])
    other.unit = "430102"  # not this unit's project
    assert world.refused(other).reason == "D-60"


def test_what_is_missing_is_asked_for(world):
    message = with_rows([("lx-01", "communities_started", 8)])
    refusal = world.refused(message)
    assert refusal.reason == "D-63"
    assert "湘雅路片区" in refusal.violations["figures[communities_started].value"]
    for figure in message.figures:
        if figure.indicator == "communities_started":
            figure.reason = "湘雅路片区台账未报齐。"
    body = receipt_body(world.submit(message))
    assert [f.rule for f in body.findings if f.rule.startswith("D-6")] == ["D-63"]


def test_a_project_that_falls_is_asked_for_and_a_finished_one_counts_on(world):
    world.submit(with_rows([("lx-01", "communities_started", 8),
                            ("lx-02", "communities_started", 4)]))
    put(world.agent(UNIT), project("lx-02", name="湘雅路片区", version=1,
                                   state=P.PROJECT_STATE_FINISHED))
    step_to(world.office, 1662080400000)  # 2022-09-02 09:00: August is due
    falls = with_rows([("lx-01", "communities_started", 7)], "2022-08",
                      figures={"communities_started": (12, 0, "个")})
    refusal = world.refused(falls)
    assert "project_figures[lx-01/communities_started].value" in refusal.violations
    assert "各项目合计11个" in refusal.violations["figures[communities_started].value"]
    rises = with_rows([("lx-01", "communities_started", 9)], "2022-08",
                      figures={"communities_started": (13, 0, "个")})
    world.submit(rises)


@pytest.mark.parametrize("rows, rule", [
    ([("lx-02", "communities_started", 4), ("lx-01", "communities_started", 8)], "D-13"),
    ([("lx-01", "communities_started", 8), ("lx-01", "communities_started", 8)], "D-13"),
    ([("项目", "communities_started", 8)], "D-08"),
    ([(f"x{n:04}", "communities_started", 1) for n in range(2001)], "D-12"),
])
def test_what_no_program_may_send(world, rows, rule):
    assert world.refused(with_rows(rows)).reason == rule


def test_reports_by_the_thousand_rows_are_taken(world):
    """A city district with hundreds of projects reports them all at once."""
    client = world.agent(UNIT)
    for start in range(0, 600, 200):
        put(client, *[project(f"m{n:04}", name=f"项目{n}") for n in range(start, start + 200)])
    put(client, *[project(name, version=1, name=title, state=P.PROJECT_STATE_CANCELLED,
                          reason="合并")
                  for name, title in (("lx-01", "东风路片区老旧小区改造"), ("lx-02", "湘雅路片区"))])
    rows = [(f"m{n:04}", indicator, 1) for n in range(600)
            for indicator in ("communities_finished", "communities_started")]
    message = with_rows(rows, figures={
        "communities_started": (600, 0, "个"), "communities_finished": (600, 0, "个"),
        "households_started": (30000, 0, "户")})
    world.submit(message)
    assert len(amounts(world, id="m0599")["m0599"]) == 2
    assert refused(world.submit, with_rows(rows[:-1])).code == Code.INVALID_ARGUMENT


def test_they_are_shown_with_the_report(world, tmp_path):
    """An auditor sees the same rows that were signed."""
    desk = Desk(tmp_path, world.centre, world.authority.person("bangongshi", "wang"))
    number = receipt_body(world.submit(with_rows(
        [("lx-01", "communities_started", 8), ("lx-02", "communities_started", 4)]))).number
    shown = desk.json("reports", "show", number)["project_figures"]
    assert shown == [
        {"project": name, "indicator": "communities_started", "value": value, "unit": "个",
         "reason": ""} for name, value in (("lx-01", "8"), ("lx-02", "4"))]
    text = desk("reports", "show", number).stdout
    assert "其中各项目" in text and "8个" in text


def test_an_agent_is_handed_its_projects_and_reports_them(world, tmp_path):
    """The two programs together: register, template, signed rows, the list."""
    agent = Agent(tmp_path / "agent", world.centre, unit=UNIT, spool=False)
    assert '"lx-02":  # 湘雅路片区' in agent.run("template", "2", "2022-07", check=0).stdout
    rows = "".join(f"  {name}:\n    communities_started: {value}\n"
                   for name, value in (("lx-01", 70), ("湘雅路片区", 30)))
    agent.submit(report_yaml(extra="项目:\n" + rows), check=0)
    assert {name: [a[1] for a in listed] for name, listed in amounts(world).items()} == {
        "lx-01": [70], "lx-02": [30]}
