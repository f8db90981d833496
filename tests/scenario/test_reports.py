"""SubmitReport, GetReport and ListReports as a foreign client sees them.

What a user would lose: a district its report, or its peace (another reports in its name);
the bureau its proof (what was signed is not what is kept).
"""
import concurrent.futures

import grpc
import pytest

from harness import Duband, plan_files
from pki import Authority
from protos import administration_pb2, plans_pb2, report_pb2, reports_pb2
from reports_support import (SECTION_3, TIMEOUT, nested, receipt_body, refused, report,
                             seal, sealed, send_raw, step_to, submit)

Code = grpc.StatusCode
SUBMIT = "Reports/SubmitReport"


class World:
    """One centre in the first week of August 2022: the reports of July are due."""

    def __init__(self, folder, conninfo):
        self.centre = Duband(folder, conninfo, start_at="2022-08-02 09:00")
        self.authority = self.centre.authority
        self.revoked = self.authority.signer("430102", 9)
        self.authority.revoke(self.revoked)
        self.agents, self.signers = {}, {}
        self.centre.start()
        self.office = self.centre.office()
        self.office.plans.ApplyPlan(plans_pb2.ApplyPlanRequest(files=plan_files()),
                                    timeout=TIMEOUT)

    def agent(self, unit):
        if unit not in self.agents:
            self.agents[unit] = self.centre.client(self.authority.agent(unit))
            self.signers[unit] = self.authority.signer(unit)
        return self.agents[unit]

    def sealed(self, message):
        self.agent(message.unit)
        return sealed(self.signers[message.unit], message)

    def submit(self, message):
        return submit(self.agent(message.unit), self.sealed(message))

    def refused(self, message):
        return refused(self.submit, message)

    def close(self):
        self.centre.stop()


@pytest.fixture(scope="module")
def world(postgres, tmp_path_factory):
    made = World(tmp_path_factory.mktemp("reports"), postgres.create())
    yield made
    made.close()


# What is taken, and how it comes back.

def test_a_good_report_gets_a_receipt_and_comes_back_as_it_was_signed(world):
    message = report("430102")
    envelope = world.sealed(message)
    receipt = submit(world.agent("430102"), envelope)
    body = receipt_body(receipt)
    assert (body.unit, body.section, body.period) == ("430102", "2", "2022-07")
    assert body.report_id == message.report_id
    assert body.timeliness == report_pb2.TIMELINESS_ON_TIME
    assert body.number.startswith("2022-07-430102-02-")
    got = world.agent("430102").reports.GetReport(
        reports_pb2.GetReportRequest(number=body.number), timeout=TIMEOUT)
    assert got.report == envelope
    assert got.receipt.SerializeToString() == receipt
    lost = world.agent("430102").reports.GetReport(
        reports_pb2.GetReportRequest(report_id=message.report_id), timeout=TIMEOUT)
    assert lost == got


def test_sent_again_it_gets_the_same_receipt_byte_for_byte(world):
    envelope = world.sealed(report("430103"))
    first = submit(world.agent("430103"), envelope)
    assert submit(world.agent("430103"), envelope) == first
    assert submit(world.agent("430103"), envelope) == first


def test_an_ed25519_key_signs_as_well(world):
    signer = world.authority.signer("430104", 2, ed25519_key=True)
    receipt = submit(world.agent("430104"), sealed(signer, report("430104")))
    assert receipt_body(receipt).signer.endswith("/district/430104/signer/2")


def test_what_surrounds_the_signed_bytes_may_grow(world):
    envelope = world.sealed(report("430105"))
    later = envelope.SerializeToString() + b"\xfa\x06\x03new"  # field 111
    request = b"\x0a" + bytes([len(later) & 0x7F | 0x80, len(later) >> 7]) + later
    answer = send_raw(world.agent("430105"), SUBMIT, request + b"\xfa\x06\x03new")
    receipt = reports_pb2.SubmitReportResponse.FromString(answer).receipt
    assert receipt_body(receipt.SerializeToString()).unit == "430105"


def test_many_at_once_are_each_stored_once(world):
    units = ["430111", "430112", "430121", "430181", "430182"]
    envelopes = [(unit, world.sealed(report(unit))) for unit in units]
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        receipts = list(pool.map(lambda e: submit(world.agent(e[0]), e[1]), envelopes * 8))
    numbers = {}
    for (unit, _), receipt in zip(envelopes * 8, receipts):
        numbers.setdefault(unit, set()).add(receipt)
    assert all(len(same) == 1 for same in numbers.values())
    assert len({receipt_body(next(iter(s))).number for s in numbers.values()}) == len(units)


