"""duban-agent in the later life of a report, against a real centre: correction, return,
no change, zero.

Each test says what a district would lose if it failed.
"""
import json
import signal

import pytest

from agent_support import Agent, at, report_yaml
from harness import wait_for
from reports_support import step_to
from test_reports import World
from test_reviews import life, return_report


@pytest.fixture
def world(postgres, tmp_path):
    made = World(tmp_path / "centre", postgres.create())
    made.lead = made.centre.department("jiugai")
    made.agents_of = []

    def new(name, **given):
        made.agents_of.append(Agent(tmp_path / name, made.centre, **given))
        return made.agents_of[-1]
    made.new = new
    yield made
    for one in made.agents_of:
        if one.service:
            one.stop(signal.SIGKILL)
    made.close()


@pytest.fixture
def agent(world):
    return world.new("agent")


def away(world):
    """The line is down; the centre comes back at the same address."""
    world.centre.config["server"]["listeners"][0]["address"] = f"127.0.0.1:{world.centre.port}"
    world.centre.stop()


def back(world):
    world.centre.start(migrate=False)
    world.office = world.centre.office()
    world.lead = world.centre.department("jiugai")


def bare(text):
    """Without a reason."""
    return "".join(line for line in text.splitlines(True) if not line.startswith("原因"))


def number_of(agent):
    return agent.json("queue")[0]["number"]


# Correction.

def test_a_correction_names_what_it_replaces_and_shows_what_changes(agent, world):
    """A reporter must not look up receipt numbers, and must see what is about to change."""
    first = agent.json("submit", agent.file(report_yaml()))[0]
    refused = agent.submit(bare(report_yaml(started=105)), name="b.yaml", check=3)
    assert "没有写明原因" in refused.stderr and "--reason" in refused.stderr
    assert "105个" in refused.stdout and "+5个" in refused.stdout
    shown = agent.run("check", "--reason", "漏计5个小区", agent.folder / "b.yaml", check=0)
    assert "+5个" in shown.stdout and "原因：漏计5个小区" in shown.stdout
    assert len(agent.json("queue")) == 1
    second = agent.json("submit", "--reason", "漏计5个小区", agent.folder / "b.yaml")[0]
    assert second["supersedes"] == first["number"]
    assert second["change_reason"] == "漏计5个小区"
    assert [(c["field"], c["was"], c["is"], c["by"])
            for c in second["difference"]["changes"]] == [
                ("communities_started", "100个", "105个", "+5个")]
    assert [e.revision for e in life(world.office, second["number"]).events] == [1, 2]
    rows = agent.run("queue", check=0).stdout
    assert f"已由 {second['number']} 更正" in rows


def test_a_report_that_changes_nothing_is_not_sent(agent, world):
    """Nobody is to wonder which of two equal reports counts."""
    first = agent.json("submit", agent.file(report_yaml()))[0]
    same = report_yaml(reason="其他原因").replace("20000", "2 万户").replace("3250.50", "3250.5")
    said = agent.json("submit", agent.file(same, "same.yaml"))[0]
    assert (said["state"], said["number"]) == ("unchanged", first["number"])
    assert "没有变化" in agent.submit(same, name="same.yaml", check=0).stdout
    assert len(agent.json("queue")) == 1


def test_an_old_file_does_not_undo_a_correction(agent):
    """A program that drops last week's file again must not bring last week's figures back."""
    agent.submit(report_yaml(), name="a.yaml", check=0)
    agent.submit(report_yaml(started=105), name="b.yaml", check=0)
    refused = agent.submit(report_yaml(), name="a.yaml", check=3)
    assert "已由" in refused.stderr and "--reason" in refused.stderr
    assert agent.json("submit", agent.folder / "a.yaml", check=3)[0]["state"] == "superseded"
    agent.start()
    agent.drop(report_yaml(), "again.yaml")
    assert "已由" in agent.outcome("again.yaml", "refused")
    # A decision of a person, with a reason, may bring it back; the reason stands in one place.
    text = bare(report_yaml())
    agent.file(text, "c.yaml")
    agent.run("submit", "--reason", "原数正确", agent.folder / "c.yaml", check=0)
    assert agent.json("queue")[0]["supersedes"].endswith("0002")


