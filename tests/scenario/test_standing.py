"""Which figures count: what was withdrawn does not, what must be checked or accepted only
as far as it was; and what follows from it for lights, for the board and for later reports.

What a user would lose: a district would be praised, or blamed, for a figure that is not
true; and a target would be "met" because somebody said so of himself.
"""
import json
import subprocess

import grpc
import pytest

from harness import BIN, Duband, plan_files, wait_for
from protos import alerts_pb2, board_pb2, common_pb2, plans_pb2, report_pb2, reviews_pb2
from reports_support import (FIGURES, SECTION_3, TIMEOUT, receipt_body, refused, report,
                             sealed, step_to, submit)

Code = grpc.StatusCode
UNIT = "430102"  # 芙蓉区: 260 communities; July expects 39.2 %, August 42.5 %, September 44.9 %
AUGUST = 1659402000000     # 2022-08-02 09:00 +08:00
SEPTEMBER = 1662080400000  # 2022-09-02 09:00 +08:00
OCTOBER = 1665190800000    # 2022-10-08 09:00 +08:00
GREEN, YELLOW, RED = (common_pb2.LIGHT_GREEN, common_pb2.LIGHT_YELLOW, common_pb2.LIGHT_RED)
SEEN, WITHDRAWN = reviews_pb2.STANDING_SEEN, reviews_pb2.STANDING_WITHDRAWN


class World:
    def __init__(self, folder, conninfo, files=None):
        self.centre = Duband(folder, conninfo)
        self.database = conninfo.rsplit("dbname=", 1)[1]
        self.agents = {}
        self.centre.start()
        try:
            self.office = self.centre.office()
            self.lead = self.centre.department("jiugai")  # leads section 2
            self.apply(files or plan_files())
        except BaseException:
            self.close()
            raise

    def apply(self, files):
        self.office.plans.ApplyPlan(plans_pb2.ApplyPlanRequest(files=files), timeout=TIMEOUT)

    def send(self, message):
        """The receipt's number."""
        unit = message.unit
        if unit not in self.agents:
            self.agents[unit] = (self.centre.client(self.centre.authority.agent(unit)),
                                 self.centre.authority.signer(unit))
        client, signer = self.agents[unit]
        return receipt_body(submit(client, sealed(signer, message))).number

    def communities(self, period, started, unit=UNIT, **given):
        message = report(unit, period=period, figures={
            "communities_started": (started, 0, "个"),
            "households_started": (started * 150, 0, "户")})
        for key, value in given.items():
            setattr(message, key, value)
        return self.send(message)

    def check(self, client, number, indicator, standing, remark="到现场看过。", **given):
        return client.reviews.CheckFigure(reviews_pb2.CheckFigureRequest(
            number=number, indicator=indicator, standing=standing, remark=remark, **given),
            timeout=TIMEOUT)

    def light(self, period="", target="communities", unit=UNIT):
        return self.office.board.ExplainLight(board_pb2.ExplainLightRequest(
            unit=unit, target=target, period=period), timeout=TIMEOUT)

    def becomes(self, period, light, target="communities", unit=UNIT, **fields):
        """Wait until this is the light that counts."""
        def judged():
            try:
                found = self.light(period, target, unit)
            except grpc.RpcError as error:
                assert error.code() == Code.NOT_FOUND
                return None
            good = found.record.light == light and all(
                getattr(found.record, key) == value for key, value in fields.items())
            return found if good else None
        return wait_for(judged, f"the light of {target} in {period} to be {light}")

    def line(self, target="communities", unit=UNIT):
        board = self.office.board.GetBoard(board_pb2.GetBoardRequest(), timeout=TIMEOUT)
        index = [u.unit for u in board.units].index(unit)
        return {line.target: line for section in board.sections
                for line in section.cells[index].lines}[target]

    def close(self):
        self.centre.stop()


@pytest.fixture
def world(postgres, tmp_path):
    made = World(tmp_path, postgres.create())
    yield made
    made.close()


# A figure that is not true.