# What was sent before.

def test_the_same_id_with_other_content_is_refused(world):
    message = report("430102", section="2", period="2022-07", report_id=b"i" * 16)
    unit = "430102"
    other = report(unit, report_id=b"i" * 16, progress="改过的内容。")
    # 430102 has reported already: its first receipt is named, whatever the id.
    for again in (message, other):
        refusal = world.refused(again)
        assert refusal.code == Code.ALREADY_EXISTS
        assert refusal.reason == "D-78"
        assert "2022-07-430102-02-" in refusal.violations["report_id"]
        assert refusal.metadata["policy"] == "give_up"


def test_an_id_that_was_used_is_not_used_for_another_period_s_figures(world):
    unit, used = "430104", b"u" * 16
    world.submit(report(unit, section="3", report_id=used, figures=SECTION_3))
    changed = report(unit, section="3", report_id=used,
                     figures=dict(SECTION_3, villages_finished=(3, 0, "个")))
    refusal = world.refused(changed)
    assert (refusal.code, refusal.reason) == (Code.ALREADY_EXISTS, "D-78")


# Who signs and who sends.

def test_another_district_s_agent_cannot_report_for_it(world):
    envelope = world.sealed(report("430121", section="2"))
    refusal = refused(submit, world.agent("430181"), envelope)
    assert (refusal.code, refusal.reason) == (Code.PERMISSION_DENIED, "D-74")
    assert refusal.metadata["policy"] == "hold"


def test_another_district_s_key_cannot_sign_for_it(world):
    world.agent("430103")
    envelope = sealed(world.signers["430103"], report("430111"))
    refusal = refused(submit, world.agent("430111"), envelope)
    assert (refusal.code, refusal.reason) == (Code.PERMISSION_DENIED, "D-75")


def test_a_signature_over_other_bytes_is_refused(world):
    envelope = world.sealed(report("430182", section="3", figures=SECTION_3))
    other = report("430182", section="3", figures=SECTION_3, progress="改过的内容。")
    envelope.payload = other.SerializeToString(deterministic=True)
    refusal = refused(submit, world.agent("430182"), envelope)
    assert (refusal.code, refusal.reason) == (Code.INVALID_ARGUMENT, "D-71")
    assert "签名未通过验证" in refusal.violations["report.signature"]


def test_a_signature_of_another_type_is_refused(world):
    message = report("430182")
    world.agent("430182")
    envelope = seal(world.signers["430182"], message.SerializeToString(),
                    "application/vnd.duban.receipt-root.v1")
    refusal = refused(submit, world.agent("430182"), envelope)
    assert (refusal.code, refusal.reason) == (Code.INVALID_ARGUMENT, "D-70")


def test_a_revoked_signer_is_refused(world):
    refusal = refused(submit, world.agent("430102"),
                      sealed(world.revoked, report("430102", section="1")))
    assert (refusal.code, refusal.reason) == (Code.PERMISSION_DENIED, "D-73")


def test_another_authority_s_signer_is_refused(world, tmp_path):
    stranger = Authority(tmp_path, "other").signer("430102")
    refusal = refused(submit, world.agent("430102"),
                      sealed(stranger, report("430102", section="1")))
    assert (refusal.code, refusal.reason) == (Code.PERMISSION_DENIED, "D-72")


def test_an_expired_signer_is_refused(world):
    expired = world.authority.signer("430102", 7, days=(-30, -1))
    refusal = refused(submit, world.agent("430102"),
                      sealed(expired, report("430102", section="1")))
    assert (refusal.code, refusal.reason) == (Code.PERMISSION_DENIED, "D-72")


def test_an_agent_s_certificate_is_no_signer(world):
    agent = world.authority.agent("430102", 8)
    refusal = refused(submit, world.agent("430102"),
                      sealed(agent, report("430102", section="1")))
    assert (refusal.code, refusal.reason) == (Code.PERMISSION_DENIED, "D-72")


@pytest.mark.parametrize("path", ["/district/430102/person/zhang", "/operator/ops",
                                  "/department/gengxin/person/li"])
def test_only_agents_submit(world, path):
    identity = world.authority.issue(path.replace("/", "-"), path, ("client",))
    with world.centre.client(identity) as client:
        refusal = refused(submit, client, world.sealed(report("430102", section="1")))
    assert (refusal.code, refusal.reason) == (Code.PERMISSION_DENIED, "DENIED")


