"""duband as an operator meets it: it starts, comes back by itself, and stops cleanly."""
import datetime
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import threading

import grpc
import pytest

from harness import BIN, ROOT, Duband, Process, wait_for
from protos import administration_pb2

SCHEMA = len(list((ROOT / "migrations").glob("*.sql")))  # what this program was written for
MORE, BAD, GAP = (f"{SCHEMA + n:04}_{name}.sql"
                  for n, name in ((1, "more"), (2, "bad"), (4, "gap")))


@pytest.fixture
def folder():
    """One that the user postgres can reach; pytest's own is closed to others."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="duban-core-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def embedded(folder):
    """A running centre with the embedded PostgreSQL."""
    duband = Duband(folder, "")
    yield duband.start(migrate=False)
    if duband.process.alive():
        duband.stop()
    pid = postmaster(duband)
    if pid:
        os.kill(pid, signal.SIGQUIT)


def postmaster(duband):
    """The process id of its PostgreSQL, or None."""
    file = duband.folder / "state/postgres/data/postmaster.pid"
    try:
        pid = int(file.read_text().splitlines()[0])
        os.kill(pid, 0)
    except (OSError, ValueError, IndexError):
        return None
    return pid


def status_of(client):
    return client.administration.GetStatus(administration_pb2.GetStatusRequest(), timeout=10)


def duband_command(*arguments):
    return subprocess.run([BIN / "duband", *arguments], capture_output=True, text=True,
                          timeout=60)


def serves(client):
    """GetStatus answers; UNAVAILABLE is the only other thing that it may say."""
    try:
        return status_of(client)
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.UNAVAILABLE, error
        return None


def test_embedded_database_is_private_and_goes_with_duband(embedded):
    """Somebody who installs one package has a working centre, and no open database."""
    with embedded.office() as office:
        status = status_of(office)
    assert status.schema == SCHEMA and status.database.startswith("embedded")
    state = embedded.folder / "state/postgres"
    assert state.stat().st_mode & 0o777 == 0o700
    shown = subprocess.run(["psql", "-h", state, "-U", "duban", "-d", "postgres", "-qAtc",
                            "SHOW listen_addresses"], cwd="/", capture_output=True,
                           text=True, check=True)
    assert shown.stdout.strip() == ""
    assert embedded.stop() == 0
    assert postmaster(embedded) is None


def test_a_stranger_cannot_enter_the_embedded_database(embedded):
    """Whatever becomes of the folder's mode, only duband's own users get in."""
    if os.getuid() != 0:
        pytest.skip("needs root to become somebody else")
    state = embedded.folder / "state/postgres"
    state.chmod(0o755)
    for name in state.glob(".s.PGSQL.*"):
        name.chmod(0o777)
    done = subprocess.run(["setpriv", "--reuid=nobody", "--clear-groups", "psql", "-h",
                           str(state), "-U", "duban", "-d", "postgres", "-c", "select 1"],
                          cwd="/", capture_output=True, text=True, check=False)
    assert done.returncode != 0 and "Peer authentication failed" in done.stderr


def test_a_killed_duband_finds_its_database_again(embedded):
    """kill -9 leaves PostgreSQL running: the next duband adopts it, and ends it."""
    pid = postmaster(embedded)
    embedded.process.kill()
    assert postmaster(embedded) == pid
    embedded.start(migrate=False)
    assert embedded.process.lines("adopted PostgreSQL")
    assert postmaster(embedded) == pid
    with embedded.office() as office:
        assert status_of(office).schema == SCHEMA
    assert embedded.stop() == 0
    assert postmaster(embedded) is None


def test_a_killed_database_comes_back(embedded):
    """Callers get UNAVAILABLE for a moment, and nobody needs to restart anything."""
    pid = postmaster(embedded)
    with embedded.office() as office:
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: postmaster(embedded) not in (None, pid), "a new PostgreSQL")
        wait_for(lambda: serves(office), "duband to serve again")
    assert embedded.process.lines("database_down")
    assert embedded.stop() == 0


def test_an_interrupted_initdb_is_started_over(folder):
    """Half a cluster never looks like one."""
    duband = Duband(folder, "")
    fresh = folder / "state/postgres/fresh"
    (folder / "state/postgres").mkdir(parents=True)
    fresh.mkdir()
    (fresh / "PG_VERSION").write_text("15\n")
    if os.getuid() == 0:
        for path in (folder / "state/postgres", fresh):
            shutil.chown(path, "postgres")
    duband.start(migrate=False)
    assert not fresh.exists()
    assert duband.stop() == 0


def test_another_versions_data_is_refused_with_the_way_out(folder):
    """After an upgrade of the packages the data is not touched."""
    data = folder / "state/postgres/data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("9\n")
    if os.getuid() == 0:
        shutil.chown(folder / "state/postgres", "postgres")
    duband = Duband(folder, "")
    duband.write_config()
    done = duband_command("--config", duband.config_file)
    assert done.returncode == 1
    assert "PostgreSQL 9's" in done.stderr and "pg_upgrade" in done.stderr


def test_a_closed_folder_is_named(tmp_path):
    """PostgreSQL's user must be able to reach its folder: say which one is in the way."""
    if os.getuid() != 0:
        pytest.skip("needs root to run as somebody else")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    duband = Duband(closed, "")
    duband.write_config()
    done = duband_command("--config", duband.config_file)
    assert done.returncode == 1 and "may not enter" in done.stderr


