"""duban-agent when the bureau grants something: more time, consent after the lock, a return
taken back.

Each test says what a district would lose if it failed.
"""
from agent_support import UNIT, at, report_yaml
from harness import wait_for
from reports_support import step_to
from requests_support import CONSENT, CONTEST, answer, ask, request
from test_agent_corrections import agent, number_of, world  # noqa: F401
from test_reviews import return_report


def granted(world, kind, until="", **given):
    """Asked by a foreign client in this unit's name, and granted."""
    world.agent(UNIT)
    number = ask(world, request(kind, unit=UNIT, **given)).number
    answer(world.office, number, until=until)


def at_time(agent, world, text):
    step_to(world.office, at(text))
    wait_for(lambda: agent.json("status")["plan_time"].startswith(text[:10]), "the time")


def owed(agent, section="2"):
    return [item for item in agent.json("status")["owed"]
            if (item["section"], item["period"]) == (section, "2022-07")]


def test_an_extension_moves_what_the_agent_says(agent, world):
    """Who was given more time must not be told that he is late."""
    agent.start()
    agent.service.wait_line(" plan ")
    granted(world, 1)  # until 2022-08-10
    agent.service.wait_line("kind=request_answered")
    at_time(agent, world, "2022-08-10 09:00")
    (mine,) = owed(agent)
    assert (mine["due_at"], mine["stage"]) == ("2022-08-10T17:30:00+08:00", "due_soon")
    (other,) = owed(agent, "1")
    assert other["stage"] == "overdue"
    done = agent.json("submit", agent.file(report_yaml()))[0]
    assert (done["timeliness"], done["due_at"]) == (
        "on_time", "2022-08-10T17:30:00+08:00")


def test_a_consent_lets_a_correction_in(agent, world):
    """After the lock a wrong figure can be mended, once the office agreed."""
    agent.start()
    agent.service.wait_line(" plan ")
    agent.submit(report_yaml(), check=0)
    at_time(agent, world, "2022-08-20 10:00")
    refused = agent.submit(report_yaml(started=101), name="b.yaml", check=3)
    assert "同意" in refused.stderr
    granted(world, CONSENT, until="2022-08-24")
    agent.service.wait_line("kind=request_answered")
    taken = agent.submit(report_yaml(started=101), name="b.yaml", check=0)  # the same file
    assert "封表后" in taken.stdout and "由中心端判定" not in taken.stderr


def test_a_return_that_was_taken_back_is_owed_no_more(agent, world):
    """Nobody mends what the bureau no longer asks for."""
    agent.start()
    agent.submit(report_yaml(), check=0)
    return_report(world.lead, number_of(agent), [("problems", "请补充。")])
    wait_for(lambda: agent.json("returns"), "the return")
    granted(world, CONTEST, subject="return:" + number_of(agent))
    wait_for(lambda: agent.json("returns") == [], "that it was withdrawn")
    assert agent.json("returns", "--all")[0]["withdrawn"]
    assert "退回已撤销" in agent.run("returns", "--all", check=0).stdout
    assert "退回" not in agent.run("queue", check=0).stdout
