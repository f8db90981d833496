"""The board on the real plan: the figures that hang on the bureau's wall.

The golden texts beside this file are the boards as they should be; a change in them is a
change of what officials are told, and must be meant. DUBAN_GOLDEN=write writes them anew.
"""
import os
import pathlib

import grpc
import pytest

from harness import Duband, plan_files
from protos import board_pb2, common_pb2, plans_pb2
from reports_support import TIMEOUT, refused, report, sealed, step_to, submit

Code = grpc.StatusCode
GOLDEN = pathlib.Path(__file__).parent / "golden"
LIGHTS = {1: "正常", 2: "滞后", 3: "严重滞后", 4: "无灯", 5: "/", 6: "—"}
AUGUST = 1659402000000  # 2022-08-02 09:00 +08:00
DUE = 1659691800000  # 2022-08-05 17:30 +08:00
LOCKED = 1660296600000  # 2022-08-12 17:30 +08:00


@pytest.fixture(scope="module")
def world(postgres, tmp_path_factory):
    centre = Duband(tmp_path_factory.mktemp("board"), postgres.create())
    centre.start()
    centre.boss = centre.office()
    centre.agents, centre.signers = {}, {}
    yield centre
    centre.stop()


def board(client, plan=""):
    return client.board.GetBoard(board_pb2.GetBoardRequest(plan=plan), timeout=TIMEOUT)


def send(world, unit, figures, period="2022-07"):
    if unit not in world.agents:
        world.agents[unit] = world.client(world.authority.agent(unit))
        world.signers[unit] = world.authority.signer(unit)
    submit(world.agents[unit], sealed(world.signers[unit],
                                      report(unit, figures=figures, period=period)))


def quantity(q):
    if not q.unit:
        return "-"
    digits = f"{q.digits:0{q.scale + 1}d}"
    return (f"{digits[:-q.scale]}.{digits[-q.scale:]}" if q.scale else digits) + q.unit


def drawn(answer):
    lines = [f"{answer.number} {answer.period} {answer.cutoff_at}", answer.thresholds]
    names = [u.name for u in answer.units]
    for section in answer.sections:
        lines.append(f"{section.section} {section.name}（{section.lead}）")
        for name, cell in zip(names, section.cells):
            lines.append(f"  {name}: {LIGHTS[cell.light]} {cell.gap}".rstrip()
                         + (" 迟报" if cell.late else "") + f" {cell.period}".rstrip())
            lines += [f"    {line.target}: {LIGHTS[line.light]} {quantity(line.done)}/"
                      f"{quantity(line.task)} {line.done_percent}/{line.expected_percent} "
                      f"{line.gap} {line.why}" for line in cell.lines]
        lines += [f"  = {t.target} {t.name}: {LIGHTS[t.light]} {quantity(t.done)}/"
                  f"{quantity(t.task)} {t.done_percent}/{t.expected_percent} {t.gap} "
                  f"{t.reported}/{t.expected_units} {t.deadline_at} {t.why}"
                  for t in section.targets]
    lines += [f"! {o.unit} {o.section} {o.period}{o.target} {o.due_at} +{o.workdays} "
              f"level {o.level}" for o in answer.overdue]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def compare(name, answer):
    path = GOLDEN / name
    if os.environ.get("DUBAN_GOLDEN") == "write":
        GOLDEN.mkdir(exist_ok=True)
        path.write_text(drawn(answer), "utf-8")
    assert drawn(answer) == path.read_text("utf-8")


def test_without_a_plan_there_is_no_board(world):
    assert refused(board, world.boss).code == Code.NOT_FOUND
    world.boss.plans.ApplyPlan(plans_pb2.ApplyPlanRequest(files=plan_files()),
                               timeout=TIMEOUT)
    assert refused(board, world.boss, "other").code == Code.NOT_FOUND


def test_before_anything_was_due_nobody_is_behind(world):
    answer = board(world.boss)
    assert answer.sample and not answer.period and not answer.overdue
    assert [u.unit for u in answer.units][:2] == ["430104", "430102"]
    assert [s.lead for s in answer.sections] == [
        "更新办", "老旧小区和危旧房改造处", "棚改城改处", "更新办", "历史名城处"]
    lights = {cell.light for s in answer.sections for cell in s.cells}
    assert lights == {common_pb2.LIGHT_NOT_REPORTED, common_pb2.LIGHT_NO_TASK}


def test_the_board_of_july(world):
    """Two on time, one late, the others missing; the city's sum is exact."""
    step_to(world.boss, AUGUST)
    send(world, "430102", {"communities_started": (260, 0, "个"),
                           "households_started": (40000, 0, "户"),
                           "investment_done": (1250, 1, "万元")})
    send(world, "430104", {"communities_started": (30, 0, "个")})
    step_to(world.boss, DUE + 1)
    send(world, "430111", {"communities_started": (15, 0, "个")})
    answer = board(world.boss)
    assert answer.period == "2022-07"
    started = {t.target: t for t in answer.sections[1].targets}["communities"]
    assert (started.done.digits, started.done.unit) == (305, "个")
    assert (started.reported, started.expected_units) == (3, 9)
    assert [c.late for c in answer.sections[1].cells].count(True) == 1
    overdue = [(o.unit, o.section) for o in answer.overdue]
    assert ("430102", "2") not in overdue and ("430102", "1") in overdue
    compare("board-2022-07.txt", answer)


def test_everybody_sees_the_same_board(world):
    with world.client(world.authority.agent("430181", 3)) as agent:
        assert board(agent) == board(world.boss)


def test_a_district_that_stops_reporting_has_no_light_and_stays_in_the_sum(world):
    step_to(world.boss, LOCKED + 40 * 86400000)
    answer = board(world.boss)
    assert answer.period == "2022-08"
    cell = answer.sections[1].cells[1]
    assert cell.light == common_pb2.LIGHT_NOT_REPORTED and cell.period == "2022-07"
    started = {t.target: t for t in answer.sections[1].targets}["communities"]
    assert (started.done.digits, started.reported) == (305, 0)
    assert "未报的按最近一期数计" in started.why
    assert all(o.level > 0 for o in answer.overdue)
    compare("board-2022-08.txt", answer)
