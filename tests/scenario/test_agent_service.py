"""duban-agent as a service: the spool folder, alerts, plan and time.

Each test says what a district would lose if it failed.
"""
import signal
import subprocess

from agent_centre import PLAN
from agent_support import AGENT, agent, at, centre, report_yaml  # noqa: F401
from harness import wait_for
from protos import alerts_pb2


def test_offline_then_caught_up(agent, centre):
    """On a broken line the report is kept; it goes on by itself when the line is back."""
    agent.submit(report_yaml(), check=0)
    centre.stop()
    kept = agent.submit(report_yaml("2022-07", section="2", started=101), check=4)
    assert "已存入待发队列" in kept.stdout
    assert agent.json("status")["waiting"] == 1
    agent.start()
    agent.service.wait_line("state=backing_off")
    centre.start()
    agent.service.wait_line("state=acknowledged")
    assert agent.json("status")["waiting"] == 0 and len(centre.reports) == 2
    assert agent.stop() == 0


def test_the_spool_folder(agent, centre):
    """Files from a business system become reports; what became of each lies beside it."""
    agent.start()
    agent.service.wait_line(" plan ")
    agent.drop(report_yaml(), "good.yaml")
    assert "【回执】" in agent.outcome("good.yaml")
    agent.drop(report_yaml(started=10, finished=20), "wrong.yaml")
    assert "【未通过审核】" in agent.outcome("wrong.yaml", "refused")
    agent.drop("指标: [", "broken.yaml")
    agent.outcome("broken.yaml", "refused")
    agent.drop(report_yaml("2022-07", section="9"), "good.yaml")
    assert "板块" in agent.outcome("good.yaml", "refused")
    agent.drop(report_yaml(), "good.yaml")  # the same content again: the same receipt
    wait_for(lambda: (agent.spool / "accepted" / "good-2.yaml").exists(), "a second name")
    assert len(centre.submissions) == 1
    assert agent.stop() == 0


def test_a_file_that_is_still_written_is_left_alone(agent, centre):
    """Half a file must never be reported."""
    agent.start()
    agent.service.wait_line(" plan ")
    with open(agent.spool / "slow.yaml", "w", encoding="utf-8") as out:
        out.write(report_yaml()[:200])
        out.flush()
        (agent.spool / ".hidden.yaml").write_text("x")
        (agent.spool / "x.yaml.tmp").write_text("x")
        agent.drop(report_yaml(started=101), "other.yaml")
        agent.outcome("other.yaml")
        assert (agent.spool / "slow.yaml").exists()
        out.write(report_yaml()[200:])
    agent.outcome("slow.yaml")
    assert (agent.spool / ".hidden.yaml").exists() and (agent.spool / "x.yaml.tmp").exists()


def test_submit_hands_over_to_the_service(agent, centre):
    """A person at the desk and the service never send the same report twice."""
    agent.start()
    agent.service.wait_line(" plan ")
    done = agent.submit(report_yaml(), check=0)
    assert "2022-07-430111-02-0001" in done.stdout
    assert agent.service.lines("state=acknowledged")
    assert agent.json("status")["running"] and agent.json("status")["link"] == "ready"
    assert agent.stop() == 0
    assert not agent.json("status")["running"]


def test_alerts_are_kept_and_resumed(agent, centre):
    """Every alert reaches the district once, whatever was down in between."""
    centre.decide("【催报】一")
    agent.start()
    agent.service.wait_line("cursor=1 ")
    centre.decide("【催报】二")
    agent.service.wait_line("cursor=2 ")
    agent.stop(signal.SIGKILL)
    centre.decide("【催报】三")
    agent.start()
    agent.service.wait_line("cursor=3 ")
    assert not agent.service.lines("cursor=2 ")
    assert centre.watched_from == [0, 2]
    centre.stop()
    agent.service.wait_line("alerts_ended")
    centre.decide("【催报】四")
    centre.start()
    agent.service.wait_line("cursor=4 ")
    rows = agent.json("alerts")
    assert [row["cursor"] for row in rows] == [4, 3, 2, 1]
    assert rows[0]["kind"] == "report_overdue" and "【催报】四" in rows[0]["title"]
    assert "【催报】二全文" in agent.run("alerts", "--full", check=0).stdout
    assert agent.stop() == 0


def test_plan_changes_are_followed(agent, centre):
    """A report is judged by the version that the centre judges by."""
    agent.start()
    agent.service.wait_line(" plan ")
    centre.version = 2
    centre.tell(alerts_pb2.WatchAlertsResponse(
        plan_change=alerts_pb2.PlanChange(plan=PLAN, version=2)))
    agent.service.wait_line("version=2")
    good, centre.files = centre.files, centre.files[:3]
    centre.version = 3
    centre.tell(alerts_pb2.WatchAlertsResponse(
        plan_change=alerts_pb2.PlanChange(plan=PLAN, version=3)))
    agent.service.wait_line("refresh_failed")
    agent.drop(report_yaml(), "good.yaml")
    agent.outcome("good.yaml")
    assert [r.plan_version for r in centre.reports.values()] == [2]
    centre.files = good


def test_what_is_owed_is_said(agent, centre):
    """The district is reminded by its own machine, also when the line is down."""
    agent.start()
    agent.service.wait_line(" plan ")
    agent.service.wait_line("owed section=1 ")
    agent.drop(report_yaml(), "good.yaml")
    agent.outcome("good.yaml")
    centre.step(at("2022-08-06 10:00"))
    line = agent.service.wait_line("stage=overdue")
    assert "period=2022-07" in line
    assert not [l for l in agent.service.lines("stage=overdue") if "section=2 " in l]
    said = len(agent.service.lines(" owed "))
    agent.stop()
    agent.start()
    agent.service.wait_line("plan_time")
    assert said and not agent.service.lines(" owed ")


def test_two_services_do_not_share_a_state(agent, centre):
    """Two machines with one state folder would send everything twice."""
    agent.start()
    second = subprocess.run([AGENT, "run", "--config", agent.config], capture_output=True,
                            text=True, timeout=60)
    assert second.returncode == 1 and "另一个" in second.stderr


def test_plan_time_that_jumps_is_asked_for(agent, centre):
    """In a rehearsal a report right after a step is judged at the new time, not the old."""
    agent.start()
    agent.service.wait_line(" plan ")
    centre.plan_at = at("2022-09-02 10:00")  # nobody was told
    agent.submit(report_yaml("2022-08"), check=0)
    centre.plan_at = at("2022-10-08 10:00")
    agent.drop(report_yaml("2022-09"), "sep.yaml")
    agent.outcome("sep.yaml")
    agent.drop(report_yaml("2022-10"), "oct.yaml")  # really too early
    assert "10月" in agent.outcome("oct.yaml", "refused")
