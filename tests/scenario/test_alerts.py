"""Alerts as those who must act see them: on streams, in lists, by e-mail and by robots.

What a user would lose: the reminder that mattered, or the peace of being told once.
"""
import base64
import hashlib
import hmac
import socket

import grpc
import pytest

from alerts_support import MailSink, RobotSink, Watching
from harness import Duband, plan_files, wait_for
from protos import administration_pb2, alerts_pb2, common_pb2, plans_pb2
from reports_support import TIMEOUT, refused, report, sealed, step_to, submit

Code = grpc.StatusCode
LEAD = "jiugai"  # leads section 2
REMINDED = 1659488400000  # 2022-08-03 09:00 +08:00
DUE = 1659691800000  # 2022-08-05 17:30 +08:00
SECOND_STEP = 1660006800000  # 2022-08-09 09:00 +08:00
NEXT_MONTH = SECOND_STEP + 31 * 86400000


class World:
    def __init__(self, folder, conninfo, mail=None, robots=None, per_minute=20):
        self.folder = folder
        self.centre = Duband(folder, conninfo, settings={"deliver": {
            "smtp_url": f"smtp://127.0.0.1:{mail.port}" if mail else "",
            "smtp_from": "duban@changsha.test", "webhook_per_minute": per_minute,
            "contacts": self.contacts(mail, robots)}})
        self.authority = self.centre.authority
        self.centre.start()
        self.office = self.centre.office()
        self.office.plans.ApplyPlan(plans_pb2.ApplyPlanRequest(files=plan_files()),
                                    timeout=TIMEOUT)
        self.agents = {}

    def contacts(self, mail, robots):
        contacts = []
        if mail:
            contacts += [
                {"name": "处长", "recipient": f"department/{LEAD}", "kind": "email",
                 "address": "head@changsha.test"},
                {"name": "走了的人", "recipient": f"department/{LEAD}", "kind": "email",
                 "address": "gone@changsha.test"}]
        for kind in ("wecom", "dingtalk", "json") if robots else ():
            url = self.folder / f"{kind}.url"
            url.write_text(robots.url(f"/{kind}?key=secret-{kind}") + "\n")
            contacts.append({"name": f"群{kind}", "recipient": f"department/{LEAD}",
                             "kind": kind, "url_file": str(url)})
            if kind == "dingtalk":
                secret = self.folder / "dingtalk.secret"
                secret.write_text("SEC000\n")
                contacts[-1]["secret_file"] = str(secret)
        return contacts

    def agent(self, unit):
        if unit not in self.agents:
            self.agents[unit] = self.authority.agent(unit)
        return self.centre.client(self.agents[unit])

    def alerts(self, client=None, **request):
        client = client or self.office
        return client.alerts.ListAlerts(alerts_pb2.ListAlertsRequest(
            page=common_pb2.Page(size=1000), **request), timeout=TIMEOUT).alerts


@pytest.fixture
def world(postgres, tmp_path):
    made = World(tmp_path, postgres.create())
    yield made
    made.centre.stop()


def test_a_stream_gets_the_clock_first_then_what_is_decided(world):
    with world.agent("430112") as agent:
        watching = Watching(agent)
        wait_for(lambda: watching.clocks, "the clock")
        assert watching.events[0].WhichOneof("event") == "clock"
        step_to(world.office, REMINDED)
        alerts = watching.wait_alerts(5)
        assert {a.unit for a in alerts} == {"430112"}
        assert {a.recipient for a in alerts} == {"district/430112"}
        assert {a.kind for a in alerts} == {alerts_pb2.ALERT_KIND_REPORT_DUE_SOON}
        assert all(a.title.startswith("【") and "望城区" in a.title for a in alerts)
        assert all(a.sample and "示例数据" in a.text for a in alerts)
        assert [a.cursor for a in alerts] == sorted(a.cursor for a in alerts)
        assert watching.clocks[-1] == REMINDED
        watching.stop()


