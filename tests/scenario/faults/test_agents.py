"""Nine real agents, and a centre or a queue that breaks."""
import signal

import pytest

from faults_support import (ACKNOWLEDGED, DUE, LEAD_IS_TOLD, REMINDED, UNITS, WAITING,
                            alert_rows, stored, wait_until_serves)
from harness import wait_for
from reports_support import step_to


def test_real_agents_and_a_centre_that_is_killed(offices):
    """What nine districts dropped into their folders arrives once, whatever died meanwhile:
    the line, the centre three times, two agents."""
    centre = offices.centre
    offices.start()
    offices.line.cut()
    offices.drop_all()
    total = sum(map(len, offices.dropped.values()))
    assert total == 43
    wait_for(lambda: offices.count(WAITING) == total, "every report in a queue")
    offices.line.mend()
    for many in (1, 12, 25):
        wait_for(lambda many=many: len(stored(centre)) >= many, f"{many} reports")
        centre.process.kill()
        if many > 1:
            offices.agents[UNITS[many % 9]].stop(signal.SIGKILL)
            offices.agents[UNITS[many % 9]].start()
        offices.centre_is_back()
    wait_for(lambda: offices.count(ACKNOWLEDGED) == total, "a receipt for every report")
    kept = stored(centre)
    assert len(kept) == total
    for unit, agent in offices.agents.items():
        rows = offices.rows(unit)
        assert len(rows) == len(offices.dropped[unit])
        for report_id, _, receipt, _ in rows:
            assert kept[unit, report_id][0] == receipt
        for name in offices.dropped[unit]:
            assert "【回执】" in agent.outcome(name)
        assert agent.stop() == 0


def test_every_alert_reaches_real_agents_once(offices, postgres):
    """A district that is pressed is pressed once, though the centre, its database, the line
    and the district's own machine all fail in between."""
    centre, units = offices.centre, UNITS[:3]
    offices.agents = {unit: offices.agents[unit] for unit in units}
    offices.start()

    def alerts_of(unit):
        return [row[0] for row in offices.ask(unit, "SELECT cursor FROM alert")]

    def step(instant):
        with centre.office() as office:
            step_to(office, instant)

    step(REMINDED)
    wait_for(lambda: all(map(alerts_of, units)), "the reminders")
    centre.process.kill()
    offices.agents[units[0]].stop(signal.SIGKILL)
    offices.centre_is_back()
    offices.line.cut()
    step(DUE)
    postgres.stop("immediate")
    postgres.start()
    offices.line.mend()
    offices.agents[units[0]].start()
    wait_until_serves(centre)
    step(LEAD_IS_TOLD)
    for unit in units:
        decided = [row[0] for row in alert_rows(centre) if row[3] == f"district/{unit}"]
        assert len(decided) > 10
        wait_for(lambda unit=unit, decided=decided: sorted(alerts_of(unit)) == decided,
                 f"the alerts of {unit}")
        assert offices.agents[unit].stop() == 0


@pytest.mark.parametrize("damage", ["garbage", "a page", "a folder"])
def test_an_agent_whose_queue_is_damaged_says_so_and_leaves_it(offices, damage):
    """What a broken disk left is for somebody to look at: never silently begun anew."""
    agent = offices.agents[UNITS[0]]
    offices.agents = {UNITS[0]: agent}
    offices.start()
    offices.line.cut()
    offices.drop(UNITS[0], "1")
    wait_for(lambda: offices.count(WAITING) == 1, "the report in the queue")
    assert agent.stop() == 0
    file = agent.state / "agent.sqlite"
    whole = file.read_bytes()
    if damage == "garbage":
        file.write_bytes(b"nonsense " * 1000)
    elif damage == "a page":
        file.write_bytes(whole[:100] + b"\xa5" * 8000 + whole[8100:])
    else:
        file.unlink()
        file.mkdir()
    left = file.read_bytes() if file.is_file() else None
    for command in ("status", "queue", "run"):
        done = agent.run(command)
        assert done.returncode == 1 and "agent.sqlite" in done.stderr, done.stderr
    assert left is None or file.read_bytes() == left
