"""The register of problems by the commands alone, as a unit and an office type them.

What a user would lose: the list that is taken into a meeting, complete and in a spreadsheet;
the way in which a problem is struck off by somebody who looked.
"""
import csv
import json

import pytest

from agent_support import Agent
from reports_support import step_to
from test_cli import CHINESE, Desk
from test_reports import World

UNIT = "430105"


def terms(due="2022-08-05"):
    return ("--owner", "张三", "--telephone", "0731-80000000", "--measure", "与燃气公司会商。",
            "--found", "2022-08-01", "--due", due)


@pytest.fixture(scope="module")
def world(postgres, tmp_path_factory):
    folder = tmp_path_factory.mktemp("problems")
    made = World(folder, postgres.create())

    def desk(department):
        return Desk(folder, made.centre, made.authority.person(department, "desk"))

    made.boss, made.lead = desk("bangongshi"), desk("jiugai")
    made.unit = Desk(folder, made.centre, made.authority.agent(UNIT))
    yield made
    made.close()


def rows(desk, *options):
    found = desk.json("problems", "list", *options)
    assert found["complete"] is True and found["total"] == len(found["rows"])
    return found["rows"]


def test_a_problem_is_registered_by_the_unit(world):
    def wrong(*arguments, code=2):
        return world.unit("problems", "add", *arguments, check=code).stderr

    assert "--owner" in wrong("开福区", "2", "管线未迁改")
    assert "没有单位" in wrong("月球", "2", "管线未迁改", *terms())
    assert "限期整改" in wrong("开福区", "2", "管线未迁改", *terms(), "--kind", "长期")
    assert "应为日期" in wrong("开福区", "2", "管线未迁改", *terms("月底"))
    assert "整改期限早于发现日期" in wrong("开福区", "2", "管线未迁改", *terms("2022-07-01"), code=3)
    assert "只能登记本单位的问题" in wrong("芙蓉区", "2", "管线未迁改", *terms(), code=1)
    assert "项目清单" in wrong("开福区", "2", "管线未迁改", *terms(), "--project", "lx-01", code=3)
    world.unit("projects", "put", "开福区", "lx-01", "--section", "2", "--target", "communities",
               "--name", "东风路片区", "--person", "张三")
    said = world.unit("problems", "add", "开福区", "2", "东风路片区燃气管线未迁改", *terms(),
                      "--target", "communities", "--project", "lx-01").stdout
    world.number = said.strip().split("：")[1]
    assert world.number.startswith("WT-2022-")
    one, = rows(world.boss)
    assert one["title"] == "东风路片区燃气管线未迁改" and one["unit_name"] == "开福区"
    assert (one["kind"], one["state"], one["due"], one["overdue"]) == (
        "limited", "open", "2022-08-05", False)


def test_the_list_is_filtered_and_taken_into_a_spreadsheet(world):
    world.boss("problems", "add", "430102", "3", "=征收进度滞后", "--owner", "李四", "--measure",
               "逐户会商", "--found", "2022-08-01", "--kind", "持续整改")
    assert len(rows(world.boss)) == 2 and len(rows(world.unit)) == 1
    assert [r["title"] for r in rows(world.boss, "--kind", "ongoing")] == ["=征收进度滞后"]
    assert len(rows(world.boss, "--unit", "开福区", "--section", "2", "--state", "整改中",
                    "--target", "communities", "--project", "lx-01")) == 1
    assert rows(world.boss, "--state", "closed") == rows(world.boss, "--overdue") == []
    assert rows(world.boss, "--at", "2022-07-31") == []
    assert "--state" in world.boss("problems", "list", "--state", "x", check=2).stderr
    assert "--at" in world.boss("problems", "list", "--at", "x", check=2).stderr
    assert world.boss.json("lists", "problems") == world.boss.json("problems", "list")
    text = world.boss("lists", "problems").stdout
    assert "限期整改" in text and "共 2 条" in text
    path = world.centre.folder / "问题清单.csv"
    assert "已写入" in world.boss("lists", "problems", "--csv", path).stderr
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with open(path, encoding="utf-8-sig", newline="") as file:
        table = list(csv.DictReader(file))
    assert [r["问题"] for r in table] == ["东风路片区燃气管线未迁改", "'=征收进度滞后"]
    assert table[0]["责任人"] == "张三" and table[0]["状态"] == "整改中"
    assert "只能用一个" in world.boss("problems", "list", "--csv", path, "--json", check=2).stderr
    assert "无法写入" in world.boss("problems", "list", "--csv", "/nonexistent/x.csv",
                                check=1).stderr


