"""The four lists and their checker, as the office uses them.

What a user would lose: a target that stands in no list is nobody's; a project without a
person is nobody's; and a list that does not say that it is cut is believed.
"""
import csv
import json

import pytest

from protos import common_pb2, problems_pb2, report_pb2
from reports_support import report, step_to
from test_cli import Desk
from test_projects import P, UNIT, project, put
from test_reports import World


@pytest.fixture(scope="module")
def world(postgres, tmp_path_factory):
    folder = tmp_path_factory.mktemp("lists")
    made = World(folder, postgres.create())
    made.desk = Desk(folder, made.centre, made.authority.person("bangongshi", "wang"))
    put(made.agent(UNIT), project("lx-01"), project("lx-02", name="湘雅路片区", person=""),
        project("lx-03", name="四方坪片区", finish="2022-07-31"))
    message = report(UNIT)
    for name, digits in (("lx-01", 8), ("lx-02", 3), ("lx-03", 1)):
        message.project_figures.append(report_pb2.ProjectFigure(
            project=name, indicator="communities_started",
            value=common_pb2.Quantity(digits=digits, unit="个")))
    made.submit(message)
    made.agent(UNIT).problems.AddProblem(problems_pb2.AddProblemRequest(
        request_id=bytes(16), unit=UNIT, section="2", target="communities",
        kind=problems_pb2.PROBLEM_KIND_LIMITED, title="管网未接通", found="2022-07-20",
        owner="张三", measure="协调接通。", due="2022-08-03"), timeout=60)
    step_to(made.office, 1659600000000)  # a moment later: everybody has been asked
    yield made
    made.close()


@pytest.fixture
def desk(world):
    return world.desk


def test_every_target_is_listed_with_where_it_stands(desk):
    whole = desk.json("lists", "targets")
    assert whole["complete"] is True and whole["total"] == len(whole["rows"]) == 11
    rows = {row["target"]: row for row in whole["rows"]}
    communities = rows["communities"]
    assert communities["clause"] == "四、（二）2" and communities["task"] == "1816"
    assert communities["deadline"] == "2025-12-31" and communities["binding"] is True
    assert communities["done"] == "12个" and communities["state"] == "ongoing"
    assert communities["lead"] == "老旧小区和危旧房改造处"
    assert rows["areas"]["state"] == "undated" and rows["areas"]["deadline"] == ""
    text = desk("lists", "targets").stdout
    assert "未定期限" in text and "已列 11 条，共 11 条" in text


def test_targets_by_unit_section_and_state(desk):
    own = desk.json("lists", "targets", "--unit", "开福区", "--section", "2")["rows"]
    assert {row["unit"] for row in own} == {UNIT}
    assert "communities" in {row["target"] for row in own}
    split = desk.json("lists", "targets", "--target", "circles_2022", "--split")["rows"]
    assert len(split) == 8  # the city and the seven that have a task
    assert "浏阳市" not in {row["unit_name"] for row in split}
    undated = desk.json("lists", "targets", "--state", "undated")["rows"]
    assert undated and {row["state"] for row in undated} == {"undated"}
    assert undated == desk.json("lists", "targets", "--state", "未定期限")["rows"]
    assert desk.json("lists", "targets", "--overdue")["rows"] == []


def test_projects_are_a_list_of_their_own(desk):
    rows = desk.json("lists", "projects", "--unit", UNIT, "--overdue")["rows"]
    assert [row["id"] for row in rows] == ["lx-03"]


