"""Lights as they were judged: every one stored, remembered, and able to explain itself."""
import json
import subprocess

import grpc
import pytest

from harness import BIN, Duband, plan_files, wait_for
from protos import board_pb2, common_pb2, plans_pb2
from reports_support import TIMEOUT, refused, report, sealed, step_to, submit

Code = grpc.StatusCode
AUGUST = 1659402000000  # 2022-08-02 09:00 +08:00
SEPTEMBER = 1662080400000  # 2022-09-02 09:00 +08:00
OCTOBER = 1665190800000  # 2022-10-08 09:00 +08:00
NOVEMBER = 1667437200000  # 2022-11-03 09:00 +08:00
FURONG = "430102"


@pytest.fixture(scope="module")
def world(postgres, tmp_path_factory):
    conninfo = postgres.create()
    centre = Duband(tmp_path_factory.mktemp("lights"), conninfo)
    centre.database = conninfo.rsplit("dbname=", 1)[1]
    centre.start()
    centre.boss = centre.office()
    centre.boss.plans.ApplyPlan(plans_pb2.ApplyPlanRequest(files=plan_files()),
                                timeout=TIMEOUT)
    centre.agent = centre.client(centre.authority.agent(FURONG))
    centre.signer = centre.authority.signer(FURONG)
    yield centre
    centre.stop()


def send(world, period, started, reason=""):
    """芙蓉区 has 260 communities; July expects 39.2 %, August 42.5 %, September 44.9 %."""
    submit(world.agent, sealed(world.signer, report(FURONG, period=period, figures={
        "communities_started": (started, 0, "个"),
        "households_started": (started * 150, 0, "户")})))


def explain(client, target="communities", period="", unit=FURONG, **more):
    return client.board.ExplainLight(board_pb2.ExplainLightRequest(
        unit=unit, target=target, period=period, **more), timeout=TIMEOUT)


def light_of(world, period):
    """Judged soon after the report was stored."""
    def judged():
        try:
            found = explain(world.boss, period=period)
        except grpc.RpcError as error:
            assert error.code() == Code.NOT_FOUND
            return None
        return found if found.record.number else None
    return wait_for(judged, f"the light of {period}")


def test_nothing_was_judged_yet(world):
    assert refused(explain, world.boss).code == Code.NOT_FOUND
    assert refused(explain, world.boss, "nosuch").code == Code.NOT_FOUND
    assert refused(explain, world.boss, "communities", "", "999999").code == Code.NOT_FOUND
    assert refused(explain, world.boss, "investment", "", FURONG, section="2").code \
        == Code.NOT_FOUND


def test_a_red_light_says_all_that_it_was_judged_by(world):
    step_to(world.boss, AUGUST)
    send(world, "2022-07", 20)
    found = light_of(world, "2022-07")
    record = found.record
    assert record.light == record.judged == common_pb2.LIGHT_RED
    assert (record.task.digits, record.done.digits) == (260, 20)
    assert (record.done_percent, record.expected_percent, record.gap) \
        == ("7.7", "39.2", "-31.5")
    assert (record.yellow, record.red, record.memory) == ("5.0", "15.0", True)
    assert record.day == "2022-07-31" and record.calendar == "cn-2026-1"
    assert record.standing == board_pb2.FIGURE_STANDING_REPORTED and record.sample
    assert record.clause == "四、（二）2" and "1816" in found.clause_wording
    assert {r.word: r.chosen for r in found.readings} == {"改造": "loose", "将": "strict"}
    assert found.report.number == record.number
    assert found.report.signer.endswith(f"/district/{FURONG}/signer/1")
    assert found.report.approved_by
    assert record.sentence == "截至7月31日完成7.7%，低于序时进度31.5个百分点（红灯·严重滞后）"