def test_two_who_correct_at_once_do_not_overwrite_each_other(agent, world):
    """What a colleague corrected an hour ago must not vanish unseen."""
    other = world.new("other")
    agent.submit(report_yaml(), check=0)
    agent.start()
    agent.service.wait_line(" ready ")
    form = agent.run("template", "2", "2022-07", check=0).stdout
    other.submit(report_yaml(started=103), check=0)
    rival = agent.submit(report_yaml(started=104), name="b.yaml", check=3)
    assert "D-38" in rival.stderr and "duban-agent template 2 2022-07" in rival.stderr
    agent.service.wait_line("caught_up")
    # A file that says what it was made from is not even sent.
    form = form.replace("100个", "104个").replace("原因:", "原因: 漏计")
    stale = agent.submit(form, name="form.yaml", check=3)
    assert "替换" not in stale.stdout and "他人更正" in stale.stderr
    fresh = agent.run("template", "2", "2022-07", check=0).stdout
    assert "103个" in fresh
    fresh = fresh.replace("103个", "104个").replace("原因:", "原因: 漏计")
    assert agent.submit(fresh, name="fresh.yaml", check=0).stdout.count("103个") == 1


def test_rules_look_back_at_what_stands(agent, world):
    """A figure that was corrected downwards is what the next month is measured by, whoever
    corrected it."""
    other = world.new("other")
    agent.submit(report_yaml(started=110), check=0)
    other.submit(report_yaml(started=100), check=0)
    step_to(world.office, at("2022-09-02 10:00"))
    done = agent.submit(report_yaml("2022-08", started=105), name="aug.yaml", check=0)
    assert "降为" not in done.stdout + done.stderr
    form = world.new("third").run("template", "2", "2022-08", check=0).stdout
    assert '累计开工小区": 105个' in form  # a machine that never sent anything


# Without a line, and in spite of crashes.

def test_corrections_made_offline_arrive_in_order(agent, world):
    """Days without a line: a wrong report and its correction both arrive, as what they are."""
    agent.submit(report_yaml(section="2"), "--queue-only", check=4)
    away(world)
    kept = agent.submit(report_yaml(started=101), name="b.yaml", check=4)
    assert "待其收妥后作为更正" in kept.stdout
    agent.submit(report_yaml(started=101), name="c.yaml", check=4)  # the same: once
    agent.submit(report_yaml(started=102), name="d.yaml", check=4)
    assert len(agent.json("queue")) == 3
    assert "待上一份收妥后发出" in agent.run("queue", check=0).stdout
    back(world)
    agent.start()
    wait_for(lambda: {r["state"] for r in agent.json("queue")} == {"acknowledged"}, "all")
    third, second, first = agent.json("queue")
    assert second["supersedes"] == first["number"]
    assert third["supersedes"] == second["number"]
    assert [e.revision for e in life(world.office, third["number"]).events] == [1, 2, 3]


def test_a_correction_of_what_was_refused_is_the_first(agent, world):
    """When the first never came in, its correction must not be lost with it."""
    agent.submit(report_yaml(finished=128), "--no-check", "--queue-only", check=4)
    agent.submit(report_yaml(), "--queue-only", name="good.yaml", check=4)
    agent.start()
    agent.service.wait_line("state=acknowledged")
    good, bad = agent.json("queue")
    assert (bad["state"], good["state"], good["supersedes"]) == (
        "refused", "acknowledged", "")


def test_killed_between_queue_and_receipt_of_a_correction(agent, world):
    """kill -9 at any moment: the correction is stored once, under one receipt."""
    agent.submit(report_yaml(), check=0)
    agent.start()
    for turn in range(4):
        agent.submit(report_yaml(started=101 + turn), "--queue-only",
                     name=f"{turn}.yaml", check=4)
        agent.stop(signal.SIGKILL)
        agent.start()
    wait_for(lambda: {r["state"] for r in agent.json("queue")} == {"acknowledged"}, "all")
    events = life(world.office, number_of(agent)).events
    assert [e.revision for e in events] == [1, 2, 3, 4, 5]


def test_after_the_lock_the_centre_decides(agent, world):
    """The agent cannot know of a consent: it asks, and says what to do when there is none."""
    agent.submit(report_yaml(), check=0)
    step_to(world.office, at("2022-08-20 10:00"))
    refused = agent.submit(report_yaml(started=101), name="b.yaml", check=3)
    assert "由中心端判定" in refused.stderr and "D-37" in refused.stderr
    assert "duban-agent request consent 2 2022-07" in refused.stderr
    assert agent.json("queue")[0]["state"] == "refused"


# Returns.

FIELDS = [("communities_finished", "你区填80个，我处台账为78个，请核对。"),
          ("problems", "仅填“无”，与实际不符，请补充")]