def test_who_answers_for_what_today(desk):
    rows = desk.json("lists", "responsibilities", "--section", "2")["rows"]
    lead = [r for r in rows if r["part"] == "lead"]
    assert {r["party"] for r in lead} == {"jiugai"}
    assert {(r["role"], r["state"]) for r in lead} >= {("head", "seated")}
    mine = [r for r in rows if r["party"] == UNIT]
    assert {r["role"] for r in mine} == {"approves", "reviews", "fills"}
    assert all("communities" in r["targets"] for r in mine)
    own = desk.json("lists", "responsibilities", "--unit", "开福区", "--target",
                    "communities")["rows"]
    assert {(r["section"], r["party"]) for r in own} == {("2", UNIT)}
    assert "责任单位" in desk("lists", "responsibilities", "--section", "4").stdout
    vacant = desk.json("lists", "responsibilities", "--state", "vacant")["rows"]
    assert all(r["person"] == "" for r in vacant)


def test_the_checker_says_what_to_do(desk):
    failed = desk("lists", "check", "--json", check=3)
    rows = json.loads(failed.stdout)["rows"]
    by = {}
    for row in rows:
        by.setdefault(row["kind"], []).append(row)
    assert [(r["unit"], r["project"]) for r in by["project_without_person"]] == [
        (UNIT, "lx-02")]
    assert [(r["unit"], r["project"]) for r in by["project_overdue"]] == [(UNIT, "lx-03")]
    without = {(r["unit"], r["target"]) for r in by["target_without_project"]}
    assert (UNIT, "communities") not in without and (UNIT, "households") in without
    assert ("430181", "circles_2022") not in without  # 浏阳市 has no task there
    assert "project_sum_differs" not in by
    assert [(r["unit"], r["target"]) for r in by["problem_overdue"]] == [(UNIT, "communities")]
    text = desk("lists", "check", "--unit", UNIT, "--target", "communities", check=3).stdout
    assert "“湘雅路片区”没有责任人，请补登（duban projects put 430105 lx-02 --person 姓名）" in text
    assert "“四方坪片区”计划2022-07-31完工，现为在建" in text


def test_the_checker_is_content_when_everything_is_mended(world, desk):
    """And a sum that differs is found, when a project is cancelled under it."""
    check = ("lists", "check", "--unit", UNIT, "--target", "communities")
    desk("projects", "put", UNIT, "lx-02", "--person", "李四")
    number = desk.json("problems", "list", "--overdue")["rows"][0]["number"]
    assert f"duban problems ask {number}" in desk(*check, check=3).stdout
    desk("problems", "change", number, "管网单位已进场", "--due", "2022-12-31")
    desk("projects", "put", UNIT, "lx-03", "--finish", "2022-12-31")
    assert "核对无误" in desk(*check).stdout
    desk("projects", "put", UNIT, "lx-03", "--state", "取消", "--reason", "规划调整")
    text = desk(*check, check=3).stdout
    assert "单位数12个，各项目数合计11个" in text
    desk("projects", "put", UNIT, "lx-03", "--state", "在建", "--reason", "恢复实施")
    assert desk.json(*check)["rows"] == []


@pytest.mark.parametrize("which", ["targets", "projects", "responsibilities", "check"])
def test_each_list_opens_in_a_spreadsheet(desk, tmp_path, which):
    out = tmp_path / "out.csv"
    desk("lists", which, "--csv", out, check=3 if which == "check" else 0)
    assert out.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(out.open(encoding="utf-8-sig")))
    assert len(rows) > 1 and all(len(row) == len(rows[0]) for row in rows)
    assert "板块" in rows[0]


@pytest.mark.parametrize("arguments, expected", [
    (("targets", "--section", "9"), "应为 1、2、3、4、5"),
    (("targets", "--unit", "长沙市"), "没有单位"),
    (("targets", "--target", "no"), "没有这个目标"),
    (("targets", "--state", "好"), "进行中、已完成、逾期、未定期限"),
    (("responsibilities", "--state", "好"), "在岗、代理、空缺"),
    (("targets", "--csv", "x.csv", "--json"), "只能用一个"),
])
def test_a_wrong_filter_is_answered_with_what_is_allowed(desk, arguments, expected):
    assert expected in desk("lists", *arguments, check=2).stderr