def test_a_withdrawn_figure_counts_no_more(world):
    step_to(world.office, AUGUST)
    world.communities("2022-07", 60)
    first = world.becomes("2022-07", RED)
    step_to(world.office, SEPTEMBER)
    number = world.communities("2022-08", 120)
    world.becomes("2022-08", YELLOW)  # green by itself, red before
    world.check(world.lead, number, "communities_started", WITHDRAWN, "只开工70个，其余未进场。")
    found = world.becomes("2022-08", RED)
    record = found.record
    assert (record.done.digits, record.reported.digits) == (60, 120)
    assert record.standing == board_pb2.FIGURE_STANDING_WITHDRAWN
    assert record.check.by.endswith("/department/jiugai/person/test")
    assert record.check.earlier_period == "2022-07" and record.check.at == SEPTEMBER
    assert record.sentence.endswith("；填报120个，复核不实，按2022年7月的60个计")
    # Earlier lights stay; of the same report there are two now.
    assert [(e.period, e.number == number, e.light) for e in found.earlier] == [
        ("2022-08", True, YELLOW), ("2022-07", False, RED)]
    assert world.light("2022-07").record == first.record
    line = world.line()
    assert (line.light, line.done.digits, line.reported.digits) == (RED, 60, 120)
    assert line.standing == board_pb2.FIGURE_STANDING_WITHDRAWN and line.checked_at == SEPTEMBER
    assert line.check_remark == "只开工70个，其余未进场。" and "复核不实" in line.why
    board = world.office.board.GetBoard(board_pb2.GetBoardRequest(), timeout=TIMEOUT)
    assert {t.target: t for t in board.sections[1].targets}["communities"].done.digits == 60
    # The district hears of it, until it has reported again.
    def heard():
        answer = world.agents[UNIT][0].alerts.ListAlerts(
            alerts_pb2.ListAlertsRequest(open_only=True), timeout=TIMEOUT)
        return [a for a in answer.alerts if a.kind == alerts_pb2.ALERT_KIND_FIGURE_WITHDRAWN]
    alert = heard()[0]
    assert (alert.recipient, alert.subject) == (f"district/{UNIT}", number)
    assert alert.title == "【复核不实】芙蓉区：2022年8月“‘十四五’累计开工小区”填报120个，经复核不实"
    assert ("经老旧小区和危旧房改造处复核不实：只开工70个，其余未进场。该数不再计入，以此前最近一个成立的数为准。"
            in alert.text)
    step_to(world.office, OCTOBER)
    world.communities("2022-09", 121)
    wait_for(lambda: heard() == [], "the alert to be gone")


def test_without_an_earlier_figure_nothing_counts(world):
    step_to(world.office, AUGUST)
    number = world.communities("2022-07", 120)
    world.becomes("2022-07", GREEN)
    world.check(world.lead, number, "communities_started", WITHDRAWN)
    found = world.becomes("2022-07", common_pb2.LIGHT_NOT_REPORTED)
    assert not found.record.HasField("done") and found.record.reported.digits == 120
    assert found.record.sentence.endswith("；填报120个，复核不实，不计")
    # Seen again, it stands again.
    world.check(world.lead, number, "communities_started", SEEN)
    again = world.becomes("2022-07", GREEN)
    assert again.record.standing == board_pb2.FIGURE_STANDING_SEEN
    assert [e.light for e in again.earlier] == [common_pb2.LIGHT_NOT_REPORTED, GREEN]


