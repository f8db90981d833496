"""What breaks, stops or fills up while everybody works, and what each one holds after it.

The promise under test: a receipt means that the report is stored, once, with the bytes
that were signed; whoever holds none is told to come again, and gets the same answer as if
nothing had happened. Receipts are checked with Python's cryptography and in the database.
"""
import asyncio
import concurrent.futures
import contextlib
import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import types

import grpc
import psycopg2
import pytest

import scenario
from alerts_support import MailSink, Watching
from faults_support import (JULY_IS_DUE, UNITS, WIDE_SECTIONS, Code, Districts, SmallDisk,
                            alert_rows, apply_plan, at_once, centre_of,
                            check_all_stored_once, database, family, leave_no_centre,
                            only_unavailable, postmaster_of, stored, wide_plan,
                            wide_report, wide_units)
from harness import BIN, ROOT, Duband, Postgres, Process, wait_for
from pki import pem
from protos import administration_pb2, alerts_pb2
from reports_support import TIMEOUT, step_to
from sinks import Line
from test_agent import Agent

REMINDED = 1659488400000  # 2022-08-03 09:00 +08:00
DUE = 1659691800000  # 2022-08-05 17:30 +08:00
LEAD_IS_TOLD = 1660006800000  # 2022-08-09 09:00 +08:00
MANY = 60  # units; five reports each
NO_SIGNAL = 0  # it was told already


@pytest.fixture(autouse=True)
def tidy():
    yield
    leave_no_centre()


@pytest.fixture
def wide(postgres, tmp_path):
    """A centre that waits for 300 reports; and the districts that owe them."""
    centre = centre_of(postgres, tmp_path)
    centre.start()
    apply_plan(centre, wide_plan(MANY))
    centre.districts = Districts(centre.authority, wide_units(MANY))
    centre.sents = [centre.districts.sent(wide_report(unit, section))
                    for unit in centre.districts.agents for section in WIDE_SECTIONS]
    yield centre
    if centre.process.alive():
        assert centre.stop() == 0
    assert "Sanitizer" not in centre.process.log.read_text("utf-8", "replace")


@pytest.fixture
def own_postgres():
    """A cluster that may be broken without hurting other tests."""
    cluster = Postgres()
    yield cluster
    cluster.close()


def status_of(client):
    return client.administration.GetStatus(administration_pb2.GetStatusRequest(),
                                           timeout=TIMEOUT)


def serves(client):
    """GetStatus answers; else it must say UNAVAILABLE, and why."""
    try:
        return status_of(client)
    except grpc.RpcError as error:
        assert error.code() == Code.UNAVAILABLE and error.details(), error
        return None


def wait_until_serves(centre):
    with centre.office() as office:
        return wait_for(lambda: serves(office), "duband to serve")


# duband is killed.

def test_killed_again_and_again_under_load_every_receipt_holds(wide):
    """A district whose report was acknowledged a moment before a crash need not know."""
    rest = wide.sents
    for after in (1, 20, 40, 60):
        wide.districts.send(wide, rest, after, wide.process.kill)
        only_unavailable(wide.sents)
        check_all_stored_once(wide, wide.sents)
        wide.start(migrate=False)
        rest = [sent for sent in wide.sents if not sent.receipts]
    wide.districts.send_until_stored(wide, wide.sents)  # those with a receipt as well
    assert check_all_stored_once(wide, wide.sents) == len(wide.sents) == len(stored(wide))


def test_killed_while_the_same_report_is_sent_on_many_lines(wide):
    """An impatient district that sends twice over, across a crash, has reported once."""
    few = wide.sents[:40]
    wide.districts.send(wide, few * 6, 30, wide.process.kill)
    only_unavailable(few)
    wide.start(migrate=False)
    wide.districts.send(wide, few * 6)
    wide.districts.send_until_stored(wide, few)
    assert check_all_stored_once(wide, few) == len(few) == len(stored(wide))