def test_after_a_restart_a_reader_goes_on_from_its_cursor(world):
    """Nothing twice, nothing lost, across a killed server and an absence."""
    with world.agent("430111") as agent:
        watching = Watching(agent)
        step_to(world.office, REMINDED)
        first = watching.wait_alerts(5)
        world.centre.process.kill()
        watching.wait_error()
    world.centre.start(migrate=False)
    world.office = world.centre.office()
    step_to(world.office, DUE)  # nobody listens
    with world.agent("430111") as agent:
        watching = Watching(agent, after=first[2].cursor)
        again = watching.wait_alerts(7)
        assert [a.cursor for a in again[:2]] == [a.cursor for a in first[3:]]
        assert {a.kind for a in again[2:]} == {alerts_pb2.ALERT_KIND_REPORT_OVERDUE}
        whole = Watching(agent)
        assert len({a.cursor for a in whole.wait_alerts(10)}) == 10
        watching.stop()
        whole.stop()


def test_a_server_that_stops_sends_its_streams_elsewhere(world):
    with world.agent("430112") as agent:
        watching = Watching(agent)
        wait_for(lambda: watching.clocks, "the clock")
        assert world.centre.stop() == 0
        assert watching.wait_error().code() == Code.UNAVAILABLE


def test_whose_alerts_one_may_watch(world):
    with world.agent("430112") as agent:
        error = Watching(agent, unit="district/430111").wait_error()
        assert error.code() == Code.PERMISSION_DENIED
        own = Watching(agent, unit="district/430112")
        wait_for(lambda: own.clocks, "the clock")
        own.stop()
    office = Watching(world.office, unit="district/430111")
    wait_for(lambda: office.clocks, "the clock")
    office.stop()
    for unknown in ("district/999999", "department/none", "nonsense", "x" * 5000):
        error = Watching(world.office, unit=unknown).wait_error()
        assert error.code() == Code.NOT_FOUND, unknown


def test_a_slow_reader_holds_up_nobody_and_loses_nothing(world):
    """A stream that is not read is not kept in memory; it is read again from its cursor."""
    with world.agent("430102") as slow, world.agent("430102") as quick:
        stuck = slow.alerts.WatchAlerts(alerts_pb2.WatchAlertsRequest())
        reader = Watching(quick)
        step_to(world.office, SECOND_STEP)
        count = len(world.alerts(unit="430102")) - len(
            [a for a in world.alerts(unit="430102") if a.recipient.startswith("department/")])
        assert len(reader.wait_alerts(count)) == count
        got = []
        for event in stuck:
            if event.WhichOneof("event") == "alert":
                got.append(event.alert.cursor)
            if len(got) == count:
                break
        assert got == [a.cursor for a in reader.alerts]
        stuck.cancel()
        reader.stop()


def test_a_list_shows_each_what_is_theirs(world):
    step_to(world.office, SECOND_STEP)
    everything = world.alerts()
    assert [a.cursor for a in everything] == sorted(
        (a.cursor for a in everything), reverse=True)
    with world.agent("430112") as agent:
        own = world.alerts(agent)
        assert own and {a.unit for a in own} == {"430112"}
        assert refused(world.alerts, agent, unit="430111").code == Code.PERMISSION_DENIED
    with world.centre.department(LEAD) as head:
        seen = world.alerts(head)
        assert {a.section for a in seen} == {"2"}
        assert any(a.recipient == f"department/{LEAD}" for a in seen)
    assert {a.section for a in world.alerts(section="3")} == {"3"}


def test_a_list_goes_on_from_page_to_page(world):
    step_to(world.office, DUE)
    whole, pages, token = world.alerts(), [], ""
    while True:
        answer = world.office.alerts.ListAlerts(alerts_pb2.ListAlertsRequest(
            page=common_pb2.Page(size=7, token=token)), timeout=TIMEOUT)
        pages += answer.alerts
        token = answer.next_page
        if not token:
            break
        assert len(answer.alerts) == 7
    assert [a.cursor for a in pages] == [a.cursor for a in whole]
    for bad in ("x", "-1", "0", "9" * 30, "12a"):
        request = alerts_pb2.ListAlertsRequest(page=common_pb2.Page(token=bad))
        assert refused(world.office.alerts.ListAlerts, request).code == Code.INVALID_ARGUMENT