def test_a_later_report_is_not_held_to_what_was_withdrawn(world):
    step_to(world.office, AUGUST)
    world.communities("2022-07", 95)
    step_to(world.office, SEPTEMBER)
    number = world.communities("2022-08", 120)
    world.check(world.lead, number, "communities_started", WITHDRAWN)
    world.check(world.lead, number, "households_started", WITHDRAWN)
    world.becomes("2022-08", YELLOW, standing=board_pb2.FIGURE_STANDING_WITHDRAWN)
    step_to(world.office, OCTOBER)
    # "本期无变化" cannot be said of a figure that did not stand.
    same = report(UNIT, period="2022-09", figures={
        "communities_started": (120, 0, "个"), "households_started": (18000, 0, "户")})
    same.kind = report_pb2.REPORT_KIND_NO_CHANGE
    refusal = refused(world.send, same)
    assert refusal.reason == "D-55"
    assert "经复核不实" in refusal.violations["figures[communities_started].value"]
    # The very same amount is asked about again.
    same.kind = report_pb2.REPORT_KIND_ORDINARY
    assert refused(world.send, same).reason == "D-80"
    # Fewer than in August, more than in July: no reason is asked for.
    world.communities("2022-09", 118)
    found = world.becomes("2022-09", GREEN)
    assert found.record.done.digits == 118
    assert found.record.standing == board_pb2.FIGURE_STANDING_REPORTED
    refusal = refused(world.check, world.lead, "2022-07-000000-02-9",
                      "communities_started", SEEN)
    assert refusal.code == Code.NOT_FOUND


# What follows.

def test_what_follows_remembers_the_corrected_light(world):
    step_to(world.office, AUGUST)
    july = world.communities("2022-07", 20)
    world.becomes("2022-07", RED)
    step_to(world.office, SEPTEMBER)
    world.communities("2022-08", 120)
    before = world.becomes("2022-08", YELLOW)
    assert world.line().light == YELLOW
    world.lead.reviews.ReturnReport(reviews_pb2.ReturnReportRequest(
        number=july, fields=[reviews_pb2.ReturnedField(
            field="communities_started", reason="少填一位。")]), timeout=TIMEOUT)
    world.communities("2022-07", 108, supersedes=july, change_reason="少填一位，已核对。")
    world.becomes("2022-07", GREEN)
    after = world.becomes("2022-08", GREEN)
    assert (after.record.before, after.record.before_period) == (GREEN, "2022-07")
    assert after.record.number == before.record.number
    assert [(e.period, e.light) for e in after.earlier] == [
        ("2022-08", YELLOW), ("2022-07", GREEN), ("2022-07", RED)]
    assert world.line().light == GREEN


def test_an_earlier_light_does_not_take_memory_from_the_board(world):
    """July is judged again after August was: August's light is still the board's."""
    step_to(world.office, AUGUST)
    july = world.communities("2022-07", 20)
    step_to(world.office, SEPTEMBER)
    world.communities("2022-08", 120)
    world.becomes("2022-08", YELLOW)
    world.check(world.lead, july, "communities_started", SEEN)
    world.becomes("2022-07", RED, standing=board_pb2.FIGURE_STANDING_SEEN)
    assert world.light("2022-08").record.light == YELLOW
    assert world.line().light == YELLOW


# Who checks is not who reports.

def villages(unit, period, accepted, **figures):
    return report(unit, section="3", period=period, figures=dict(
        SECTION_3, villages_accepted=(accepted, 0, "个"), villages_finished=(3, 0, "个"),
        projects_total=(8, 0, "个"), **figures))


def amount(digits):
    return common_pb2.Quantity(digits=digits, unit="个")