def test_callers_that_hang_up_in_the_middle_lose_nothing(wide):
    """On a bad line calls are given up at any moment: sent again, each is there once."""
    with wide.districts.connected(wide) as clients:
        for wait in (0.001, 0.005, 0.02, 0.05):
            calls = [clients[sent.unit].reports.SubmitReport.future(sent.request, timeout=wait)
                     for sent in wide.sents]
            for call in calls[::3]:
                call.cancel()
            for call in calls:
                try:
                    call.result()
                except grpc.FutureCancelledError:
                    pass
                except grpc.RpcError as error:
                    assert error.code() in (Code.DEADLINE_EXCEEDED, Code.UNAVAILABLE), error
    wide.districts.send_until_stored(wide, wide.sents)
    assert check_all_stored_once(wide, wide.sents) == len(wide.sents) == len(stored(wide))


class Offices:
    """Nine real agents behind lines that can be cut, each with a spool folder."""

    def __init__(self, folder, centre):
        self.centre, self.line = centre, Line(centre.port)
        stand_in = types.SimpleNamespace(authority=centre.authority, port=self.line.port)
        self.agents = {unit: Agent(folder / unit, stand_in, unit) for unit in UNITS}
        self.dropped = {}

    def start(self):
        for agent in self.agents.values():
            agent.start()
        for agent in self.agents.values():
            agent.service.wait_line(" plan ")

    def drop(self, unit, section):
        tasks = scenario.Tasks()
        text = scenario.yaml.safe_dump(
            scenario.report(tasks, unit, section, "2022-07"), allow_unicode=True)
        name = f"2022-07-{section}.yaml"
        self.agents[unit].drop(text, name)
        self.dropped.setdefault(unit, []).append(name)

    def drop_all(self):
        for unit in UNITS:
            for section in scenario.sections_of(unit):
                self.drop(unit, section)

    def rows(self, unit):
        """What its queue holds."""
        return self.ask(unit, "SELECT report_id, state, receipt, payload FROM report "
                        "ORDER BY row")

    def ask(self, unit, sql):
        """From the file itself."""
        with contextlib.closing(
                sqlite3.connect(self.agents[unit].state / "agent.sqlite")) as queue:
            return queue.execute(sql).fetchall()

    def count(self, state):
        return sum(self.count_of(unit, state) for unit in self.agents)

    def count_of(self, unit, state):
        return sum(row[1] == state for row in self.rows(unit))

    def centre_is_back(self):
        self.centre.start(migrate=False)
        self.line.to_port = self.centre.port

    def close(self):
        for agent in self.agents.values():
            if agent.service:
                agent.stop(signal.SIGKILL)
        self.line.stop()


@pytest.fixture
def offices(postgres, tmp_path):
    centre = centre_of(postgres, tmp_path)
    centre.start()
    apply_plan(centre)
    made = Offices(tmp_path, centre)
    yield made
    made.close()
    if centre.process.alive():
        centre.stop()


WAITING, ACKNOWLEDGED = 0, 1


def test_real_agents_and_a_centre_that_is_killed(offices):
    """What nine districts dropped into their folders arrives once, whatever died meanwhile:
    the line, the centre three times, two agents."""
    centre = offices.centre
    offices.start()
    offices.line.cut()
    offices.drop_all()
    total = sum(map(len, offices.dropped.values()))
    assert total == 43
    wait_for(lambda: offices.count(WAITING) == total, "every report in a queue")
    offices.line.mend()
    for many in (1, 12, 25):
        wait_for(lambda many=many: len(stored(centre)) >= many, f"{many} reports")
        centre.process.kill()
        if many > 1:
            offices.agents[UNITS[many % 9]].stop(signal.SIGKILL)
            offices.agents[UNITS[many % 9]].start()
        offices.centre_is_back()
    wait_for(lambda: offices.count(ACKNOWLEDGED) == total, "a receipt for every report")
    kept = stored(centre)
    assert len(kept) == total
    for unit, agent in offices.agents.items():
        rows = offices.rows(unit)
        assert len(rows) == len(offices.dropped[unit])
        for report_id, _, receipt, _ in rows:
            assert kept[unit, report_id][0] == receipt
        for name in offices.dropped[unit]:
            assert "【回执】" in agent.outcome(name)
        assert agent.stop() == 0


