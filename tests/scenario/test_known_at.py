"""The board as it was known on a day: whatever came later, a board that was read out in a
meeting can be shown again, to the byte."""
import subprocess

import grpc
import pytest

from harness import BIN, Duband, plan_files, wait_for
from protos import board_pb2, plans_pb2
from reports_support import TIMEOUT, receipt_body, refused, report, sealed, step_to, submit

Code = grpc.StatusCode
FURONG = "430102"
DAY = 86400000
JULY_DUE = 1659691800000  # 2022-08-05 17:30 +08:00
AUGUST_DUE = 1662370200000  # 2022-09-05 17:30 +08:00


def board(client, known_at=0):
    return client.board.GetBoard(board_pb2.GetBoardRequest(known_at=known_at),
                                 timeout=TIMEOUT)


def send(world, period, started, supersedes=""):
    message = report(FURONG, period=period, figures={
        "communities_started": (started, 0, "个"),
        "households_started": (started * 150, 0, "户")})
    if supersedes:
        message.supersedes, message.change_reason = supersedes, "漏报1个。"
    receipt = receipt_body(submit(world.agent, sealed(world.signer, message)))
    wait_for(lambda: is_judged(world, receipt.number), "its light")
    return receipt.number


def is_judged(world, number):
    try:
        answer = world.boss.board.ExplainLight(board_pb2.ExplainLightRequest(
            unit=FURONG, target="communities"), timeout=TIMEOUT)
    except grpc.RpcError as error:
        assert error.code() == Code.NOT_FOUND
        return False
    return answer.record.number == number


def cell(answer):
    section = next(s for s in answer.sections if s.section == "2")
    place = [unit.unit for unit in answer.units].index(FURONG)
    return section.cells[place]


@pytest.fixture(scope="module")
def world(postgres, tmp_path_factory):
    """Boards that were taken on their days, and then much happened."""
    centre = Duband(tmp_path_factory.mktemp("known"), postgres.create())
    centre.start()
    centre.boss = centre.office()
    step_to(centre.boss, JULY_DUE - 3 * DAY)
    centre.boss.plans.ApplyPlan(plans_pb2.ApplyPlanRequest(files=plan_files()),
                                timeout=TIMEOUT)
    centre.agent = centre.client(centre.authority.agent(FURONG))
    centre.signer = centre.authority.signer(FURONG)
    centre.taken = []

    def take():
        centre.taken.append(board(centre.boss))

    take()  # nobody has reported
    step_to(centre.boss, JULY_DUE - 2 * DAY)
    send(centre, "2022-07", 20)
    take()  # red
    step_to(centre.boss, JULY_DUE + 10 * DAY)  # others are overdue, on every level
    take()
    step_to(centre.boss, JULY_DUE + 11 * DAY)
    files = plan_files()
    for each in files:
        each.content = each.content.replace(b"yellow: 5.0, red: 15.0", b"yellow: 6.0, red: 50.0")
    centre.boss.plans.ApplyPlan(plans_pb2.ApplyPlanRequest(files=files),
                                timeout=TIMEOUT)
    wait_for(lambda: board(centre.boss).version == 2, "the second version")
    take()  # the same figure, yellow by the new version
    step_to(centre.boss, AUGUST_DUE - DAY)
    wrong = send(centre, "2022-08", 120)
    take()
    step_to(centre.boss, AUGUST_DUE)
    send(centre, "2022-08", 121, supersedes=wrong)
    take()
    step_to(centre.boss, AUGUST_DUE + 30 * DAY)
    yield centre
    centre.stop()


def test_every_board_can_be_shown_again(world):
    for taken in world.taken:
        again = board(world.boss, taken.plan_at)
        assert again == taken, taken.plan_at
    lights = [cell(taken).light for taken in world.taken]
    assert len(set(lights)) >= 3, lights  # else the boards had nothing to tell apart
    assert [taken.version for taken in world.taken] == [1, 1, 1, 2, 2, 2]


def test_a_time_without_a_plan_and_a_time_to_come_are_refused(world):
    early = refused(board, world.boss, world.taken[0].plan_at - 30 * DAY)
    assert early.code == Code.NOT_FOUND and early.violations == {"known_at": "那时方案还没有发布"}
    now = board(world.boss).plan_at
    late = refused(board, world.boss, now + DAY)
    assert late.code == Code.INVALID_ARGUMENT and "known_at" in late.violations
    assert refused(board, world.boss, -1).code == Code.INVALID_ARGUMENT
    assert board(world.boss, now) == board(world.boss)


def test_the_command_takes_a_day(world):
    person = world._person("bangongshi")
    config = world.folder / "office.yaml"
    config.write_text(f"centre:\n  address: 127.0.0.1:{world.port}\n"
                      f"  server_name: localhost\ntls:\n"
                      f"  certificate: {person.certificate_file}\n  key: {person.key_file}\n"
                      f"  ca: {world.authority.file}\n", "utf-8")

    def duban(*words):
        return subprocess.run([BIN / "duban", "-c", config, *words], timeout=60,
                              capture_output=True, text=True, check=False)

    shown = duban("board", "--known-at", "2022-08-04", "--no-colour")
    assert shown.returncode == 0 and "以上时点当时所知" in shown.stdout
    assert "第 1 版" in shown.stdout
    wrong = duban("board", "--known-at", "昨天")
    assert wrong.returncode == 2 and "2022-10-08" in wrong.stderr
