"""ApplyPlan, GetPlan and ListPlans as a foreign client sees them.

What a user would lose: the office its trust that what it published is what all are judged
by; a district the figures that were judged under the version before.
"""
import concurrent.futures
import contextlib

import grpc
import pytest

from harness import Duband, plan_files, wait_for
from pki import Authority
from protos import plans_pb2
from reports_support import (PLAN, SECTION_3, TIMEOUT, refused, report, sealed, step_to,
                             submit)

Code = grpc.StatusCode
# Every report and every instant of the plan, whether it is a row already or will be one.
OWED = ("(SELECT count(*) FROM obligation) + (SELECT count(*) FROM timetable_period "
        "JOIN timetable_units s USING (plan) CROSS JOIN unnest(s.units) WHERE s.reports)")
TIMES = ("(SELECT count(*) FROM timetable) + (SELECT count(*) FROM timetable_group "
         "JOIN timetable_units s USING (plan, place) CROSS JOIN unnest(s.units))")


def apply(client, files=None, **options):
    request = plans_pb2.ApplyPlanRequest(files=plan_files() if files is None else files,
                                         **options)
    return client.plans.ApplyPlan(request, timeout=TIMEOUT)


def changed(name, before, after):
    """The plan with one text of one file replaced."""
    files = plan_files()
    for file in files:
        if file.name == name:
            assert before.encode() in file.content
            file.content = file.content.replace(before.encode(), after.encode(), 1)
            return files
    raise AssertionError(f"there is no {name}")


def database(centre, postgres, sql):
    name = centre.config["database"]["conninfo"].split("dbname=")[1]
    return postgres.psql(name, sql)


def test_before_a_plan_there_is_none(centre):
    refusal = refused(centre.office().plans.GetPlan, plans_pb2.GetPlanRequest(),
                      timeout=TIMEOUT)
    assert refusal.code == Code.NOT_FOUND
    listed = centre.office().plans.ListPlans(plans_pb2.ListPlansRequest(), timeout=TIMEOUT)
    assert not listed.plans


def test_what_was_applied_is_handed_out_byte_for_byte(centre, postgres):
    office = centre.office()
    answer = apply(office)
    assert (answer.plan, answer.version, answer.changed) == (PLAN, 1, True)
    asked = int(database(centre, postgres, f"SELECT {OWED}"))
    assert answer.obligations == asked > 1000
    with centre.client(centre.authority.agent("430102")) as agent:
        got = agent.plans.GetPlan(plans_pb2.GetPlanRequest(), timeout=TIMEOUT)
    assert got.version == 1
    assert got.content_hash == answer.content_hash
    assert {f.name: f.content for f in got.files} == \
        {f.name: f.content for f in plan_files()}
    listed = office.plans.ListPlans(plans_pb2.ListPlansRequest(), timeout=TIMEOUT).plans
    assert len(listed) == 1 and listed[0].current
    assert listed[0].number == "长人环通〔2022〕55号"
    assert listed[0].applied_by.endswith("/department/bangongshi/person/test")


def test_applied_twice_it_changes_nothing(centre, postgres):
    office = centre.office()
    first = apply(office)
    groups = "SELECT md5(string_agg(g::text, ',' ORDER BY id)) FROM timetable_group g"
    before = database(centre, postgres, groups)
    again = apply(office, files=list(reversed(plan_files())))
    assert (again.version, again.changed) == (1, False)
    assert again.content_hash == first.content_hash
    assert database(centre, postgres, groups) == before


def test_a_dry_run_publishes_nothing(centre, postgres):
    office = centre.office()
    answer = apply(office, dry_run=True)
    assert (answer.version, answer.changed) == (1, True)
    assert database(centre, postgres, "SELECT count(*) FROM plan_version") == "0"
    refusal = refused(office.plans.GetPlan, plans_pb2.GetPlanRequest(), timeout=TIMEOUT)
    assert refusal.code == Code.NOT_FOUND