def test_a_report_clears_its_alerts_and_stops_the_ladder(world):
    step_to(world.office, DUE)
    assert len(world.alerts(unit="430102", section="2", open_only=True)) == 2
    signer = world.authority.signer("430102")
    with world.agent("430102") as agent:
        submit(agent, sealed(signer, report("430102")))
    assert not world.alerts(unit="430102", section="2", open_only=True)
    assert all(a.cleared_at for a in world.alerts(unit="430102", section="2"))
    step_to(world.office, SECOND_STEP)
    assert len(world.alerts(unit="430102", section="2")) == 2
    assert len(world.alerts(unit="430102", section="3")) > 2


def test_a_database_that_goes_away_is_waited_for(world, postgres):
    """Streams stay open over it, and what is decided afterwards arrives on them."""
    with world.agent("430112") as agent:
        watching = Watching(agent)
        wait_for(lambda: watching.clocks, "the clock")
        postgres.stop()
        request = administration_pb2.StepClockRequest()
        refusal = refused(world.office.administration.StepClock, request, timeout=TIMEOUT)
        assert refusal.code == Code.UNAVAILABLE
        postgres.start()

        def stepped():
            try:
                world.office.administration.StepClock(request, timeout=TIMEOUT)
            except grpc.RpcError as error:
                assert error.code() == Code.UNAVAILABLE
                return False
            return True

        wait_for(stepped, "the database to be back")
        assert len(watching.wait_alerts(5)) == 5
        assert watching.error is None
        watching.stop()


@pytest.fixture
def told(postgres, tmp_path):
    """A centre whose second section has a head with e-mail and robots."""
    mail, robots = MailSink(), RobotSink()
    mail.refuse.add("gone@changsha.test")
    made = World(tmp_path, postgres.create(), mail.up(), robots)
    made.mail, made.robots = mail, robots
    yield made
    made.centre.stop()
    mail.down()
    robots.close()


def heads(world):
    """What the head of the second section is told, and in how many messages: one for each
    instant at which something was decided."""
    alerts = [a for a in reversed(world.alerts()) if a.recipient == f"department/{LEAD}"]
    messages = {}
    for alert in alerts:
        messages.setdefault(alert.decided_at, []).append(alert)
    return alerts, list(messages.values())


def states(world, channel, address):
    return [d.state for a in world.alerts() for d in a.deliveries
            if (d.channel, d.address) == (channel, address)]


def test_a_head_gets_one_mail_for_each_instant_in_words_that_arrive(told):
    step_to(told.office, NEXT_MONTH)
    expected, groups = heads(told)
    wait_for(lambda: states(told, "email", "head@changsha.test") == ["sent"] * len(expected),
             "every mail to be recorded")
    messages = told.mail.to("head@changsha.test")
    assert len(groups) >= 1 and len(expected) > len(groups)
    assert len(messages) == len(groups)
    for message, group in zip(messages, groups):
        text = message.get_content().replace("\r\n", "\n")
        numbers = [int(n) for n in message["X-Duban-Alert"].replace(" ", "").split(",")]
        assert numbers == [a.cursor for a in group]
        assert message["Subject"].startswith(group[0].title.partition("】")[0])
        assert f"{len({a.unit for a in group})}个单位" in message["Subject"]
        assert f"下列{len(group)}项：" in text and "示例数据" in text
        for place, alert in enumerate(group, 1):
            line = next(li for li in text.splitlines() if li.startswith(f"{place}. "))
            assert line[3:] in alert.text
    assert len({m["Message-ID"] for m in messages}) == len(groups)
    assert all(m["Message-ID"].endswith("@changsha.test>") and m["Date"] for m in messages)
    # Each alert's record is its own, of the one attempt that they shared.
    deliveries = [d for a in expected for d in a.deliveries
                  if d.address == "head@changsha.test"]
    assert {d.attempts for d in deliveries} == {1}
    # The one who left is told nothing, and the record says so.
    wait_for(lambda: set(states(told, "email", "gone@changsha.test")) == {"failed"},
             "the refusal to be recorded")