def test_a_path_too_long_for_a_socket_is_refused(folder):
    deep = folder / ("x" * 90)
    deep.mkdir()
    duband = Duband(deep, "")
    duband.write_config()
    done = duband_command("--config", duband.config_file)
    assert done.returncode == 1 and "shorter server.state_dir" in done.stderr


def test_exit_codes_and_what_they_come_with(folder):
    """Scripts and systemd read them."""
    assert duband_command("--version").stdout.startswith("duband ")
    assert duband_command("--help").returncode == 0
    assert duband_command("--no-such-option").returncode == 2
    assert duband_command("serve").returncode == 2
    config = folder / "duband.yaml"
    config.write_text("server:\n  trust_domian: x\n  drain: soon\n")
    wrong = duband_command("--check-config", "--config", config)
    assert wrong.returncode == 78
    assert "duband.yaml:2:3" in wrong.stderr and "trust_domain" in wrong.stderr
    assert "server.drain" in wrong.stderr
    assert duband_command("--check-config", "--config", folder / "none").returncode == 78


def test_the_printed_sample_is_a_right_configuration(folder):
    config = folder / "duband.yaml"
    config.write_text(duband_command("--print-config").stdout)
    assert duband_command("--check-config", "--config", config).returncode == 0


def test_an_unmigrated_database_is_refused_and_says_what_to_do(postgres, tmp_path):
    duband = Duband(tmp_path, postgres.create())
    duband.write_config()
    done = duband_command("--config", duband.config_file)
    assert done.returncode == 1 and "duband migrate" in done.stderr
    check = duband_command("migrate", "--check", "--config", duband.config_file)
    assert check.returncode == 1
    duband.migrate()
    assert duband_command("migrate", "--check", "--config",
                          duband.config_file).returncode == 0
    duband.migrate()  # twice is once


def test_a_changed_or_missing_migration_is_refused(postgres, folder):
    """Nobody knows what a schema is whose history was changed."""
    duband = Duband(folder, postgres.create())
    mine = folder / "migrations"
    shutil.copytree(ROOT / "migrations", mine)
    (mine / MORE).write_text("CREATE TABLE more (n integer);\n")
    duband.config["database"]["migrations"] = str(mine)
    duband.migrate()
    (mine / MORE).write_text("CREATE TABLE more (n bigint);\n")
    done = duband_command("migrate", "--config", duband.config_file)
    assert done.returncode == 1 and f"{MORE} was changed" in done.stderr
    (mine / MORE).unlink()
    done = duband_command("migrate", "--config", duband.config_file)
    assert done.returncode == 1 and "missing" in done.stderr
    (mine / MORE).write_text("CREATE TABLE more (n integer);\n")
    (mine / BAD).write_text("CREATE TABLE half (n integer); SELECT wrong;\n")
    done = duband_command("migrate", "--config", duband.config_file)
    assert done.returncode == 1 and BAD in done.stderr
    (mine / BAD).write_text("CREATE TABLE half (n integer);\n")
    duband.migrate()  # what failed left nothing behind
    (mine / GAP).write_text("SELECT 1;\n")
    done = duband_command("migrate", "--config", duband.config_file)
    assert done.returncode == 1 and f"{SCHEMA + 3:04}" in done.stderr