def test_a_village_counts_when_it_is_accepted(world):
    """芙蓉区 has 3 villages; 36 are to be 基本完成并验收, accepted by 棚改城改处."""
    acceptor = world.centre.department("penggai")
    step_to(world.office, AUGUST)
    number = world.send(villages(UNIT, "2022-07", 2))
    record = world.becomes("2022-07", GREEN, "villages").record  # nothing done, little expected
    assert (record.done.digits, record.reported.digits) == (0, 2)
    assert record.wait == board_pb2.FIGURE_WAIT_ACCEPTANCE and record.sample
    assert record.sentence.endswith("；填报2个，待验收，已验收0个")
    given = {"accepted": amount(1), "accepted_on": "2022-08-01", "document": "长人居验〔2022〕3号"}

    def say(client, **more):
        return world.check(client, number, "villages_accepted", SEEN, **dict(given, **more))
    assert refused(say, world.lead).code == Code.PERMISSION_DENIED  # leads another section
    assert "棚改城改处" in refused(say, world.office).message
    for bad in ({"accepted": amount(3)}, {"accepted_on": "2022-08-03"}, {"document": ""},
                {"accepted": common_pb2.Quantity(digits=1, unit="户")}):
        assert refused(say, acceptor, **bad).code in (Code.INVALID_ARGUMENT, Code.OUT_OF_RANGE)
    assert refused(world.check, acceptor, number, "villages_finished", SEEN, **given).code \
        == Code.INVALID_ARGUMENT
    say(acceptor)
    record = world.becomes("2022-07", GREEN, "villages", wait=2,
                           standing=board_pb2.FIGURE_STANDING_SEEN).record
    assert record.done.digits == 1
    assert (record.check.document, record.check.accepted_on) == ("长人居验〔2022〕3号", "2022-08-01")
    # The next report says more; what was accepted still counts.
    step_to(world.office, SEPTEMBER)
    later = world.send(villages(UNIT, "2022-08", 3))
    record = world.becomes("2022-08", GREEN, "villages").record
    assert (record.done.digits, record.reported.digits) == (1, 3)
    line = world.line("villages")
    assert (line.done.digits, line.wait) == (1, board_pb2.FIGURE_WAIT_ACCEPTANCE)
    assert line.standing == board_pb2.FIGURE_STANDING_REPORTED
    world.check(acceptor, later, "villages_accepted", SEEN, **dict(given, accepted=amount(3)))
    record = wait_for(lambda: (lambda r: r if r.done.digits == 3 else None)(
        world.light("2022-08", "villages").record), "the acceptance to count")
    assert record.wait == 0 and not record.HasField("reported")
    assert record.done_percent == "100.0"
    # A mistake found later: nothing of August stands, July's acceptance does.
    world.check(acceptor, later, "villages_accepted", WITHDRAWN, "2个村未验收。")
    record = wait_for(lambda: (lambda r: r if r.done.digits == 1 else None)(
        world.light("2022-08", "villages").record), "the withdrawal to count")
    assert record.sentence.endswith("；填报3个，复核不实，按2022年7月的1个计")


def test_a_milestone_counts_when_its_checker_has_seen_it(world):
    checker = world.centre.department("mingcheng")
    step_to(world.office, AUGUST)
    figures = dict.fromkeys(FIGURES) | {
        "milestones_passed": (1, 0, "项"), "damage_incidents": (0, 0, "起"),
        "relics_repaired": (3, 0, "处"), "historic_repaired": (2, 0, "处")}
    number = world.send(report(UNIT, section="5", figures=figures))
    record = world.becomes("2022-07", GREEN, "protection_system").record
    assert (record.done.digits, record.wait) == (0, board_pb2.FIGURE_WAIT_CHECK)
    refusal = refused(world.check, world.office, number, "milestones_passed", SEEN)
    assert refusal.code == Code.PERMISSION_DENIED and "历史名城处" in refusal.message
    world.check(checker, number, "milestones_passed", SEEN, "名录、分级已公布。")
    record = world.becomes("2022-07", GREEN, "protection_system", wait=0).record
    assert (record.done.digits, record.done_percent) == (1, "20.0")
    # Where no checker is named, who reviews may say so.
    world.check(world.office, number, "relics_repaired", SEEN)


def test_a_milestone_without_a_checker_is_not_published(world):
    files = plan_files()
    for file in files:
        if file.name == "sample/tasks/5.yaml":
            file.content = file.content.replace(
                "  - {id: milestones_passed, checker: mingcheng}\n".encode(), b"")
    refusal = refused(world.apply, files)
    assert refusal.code == Code.INVALID_ARGUMENT
    assert any("要写明由哪个处室核验" in text for text in refusal.violations.values())


# A deadline that was extended.

def overdue(world, target="closing_out"):
    answer = world.office.alerts.ListAlerts(alerts_pb2.ListAlertsRequest(
        unit=UNIT, section="3", open_only=True), timeout=TIMEOUT)
    return [a for a in answer.alerts
            if a.kind == alerts_pb2.ALERT_KIND_TARGET_OVERDUE and a.target == target]