def test_only_the_office_publishes(centre):
    for client in (centre.department("gengxin"),
                   centre.client(centre.authority.agent("430102")),
                   centre.client(centre.authority.operator())):
        refusal = refused(apply, client)
        assert (refusal.code, refusal.reason) == (Code.PERMISSION_DENIED, "DENIED")


@pytest.mark.parametrize("name, before, after", [
    ("plan.yaml", "id:", "id: twice\nid:"),
    ("units.yaml", "430181", "430102"),
    ("sections/2.yaml", "value: 1270个", "value: 1e3个"),
    ("sections/3.yaml", "lead: penggai", "lead: nobody"),
    ("sample/schedule.yaml", "remind:", "remnid:"),
], ids=["key-twice", "unit-twice", "number", "department", "misspelt"])
def test_a_mistake_is_named_with_its_place(centre, postgres, name, before, after):
    refusal = refused(apply, centre.office(), changed(name, before, after))
    assert refusal.code == Code.INVALID_ARGUMENT
    places = [field for field in refusal.violations if field.startswith(name + ":")]
    assert places, refusal.violations
    assert all(part.isdigit() for part in places[0].split(":")[1:])
    assert database(centre, postgres, "SELECT count(*) FROM plan_version") == "0"


def test_files_that_are_no_plan_are_refused(centre):
    office = centre.office()
    bad = plans_pb2.PlanFile
    for files in ([], [bad(name="plan.yaml", content=b"\xff\xfe\x00")],
                  [bad(name="../plan.yaml", content=b"")], [bad(name="", content=b"")],
                  [bad(name=f"{n}.yaml") for n in range(65)],
                  [bad(name="plan.yaml", content=b"a" * (1 << 20) + b"b")],
                  [bad(name="plan.yaml", content=b"[" * 100000)]):
        refusal = refused(apply, office, files)
        assert refusal.code in (Code.INVALID_ARGUMENT, Code.RESOURCE_EXHAUSTED)
    assert apply(office).version == 1


def test_a_new_version_leaves_alone_what_was_due(postgres, tmp_path):
    centre = Duband(tmp_path, postgres.create(), start_at="2022-08-02 09:00").start()
    try:
        office = centre.office()
        apply(office)
        agent = centre.client(centre.authority.agent("430102"))
        signer = centre.authority.signer("430102")
        envelope = sealed(signer, report("430102"))
        receipt = submit(agent, envelope)
        step_to(office, 1660300000000)
        was_due = "SELECT md5(string_agg(o::text, ',' ORDER BY o)) FROM obligation o " \
                  "WHERE due_at < '2022-08-12'"
        was_done = "SELECT md5(string_agg(t::text, ',' ORDER BY id)) FROM timetable t " \
                   "WHERE done"
        before = database(centre, postgres, was_due), database(centre, postgres, was_done)
        answer = apply(office, changed("sample/schedule.yaml", "day: 5, time", "day: 6, time"))
        assert (answer.version, answer.changed) == (2, True)
        assert (database(centre, postgres, was_due),
                database(centre, postgres, was_done)) == before
        assert database(centre, postgres, "SELECT DISTINCT plan_version FROM obligation "
                                          "WHERE due_at > '2022-08-12'") == "2"
        assert database(centre, postgres,
                        "SELECT count(*) FROM timetable WHERE NOT done "
                        "AND plan_version = 1 AND due_at > '2022-08-12'") == "0"
        assert database(centre, postgres,
                        "SELECT DISTINCT plan_version FROM timetable_group") == "2"
        # the first version stays readable, and so does what was judged by it
        old = office.plans.GetPlan(plans_pb2.GetPlanRequest(plan=PLAN, version=1),
                                   timeout=TIMEOUT)
        assert {f.name: f.content for f in old.files} == \
            {f.name: f.content for f in plan_files()}
        assert submit(agent, envelope) == receipt
        listed = office.plans.ListPlans(plans_pb2.ListPlansRequest(), timeout=TIMEOUT).plans
        assert [(p.version, p.current) for p in listed] == [(2, True), (1, False)]
        refusal = refused(office.plans.GetPlan, plans_pb2.GetPlanRequest(version=3),
                          timeout=TIMEOUT)
        assert refusal.code == Code.NOT_FOUND
    finally:
        centre.stop()