def test_every_alert_reaches_real_agents_once(offices, postgres):
    """A district that is pressed is pressed once, though the centre, its database, the line
    and the district's own machine all fail in between."""
    centre, units = offices.centre, UNITS[:3]
    offices.agents = {unit: offices.agents[unit] for unit in units}
    offices.start()

    def alerts_of(unit):
        return [row[0] for row in offices.ask(unit, "SELECT cursor FROM alert")]

    def step(instant):
        with centre.office() as office:
            step_to(office, instant)

    step(REMINDED)
    wait_for(lambda: all(map(alerts_of, units)), "the reminders")
    centre.process.kill()
    offices.agents[units[0]].stop(signal.SIGKILL)
    offices.centre_is_back()
    offices.line.cut()
    step(DUE)
    postgres.stop("immediate")
    postgres.start()
    offices.line.mend()
    offices.agents[units[0]].start()
    wait_until_serves(centre)
    step(LEAD_IS_TOLD)
    for unit in units:
        decided = [row[0] for row in alert_rows(centre) if row[3] == f"district/{unit}"]
        assert len(decided) > 10
        wait_for(lambda unit=unit, decided=decided: sorted(alerts_of(unit)) == decided,
                 f"the alerts of {unit}")
        assert offices.agents[unit].stop() == 0


@pytest.mark.parametrize("damage", ["garbage", "a page", "a folder"])
def test_an_agent_whose_queue_is_damaged_says_so_and_leaves_it(offices, damage):
    """What a broken disk left is for somebody to look at: never silently begun anew."""
    agent = offices.agents[UNITS[0]]
    offices.agents = {UNITS[0]: agent}
    offices.start()
    offices.line.cut()
    offices.drop(UNITS[0], "1")
    wait_for(lambda: offices.count(WAITING) == 1, "the report in the queue")
    assert agent.stop() == 0
    file = agent.state / "agent.sqlite"
    whole = file.read_bytes()
    if damage == "garbage":
        file.write_bytes(b"nonsense " * 1000)
    elif damage == "a page":
        file.write_bytes(whole[:100] + b"\xa5" * 8000 + whole[8100:])
    else:
        file.unlink()
        file.mkdir()
    left = file.read_bytes() if file.is_file() else None
    for command in ("status", "queue", "run"):
        done = agent.run(command)
        assert done.returncode == 1 and "agent.sqlite" in done.stderr, done.stderr
    assert left is None or file.read_bytes() == left


# PostgreSQL goes away.

@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_postgresql_stops_in_the_middle(postgres, wide, mode):
    """Nothing accepted is lost, nobody is alerted twice, and nobody restarts anything."""
    silent = {sent.unit for sent in wide.sents[-20:]}  # four districts send nothing
    active = [sent for sent in wide.sents if sent.unit not in silent]
    unit = sorted(silent)[0]
    with wide.client(wide.districts.agents[unit]) as agent, wide.office() as office:
        watching = Watching(agent)
        wait_for(lambda: watching.clocks, "the stream")
        try:
            wide.districts.send(wide, active, 40, lambda: postgres.stop(mode))
            only_unavailable(active)
            assert serves(office) is None
            with pytest.raises(grpc.RpcError) as refusal:
                step_to(office, REMINDED)
            assert refusal.value.code() == Code.UNAVAILABLE
        finally:
            postgres.start()
        wide.districts.send_until_stored(wide, active)
        assert check_all_stored_once(wide, active) == len(active) == len(stored(wide))
        stepping = concurrent.futures.ThreadPoolExecutor(1)
        step = stepping.submit(step_to, office, DUE)
        try:
            wait_for(lambda: step.done() or alert_rows(wide), "the first alerts")
            postgres.stop(mode)
        finally:
            postgres.start()
        if step.exception() is not None:
            assert step.exception().code() == Code.UNAVAILABLE
        stepping.shutdown()
        wait_until_serves(wide)
        step_to(office, DUE)
        rows = [row for row in alert_rows(wide) if row[3] == f"district/{unit}"]
        assert {row[1] for row in rows} == {1, 2}  # reminded, then overdue
        got = watching.wait_alerts(len(rows))
        assert [alert.cursor for alert in got] == [row[0] for row in rows]
        watching.stop()
    assert {row[4] for row in alert_rows(wide)} == silent
    assert wide.process.alive()