def test_a_return_is_told_at_once_and_answered(agent, world):
    """A reporter learns what to mend, why and by when, and mends nothing else."""
    agent.start()
    agent.submit(report_yaml(), check=0)
    number = number_of(agent)
    return_report(world.lead, number, FIELDS, remark="请一并核对户数。")
    wait_for(lambda: agent.json("returns"), "the return")
    (told,) = agent.json("returns")
    assert (told["number"], told["by_name"], told["ordinal"], told["open"]) == (
        number, "老旧小区和危旧房改造处", 1, True)
    assert [(f["field"], f["reason"]) for f in told["fields"]] == FIELDS
    assert told["workdays_left"] == 3 and told["due_at"] == "2022-08-05T17:30:00+08:00"
    text = agent.run("returns", check=0).stdout
    assert "还有3个工作日" in text and "（原报 80个）" in text and "请一并核对户数" in text
    assert "1 份待重报" in agent.run("status", check=0).stdout
    assert agent.json("status")["returns"] == [told]
    assert "已退回，待重报" in agent.run("queue", check=0).stdout
    same = agent.submit(report_yaml(), name="same.yaml", check=3)
    assert "完全相同" in same.stderr
    form = agent.run("template", "2", "2022-07", check=0).stdout
    lines = form.splitlines()
    place = next(i for i, line in enumerate(lines) if "累计完工小区" in line)
    assert "80个" in lines[place] and lines[place - 1].strip() == "# 退回：" + FIELDS[0][1]
    form = form.replace("80个", "78个").replace("原因:", "原因: 按退回意见修改")
    answered = agent.submit(form, name="again.yaml", check=0)
    assert "重报：替换被退回的报表" in answered.stdout and "-2个" in answered.stdout
    assert "有 1 项退回意见所指的内容没有改动" in answered.stdout
    assert agent.json("returns") == []
    (told,) = agent.json("returns", "--all")
    assert told["answered_by"] == number_of(agent) and not told["open"]
    assert agent.stop() == 0


def test_files_of_a_business_system_are_corrected_and_not_repeated(agent, world):
    """Nobody sits beside the drop folder: what became of each file must lie beside it."""
    agent.start()
    agent.service.wait_line(" plan ")
    agent.drop(report_yaml(), "first.yaml")
    agent.outcome("first.yaml")
    agent.drop(report_yaml(reason="另一个原因"), "same.yaml")
    assert "没有变化" in agent.outcome("same.yaml")
    agent.drop(bare(report_yaml(started=101)), "bare.yaml")
    assert "没有写明原因" in agent.outcome("bare.yaml", "refused")
    agent.drop(report_yaml(started=101), "second.yaml")
    assert "更正：替换回执" in agent.outcome("second.yaml")
    return_report(world.lead, number_of(agent), FIELDS)
    wait_for(lambda: agent.json("returns"), "the return")
    agent.drop(report_yaml(started=101, reason="再报"), "unmended.yaml")
    assert "完全相同" in agent.outcome("unmended.yaml", "refused")
    agent.drop(report_yaml(started=101, finished=79), "mended.yaml")
    agent.outcome("mended.yaml")
    rows = agent.json("queue")
    assert [(r["superseded_by"] != "", r["returned"]) for r in rows] == [
        (False, False), (True, False), (True, False)]
    assert agent.stop() == 0


def test_a_return_is_found_without_a_service(agent, world):
    """Who runs no service must not miss a return."""
    agent.submit(report_yaml(), check=0)
    return_report(world.lead, number_of(agent), FIELDS, workdays=1)
    assert [r["ordinal"] for r in agent.json("returns")] == [1]
    step_to(world.office, at("2022-08-15 10:00"))
    assert "已逾期8个工作日" in agent.run("returns", check=0).stdout
    away(world)
    offline = agent.run("returns", check=0)
    assert "未能与中心端核对" in offline.stderr and "1." in offline.stdout
    back(world)
    # Asked for until it comes, after the lock too; compared with what it is.
    mended = agent.json("submit", agent.file(report_yaml(finished=78), "b.yaml"))[0]
    assert mended["state"] == "acknowledged" and mended["difference"]["returned"]


def test_a_second_return_counts_on_and_shows_both(agent, world):
    """The returned report and the last one that stands are two different things."""
    agent.submit(report_yaml(), check=0)
    agent.submit(report_yaml(started=105), name="b.yaml", check=0)
    return_report(world.lead, number_of(agent), FIELDS)
    shown = agent.json("submit", agent.file(report_yaml(started=105, finished=79), "c.yaml"))
    (finished, problems) = shown[0]["difference"]["changes"]
    assert shown[0]["difference"]["last_accepted"].endswith("0001")
    assert (finished["was"], finished["is"], finished["last_accepted"]) == (
        "80个", "79个", "80个")
    assert finished["return_reason"] == FIELDS[0][1] and not problems["changed"]
    return_report(world.lead, number_of(agent), FIELDS[:1])
    assert [r["ordinal"] for r in agent.json("returns")] == [2]


# Three ways to say that there is nothing to say.