@pytest.mark.parametrize("uris", [
    ["spiffe://elsewhere.test/district/430102/agent/1"], ["spiffe://changsha.test/nobody"],
    ["spiffe://changsha.test/district/430102/agent/1",
     "spiffe://changsha.test/district/430103/agent/1"], []])
def test_a_certificate_without_one_identity_of_ours_reads_nothing(world, uris):
    identity = world.authority.issue("strange", "", ("client",), uris=uris)
    with world.centre.client(identity) as client:
        refusal = refused(client.reports.ListReports, reports_pb2.ListReportsRequest(),
                          timeout=TIMEOUT)
    assert refusal.code in (Code.PERMISSION_DENIED, Code.UNAUTHENTICATED, Code.UNAVAILABLE)


# Bytes.

def test_an_unknown_field_inside_the_signed_bytes_is_refused(world):
    payload = report("430182").SerializeToString(deterministic=True) + b"\xfa\x06\x01x"
    world.agent("430182")
    refusal = refused(submit, world.agent("430182"), seal(world.signers["430182"], payload))
    assert (refusal.code, refusal.reason) == (Code.INVALID_ARGUMENT, "D-04")


@pytest.mark.parametrize("bad", [b"ab\x00d", b"ab\xff\xfe", b"\xed\xa0\x80d"])
def test_a_text_that_is_no_text_is_refused(world, bad):
    payload = report("430182", progress="PPPP").SerializeToString(deterministic=True)
    world.agent("430182")
    envelope = seal(world.signers["430182"], payload.replace(b"PPPP", bad))
    refusal = refused(submit, world.agent("430182"), envelope)
    assert (refusal.code, refusal.reason) == (Code.INVALID_ARGUMENT, "D-03")
    assert "texts.progress" in refusal.violations


def test_signed_bytes_that_are_not_canonical_are_refused(world):
    payload = report("430182").SerializeToString(deterministic=True)
    world.agent("430182")
    refusal = refused(submit, world.agent("430182"),
                      seal(world.signers["430182"], payload + b"\x1a\x00"))
    assert refusal.code == Code.INVALID_ARGUMENT
    assert refusal.reason in ("D-02", "D-05")


@pytest.mark.parametrize("body", [
    b"\xff" * 100, b"\x0a\xff\xff\xff\x7f", nested(20000), nested(9000, 6),
    b"\x0a\x00" * 100000, b"\x0a\x02\x32\x00" * 50000, b""],
    ids=["random", "truncated", "bomb", "bomb6", "empty-merged", "certificates", "nothing"])
def test_hostile_bytes_are_refused_and_the_server_lives(world, body):
    refusal = refused(send_raw, world.agent("430182"), SUBMIT, body)
    assert refusal.code in (Code.INVALID_ARGUMENT, Code.RESOURCE_EXHAUSTED)
    status = world.office.administration.GetStatus(
        administration_pb2.GetStatusRequest(), timeout=TIMEOUT)
    assert status.plan_at > 0


def test_a_note_of_a_megabyte_is_refused(world):
    refusal = world.refused(report("430182", progress="长" * 350000))
    assert (refusal.code, refusal.reason) == (Code.RESOURCE_EXHAUSTED, "D-70")


def test_a_huge_request_is_refused(world):
    refusal = refused(send_raw, world.agent("430182"), SUBMIT, b"\x0a" + b"\x00" * (5 << 20))
    assert refusal.code == Code.RESOURCE_EXHAUSTED


def test_a_long_note_is_refused_with_its_limit(world):
    refusal = world.refused(report("430182", progress="长" * 4001))
    assert refusal.code == Code.INVALID_ARGUMENT
    assert "texts.progress" in refusal.violations


# Plan, period, figures.

@pytest.mark.parametrize("change, code, field", [
    ({"plan": "changsha-2021-1"}, Code.NOT_FOUND, "plan"),
    ({"plan_version": 7}, Code.INVALID_ARGUMENT, "plan_version"),
    ({"section": "9"}, Code.NOT_FOUND, "section"),
    ({"period": "2019-07"}, Code.NOT_FOUND, "period"),
    ({"period": "2023-07"}, Code.FAILED_PRECONDITION, "period"),
    ({"period": "2022-08"}, Code.FAILED_PRECONDITION, "period"),
    ({"section": "4"}, Code.PERMISSION_DENIED, "section"),
], ids=lambda value: str(value))
def test_what_the_plan_does_not_ask_is_refused(world, change, code, field):
    refusal = world.refused(report("430182", **change))
    assert refusal.code == code
    assert field in refusal.violations