def test_a_mail_server_that_was_down_gets_everything_later_once(told):
    told.mail.down()
    step_to(told.office, NEXT_MONTH)
    expected, groups = heads(told)
    assert states(told, "email", "head@changsha.test") == ["waiting"] * len(expected)
    told.mail.up()
    wait_for(lambda: states(told, "email", "head@changsha.test") == ["sent"] * len(expected),
             "every mail to be sent")
    assert len(told.mail.to("head@changsha.test")) == len(groups)


def test_a_server_killed_while_it_sends_loses_nothing(told, postgres):
    """What it had claimed is somebody's again when the lease ends."""
    database = told.centre.config["database"]["conninfo"].rpartition("dbname=")[2]
    told.mail.down()
    with socket.socket() as silent:  # accepts, and never says a word
        silent.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        silent.bind(("127.0.0.1", told.mail.port))
        silent.listen()
        step_to(told.office, SECOND_STEP - 1)
        told.office.administration.StepClock.future(
            administration_pb2.StepClockRequest(to=SECOND_STEP), timeout=TIMEOUT)
        wait_for(lambda: postgres.psql(database, "SELECT count(*) FROM delivery WHERE "
                                       "wall_claimed_until IS NOT NULL AND channel = 'email'")
                 != "0", "mails to be claimed")
        told.centre.process.kill()
    told.mail.up()
    postgres.psql(database, "UPDATE delivery SET wall_claimed_until = "
                  "wall_claimed_until - interval '1 hour'")
    told.centre.start(migrate=False)
    told.office = told.centre.office()
    expected, groups = heads(told)
    wait_for(lambda: states(told, "email", "head@changsha.test") == ["sent"] * len(expected),
             "every mail to be sent")
    assert groups and len(told.mail.to("head@changsha.test")) == len(groups)


def test_a_message_told_twice_is_recognised(told, postgres):
    """Killed between the mail server's word and the record: the same message again, under
    the same name, and not mixed with what was decided since."""
    database = told.centre.config["database"]["conninfo"].rpartition("dbname=")[2]
    step_to(told.office, SECOND_STEP)
    expected, groups = heads(told)
    wait_for(lambda: states(told, "email", "head@changsha.test") == ["sent"] * len(expected),
             "every mail to be recorded")
    told.centre.process.kill()
    # As if the record had not been written: claimed by one that is gone.
    postgres.psql(database, "UPDATE delivery SET state = 'waiting', wall_done_at = NULL, "
                  "wall_claimed_until = wall_next_at WHERE address = 'head@changsha.test'")
    told.centre.start(migrate=False)
    told.office = told.centre.office()
    wait_for(lambda: states(told, "email", "head@changsha.test") == ["sent"] * len(expected),
             "every mail to be recorded again")
    messages = [m["Message-ID"] for m in told.mail.to("head@changsha.test")]
    assert len(messages) == 2 * len(groups) and len(set(messages)) == len(groups)


def test_who_left_the_settings_is_not_waited_for(told, postgres):
    database = told.centre.config["database"]["conninfo"].rpartition("dbname=")[2]
    step_to(told.office, SECOND_STEP)
    count = len(heads(told)[0])
    wait_for(lambda: states(told, "email", "head@changsha.test") == ["sent"] * count,
             "every mail to be recorded")
    assert told.centre.stop() == 0
    postgres.psql(database, "INSERT INTO delivery (alert, channel, address, wall_next_at) "
                  "SELECT alert, channel, n.address, wall_next_at - n.age::interval "
                  "FROM delivery, (VALUES ('left@changsha.test', '2 hours'), "
                  "('new@changsha.test', '0 hours')) n (address, age) "
                  "WHERE delivery.address = 'head@changsha.test'")
    told.centre.start(migrate=False)
    told.office = told.centre.office()
    wait_for(lambda: states(told, "email", "left@changsha.test") == ["failed"] * count,
             "what is old to be given up")
    assert {d.error for a in told.alerts() for d in a.deliveries
            if d.address == "left@changsha.test"} == {"不在设置的联系人中"}
    assert states(told, "email", "new@changsha.test") == ["waiting"] * count


