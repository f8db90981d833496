"""The disk is full."""
import pathlib
import shutil
import subprocess
import types

import pytest

from faults_support import (ACKNOWLEDGED, JULY_IS_DUE, MANY, UNITS, WIDE_SECTIONS,
                            Districts, SmallDisk, apply_plan, centre_of,
                            check_all_stored_once, only_unavailable, status_of, stored,
                            wide_plan, wide_report, wide_units)
from harness import Duband, wait_for
from agent_support import Agent


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