def with_deadline(day):
    files = plan_files()
    for file in files:
        if file.name == "sample/tasks/3.yaml":
            file.content = file.content.replace(b"deadline: 2023-12-31", f"deadline: {day}".encode())
    return files


def test_a_target_is_judged_again_when_its_deadline_was_extended(world):
    world.apply(with_deadline("2022-07-31"))
    step_to(world.office, AUGUST)
    world.send(villages(UNIT, "2022-07", 0))
    step_to(world.office, SEPTEMBER)
    first = overdue(world)
    assert first and {a.due_at for a in first} == {1659283199999}
    world.becomes("2022-07", RED, "closing_out", overdue=True)
    world.apply(with_deadline("2022-08-31"))
    assert wait_for(lambda: overdue(world) == [], "the old alerts to be gone")
    world.becomes("2022-07", RED, "closing_out", overdue=False, plan_version=3)
    world.send(villages(UNIT, "2022-08", 0))
    step_to(world.office, OCTOBER)
    again = overdue(world)
    assert again and {a.due_at for a in again} == {1661961599999}
    assert {a.level for a in again} >= {0, 1, 2}
    assert not {a.cursor for a in first} & {a.cursor for a in again}


# The city's sums.

UNITS = ["430104", "430102", "430103", "430105", "430111", "430112", "430121", "430181",
         "430182"]


def told(world, open_only=True):
    answer = world.office.alerts.ListAlerts(
        alerts_pb2.ListAlertsRequest(open_only=open_only), timeout=TIMEOUT)
    return [a for a in answer.alerts if a.kind == alerts_pb2.ALERT_KIND_CITY_CHECK]


def section_3(unit, period, projects, **given):
    message = villages(unit, period, 0)
    for figure in message.figures:
        if figure.indicator in ("projects_total", "villages_ongoing"):
            figure.value.digits = projects if figure.indicator == "projects_total" else 4
    for key, value in given.items():
        setattr(message, key, value)
    return message


def test_the_office_is_told_once_of_sums_that_do_not_agree(world):
    """56 projects and 36 villages in all: 9 x 4 villages agree, 8 x 6 + 9 projects do not."""
    step_to(world.office, AUGUST)
    for unit in UNITS[:-1]:
        world.send(section_3(unit, "2022-07", 6))
    world.becomes("2022-07", GREEN, "villages", unit=UNITS[-2])
    assert told(world, False) == []  # one has not reported
    last = world.send(section_3(UNITS[-1], "2022-07", 9))
    alert = wait_for(lambda: told(world), "the office to be told")[0]
    assert (alert.recipient, alert.unit, alert.section, alert.period, alert.subject) == (
        "department/bangongshi", "", "3", "2022-07", "R-3-90")
    assert alert.title == "【全市核对】2022年7月“三、棚户区及城中村改造”合计不符（R-3-90）"
    assert "局办公室：2022年7月“三、棚户区及城中村改造”各单位均已报送。全市“任务项目数”合计＝57个。" \
        in alert.text and "相差1个" in alert.text and "棚改城改处" in alert.text
    # Another correction that does not mend it tells nobody again; one that does relieves.
    again = world.send(section_3(UNITS[-1], "2022-07", 10, supersedes=last,
                                 change_reason="重新清点。"))
    wait_for(lambda: world.light("2022-07", "villages", UNITS[-1]).record.number == again,
             "the correction to be judged")
    step_to(world.office, AUGUST + 60000)  # a whole pass
    assert [a.cursor for a in told(world, False)] == [alert.cursor]
    mended = world.send(section_3(UNITS[-1], "2022-07", 8, supersedes=again,
                                  change_reason="重新清点。"))
    wait_for(lambda: told(world) == [], "the alert to be gone")
    # A figure that is withdrawn is not in the sum: nobody knows, so nobody is told.
    acceptor = world.centre.department("penggai")
    world.check(acceptor, mended, "projects_total", WITHDRAWN)
    step_to(world.office, AUGUST + 120000)
    assert told(world) == []
    # Next month the same mistake is told anew.
    step_to(world.office, SEPTEMBER)
    for unit in UNITS:
        world.send(section_3(unit, "2022-08", 6))
    fresh = wait_for(lambda: told(world), "August to be told")
    assert [(a.period, a.subject) for a in fresh] == [("2022-08", "R-3-90")]