def test_a_database_that_hangs_is_given_up_and_taken_again(own_postgres, tmp_path):
    """A frozen disk array looks like this. Callers get an answer, and duband can stop."""
    centre = centre_of(own_postgres, tmp_path, settings={"timeouts": {"query": "1s"}})
    centre.start()
    apply_plan(centre, wide_plan(4))
    districts = Districts(centre.authority, wide_units(4))
    sents = [districts.sent(wide_report(unit, section))
             for unit in districts.agents for section in WIDE_SECTIONS]
    frozen = family(postmaster_of(own_postgres.data))
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)
    try:
        districts.send(centre, sents)
        assert all(sent.codes == [Code.UNAVAILABLE] for sent in sents)
    finally:
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)
    districts.send_until_stored(centre, sents)
    assert check_all_stored_once(centre, sents) == len(sents) == len(stored(centre))
    frozen = family(postmaster_of(own_postgres.data))
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)
    try:
        assert centre.stop() == 0
    finally:
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)


def test_stopping_does_not_wait_for_a_database_that_is_gone(own_postgres, tmp_path):
    """An operator who stops both, in the wrong order, is not left waiting."""
    centre = centre_of(own_postgres, tmp_path)
    centre.start()
    apply_plan(centre)
    own_postgres.stop("immediate")
    centre.process.wait_line("database_down")
    assert centre.stop() == 0


