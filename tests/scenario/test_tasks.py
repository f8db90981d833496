"""Opening figures, changes of tasks, former codes: what a plan says of a unit's work.

What a user would lose: a district is held to a task that the bureau has changed, a light
of last month changes behind everybody's back, what was there before counts as progress,
and a certificate of former years is turned away without a word.
"""
import json
import subprocess

import grpc
import pytest

from harness import BIN, Duband, plan_files, wait_for
from protos import board_pb2, plans_pb2
from reports_support import TIMEOUT, receipt_body, refused, report, sealed, step_to, submit

AUGUST = 1659402000000  # 2022-08-02 09:00 +08:00
SEPTEMBER = 1662080400000  # 2022-09-02 09:00 +08:00
OCTOBER = 1665190800000  # 2022-10-08 09:00 +08:00
DUE = 1665282600000  # 2022-10-09 10:30 +08:00
FURONG, NINGXIANG, FORMER = "430102", "430182", "430124"
TASKS = "sample/tasks/2.yaml"
OPENINGS = """section: 2
openings:
  - indicator: communities_started
    on: 2022-06-30
    units:
      芙蓉区: {value: 18个, by: 丙, confirmed: 2022-07-20}
      天心区: 5个
  - indicator: households_started
    on: 2022-06-30
    units: {芙蓉区: {value: 900户, by: 丙, confirmed: 2022-07-20}}
"""
CHANGES = """  - id: communities
    changes:
      - {unit: 芙蓉区, from: 2022-09-01, basis: 长人环函〔2022〕9号, before: 260个, after: 300个}
      - {unit: 全市, from: 2022-09-01, basis: 长人环函〔2022〕9号, before: 1816个, after: 1856个}
"""


def files(*edits):
    """The real plan with these texts of the tasks of section 2 replaced."""
    found = plan_files()
    tasks = next(f for f in found if f.name == TASKS)
    text = tasks.content.decode()
    for before, after in edits:
        assert before in text
        text = text.replace(before, after, 1)
    tasks.content = text.encode()
    return found


@pytest.fixture(scope="module")
def world(postgres, tmp_path_factory):
    conninfo = postgres.create()
    centre = Duband(tmp_path_factory.mktemp("tasks"), conninfo)
    centre.database = conninfo.rsplit("dbname=", 1)[1]
    centre.start()
    centre.boss = centre.office()
    centre.boss.plans.ApplyPlan(plans_pb2.ApplyPlanRequest(
        files=files(("section: 2\n", OPENINGS))), timeout=TIMEOUT)
    step_to(centre.boss, AUGUST)
    yield centre
    centre.stop()


def send(world, period, started, unit=FURONG):
    agent = world.client(world.authority.agent(unit))
    return submit(agent, sealed(world.authority.signer(unit), report(
        unit, period=period, figures={
            "communities_started": (started, 0, "个"),
            "households_started": (started * 150, 0, "户")})))


def rules(receipt):
    return [w.rule for w in receipt_body(receipt).findings]


def light_of(world, period, version):
    """Judged soon after the report, or the plan, came."""
    def judged():
        try:
            found = world.boss.board.ExplainLight(board_pb2.ExplainLightRequest(
                unit=FURONG, target="communities", period=period), timeout=TIMEOUT)
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.NOT_FOUND
            return None
        return found if found.record.number and found.record.plan_version == version else None
    return wait_for(judged, f"the light of {period}")


def test_the_first_report_is_compared_with_the_opening(world):
    refusal = refused(send, world, "2022-07", 12)
    said = refusal.violations["figures[communities_started].value"]
    assert "由期初数（截至2022年6月30日）的18个降为12个" in said, refusal.violations
    assert "D-57" not in rules(send(world, "2022-07", 20))


def test_a_unit_is_told_that_its_opening_is_not_confirmed(world):
    warnings = receipt_body(send(world, "2022-07", 12, "430103")).findings
    told = next(w for w in warnings if w.rule == "D-57")
    assert "期初数尚未确认" in told.text


