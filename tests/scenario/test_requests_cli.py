"""Requests from the command line: duban-agent asks, duban answers, both show it.

What a user would lose: a reporter the certainty that more time was asked for in time; the
office the list of what waits for it; both the words of the answer.
"""
import pytest

from agent_support import Agent, at, report_yaml
from reports_support import step_to
from requests_support import LOCK, UNIT, ask, request
from test_cli import Desk
from test_reports import World

REASON = ("--reason", "全区停电检修。", "--approved-by", "王五，局长,0731-88660000")


@pytest.fixture
def world(postgres, tmp_path):
    made = World(tmp_path / "centre", postgres.create())
    try:
        person = made.authority.person("bangongshi", "wang")
        made.desk = Desk(tmp_path, made.centre, person)
        made.unit = Agent(tmp_path / "agent", made.centre, unit=UNIT)
        yield made
    finally:
        made.close()


def test_an_extension_from_asking_to_answer(world):
    asked = world.unit.run("request", "extension", "2", "2022-07", "--until", "2022-08-10",
                           *REASON, check=0).stdout
    assert f"申请已受理，编号 SQ-{UNIT}-0001（延期）。" in asked
    assert "批复时限：2022年8月5日" in asked and "批复前仍按原时限办理" in asked
    row, = world.desk.json("requests", "list")
    assert (row["kind"], row["state"], row["unit"], row["approved_by"], row["overdue"]) == (
        "extension", "open", UNIT, "王五", False)
    assert row["asked_until_at"] == "2022-08-10T17:30:00+08:00"
    shown = world.desk("requests", "list").stdout
    assert "至 2022-08-10 17:30；全区停电检修。" in shown and "共 1 条，已列全。" in shown
    assert "应于 2022-08-05 17:30 前批复" in world.unit.run("requests", check=0).stdout
    answer = world.desk("requests", "answer", row["number"], "--grant", "--until",
                        "2022-08-09", "--text", "同意延至8月9日。").stdout
    assert "同意，至 2022-08-09 17:30" in answer and "已告知申请单位" in answer
    mine, = world.unit.json("requests")
    assert (mine["state"], mine["granted_until_at"], mine["answer"]) == (
        "granted", "2022-08-09T17:30:00+08:00", "同意延至8月9日。")
    assert "至 2022-08-09 17:30；同意延至8月9日。" in world.unit.run("requests").stdout
    assert "answered" not in world.desk("requests", "list", "--lang", "en",
                                        "--state", "open").stdout
    again = world.desk("requests", "answer", row["number"], "--grant", check=1)
    assert "已批复" in again.stderr
    # Sent within the new time, by the agent that heard of it: on time, with its life.
    step_to(world.office, at("2022-08-09 17:00"))
    world.unit.submit(report_yaml(finished=80), check=0)
    number = world.unit.json("queue")[0]["number"]
    life = world.desk("reports", "life", number).stdout
    assert "单位申请：延期" in life and "批复延期申请：同意" in life
    assert "延期至 2022-08-09 17:30（考核仍按原时限）" in life
    kinds = [e["request_kind"] for e in world.desk.json("reports", "life", number)["events"]]
    assert kinds == ["extension", "extension", ""]


def test_a_contest_names_only_the_receipt(world):
    step_to(world.office, at("2022-08-05 18:00"))
    world.unit.submit(report_yaml(finished=80), check=0)
    number = world.unit.json("queue")[0]["number"]
    done = world.unit.json("request", "contest", "迟报", number, *REASON)
    assert done["number"] == f"SQ-{UNIT}-0001"
    shown = world.desk("requests", "list", "--kind", "申辩").stdout
    assert f"对迟报（回执 {number}）；全区停电检修。" in shown
    refused = world.desk("requests", "answer", done["number"], "--refuse", check=2)
    assert "--text" in refused.stderr
    assert world.desk.json("reports", "list")[0]["late_waived_at"] == ""
    world.desk("requests", "answer", done["number"], "--refuse", "--text", "并无停电。")
    assert world.unit.json("requests", "--state", "refused")[0]["answer"] == "并无停电。"


def test_a_late_mark_that_was_taken_back_is_shown_so(world):
    step_to(world.office, at("2022-08-05 18:00"))
    world.unit.submit(report_yaml(finished=80), check=0)
    number = world.unit.json("queue")[0]["number"]
    done = world.unit.json("request", "contest", "late", number, *REASON)
    world.desk("requests", "answer", done["number"], "--grant", "--text", "属实。")
    row, = world.desk.json("reports", "list")
    assert row["timeliness"] == "late" and row["late_waived_at"] != ""
    assert "迟报（不计）" in world.desk("reports", "list").stdout


def test_consent_is_asked_after_the_lock_and_taken_back(world):
    early = world.unit.run("request", "consent", "老旧小区和危旧房改造", "2022-07", *REASON,
                           check=3)
    assert "尚未封表，可以直接报送" in early.stderr
    step_to(world.office, LOCK + 60000)
    done = world.unit.json("request", "consent", "2", "2022-07", *REASON)
    assert "哪一天" in world.desk("requests", "answer", done["number"], "--grant",
                                check=3).stderr
    assert "已撤回" in world.unit.run("request", "withdraw", done["number"], check=0).stdout
    assert world.desk.json("requests", "list", "--state", "withdrawn")[0]["number"] == \
        done["number"]


@pytest.mark.parametrize("words, said", [
    (("holiday", "2", "2022-07", *REASON), "extension（延期）"),
    (("extension", "2", *REASON), "板块 报告期"),
    (("contest", "grade", "1", *REASON), "late（迟报）"),
    (("extension", "九", "2022-07", *REASON), "没有板块“九”"),
    (("extension", "2", "七月", *REASON), "2022-07"),
    (("extension", "2", "2022-07"), "--reason"),
    (("withdraw", "1", "2"), "申请编号"),
])
def test_a_wrong_command_line_says_what_is_right(world, words, said):
    assert said in world.unit.run("request", *words, check=2).stderr


def test_what_the_form_refuses_is_said_before_anything_is_sent(world):
    done = world.unit.run("request", "extension", "2", "2022-07", *REASON, check=3)
    assert "请写明申请延期到哪一天" in done.stderr
    done = world.unit.run("request", "extension", "2", "2022-07", "--until", "2022-08-06",
                          *REASON, check=3)
    assert "期限须定在工作日" in done.stderr
    done = world.desk("requests", "answer", "SQ-1", check=2)
    assert "--grant" in done.stderr
    assert "2022-08-10" in world.desk("requests", "answer", "SQ-1", "--grant", "--until",
                                      "明天", check=2).stderr
    assert "待批（open）" in world.desk("requests", "list", "--state", "x", check=2).stderr
    assert "延期（extension）" in world.desk("requests", "list", "--kind", "x", check=2).stderr


def test_without_the_centre_nothing_is_asked_and_that_is_said(world):
    ask(world, request())
    world.centre.stop()
    done = world.unit.run("request", "extension", "2", "2022-07", "--until", "2022-08-10",
                          *REASON, check=1)
    assert "申请没有提出，也没有存下" in done.stderr
    assert "无法查看" in world.unit.run("requests", check=1).stderr