def test_no_change_is_one_command(agent, world):
    """A unit without news must not type forty figures to say so."""
    first = agent.run("nochange", "2", check=3)
    assert "此前没有已收妥" in first.stderr
    agent.submit(report_yaml(), check=0)
    step_to(world.office, at("2022-09-02 10:00"))
    agent.run("nochange", "2", "--dry-run", check=0)
    assert len(agent.json("queue")) == 1
    done = agent.run("nochange", "老旧小区和危旧房改造", check=0)
    assert "沿用 2022-07 的报表" in done.stdout and "种类：本期无变化" in done.stdout
    row = agent.json("queue")[0]
    assert (row["kind"], row["period"], row["state"]) == (
        "no_change", "2022-08", "acknowledged")
    again = agent.json("nochange", "2")[0]
    assert (again["state"], again["number"]) == ("unchanged", row["number"])


def test_the_third_no_change_in_a_row_asks_why(agent, world):
    """The bureau asks before it wonders; one option answers."""
    agent.submit(report_yaml(), check=0)
    for month in ("2022-09-02", "2022-10-02"):
        step_to(world.office, at(month + " 10:00"))
        agent.run("nochange", "2", check=0)
    step_to(world.office, at("2022-11-02 10:00"))
    asked = agent.run("nochange", "2", check=3)
    assert "R-2-70" in asked.stderr and "--reason" in asked.stderr
    told = agent.json("nochange", "2", "--reason", "冬季停工")[0]
    answered = [f for f in told["findings"] if f["rule"] == "R-2-70"]
    assert answered[0]["answered"] and told["change_reason"] == "冬季停工"


def test_no_change_waits_when_the_line_is_down(agent, world):
    """The shortest report must be as safe as the longest."""
    agent.submit(report_yaml(), check=0)
    step_to(world.office, at("2022-09-02 10:00"))
    agent.json("returns")  # learns the time
    away(world)
    assert "【待发】" in agent.run("nochange", "2", check=4).stdout
    assert agent.json("nochange", "2", check=4)[0]["state"] == "waiting"
    assert len(agent.json("queue")) == 2
    back(world)
    agent.start()
    agent.service.wait_line("state=acknowledged")


def test_zero_says_that_nothing_happened_yet(agent):
    """Silence and nothing are two things."""
    missing = agent.run("zero", "5", "2022-07", check=3)
    assert "--filled-by" in missing.stderr
    people = ["--filled-by", "张三，科员，0731-88888888", "--reviewed-by", "李四,科长",
              "--approved-by", "王五"]
    done = agent.json("zero", "5", "2022-07", *people)[0]
    assert (done["state"], done["kind"]) == ("acknowledged", "zero")
    wrong = agent.run("zero", "5", "2022-07", "--filled-by", ",科员", check=2)
    assert "姓名,职务,电话" in wrong.stderr
    # What a kind promises is held by a file, too.
    lie = agent.submit(report_yaml(extra="种类: 零报告\n"), name="lie.yaml", check=3)
    assert "D-56" in lie.stderr
    typo = agent.submit(report_yaml(extra="种类: 无\n"), name="typo.yaml", check=3)
    assert "月报、本期无变化或零报告" in typo.stderr


def test_no_task_is_asked_for_nothing(world):
    """A unit without a task must not be made to say so each month."""
    idle = world.new("idle", unit="430181")  # 浏阳市 has no part in section 4
    for command in ("nochange", "zero", "template"):
        assert "无任务" in idle.run(command, "4", check=3).stderr
    assert "无任务板块" in idle.run("status", check=0).stdout
    assert "4" not in [item["section"] for item in idle.json("status")["owed"]]
    assert "1 重点片区" in idle.run("nochange", "9", check=2).stderr
    assert "2022-07 至" in idle.run("nochange", "2", "2019-01", check=2).stderr


def test_a_store_of_the_version_before_goes_on(agent, world):
    """An upgrade keeps what was acknowledged: the next report is a correction of it."""
    import sqlite3
    first = agent.json("submit", agent.file(report_yaml()))[0]
    database = sqlite3.connect(agent.state / "agent.sqlite")
    later = [name for (name,) in database.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN "
        "('fact', 'plan', 'report', 'alert', 'reminder') AND name NOT LIKE 'sqlite%'")]
    database.executescript("".join(f"DROP TABLE {name};" for name in later) +
                           "ALTER TABLE report DROP COLUMN follows;"
                           "PRAGMA user_version = 1;")
    database.close()
    second = agent.json("submit", agent.file(report_yaml(started=101), "b.yaml"))[0]
    assert second["supersedes"] == first["number"]
    assert json.loads(agent.run("queue", "--json").stdout)[1]["number"] == first["number"]