def test_a_change_counts_from_its_day_and_leaves_earlier_lights(world, postgres):
    step_to(world.boss, SEPTEMBER)
    send(world, "2022-08", 120)
    before = light_of(world, "2022-08", 1)
    stored = "SELECT md5(string_agg(record::text, '' ORDER BY id)) FROM light WHERE plan_version = 1"
    seen = postgres.psql(world.database, stored)
    world.boss.plans.ApplyPlan(plans_pb2.ApplyPlanRequest(files=files(
        ("section: 2\n", OPENINGS), ("  - id: communities\n", CHANGES))), timeout=TIMEOUT)
    again = light_of(world, "2022-08", 2)
    assert (again.record.task.digits, again.record.adjusted) == (260, "")
    assert again.record.sentence == before.record.sentence
    assert again.record.light == before.record.light
    assert postgres.psql(world.database, stored) == seen


def test_the_new_task_judges_and_says_why(world):
    step_to(world.boss, OCTOBER)
    receipt = send(world, "2022-09", 130)
    assert "D-58" in rules(receipt)
    record = light_of(world, "2022-09", 2).record
    assert (record.task.digits, record.done.digits, record.done_percent) == (300, 130, "43.3")
    adjusted = "任务自2022年9月1日起由260个调整为300个（依据：长人环函〔2022〕9号；示例数据）"
    assert record.adjusted == adjusted
    step_to(world.boss, DUE)  # the city's line is of the last period that was due
    board = world.boss.board.GetBoard(board_pb2.GetBoardRequest(), timeout=TIMEOUT)
    line = {x.target: x for x in board.sections[1].cells[1].lines}["communities"]
    assert line.task.digits == 300 and line.why.endswith(adjusted)
    city = next(t for t in board.sections[1].targets if t.target == "communities")
    assert city.task.digits == 1856
    assert city.adjusted.startswith("任务自2022年9月1日起由1816个调整为1856个")


def test_the_commands_say_it_in_words(world):
    person = world._person("bangongshi")
    config = world.folder / "office.yaml"
    config.write_text(f"centre:\n  address: 127.0.0.1:{world.port}\n"
                      f"  server_name: localhost\ntls:\n"
                      f"  certificate: {person.certificate_file}\n  key: {person.key_file}\n"
                      f"  ca: {world.authority.file}\n", "utf-8")

    def duban(*arguments):
        return subprocess.run([BIN / "duban", "--config", config, *arguments], check=True,
                              capture_output=True, text=True, timeout=60).stdout

    assert "任务调整：任务自2022年9月1日起由260个调整为300个" in duban(
        "light", "explain", "芙蓉区", "communities", "--period", "2022-09")
    assert "任务调整" not in duban(
        "light", "explain", "芙蓉区", "communities", "--period", "2022-08")
    assert "由1816个调整为1856个（依据：长人环函〔2022〕9号" in duban("board")
    found = json.loads(duban("--json", "light", "explain", FURONG, "communities"))
    assert found["record"]["adjusted"].startswith("任务自") and not found["record"]["opening"]
    shown = duban("plan", "show", "--section", "2")
    for part in ("四、任务调整", "260个", "300个", "五、期初数", "900户", "未确认"):
        assert part in shown, shown
    section = json.loads(duban("--json", "plan", "show", "--section", "2"))
    assert [a["after"] for a in section["adjustments"]] == ["300个", "1856个"]
    assert [o["confirmed_by"] for o in section["openings"]] == ["丙", "", "丙"]


def test_the_rise_of_a_period_is_computed(world):
    def figures(number):
        shown = subprocess.run([BIN / "duban", "--config", world.folder / "office.yaml",
                                "--json", "reports", "show", number], check=True,
                               capture_output=True, text=True, timeout=60).stdout
        return {f["indicator"]: f["increase"] for f in json.loads(shown)["figures"]}

    july, august = (light_of(world, "2022-07", 1).record.number,
                    light_of(world, "2022-08", 2).record.number)
    assert figures(july)["communities_started"] == "2"  # 20 by then, 18 at the opening
    assert figures(july)["houses_started"] == ""  # nobody knows what was there before
    assert figures(august)["communities_started"] == "100"


def test_a_certificate_of_former_years_is_told_the_present_code(world):
    refusal = refused(send, world, "2022-09", 12, FORMER)
    assert refusal.violations["unit"].startswith(
        f"{FORMER}（2017年停用）是曾用代码，宁乡市的代码现为{NINGXIANG}"), refusal.violations
