"""Two centres on one database."""


import grpc
import pytest

from alerts_support import Watching
from faults_support import (DUE, JULY_IS_DUE, MANY, WIDE_SECTIONS, Code, alert_rows,
                            at_once, check_all_stored_once, only_unavailable, status_of,
                            stored, wide_report, wide_units)
from harness import Duband, wait_for
from reports_support import step_to


@pytest.fixture
def pair(wide, tmp_path):
    other = Duband(tmp_path / "other", wide.config["database"]["conninfo"],
                   authority=wide.authority, start_at=JULY_IS_DUE)
    other.start(migrate=False)
    yield wide, other
    if other.process.alive():
        assert other.stop() == 0


def test_two_centres_take_each_report_once(pair):
    """Whichever of the two a load balancer picks, even both: one report, one receipt."""
    one, other = pair
    at_once(lambda: one.districts.send(one, one.sents),
            lambda: one.districts.send(other, one.sents))
    only_unavailable(one.sents)
    one.districts.send_until_stored(other, one.sents)
    assert check_all_stored_once(one, one.sents) == len(one.sents) == len(stored(one))
    assert all(len(sent.receipts) >= 2 for sent in one.sents)


def test_two_reports_for_one_place_race_and_one_wins(pair):
    """Two people of a district report the same month at once, each to another centre: one
    is stored, the other is told which."""
    one, other = pair
    rivals = [one.districts.sent(wide_report(sent.unit, sent.message.section, done=8))
              for sent in one.sents]
    at_once(lambda: one.districts.send(one, one.sents),
            lambda: one.districts.send(other, rivals))
    for sent, rival in zip(one.sents, rivals):
        assert len(sent.receipts) + len(rival.receipts) == 1
        assert sent.codes + rival.codes == [Code.ALREADY_EXISTS]
    assert check_all_stored_once(one, one.sents + rivals) == len(one.sents) == len(stored(one))


def test_one_of_two_is_killed_and_the_other_goes_on(pair):
    """Nobody notices but those who must dial again: each alert once, on both streams."""
    one, other = pair
    silent = wide_units(MANY)[0]
    active = [sent for sent in one.sents if sent.unit != silent]
    agent = one.districts.agents[silent]
    with one.client(agent) as here, other.client(agent) as there, other.office() as office:
        first, second = Watching(here), Watching(there)
        wait_for(lambda: first.clocks and second.clocks, "both streams")
        at_once(lambda: one.districts.send(one, active[:150], 50, one.process.kill),
                lambda: one.districts.send(other, active[150:]))
        assert first.wait_error().code() == Code.UNAVAILABLE
        only_unavailable(active)
        assert all(sent.receipts for sent in active[150:])
        one.districts.send_until_stored(other, active)
        step_to(office, DUE)
        rows = [row for row in alert_rows(other) if row[3] == f"district/{silent}"]
        assert len(rows) == 2 * len(WIDE_SECTIONS)
        got = second.wait_alerts(len(rows))
        assert [alert.cursor for alert in got] == [row[0] for row in rows]
        one.start(migrate=False)
        with one.client(agent) as again:
            resumed = Watching(again, after=rows[2][0])
            rest = resumed.wait_alerts(len(rows) - 3)
            assert [alert.cursor for alert in rest] == [row[0] for row in rows[3:]]
            resumed.stop()
        second.stop()
    assert check_all_stored_once(other, active) == len(active) == len(stored(other))


def test_two_centres_that_step_and_decide_at_once_alert_once(pair):
    """Both see the instant pass; the district is pressed once."""
    one, other = pair
    with one.office() as here, other.office() as there:
        def step(office):
            try:
                step_to(office, DUE)
            except grpc.RpcError as error:
                assert error.code() in (Code.ABORTED, Code.FAILED_PRECONDITION,
                                        Code.OUT_OF_RANGE, Code.UNAVAILABLE), error
        at_once(lambda: step(here), lambda: step(there))
        step_to(here, DUE)
        assert wait_for(lambda: status_of(there).plan_at == DUE, "the other's clock")
    assert len(alert_rows(one)) == 2 * MANY * len(WIDE_SECTIONS)