def test_the_next_schema_is_served_and_the_one_after_is_not(postgres, tmp_path):
    """Upgrades roll: the database is migrated while the old version still serves."""
    duband = Duband(tmp_path, postgres.create()).start()
    database = duband.config["database"]["conninfo"].split("dbname=")[1]
    insert = "INSERT INTO migration (version, name, checksum) VALUES ({}, 'x', '')"
    assert duband.stop() == 0
    postgres.psql(database, insert.format(SCHEMA + 1))
    duband.start(migrate=False)
    assert duband.stop() == 0
    postgres.psql(database, insert.format(SCHEMA + 2))
    done = duband_command("--config", duband.config_file)
    assert done.returncode == 1 and f"version {SCHEMA + 2}" in done.stderr
    assert f"{SCHEMA} and {SCHEMA + 1}" in done.stderr


def test_a_database_that_is_not_there_is_waited_for(tmp_path):
    """duband may be started before its database: it says so, once, and waits."""
    duband = Duband(tmp_path, f"host={tmp_path} dbname=none")
    duband.write_config()
    process = Process([BIN / "duband", "--config", duband.config_file],
                      tmp_path / "duband.log")
    process.wait_line("waiting_for_database")
    assert process.alive()
    assert process.stop() == 0
    assert len(process.lines("waiting_for_database")) == 1


def test_sigterm_ends_open_streams_and_leaves_nothing(centre):
    with centre.office() as office:
        assert serves(office)
        assert centre.stop() == 0
    assert centre.process.lines("stopped status=0")


def test_a_second_signal_does_not_wait_for_slow_callers(postgres, tmp_path):
    """One caller who never finishes must not hold up a restart."""
    centre = Duband(tmp_path, postgres.create(), settings={"server": {"drain": "10m"}})
    centre.start()
    never = threading.Event()
    with centre.office() as office:
        assert serves(office)
        slow = office.channel.stream_unary("/duban.v1.Administration/GetStatus")
        call = slow.future(iter(lambda: never.wait() and b"", None))
        with pytest.raises(grpc.FutureTimeoutError):
            call.result(timeout=0.5)  # it is open
        centre.process.popen.send_signal(signal.SIGTERM)
        centre.process.wait_line("stopping")
        assert centre.process.alive()
        assert centre.stop() == 0
        never.set()
    assert centre.process.lines("hurrying")


def test_a_reload_closes_a_revoked_peer(centre):
    """Revocation is effective at once, without a restart."""
    person = centre.authority.person("gengxin", "leaver")
    with centre.client(person) as client:
        assert serves(client)
        centre.authority.revoke(person)
        centre.process.popen.send_signal(signal.SIGHUP)
        centre.process.wait_line("credentials_reloaded")
        assert serves(client) is None
    with centre.office() as office:
        assert serves(office)


def test_a_reload_that_fails_changes_nothing(centre):
    """A half-copied file must not lock everybody out."""
    whole = centre.authority.crl_file.read_bytes()
    centre.authority.crl_file.write_bytes(whole[:len(whole) // 2])
    centre.process.popen.send_signal(signal.SIGHUP)
    centre.process.wait_line("credentials_kept")
    with centre.office() as office:
        assert serves(office)


def test_an_outdated_revocation_list_is_a_warning_that_stays(postgres, tmp_path):
    """soft: everybody still gets in, and somebody is told to renew it."""
    centre = Duband(tmp_path, postgres.create())
    centre.authority.write_crl(valid=datetime.timedelta(hours=-1))
    centre.start()
    with centre.office() as office:
        assert serves(office)
    assert centre.process.lines("crl_outdated_soon")
    assert centre.stop() == 0