def test_a_red_that_caught_up_is_yellow_for_that_period(world):
    step_to(world.boss, SEPTEMBER)
    send(world, "2022-08", 120)
    found = light_of(world, "2022-08")
    assert found.record.before == common_pb2.LIGHT_RED
    assert found.record.before_period == "2022-07"
    assert found.record.judged == common_pb2.LIGHT_GREEN
    assert found.record.light == common_pb2.LIGHT_YELLOW
    assert "此前为红灯，本期赶上" in found.record.sentence
    assert [(e.period, e.light) for e in found.earlier] == [
        ("2022-07", common_pb2.LIGHT_RED)]
    board = world.boss.board.GetBoard(board_pb2.GetBoardRequest(), timeout=TIMEOUT)
    line = {x.target: x for x in board.sections[1].cells[1].lines}["communities"]
    assert line.light == common_pb2.LIGHT_YELLOW and line.why == found.record.sentence


def test_the_next_period_is_green_again(world):
    step_to(world.boss, OCTOBER)
    send(world, "2022-09", 130)
    assert light_of(world, "2022-09").record.light == common_pb2.LIGHT_GREEN
    board = world.boss.board.GetBoard(board_pb2.GetBoardRequest(), timeout=TIMEOUT)
    line = {x.target: x for x in board.sections[1].cells[1].lines}["communities"]
    assert line.light == common_pb2.LIGHT_GREEN


def test_a_period_that_was_locked_without_a_report_has_a_light_too(world):
    found = explain(world.boss, unit="430111", period="2022-07")
    assert found.record.light == common_pb2.LIGHT_NOT_REPORTED
    assert not found.record.number and not found.HasField("report")
    assert explain(world.boss, unit="雨花区").record.period > "2022-07"


def test_a_new_version_adds_lights_and_leaves_the_earlier_ones(world, postgres):
    before = explain(world.boss, period="2022-09")
    stored = postgres.psql(world.database, "SELECT md5(string_agg(record::text, '' "
                           "ORDER BY id)) FROM light WHERE plan_version = 1")
    files = plan_files()
    for file in files:
        if file.name.endswith("sample/schedule.yaml"):
            file.content = file.content.replace(b"yellow: 5.0", b"yellow: 4.0")
    world.boss.plans.ApplyPlan(plans_pb2.ApplyPlanRequest(files=files), timeout=TIMEOUT)
    again = wait_for(lambda: (lambda x: x if x.record.plan_version == 2 else None)(
        explain(world.boss, period="2022-09")), "a light by the new version")
    assert again.record.yellow == "4.0" and again.record.number == before.record.number
    assert explain(world.boss, period="2022-08").record.plan_version == 1
    assert ("2022-09", 1) in [(e.period, e.plan_version) for e in again.earlier]
    assert postgres.psql(world.database, "SELECT md5(string_agg(record::text, '' "
                         "ORDER BY id)) FROM light WHERE plan_version = 1") == stored


def test_the_command_says_it_in_words(world):
    person = world._person("bangongshi")
    config = world.folder / "office.yaml"
    config.write_text(f"centre:\n  address: 127.0.0.1:{world.port}\n"
                      f"  server_name: localhost\ntls:\n"
                      f"  certificate: {person.certificate_file}\n  key: {person.key_file}\n"
                      f"  ca: {world.authority.file}\n", "utf-8")

    def duban(*arguments):
        return subprocess.run([BIN / "duban", "--config", config, *arguments], check=True,
                              capture_output=True, text=True, timeout=60).stdout

    shown = duban("light", "explain", "芙蓉区", "communities", "--period", "2022-08")
    for part in ("此前为红灯，本期赶上", "此前的灯：2022-07 严重滞后；单看本期：正常",
                 "依据：四、（二）2", "1816", "“改造”：从宽", f"/district/{FURONG}/signer/1"):
        assert part in shown, shown
    found = json.loads(duban("--json", "light", "explain", FURONG, "communities"))
    assert found["record"]["light"] == "green" and found["record"]["done"] == "130个"
    assert found["report"]["number"] == found["record"]["number"]
    assert "全市核对" in duban("board")
    checks = {c["rule"]: c for c in json.loads(duban("--json", "board"))["checks"]}
    assert checks["R-2-90"]["state"] == "incomplete" and checks["R-2-90"]["complete"] == 1