def test_an_administrator_ends_every_connection_again_and_again(postgres, wide):
    """Maintenance on the database, in the reporting days: nobody is told anything wrong."""
    name = wide.config["database"]["conninfo"].rpartition("dbname=")[2]

    def end_all():
        for _ in range(5):
            postgres.psql("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                          f"WHERE datname = '{name}' AND pid <> pg_backend_pid()")
    wide.districts.send(wide, wide.sents, 5, end_all)
    only_unavailable(wide.sents)
    wide.districts.send_until_stored(wide, wide.sents)
    assert check_all_stored_once(wide, wide.sents) == len(wide.sents) == len(stored(wide))


def test_a_database_that_takes_no_writes_for_a_while(postgres, wide):
    """Locked by somebody's backup, or switched to read only: come again, says the centre."""
    name = wide.config["database"]["conninfo"].rpartition("dbname=")[2]
    first, second = wide.sents[:20], wide.sents[20:40]

    def reconnect():
        postgres.psql("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                      f"WHERE datname = '{name}'")
    with wide.office() as office:
        for setting, sents in (("on", first), ("off", second)):
            postgres.psql("postgres", f"ALTER DATABASE {name} SET "
                          f"default_transaction_read_only = {setting}")
            reconnect()
            wait_for(lambda: serves(office) or wide.process.lines("database_down"), "word")
            wide.districts.send(wide, sents)
            only_unavailable(sents)
            if setting == "on":
                assert not [sent for sent in sents if sent.receipts]
        wide.districts.send_until_stored(wide, first + second)
    assert check_all_stored_once(wide, wide.sents) == 40 == len(stored(wide))


def test_a_table_that_somebody_locks_longer_than_anybody_waits(postgres, tmp_path):
    """A forgotten transaction in an administrator's window does not lose or hang reports."""
    centre = centre_of(postgres, tmp_path, settings={"timeouts": {"query": "1s"}})
    centre.start()
    apply_plan(centre, wide_plan(4))
    districts = Districts(centre.authority, wide_units(4))
    sents = [districts.sent(wide_report(unit, section))
             for unit in districts.agents for section in WIDE_SECTIONS]
    forgotten = psycopg2.connect(centre.config["database"]["conninfo"])
    try:
        forgotten.cursor().execute("LOCK TABLE submission IN SHARE MODE")
        districts.send(centre, sents)
        assert all(sent.codes == [Code.UNAVAILABLE] for sent in sents)
        with centre.office() as office:  # who only reads goes on
            assert status_of(office).reports == 0
            office.alerts.ListAlerts(alerts_pb2.ListAlertsRequest(), timeout=TIMEOUT)
    finally:
        forgotten.close()
    districts.send_until_stored(centre, sents)
    assert check_all_stored_once(centre, sents) == len(sents) == len(stored(centre))
    assert centre.stop() == 0


# The schema.

def test_two_migrations_at_once_are_one(postgres, tmp_path):
    """Two machines are upgraded in the same minute: the second finds it done."""
    centre = centre_of(postgres, tmp_path)
    centre.write_config()
    command = [BIN / "duband", "migrate", "--config", centre.config_file]
    done = at_once(*[lambda: subprocess.run(command, capture_output=True, text=True,
                                            check=False)] * 4)
    assert [run.returncode for run in done] == [0] * 4, [run.stderr for run in done]
    assert sum("0001_init.sql" in run.stdout for run in done) == 1
    with database(centre) as cursor:
        cursor.execute("SELECT count(*), min(version) FROM migration")
        assert cursor.fetchone() == (len([*(ROOT / "migrations").glob("*.sql")]), 1)
    centre.start(migrate=False)
    assert centre.stop() == 0


def test_a_migration_that_is_killed_leaves_nothing(postgres, tmp_path):
    """Pulling the plug during an upgrade: the old schema, whole; the next try succeeds."""
    centre = centre_of(postgres, tmp_path)
    centre.migrate()
    mine = tmp_path / "migrations"
    shutil.copytree(ROOT / "migrations", mine)
    number = len([*mine.glob("*.sql")]) + 1
    slow = mine / f"{number:04}_slow.sql"
    slow.write_text("CREATE TABLE slow (n integer);\nSELECT pg_sleep(30);\n")
    centre.config["database"]["migrations"] = str(mine)
    centre.write_config()
    migration = Process([BIN / "duband", "migrate", "--config", centre.config_file],
                        tmp_path / "migrate.log")
    name = centre.config["database"]["conninfo"].rpartition("dbname=")[2]
    asleep = f"FROM pg_stat_activity WHERE datname = '{name}' AND query LIKE '%pg_sleep(30)%'"
    wait_for(lambda: postgres.psql("postgres", f"SELECT 1 {asleep}"), "the slow statement")
    migration.kill()
    postgres.psql("postgres", f"SELECT pg_terminate_backend(pid) {asleep} "
                  "AND pid <> pg_backend_pid()")
    with database(centre) as cursor:
        cursor.execute("SELECT to_regclass('slow'), max(version) FROM migration")
        assert cursor.fetchone() == (None, number - 1)
    slow.write_text("CREATE TABLE slow (n integer);\n")
    centre.migrate()
    centre.start(migrate=False)
    assert centre.stop() == 0


# Mail on its way.

class HeldMail(MailSink):
    """Takes a message, and is slow to say so."""

    held = True

    async def handle_DATA(self, server, session, envelope):
        answer = await super().handle_DATA(server, session, envelope)
        while self.held:
            await asyncio.sleep(0.01)
        return answer


def test_killed_while_it_sends_mail_every_alert_arrives(postgres, tmp_path):
    """A head hears of every alert; what was being sent at the crash may come twice, and is
    then the same message, which mail programs show once."""
    mail, units = HeldMail().up(), wide_units(6)
    centre = centre_of(postgres, tmp_path, settings={"deliver": {
        "smtp_url": f"smtp://127.0.0.1:{mail.port}", "smtp_from": "duban@changsha.test",
        "contacts": [{"name": "局办公室", "recipient": "department/bangongshi",
                      "kind": "email", "address": "office@changsha.test"}]}})
    centre.start()
    try:
        apply_plan(centre, wide_plan(len(units)))
        with centre.office() as office, concurrent.futures.ThreadPoolExecutor(1) as pool:
            step = pool.submit(step_to, office, LEAD_IS_TOLD)  # waits for what is sent
            wait_for(lambda: mail.messages, "the first mail")
            centre.process.kill()
            assert step.exception() is None or step.exception().code() == Code.UNAVAILABLE
        mail.held = False
        with psycopg2.connect(centre.config["database"]["conninfo"]) as connection:
            connection.cursor().execute(  # the two minutes of the lease pass
                "UPDATE delivery SET wall_claimed_until = now() - interval '1 s' "
                "WHERE wall_claimed_until IS NOT NULL")
        centre.start(migrate=False)

        def left():
            with database(centre) as cursor:
                cursor.execute("SELECT count(*) FROM delivery WHERE state <> 'sent'")
                return cursor.fetchone()[0]
        wait_for(lambda: left() == 0, "every mail to be recorded as sent")
        by_id = {}
        for message in mail.to("office@changsha.test"):
            by_id.setdefault(message["Message-ID"], []).append(message.get_content())
        assert max(map(len, by_id.values())) == 2  # the one at the crash
        assert all(len(set(same)) == 1 for same in by_id.values())
        whole = "".join(same[0] for same in by_id.values())
        for unit in units:
            for section in WIDE_SECTIONS:
                assert whole.count(f"第{unit}区2022年7月“{'一二三四五'[int(section) - 1]}、") == 1
    finally:
        centre.stop()
        mail.down()


# Two centres on one database.

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


# duband is told to stop, or to read its files again.

def test_sigterm_under_load_answers_or_refuses_every_call(wide):
    """An upgrade in the reporting days costs nobody a report, and leaves no doubt."""
    wide.districts.send(wide, wide.sents, 40,
                        lambda: wide.process.popen.send_signal(signal.SIGTERM))
    assert wide.process.stop(NO_SIGNAL) == 0
    only_unavailable(wide.sents)
    assert wide.process.lines("stopped status=0")
    held = check_all_stored_once(wide, wide.sents)
    assert 40 <= held == len(stored(wide))  # nothing stored that was not answered
    wide.start(migrate=False)
    wide.districts.send_until_stored(wide, wide.sents)
    assert check_all_stored_once(wide, wide.sents) == len(wide.sents)


def presented(centre, identity, session=None):
    """Connect as @identity: (the centre's certificate, resumed?, the session); None when
    it was not let in."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(centre.authority.file)
    context.load_cert_chain(identity.certificate_file, identity.key_file)
    context.set_alpn_protocols(["h2"])
    return knock(centre, session[0] if session else context, session and session[1])


def knock(centre, context, session):
    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
    with socket.create_connection(("127.0.0.1", centre.port), timeout=TIMEOUT) as raw:
        try:
            with context.wrap_socket(raw, server_hostname="localhost",
                                     session=session) as line:
                line.sendall(preface)
                if not line.recv(1000):
                    return None
                return (line.getpeercert(True), line.session_reused,
                        (context, line.session))
        except (ssl.SSLError, ConnectionError):
            return None


def test_certificates_are_renewed_while_everybody_works(wide):
    """Renewal costs no call: new connections see the new certificate, old ones go on."""
    agent = wide.districts.agents[wide_units(1)[0]]
    before = presented(wide, agent)
    renewed = wide.authority.issue("renewed", "/node/1", ("server", "client"),
                                   dns=("localhost",))

    def renew():
        wide.node.certificate_file.write_bytes(renewed.certificate_file.read_bytes())
        wide.node.key_file.write_bytes(renewed.key_file.read_bytes())
        wide.process.popen.send_signal(signal.SIGHUP)

    wide.districts.send(wide, wide.sents, 20, renew)
    assert not [sent for sent in wide.sents if sent.codes]
    wide.process.wait_line("credentials_reloaded")
    assert before[0] == wide.node.der
    assert presented(wide, agent)[0] == renewed.der
    assert presented(wide, agent, before[2]) is not None
    assert check_all_stored_once(wide, wide.sents) == len(wide.sents)


def test_a_key_that_does_not_fit_its_certificate_changes_nothing(wide):
    """Half of a renewal was copied: the centre goes on with what it has, and says so."""
    agent = wide.districts.agents[wide_units(1)[0]]
    wide.node.key_file.write_bytes(pem(wide.receipts.key))
    wide.process.popen.send_signal(signal.SIGHUP)
    wide.process.wait_line("credentials_kept")
    assert presented(wide, agent)[0] == wide.node.der


def test_revoked_at_once_also_with_a_session_from_before(wide):
    """A stolen machine is out the moment that the list says so: on the line that it has
    open, on a new one, and with a session that it kept."""
    unit = wide_units(1)[0]
    thief = wide.authority.agent(unit, 9)
    with wide.client(thief) as client:
        watching = Watching(client)
        wait_for(lambda: watching.clocks, "the stream")
        kept = presented(wide, thief)[2]
        assert presented(wide, thief, kept)[1]  # it does resume
        wide.authority.revoke(thief)
        wide.process.popen.send_signal(signal.SIGHUP)
        assert watching.wait_error().code() == Code.UNAVAILABLE
        assert "closed=0" not in wide.process.wait_line("credentials_reloaded")
        assert presented(wide, thief) is None
        assert presented(wide, thief, kept) is None
    assert presented(wide, wide.districts.agents[unit])


# The disk is full.

@pytest.fixture
def small_disk():
    disk = SmallDisk(64)
    if not disk.mounted:
        disk.close()
        pytest.skip("needs the right to mount a file system (a small tmpfs)")
    yield disk
    disk.close()


def test_no_room_for_the_data_while_the_log_has_some(own_postgres, small_disk, tmp_path):
    """Statements fail one by one; PostgreSQL lives on. Each sender is told to come again."""
    space = small_disk.folder / "space"
    space.mkdir()
    shutil.chown(space, own_postgres.user)
    own_postgres.psql("postgres", f"CREATE TABLESPACE small LOCATION '{space}'")
    own_postgres.psql("postgres", "CREATE DATABASE cramped TABLESPACE small")
    centre = Duband(tmp_path, f"host={own_postgres.folder} user=postgres dbname=cramped",
                    start_at=JULY_IS_DUE).start()
    try:
        apply_plan(centre, wide_plan(MANY))
        districts = Districts(centre.authority, wide_units(MANY))
        sents = [districts.sent(wide_report(unit, section))
                 for unit in districts.agents for section in WIDE_SECTIONS]
        districts.send(centre, sents[:50])
        small_disk.fill()
        districts.send(centre, sents)
        only_unavailable(sents)
        assert [sent for sent in sents if not sent.receipts]
        with centre.office() as office:
            assert status_of(office)
        assert not [line for line in centre.process.lines() if "database_down" in line]
        small_disk.free()
        districts.send_until_stored(centre, sents)
        assert check_all_stored_once(centre, sents) == len(sents) == len(stored(centre))
    finally:
        assert centre.stop() == 0
        own_postgres.stop("immediate")


def started_anew(postgres):
    """False while the old server, which may still be giving up, stands in the way."""
    postgres.stop("immediate")
    try:
        postgres.start()
    except subprocess.CalledProcessError:
        return False
    return True


def test_no_room_for_the_log_of_postgresql(own_postgres, small_disk, tmp_path):
    """PostgreSQL gives up; the operator makes room and starts it: all receipts hold."""
    own_postgres.stop()
    log = pathlib.Path(own_postgres.data) / "pg_wal"
    shutil.move(log, small_disk.folder / "pg_wal", copy_function=shutil.copy)
    for path in (small_disk.folder / "pg_wal", *(small_disk.folder / "pg_wal").rglob("*")):
        shutil.chown(path, own_postgres.user)
    log.symlink_to(small_disk.folder / "pg_wal")
    own_postgres.start()
    centre = centre_of(own_postgres, tmp_path)
    centre.start()
    try:
        apply_plan(centre, wide_plan(MANY))
        districts = Districts(centre.authority, wide_units(MANY))
        sents = [districts.sent(wide_report(unit, section))
                 for unit in districts.agents for section in WIDE_SECTIONS]
        districts.send(centre, sents[:50])
        small_disk.fill()

        def room_is_used_up():
            own_postgres.run("psql", "-h", str(own_postgres.folder), "-U", "postgres", "-c",
                             "SELECT pg_switch_wal(), txid_current()", check=False)
            districts.send(centre, sents[50:60])
            return sents[50].codes
        wait_for(room_is_used_up, "PostgreSQL to give up")
        districts.send(centre, sents)
        only_unavailable(sents)
        assert [sent for sent in sents if not sent.receipts]
        small_disk.free()
        wait_for(lambda: started_anew(own_postgres), "PostgreSQL to start again")
        districts.send_until_stored(centre, sents)
        assert check_all_stored_once(centre, sents) == len(sents) == len(stored(centre))
    finally:
        assert centre.stop() == 0
        own_postgres.stop("immediate")


@pytest.fixture
def cramped(offices, small_disk, tmp_path):
    """The nine; the first one's state is on a small disk."""
    unit, state = UNITS[0], small_disk.folder / "state"
    stand_in = types.SimpleNamespace(authority=offices.centre.authority,
                                     port=offices.line.port)
    agent = Agent(tmp_path / "cramped", stand_in, unit,
                  settings={"agent": {"state_dir": str(state)}})
    agent.state = state
    offices.agents = {unit: agent}
    offices.start()
    return agent


def acknowledged_is_stored(offices, agent, names):
    """@agent's receipts are the centre's, and each file lies where it belongs."""
    for name in names:
        assert "【回执】" in agent.outcome(name)
    rows = offices.rows(UNITS[0])
    assert {(UNITS[0], report_id): receipt for report_id, state, receipt, _ in rows
            if state == ACKNOWLEDGED} == {
        key: receipt for key, (receipt, _) in stored(offices.centre).items()}
    assert len(rows) == len(names)


def test_an_agent_without_room_keeps_the_files_and_says_so(offices, cramped, small_disk):
    """A reporter's file is never gone without a receipt; room is all that is needed."""
    offices.drop(UNITS[0], "1")
    cramped.outcome("2022-07-1.yaml")
    small_disk.fill()
    offices.drop(UNITS[0], "2")
    offices.drop(UNITS[0], "3")
    assert "磁盘已满" in cramped.service.wait_line("file=2022-07-3.yaml why=")
    assert (cramped.spool / "2022-07-2.yaml").exists() and cramped.service.alive()
    small_disk.free()
    offices.drop(UNITS[0], "5")  # a new file makes it look at all of them at once
    acknowledged_is_stored(offices, cramped, offices.dropped[UNITS[0]])
    assert cramped.stop() == 0


def test_an_agent_without_room_for_the_receipt_asks_for_it_again(offices, cramped,
                                                                 small_disk):
    """The report is at the centre, the receipt fits nowhere: it is fetched once more."""
    offices.line.cut()
    offices.drop(UNITS[0], "1")
    offices.drop(UNITS[0], "2")
    wait_for(lambda: len(offices.rows(UNITS[0])) == 2, "both in the queue")
    small_disk.fill()
    offices.line.mend()
    wait_for(lambda: stored(offices.centre), "the report at the centre")
    assert "磁盘已满" in cramped.service.wait_line("store_failed")
    small_disk.free()
    wait_for(lambda: offices.count_of(UNITS[0], ACKNOWLEDGED) == 2, "both receipts")
    acknowledged_is_stored(offices, cramped, offices.dropped[UNITS[0]])
    assert cramped.stop() == 0