def test_it_is_worked_on_sent_back_and_closed(world):
    number = world.number
    step_to(world.office, 1659920400000)  # Monday 2022-08-08 09:00: overdue
    assert [r["number"] for r in rows(world.boss, "--overdue")] == [number]
    assert "问题逾期" in world.boss("alerts", "list", "--unit", UNIT).stdout
    assert "problem_overdue" in {a["kind"] for a in world.boss.json("alerts", "list", "--all")}
    assert "整改中" in world.unit("problems", "note", number, "方案已定。").stdout
    assert "尚未申请" in world.lead("problems", "close", number, "属实", check=1).stderr
    assert "由责任单位申请" in world.lead("problems", "ask", number, "完了", check=1).stderr
    assert "已申请销号" in world.unit("problems", "ask", number, "已迁改完毕。").stdout
    assert "核验后办理" in world.unit("problems", "close", number, "完了", check=1).stderr
    assert "新的整改期限" in world.lead("problems", "return", number, "路面未恢复。",
                                  check=3).stderr
    world.lead("problems", "return", number, "路面未恢复。", "--due", "2022-08-12")
    assert "调整什么" in world.unit("problems", "change", number, "换人", check=2).stderr
    assert "由牵头处室" in world.unit("problems", "change", number, "来不及", "--due",
                                 "2022-08-31", check=1).stderr
    world.unit("problems", "change", number, "张三调离。", "--owner", "王五")
    world.unit("problems", "ask", number, "路面已恢复。")
    done = json.loads(world.boss("problems", "close", number, "现场核验属实。", "--json").stdout)
    assert (done["act"], done["state"]) == ("closed", "closed")
    whole = world.unit.json("problems", "show", number)
    assert [e["act"] for e in whole["events"]] == [
        "registered", "noted", "asked", "sent_back", "changed", "asked", "closed"]
    assert (whole["owner"], whole["sent_back"], whole["overdue"]) == ("王五", 1, False)
    text = world.boss("problems", "show", number).stdout
    for part in ("东风路片区燃气管线未迁改", "已销号", "责任人：王五", "路面未恢复。", "2022-08-12",
                 "申请销号", "department/bangongshi/person/desk"):
        assert part in text, text
    assert "没有这个问题" in world.boss("problems", "show", "WT-1", check=1).stderr


def test_it_speaks_english(world):
    said = world.boss("problems", "list", "--lang", "en").stdout
    assert not CHINESE.search(said.splitlines()[0]) and "listed of" in said.splitlines()[-1]


def test_a_district_works_on_its_problems_from_its_own_machine(world):
    agent = Agent(world.centre.folder / "agent", world.centre, unit=UNIT)

    def wrong(*arguments, check=2):
        return agent.run("problems", *arguments, check=check).stderr

    assert "应为 list、show" in wrong("close", "x") and "2 个参数" in wrong("note", "x")
    assert "--owner" in wrong("add", "2", "污水井堵塞") and "--state" in wrong("--state", "x")
    assert "应为日期" in wrong("add", "2", "污水井堵塞", *terms("月底"))
    assert "due: 整改期限早于发现日期" in wrong("add", "2", "污水井堵塞", *terms("2022-07-01"), check=3)
    number = agent.json("problems", "add", "2", "污水井堵塞", *terms("2022-08-20"))["number"]
    assert "现为“整改中”" in agent.run("problems", "note", number, "已疏通一半。", check=0).stdout
    assert "请报牵头处室" in wrong("change", number, "来不及", "--due", "2022-08-31")
    agent.run("problems", "change", number, "换人。", "--owner", "赵六", check=0)
    assert agent.json("problems", "ask", number, "已疏通。")["state"] == "asked"
    found = agent.json("problems")
    assert found["complete"] and {r["unit"] for r in rows(world.boss, "--unit", UNIT)} == {UNIT}
    assert [(r["owner"], r["state"]) for r in found["rows"] if r["number"] == number] == [
        ("赵六", "asked")]
    text = agent.run("problems", "list", "--state", "已申请销号", check=0).stdout
    assert "污水井堵塞" in text and "已列全" in text
    whole = agent.run("problems", "show", number, check=0).stdout
    assert "已疏通一半。" in whole and "责任人：赵六" in whole and "申请销号" in whole
    assert [e["act"] for e in agent.json("problems", "show", number)["events"]] == [
        "registered", "noted", "changed", "asked"]
    assert "没有这个问题" in wrong("show", "WT-2022-0002", check=3)  # another unit's