def test_a_contradiction_names_field_value_and_rule(world):
    refusal = world.refused(report("430182", figures={
        "communities_finished": (128, 0, "个"), "communities_started": (121, 0, "个")}))
    assert refusal.code == Code.INVALID_ARGUMENT
    assert refusal.reason.startswith("R-2-")
    text = " ".join(refusal.violations.values())
    assert "128" in text and "121" in text


def test_a_unit_of_another_dimension_is_refused(world):
    refusal = world.refused(report("430182", figures={
        "households_started": (12, 0, "亿元")}))
    assert refusal.code == Code.INVALID_ARGUMENT
    assert any("households_started" in field for field in refusal.violations)


@pytest.mark.parametrize("digits, scale", [(123456789, 7), (10 ** 18, 0), (-10 ** 18, 0)])
def test_a_number_beyond_its_bounds_is_refused(world, digits, scale):
    refusal = world.refused(report("430182", figures={
        "households_started": (digits, scale, "户")}))
    assert refusal.code == Code.INVALID_ARGUMENT
    assert any("households_started" in field or "figures" in field
               for field in refusal.violations)


def test_many_refusals_fit_into_the_trailers(world):
    figures = {f"nothing_{n:03d}": (n, 0, "个") for n in range(150)}
    refusal = world.refused(report("430182", figures=figures))
    assert refusal.code == Code.INVALID_ARGUMENT
    assert refusal.violations
    assert "more that are not listed" in refusal.message


# Reading back.

def test_a_district_sees_its_own_and_the_office_all(world):
    world.agent("430103")
    own = world.agent("430103").reports.ListReports(
        reports_pb2.ListReportsRequest(), timeout=TIMEOUT)
    assert {row.unit for row in own.reports} == {"430103"}
    every = world.office.reports.ListReports(
        reports_pb2.ListReportsRequest(), timeout=TIMEOUT)
    assert {"430102", "430103", "430104", "430111"} <= {row.unit for row in every.reports}
    assert all(row.approved_by == "王五" for row in every.reports)
    foreign = next(row for row in every.reports if row.unit == "430102")
    refusal = refused(world.agent("430103").reports.GetReport,
                      reports_pb2.GetReportRequest(number=foreign.number), timeout=TIMEOUT)
    assert refusal.code == Code.NOT_FOUND
    refusal = refused(world.agent("430103").reports.ListReports,
                      reports_pb2.ListReportsRequest(unit="430102"), timeout=TIMEOUT)
    assert refusal.code == Code.PERMISSION_DENIED


def test_pages_neither_repeat_nor_lose(world):
    every = world.office.reports.ListReports(
        reports_pb2.ListReportsRequest(), timeout=TIMEOUT)
    request, seen = reports_pb2.ListReportsRequest(), []
    request.page.size = 2
    while True:
        page = world.office.reports.ListReports(request, timeout=TIMEOUT)
        assert len(page.reports) <= 2
        seen += [row.number for row in page.reports]
        if not page.next_page:
            break
        request.page.token = page.next_page
    assert seen == [row.number for row in every.reports]
    assert len(seen) == len(set(seen)) >= 5


def test_a_list_is_filtered(world):
    rows = world.office.reports.ListReports(
        reports_pb2.ListReportsRequest(section="3", period="2022-07"), timeout=TIMEOUT)
    assert {row.unit for row in rows.reports} == {"430104"}
    none = world.office.reports.ListReports(
        reports_pb2.ListReportsRequest(period="2022-08"), timeout=TIMEOUT)
    assert not none.reports and not none.next_page


def test_a_receipt_is_given_again_after_the_lock(postgres, tmp_path):
    world = World(tmp_path, postgres.create())
    try:
        message = report("430102")
        envelope = world.sealed(message)
        first = submit(world.agent("430102"), envelope)
        late = world.sealed(report("430103"))
        step_to(world.office, 1660300000000)  # past the lock on 11 August
        assert submit(world.agent("430102"), envelope) == first
        refusal = refused(submit, world.agent("430103"), late)
        assert refusal.code == Code.FAILED_PRECONDITION
        assert "period" in refusal.violations
    finally:
        world.close()