def test_robots_get_what_they_understand(told):
    step_to(told.office, NEXT_MONTH)
    expected, groups = heads(told)
    for kind in ("wecom", "dingtalk", "json"):
        wait_for(lambda: len(told.robots.of(f"/{kind}")) == len(groups), f"{kind} posts")
    wecom = [body for _, body in told.robots.of("/wecom")]
    assert {b["msgtype"] for b in wecom} == {"text"}
    assert all(len(b["text"]["content"].encode()) <= 2048 for b in wecom)
    for body, group in zip(wecom, groups):
        lines = body["text"]["content"].splitlines()
        assert f"{len({a.unit for a in group})}个单位" in lines[0]
        assert [li for li in lines if li.startswith(f"{len(group)}. ")]
        assert "示例数据" in lines[-1]
    for query, body in told.robots.of("/dingtalk"):
        signed = f"{query['timestamp']}\nSEC000".encode()
        assert base64.b64decode(query["sign"]) == hmac.new(
            b"SEC000", signed, hashlib.sha256).digest()
        assert query["key"] == "secret-dingtalk"
    programs = [body for _, body in told.robots.of("/json")]
    assert [[a["cursor"] for a in b["alerts"]] for b in programs] == [
        [a.cursor for a in group] for group in groups]
    assert {a["text"] for b in programs for a in b["alerts"]} == {a.text for a in expected}


def test_a_robot_that_refuses_is_asked_again_and_no_secret_is_written_down(told):
    told.robots.answers["/wecom"] = (200, {"errcode": 93000, "errmsg": "invalid"})
    step_to(told.office, SECOND_STEP)
    wait_for(lambda: [d for a in told.alerts() for d in a.deliveries
                      if d.address == "群wecom" and d.error == "errcode 93000"],
             "the refusal to be recorded")
    told.robots.answers.clear()
    wait_for(lambda: set(states(told, "webhook", "群wecom")) == {"sent"}, "the posts")
    assert "secret-" not in told.centre.process.log.read_text("utf-8")
    assert "SEC000" not in told.centre.process.log.read_text("utf-8")
    assert "secret-" not in str([a.deliveries for a in told.alerts()])


def test_a_robot_s_rate_is_kept_and_nothing_is_dropped(postgres, tmp_path):
    robots = RobotSink()
    world = World(tmp_path, postgres.create(), robots=robots, per_minute=3)
    try:
        step_to(world.office, SECOND_STEP)
        for month in range(1, 4):
            step_to(world.office, SECOND_STEP + month * 31 * 86400000)
        expected, groups = heads(world)
        assert len(groups) > 3
        # The step waited for what could be sent, and not for what has to wait.
        assert len(robots.of("/json")) == 3
        sent = sum(map(len, groups[:3]))
        wait_for(lambda: sorted(states(world, "webhook", "群json")) ==
                 ["sent"] * sent + ["waiting"] * (len(expected) - sent), "three records")
    finally:
        world.centre.stop()
        robots.close()


def test_two_servers_tell_everybody_once(told, tmp_path):
    """Side by side on one database: one decides, both know, nobody is told twice."""
    other = Duband(tmp_path / "other", told.centre.config["database"]["conninfo"],
                   authority=told.authority,
                   settings={"deliver": told.centre.config["deliver"]})
    other.start(migrate=False)
    try:
        with other.client(told.authority.agent("430112", 2)) as agent:
            watching = Watching(agent)
            step_to(told.office, SECOND_STEP)
            expected = [a for a in told.alerts() if a.recipient == "district/430112"]
            got = watching.wait_alerts(len(expected))
            assert [a.cursor for a in got] == sorted(a.cursor for a in expected)
            wait_for(lambda: watching.clocks[-1] == SECOND_STEP, "the clock's last step")
            watching.stop()
        expected, groups = heads(told)
        wait_for(lambda: states(told, "email", "head@changsha.test") ==
                 ["sent"] * len(expected), "every mail to be recorded")
        assert len(told.mail.to("head@changsha.test")) == len(groups)
    finally:
        other.stop()
    status = told.office.administration.GetStatus(administration_pb2.GetStatusRequest(),
                                                  timeout=TIMEOUT)
    assert status.plan_at == SECOND_STEP
