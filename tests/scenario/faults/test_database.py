"""PostgreSQL stops, hangs, is locked, takes no writes; migrations that meet or are killed."""
import concurrent.futures
import os
import shutil
import signal
import subprocess

import grpc
import psycopg2
import pytest

from alerts_support import Watching
from faults_support import (DUE, REMINDED, WIDE_SECTIONS, Code, Districts, alert_rows,
                            apply_plan, at_once, centre_of, check_all_stored_once,
                            database, family, only_unavailable, postmaster_of, serves,
                            status_of, stored, wait_until_serves, wide_plan, wide_report,
                            wide_units)
from harness import BIN, ROOT, Process, wait_for
from protos import alerts_pb2
from reports_support import TIMEOUT, step_to


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