def test_a_plan_outlives_its_server(centre):
    apply(centre.office())
    centre.stop()
    centre.start(migrate=False)
    got = centre.office().plans.GetPlan(plans_pb2.GetPlanRequest(), timeout=TIMEOUT)
    assert got.version == 1


def test_offices_that_apply_at_once_publish_once(centre, postgres):
    office = centre.office()
    apply(office)
    files = changed("sample/schedule.yaml", "yellow: 5.0", "yellow: 4.0")

    def attempt(_):
        try:
            return apply(office, files).version
        except grpc.RpcError as error:
            assert error.code() == Code.UNAVAILABLE  # somebody else is at it: try again
            return 0

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        versions = set(pool.map(attempt, range(8)))
    assert versions <= {0, 2} and 2 in versions
    assert database(centre, postgres, "SELECT max(version) FROM plan_version") == "2"


def test_a_server_killed_while_publishing_leaves_all_or_nothing(centre, postgres):
    expected = apply(centre.office(), dry_run=True).obligations
    for delay in (0.02, 0.1, 0.2, 0.4):
        office = centre.office()
        call = office.plans.ApplyPlan.future(
            plans_pb2.ApplyPlanRequest(files=plan_files()), timeout=TIMEOUT)
        with contextlib.suppress(grpc.FutureTimeoutError, grpc.RpcError):
            call.result(timeout=delay)
        centre.process.kill()
        centre.start(migrate=False)
        # in one look: what was sent before the kill may commit after it
        counts = database(centre, postgres,
                          f"SELECT (SELECT count(*) FROM plan_version), {OWED}, {TIMES}")
        versions, asked, times = map(int, counts.split("|"))
        assert (versions, asked) in ((0, 0), (1, expected))
        assert (times > expected) == (versions == 1)
    assert apply(centre.office()).version == 1


def test_another_server_follows_and_takes_reports_by_the_new_version(postgres, tmp_path):
    conninfo = postgres.create()
    first = Duband(tmp_path / "first", conninfo, start_at="2022-08-02 09:00").start()
    second = Duband(tmp_path / "second", conninfo, authority=first.authority,
                    start_at="2022-08-02 09:00").start()
    try:
        apply(first.office())
        signer = first.authority.signer("430102")
        agent = second.client(first.authority.agent("430102"))
        # The agent heard of version 1 elsewhere: at once, whoever is asked knows it.
        receipt = submit(agent, sealed(signer, report("430102")))
        answer = apply(second.office(), changed("sample/schedule.yaml", "yellow: 5.0",
                                                "yellow: 4.0"))
        assert answer.version == 2
        other = first.client(first.authority.agent("430102", 2))
        second_report = report("430102", section="3", plan_version=2, figures=SECTION_3)
        assert submit(other, sealed(signer, second_report)) != receipt
        wait_for(lambda: first.process.lines("version=2") or None, "the first to follow")
    finally:
        first.stop()
        second.stop()


def test_a_district_s_person_reads_the_plan_and_no_stranger(centre, tmp_path):
    apply(centre.office())
    person = centre.authority.issue("zhang", "/district/430102/person/zhang", ("client",))
    with centre.client(person) as client:
        assert client.plans.GetPlan(plans_pb2.GetPlanRequest(), timeout=TIMEOUT).version == 1
    stranger = Authority(tmp_path / "other", "other").agent("430102")
    with centre.client(stranger) as client:
        refusal = refused(client.plans.GetPlan, plans_pb2.GetPlanRequest(), timeout=TIMEOUT)
    assert refusal.code == Code.UNAVAILABLE  # TLS let nobody in
