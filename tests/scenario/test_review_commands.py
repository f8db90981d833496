"""A report's review played by the commands alone: `duban reports ...`, as an office types it.

What a user would lose: the desk from which reports are passed, returned and looked into;
an auditor the way from a figure to its clause, its rules, its lights and its signature.
"""
import re

import pytest

from reports_support import receipt_body, report, step_to
from test_cli import CHINESE, Desk
from test_reports import World

UNIT = "430105"


@pytest.fixture(scope="module")
def world(postgres, tmp_path_factory):
    folder = tmp_path_factory.mktemp("review")
    made = World(folder, postgres.create())

    def desk(department):
        return Desk(folder, made.centre, made.authority.person(department, "desk"))

    made.boss, made.lead, made.other = desk("bangongshi"), desk("jiugai"), desk("gengxin")
    made.number = receipt_body(made.submit(report(UNIT))).number
    yield made
    made.close()


def rows_waiting(desk, *options):
    return [(r["number"], r["step"], r["by"], r["workdays"], r["overdue"])
            for r in desk.json("reports", "waiting", *options)]


def test_who_waits_for_whom(world):
    expected = [(world.number, "content", "department/jiugai", 0, False)]
    assert rows_waiting(world.boss) == rows_waiting(world.lead) == expected
    assert rows_waiting(world.lead, "--section", "2") == expected
    assert rows_waiting(world.lead, "--section", "3") == rows_waiting(world.other) == []
    text = world.boss("reports", "waiting").stdout
    assert "老旧小区和危旧房改造处" in text and "业务审核" in text
    assert "共 1 条，已列全。" in text


def test_only_the_one_whose_section_it_is_may_act(world):
    said = world.other("reports", "pass", world.number, check=1).stderr
    assert "不允许" in said and "牵头" in said
    assert "业务审核" in world.boss("reports", "pass", world.number, check=1).stderr
    assert "没有" in world.lead("reports", "pass", "2022-07-000000-02-9", check=1).stderr


def test_a_return_says_what_and_why(world):
    def wrong(*options):
        return world.lead("reports", "return", world.number, *options, check=2).stderr

    assert "至少写明一项" in wrong()
    assert "项目=原因" in wrong("--field", "communities_finished")
    assert "项目=原因" in wrong("--field", "=原因")
    assert "没有这个指标" in wrong("--field", "没有的指标=错")
    assert "1～60" in wrong("--field", "problems=补充", "--workdays", "61")
    refused = world.lead("reports", "return", world.number, "--field",
                         "villages_finished=错", check=3).stderr
    assert "villages_finished" in refused
    # By the names that the form prints, and by ids.
    said = world.lead("reports", "return", world.number,
                      "--field", "“十四五”累计完工小区=我处台账为2个，请核对。",
                      "--field", "存在问题=仅填“无”，与实际不符。",
                      "--remark", "请于本周内改好。", "--workdays", "2").stdout
    assert "业务审核退回，第 1 次" in said and "2022-08-04 17:30" in said
    assert rows_waiting(world.boss) == []


def test_the_mended_report_is_seen_passed_and_waits_no_more(world):
    message = report(UNIT, figures={"communities_finished": (2, 0, "个")})
    message.supersedes, message.change_reason = world.number, "按退回意见修改。"
    world.second = receipt_body(world.submit(message)).number
    assert "更正" in world.lead("reports", "pass", world.number, check=1).stderr
    assert [r["number"] for r in world.boss.json("reports", "list")] == [world.second]
    both = world.boss.json("reports", "list", "--superseded")
    assert [(r["number"], r["revision"]) for r in both] == [
        (world.second, 2), (world.number, 1)]
    assert world.boss.json("reports", "list", "--known-at", "2022-08-01") == []
    assert "--known-at" in world.boss("reports", "list", "--known-at", "x", check=2).stderr

    def check(*options, code=2):
        return world.lead("reports", "check", world.second, "communities_finished",
                          *options, check=code).stderr

    assert "两者取一" in check("--remark", "看过") and "--remark" in check("--seen")
    assert "两者取一" in check("--seen", "--withdrawn", "--remark", "看过")
    done = world.lead("reports", "check", world.second, "communities_finished", "--seen",
                      "--remark", "现场看2个，均已完工。").stdout
    assert "已现场核查" in done
    step_to(world.office, 1659945600000)  # Monday 2022-08-08: four working days on
    assert [(w[1], w[3], w[4]) for w in rows_waiting(world.boss)] == [("content", 4, True)]
    assert "是" in world.boss("reports", "waiting").stdout.splitlines()[1]
    one = world.lead.json("reports", "pass", world.second, "--remark", "一致。")
    assert one["step"] == "content" and one["passed_at"].startswith("2022-08-08T16:00")
    assert "汇总审核通过" in world.boss("reports", "pass", world.second).stdout
    assert rows_waiting(world.boss) == []


def test_its_whole_life_in_order(world):
    events = world.boss.json("reports", "life", world.second)["events"]
    assert [(e["kind"], e["revision"], e["step"]) for e in events] == [
        ("received", 1, ""), ("returned", 1, "content"), ("received", 2, ""),
        ("checked", 2, ""), ("passed", 2, "content"), ("passed", 2, "totals")]
    assert [f["field"] for f in events[1]["fields"]] == ["communities_finished", "problems"]
    text = world.lead("reports", "life", world.number).stdout
    for part in ("收到第 1 次报送", "业务审核退回", "communities_finished：我处台账为2个",
                 "限 2022-08-04 17:30 前重报", "按退回意见修改。", "已现场核查", "汇总审核通过"):
        assert part in text, text


def test_a_report_explains_itself(world):
    lit = world.boss.json("light", "explain", UNIT, "communities")
    assert lit["record"]["number"] == world.second
    found = world.boss.json("reports", "explain", world.second)
    assert found == world.boss.json("report", "explain", world.second)
    assert found["signature"] == found["receipt_signature"] == "valid"
    assert found["plan_version"] == 1 and re.fullmatch("[0-9a-f]{64}", found["plan_hash"])
    assert found["receipt"]["calendar"] == "cn-2026-1"
    assert [r["number"] for r in found["revisions"]] == [world.number, world.second]
    figures = {f["indicator"]: f for f in found["figures"]}
    started, finished = figures["communities_started"], figures["communities_finished"]
    assert finished["standing"] == "seen" and started["standing"] == "checked"
    (target,) = started["targets"]
    assert target["target"] == "communities" and target["clause"] == "四、（二）2"
    assert "1816" in target["wording"] and target["task"] != ""
    assert {r["rule"] for r in finished["rules"]} >= {"R-2-03"}
    assert [light["sentence"] for light in started["lights"]] == [lit["record"]["sentence"]]
    text = world.boss("reports", "explain", world.second).stdout
    for part in ("填报签名（ecdsa-p256-sha256）：有效", "回执签名：有效", "四、（二）2", "R-2-03",
                 "未提出问题", lit["record"]["sentence"], world.number):
        assert part in text, text
    assert "没有" in world.boss("reports", "explain", "nothing", check=1).stderr


def test_it_speaks_english(world):
    for words in (("reports", "waiting"), ("reports", "life", world.second)):
        said = world.boss(*words, "--lang", "en").stdout
        assert not CHINESE.search(said.splitlines()[0]), said
    said = world.boss("reports", "explain", world.second, "--lang", "en").stdout
    assert "Receipt's signature: valid" in said and "1. What it was judged by" in said