# As the bureau sees it.

def test_the_commands_say_what_counts(world):
    def duban(department, *arguments, code=0, lang="zh"):
        person = world.centre._person(department)
        config = world.centre.folder / f"{department}.yaml"
        config.write_text(f"centre:\n  address: 127.0.0.1:{world.centre.port}\n"
                          f"  server_name: localhost\ntls:\n"
                          f"  certificate: {person.certificate_file}\n"
                          f"  key: {person.key_file}\n  ca: {world.centre.authority.file}\n",
                          "utf-8")
        done = subprocess.run([BIN / "duban", "--config", config, "--lang", lang, *arguments],
                              capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def check(department, *options, code=0, lang="zh"):
        return duban(department, "reports", "check", number, "villages_accepted", "--remark",
                     "现场验收。", *options, code=code, lang=lang)

    step_to(world.office, AUGUST)
    number = world.send(villages(UNIT, "2022-07", 2))
    world.becomes("2022-07", GREEN, "villages")
    accepted = ["--accepted", "1个", "--on", "2022-08-01", "--document", "长人居验〔2022〕3号"]
    assert "要同时写明 --accepted、--on 和 --document" in check("penggai", *accepted[:2], code=2)
    assert "--accepted 应当是数和单位，如 2个；写的是 一个" in check(
        "penggai", "--accepted", "一个", *accepted[2:], code=2)
    assert "该指标由棚改城改处验收。" in check("bangongshi", *accepted, code=1)
    assert "累计验收 1个" in check("penggai", *accepted)
    world.becomes("2022-07", GREEN, "villages", wait=2,
                  standing=board_pb2.FIGURE_STANDING_SEEN)
    shown = duban("bangongshi", "light", "explain", UNIT, "villages")
    for part in ("填报 2个，待验收，计 1个", "验收：长人居验〔2022〕3号，2022-08-01",
                 "已现场核查：", "/department/penggai/person/test", "现场验收。"):
        assert part in shown, shown
    record = json.loads(duban("bangongshi", "--json", "light", "explain", UNIT,
                              "villages"))["record"]
    assert (record["standing"], record["wait"], record["done"], record["reported"]) == (
        "seen", "acceptance", "1个", "2个")
    assert record["check"]["document"] == "长人居验〔2022〕3号"
    board = json.loads(duban("bangongshi", "--json", "board"))
    cell = next(c for c in board["sections"][2]["cells"] if c["unit"] == UNIT)
    line = next(x for x in cell["lines"] if x["target"] == "villages")
    assert (line["standing"], line["wait"], line["done"]["value"], line["reported"]["value"]) \
        == ("seen", "acceptance", "1", "2")
    assert "待" in duban("bangongshi", "board") and "“撤”有复核不实的数" in duban(
        "bangongshi", "board")
    duban("penggai", "reports", "check", number, "villages_accepted", "--withdrawn",
          "--remark", "未经验收。")
    world.becomes("2022-07", common_pb2.LIGHT_NOT_REPORTED, "villages")
    shown = duban("bangongshi", "light", "explain", UNIT, "villages")
    assert "填报 2个，复核不实，计 无" in shown and "未经验收。" in shown, shown
    assert "Legend" in duban("bangongshi", "board", lang="en")
    plan = json.loads(duban("bangongshi", "--json", "plan", "show", "--section", "3"))
    assert {i["indicator"]: i["acceptance"] for i in plan["indicators"]}[
        "villages_accepted"] == "penggai"
    assert "历史名城处" in duban("bangongshi", "plan", "show", "--section", "5")
