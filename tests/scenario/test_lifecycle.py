"""What happens to a report after its receipt: corrections, and every version kept.

What a user would lose: a district the way to mend a mistake; the bureau the knowledge of
what it was told, when, and what was changed since.
"""
import concurrent.futures

import grpc
import pytest

from harness import plan_files
from protos import board_pb2, plans_pb2, report_pb2, reports_pb2
from reports_support import (FIGURES, TIMEOUT, receipt_body, refused, report, sealed, step_to,
                             submit)
from test_reports import World

Code = grpc.StatusCode
AUGUST_5 = 1659686400000  # 2022-08-05 16:00 in the plan's time


@pytest.fixture
def world(postgres, tmp_path):
    made = World(tmp_path, postgres.create())
    yield made
    made.close()


def correction(unit, number, reason="完工数漏报1个。", **given):
    message = report(unit, figures={"communities_finished": (4, 0, "个")}, **given)
    message.supersedes, message.change_reason = number, reason
    return message


def reports(client, **given):
    request = reports_pb2.ListReportsRequest(**given)
    return list(client.reports.ListReports(request, timeout=TIMEOUT).reports)


def finished_on_the_board(world, unit):
    """What the board shows as done in the target that communities_started measures."""
    board = world.office.board.GetBoard(board_pb2.GetBoardRequest(), timeout=TIMEOUT)
    place = [u.unit for u in board.units].index(unit)
    section = next(s for s in board.sections if s.section == "2")
    line = next(x for x in section.cells[place].lines if x.target == "communities")
    return line.done.digits


def test_a_correction_takes_the_place_and_both_stay(world):
    unit = "430102"
    first = receipt_body(world.submit(report(unit)))
    assert (first.revision, first.supersedes) == (1, "")
    step_to(world.office, AUGUST_5)
    message = correction(unit, first.number)
    second = receipt_body(world.submit(message))
    assert (second.revision, second.supersedes) == (2, first.number)
    assert second.timeliness == report_pb2.TIMELINESS_ON_TIME
    assert [r.number for r in reports(world.office, unit=unit)] == [second.number]
    both = reports(world.office, unit=unit, superseded=True)
    assert [(r.number, r.revision) for r in both] == [(second.number, 2), (first.number, 1)]
    assert both[1].superseded_at == second.received_at and both[0].superseded_at == 0
    got = world.office.reports.GetReport(reports_pb2.GetReportRequest(number=first.number),
                                         timeout=TIMEOUT)
    assert got.report.payload  # what was signed first is still there
    # As it was known before the correction came.
    then = reports(world.office, unit=unit, known_at=second.received_at - 1)
    assert [(r.number, r.superseded_at) for r in then] == [(first.number, 0)]
    assert reports(world.office, unit=unit, known_at=first.received_at - 1) == []


def test_the_board_shows_the_corrected_figure(world):
    unit = "430103"
    first = receipt_body(world.submit(report(unit)))
    assert finished_on_the_board(world, unit) == FIGURES["communities_started"][0]
    message = report(unit, figures={"communities_started": (15, 0, "个")})
    message.supersedes, message.change_reason = first.number, "开工数漏报3个。"
    world.submit(message)
    assert finished_on_the_board(world, unit) == 15


def test_sent_again_a_correction_gets_its_own_receipt(world):
    first = receipt_body(world.submit(report("430102")))
    envelope = world.sealed(correction("430102", first.number))
    receipt = submit(world.agent("430102"), envelope)
    assert submit(world.agent("430102"), envelope) == receipt


def test_a_second_report_that_is_no_correction_is_told_how_to_be_one(world):
    first = receipt_body(world.submit(report("430102")))
    refusal = world.refused(report("430102"))
    assert (refusal.code, refusal.reason) == (Code.ALREADY_EXISTS, "D-78")
    assert first.number in refusal.violations["report_id"]
    assert "更正" in refusal.violations["report_id"]


def test_a_correction_names_the_newest_and_a_reason(world):
    first = receipt_body(world.submit(report("430102")))
    refusal = world.refused(correction("430102", first.number, reason=""))
    assert (refusal.code, refusal.reason) == (Code.INVALID_ARGUMENT, "D-39")
    second = receipt_body(world.submit(correction("430102", first.number)))
    refusal = world.refused(correction("430102", first.number))
    assert (refusal.code, refusal.reason) == (Code.INVALID_ARGUMENT, "D-38")
    assert second.number in refusal.violations["supersedes"]
    refusal = world.refused(correction("430103", second.number))
    assert refusal.reason == "D-38"  # another unit's report is nobody's to replace


def test_of_two_corrections_at_once_one_is_taken(world):
    unit = "430104"
    first = receipt_body(world.submit(report(unit)))
    envelopes = [world.sealed(correction(unit, first.number)) for _ in range(8)]

    def send(envelope):
        try:
            return receipt_body(submit(world.agent(unit), envelope)).revision
        except grpc.RpcError as error:
            assert error.code() in (Code.ALREADY_EXISTS, Code.INVALID_ARGUMENT), error
            return 0

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        revisions = list(pool.map(send, envelopes))
    assert sorted(revisions) == [0] * 7 + [2]
    assert [r.revision for r in reports(world.office, unit=unit)] == [2]


def test_no_change_is_a_report_with_the_figures_of_the_last_one(world):
    unit = "430105"
    world.submit(report(unit))
    step_to(world.office, 1662105600000)  # 2022-09-02 16:00
    same = report(unit, period="2022-08", progress="本期无变化。")
    same.kind = report_pb2.REPORT_KIND_NO_CHANGE
    other = report(unit, period="2022-08", figures={"houses_started": (8, 0, "栋")})
    other.kind = report_pb2.REPORT_KIND_NO_CHANGE
    refusal = world.refused(other)
    assert refusal.reason == "D-55"
    assert "上期为7栋" in refusal.violations["figures[houses_started].value"]
    world.submit(same)
    row = reports(world.office, unit=unit)[0]
    assert (row.period, row.kind) == ("2022-08", report_pb2.REPORT_KIND_NO_CHANGE)


def test_a_new_plan_version_leaves_corrections_alone(world):
    unit = "430111"
    first = receipt_body(world.submit(report(unit)))
    files = plan_files()
    for file in files:
        if file.name == "plan.yaml":
            file.content += "note: 第二版。\n".encode()
    world.office.plans.ApplyPlan(plans_pb2.ApplyPlanRequest(files=files), timeout=TIMEOUT)
    body = receipt_body(world.submit(correction(unit, first.number)))
    assert (body.revision, body.plan_version) == (2, 2)
