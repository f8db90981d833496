"""What operators and the office ask of a running centre, and who may."""
import grpc
import pytest

from alerts_support import Watching
from harness import Duband, plan_files, wait_for
from protos import administration_pb2, plans_pb2
from reports_support import TIMEOUT, refused, report, sealed, step_to, submit

Code = grpc.StatusCode
START = 1656637200000  # 2022-07-01 09:00 +08:00
REMINDED = 1659488400000  # 2022-08-03 09:00 +08:00


@pytest.fixture
def world(centre):
    centre.people_office = centre.office()
    centre.people_office.plans.ApplyPlan(
        plans_pb2.ApplyPlanRequest(files=plan_files()), timeout=TIMEOUT)
    return centre


def step(client, **request):
    return client.administration.StepClock(
        administration_pb2.StepClockRequest(**request), timeout=TIMEOUT)


def status(client):
    return client.administration.GetStatus(administration_pb2.GetStatusRequest(),
                                           timeout=TIMEOUT)


def districts(client):
    return client.administration.ListDistricts(
        administration_pb2.ListDistrictsRequest(), timeout=TIMEOUT).districts


def test_a_step_goes_to_the_next_instant_and_says_what_was_asked(world):
    office = world.people_office
    assert status(office).plan_at == START
    assert status(office).next_instant_at == REMINDED
    answer = step(office, **{"from": START})
    assert answer.plan_at == REMINDED and not answer.at_end
    assert "report_due_soon 430104 1 2022-07 level 0" in answer.asked
    assert status(office).plan_at == REMINDED
    assert status(office).alerts == len(answer.asked)
    with world.client(world.authority.operator()) as operator:
        assert step(operator, to=REMINDED + 1000).plan_at == REMINDED + 1000
        assert step(operator, to=REMINDED + 1000).plan_at == REMINDED + 1000


def test_a_step_from_elsewhere_or_into_the_past_is_refused(world):
    office = world.people_office
    assert refused(step, office, **{"from": START + 1}).code == Code.FAILED_PRECONDITION
    assert refused(step, office, to=START - 1).code == Code.OUT_OF_RANGE
    assert status(office).plan_at == START
    with world.client(world.authority.agent("430112")) as agent:
        assert refused(step, agent).code == Code.PERMISSION_DENIED


def test_without_a_rehearsal_nobody_steps_the_clock(postgres, tmp_path):
    centre = Duband(tmp_path, postgres.create(), rehearsal=False).start()
    try:
        with centre.office() as office:
            assert refused(step, office).code == Code.FAILED_PRECONDITION
            assert not status(office).rehearsal
    finally:
        centre.stop()


def test_the_year_ends_when_nothing_more_is_asked(world):
    office = world.people_office
    answer, steps = step(office), 1
    while not answer.at_end:
        answer, steps = step(office), steps + 1
    assert steps > 300
    assert status(office).next_instant_at == 0
    last = step(office)
    assert last.at_end and last.plan_at == answer.plan_at and not last.asked


def test_the_same_year_twice_is_the_same_to_the_byte(postgres, tmp_path):
    """Alerts, their words and their order do not depend on the machine."""
    def play(folder):
        centre = Duband(folder, postgres.create()).start()
        try:
            office = centre.office()
            office.plans.ApplyPlan(plans_pb2.ApplyPlanRequest(files=plan_files()),
                                   timeout=TIMEOUT)
            step_to(office, 1664587800000)
            database = centre.config["database"]["conninfo"].rpartition("dbname=")[2]
            return postgres.psql(database, "SELECT cursor, kind, level, recipient, unit, "
                                 "section, period, target, decided_at, title, body, "
                                 "cleared_at FROM alert ORDER BY cursor")
        finally:
            centre.stop()

    first = play(tmp_path / "first")
    assert len(first.splitlines()) > 100
    assert play(tmp_path / "second") == first


def test_districts_stand_in_the_plan_s_order_and_show_who_is_there(world):
    office = world.people_office
    rows = districts(office)
    assert [r.unit for r in rows] == ["430104", "430102", "430103", "430105", "430111",
                                      "430112", "430121", "430181", "430182"]
    assert rows[0].name == "湘江新区（岳麓区）" and rows[0].tasks == 5
    assert rows[7].tasks == 4  # 浏阳市 has no part in section 4
    assert not any(r.watching or r.last_report for r in rows)
    with world.client(world.authority.agent("430112")) as agent:
        watching = Watching(agent)
        wait_for(lambda: districts(office)[5].watching, "the stream to show")
        wait_for(lambda: districts(office)[5].wall_last_seen_at > 0, "who was seen")
        assert status(office).watchers == 1
        watching.stop()
    wait_for(lambda: not districts(office)[5].watching, "the stream to be gone")
    step_to(office, REMINDED)
    assert districts(office)[5].open_alerts == 5
    with world.client(world.authority.agent("430112")) as agent:
        submit(agent, sealed(world.authority.signer("430112"), report("430112")))
        assert status(agent).reports == 1
    row = districts(office)[5]
    assert row.open_alerts == 4 and row.last_report.startswith("2022-07-430112-02-")
    assert row.last_report_at == REMINDED


def test_a_revoked_agent_is_sent_away_at_a_reload(world):
    bad = world.authority.agent("430103")
    with world.client(bad) as agent:
        watching = Watching(agent)
        wait_for(lambda: watching.clocks, "the clock")
        world.authority.revoke(bad)
        with world.client(world.authority.operator()) as operator:
            answer = operator.administration.ReloadCredentials(
                administration_pb2.ReloadCredentialsRequest(), timeout=TIMEOUT)
        assert answer.closed == 1
        assert answer.crl_number
        assert watching.wait_error().code() == Code.UNAVAILABLE


def test_status_says_where_one_is(world):
    answer = status(world.people_office)
    assert answer.version and answer.schema >= 1 and answer.rehearsal
    assert answer.database.startswith("external, PostgreSQL ")
    assert answer.node.endswith("/node/1") and answer.wall_started_at > 0
    assert answer.crl_number and answer.wall_crl_next_update_at > answer.wall_started_at
