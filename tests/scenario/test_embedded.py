"""The PostgreSQL that duband runs itself, where things go wrong around it.

What it is like on a good day (private, adopted after kill -9, refused when it cannot be)
stands in test_core.py. Here: reports in flight, half-made clusters, power cuts, a second
duband, and what is left behind. An office without a database administrator would lose its
reports, or its morning.
"""
import contextlib
import os
import pathlib
import pwd
import signal
import subprocess

import pytest

from faults_support import (JULY_IS_DUE, WIDE_SECTIONS, Districts, apply_plan,
                            check_all_stored_once, family, only_unavailable, open_folder,
                            postmaster_of, stored, wide_plan, wide_report, wide_units)
from harness import BIN, ROOT, Duband, Process, wait_for
from protos import administration_pb2
from reports_support import TIMEOUT

SCHEMA = len(list((ROOT / "migrations").glob("*.sql")))  # what this program was written for
UNITS = 20  # five reports each
NO_SIGNAL = 0  # it was told already


class Embedded(Duband):
    """A centre whose database is its own."""

    def __init__(self, folder, **options):
        super().__init__(folder, "", start_at=JULY_IS_DUE, **options)
        self.state = self.folder / "state/postgres"

    def up(self):
        return self.start(migrate=False)

    def postmaster(self):
        return postmaster_of(self.state / "data")

    def begin(self):
        """Up, with a plan, and with reports that are owed."""
        self.up()
        apply_plan(self, wide_plan(UNITS))
        self.districts = Districts(self.authority, wide_units(UNITS))
        self.sents = [self.districts.sent(wide_report(unit, section))
                      for unit in self.districts.agents for section in WIDE_SECTIONS]

    def check_all(self):
        self.districts.send_until_stored(self, self.sents)
        assert check_all_stored_once(self, self.sents) == len(self.sents) == len(stored(self))

    def launch(self):
        """Start without waiting for it to serve."""
        self.write_config()
        log = self.folder / "duband.log"
        log.write_text("")
        self.process = Process([BIN / "duband", "--config", self.config_file], log)

    def clear(self):
        if self.process and self.process.alive():
            self.process.kill()
        pid = self.postmaster()
        if pid:
            os.kill(pid, signal.SIGQUIT)
            wait_for(lambda: not is_there(pid), "PostgreSQL to be gone")


def is_there(pid):
    """It runs; a zombie does not."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def centre():
    with open_folder() as folder:
        made = Embedded(folder)
        yield made
        log = made.folder / "duband.log"
        assert not log.exists() or "Sanitizer" not in log.read_text("utf-8", "replace")
        made.clear()


def test_it_runs_as_its_own_user_and_goes_without_a_trace(centre):
    """Nobody has to clean up after duband, and no part of PostgreSQL is root's."""
    centre.begin()
    pids = family(centre.postmaster())
    user = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
    for pid in pids:
        assert pathlib.Path(f"/proc/{pid}").owner() == user
    for path in (centre.state, centre.state / "data"):
        assert path.stat().st_mode & 0o777 == 0o700 and path.owner() == user
    centre.districts.send(centre, centre.sents, 10,
                          lambda: centre.process.popen.send_signal(signal.SIGTERM))
    assert centre.process.stop(NO_SIGNAL) == 0
    assert not [pid for pid in pids if is_there(pid)]
    assert centre.postmaster() is None
    only_unavailable(centre.sents)
    centre.up()
    assert check_all_stored_once(centre, centre.sents) >= 10
    centre.check_all()
    assert centre.stop() == 0


def test_its_postmaster_is_killed_under_load(centre):
    """The out-of-memory killer picks the largest: senders wait a moment, nothing is lost."""
    centre.begin()
    centre.districts.send(centre, centre.sents, 10,
                          lambda: os.kill(centre.postmaster(), signal.SIGKILL))
    only_unavailable(centre.sents)
    centre.check_all()
    assert centre.process.lines("PostgreSQL died; it is started again")
    assert centre.stop() == 0


def test_one_of_its_backends_is_killed_under_load(centre):
    """PostgreSQL restarts all of itself then; the postmaster stays the same."""
    centre.begin()
    pid = centre.postmaster()

    def kill_a_backend():
        for child in family(pid)[1:]:
            command = pathlib.Path(f"/proc/{child}/cmdline").read_text()
            if "duban" in command and "[local]" in command:
                os.kill(child, signal.SIGKILL)
                return
        raise AssertionError("no backend")
    centre.districts.send(centre, centre.sents, 10, kill_a_backend)
    only_unavailable(centre.sents)
    centre.check_all()
    assert centre.postmaster() == pid
    assert centre.stop() == 0


def test_the_power_fails(centre):
    """duband and all of PostgreSQL end in the same moment; the pid file names somebody
    else's process by the time of the next start."""
    centre.begin()

    def cut():
        for pid in [centre.process.pid, *family(centre.postmaster())]:
            with contextlib.suppress(ProcessLookupError):  # it ended by itself
                os.kill(pid, signal.SIGKILL)
    pids = family(centre.postmaster())
    centre.districts.send(centre, centre.sents, 10, cut)
    only_unavailable(centre.sents)
    centre.process.kill()
    wait_for(lambda: not any(pathlib.Path(f"/proc/{pid}").exists() for pid in pids),
             "the lights to be out, zombies too")
    file = centre.state / "data/postmaster.pid"
    lines = file.read_text().splitlines()
    file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    centre.up()
    assert check_all_stored_once(centre, centre.sents) >= 10
    centre.check_all()
    assert centre.stop() == 0


def test_killed_while_it_makes_its_cluster(centre):
    """The first start was interrupted: the second begins again, by itself."""
    centre.launch()
    wait_for(lambda: [*centre.state.glob("fresh.*/PG_VERSION")], "initdb at work")
    centre.process.kill()
    centre.up()
    assert (centre.state / "data/PG_VERSION").exists()
    assert not [*centre.state.glob("fresh*")]
    assert centre.stop() == 0
    assert centre.postmaster() is None


def test_told_to_stop_while_it_makes_its_cluster(centre):
    """A stop during installation is a stop, and leaves no initdb behind."""
    centre.launch()
    wait_for(lambda: [*centre.state.glob("fresh.*/PG_VERSION")], "initdb at work")
    children = family(centre.process.pid)[1:]
    assert children
    assert centre.process.stop() == 0
    assert not [pid for pid in children if is_there(pid)]
    assert not (centre.state / "data").exists()
    centre.up()
    assert centre.stop() == 0


def test_killed_while_postgresql_starts(centre):
    """The next duband waits for that PostgreSQL; it does not start another."""
    centre.up()
    assert centre.stop() == 0
    centre.launch()
    pid = wait_for(centre.postmaster, "PostgreSQL to begin")
    centre.process.kill()
    centre.up()
    assert centre.postmaster() == pid
    assert centre.stop() == 0


def test_ctrl_c_stops_duband_first(centre):
    """A terminal sends its signal to everybody in front: PostgreSQL must not leave first."""
    centre.up()
    pid = centre.postmaster()
    assert os.getpgid(pid) != os.getpgid(centre.process.pid)
    os.killpg(os.getpgid(centre.process.pid), signal.SIGINT)
    assert centre.process.stop(NO_SIGNAL) == 0
    assert not centre.process.lines("PostgreSQL died") and not is_there(pid)


def test_a_second_duband_on_the_same_folder_is_refused(centre):
    """Two would stop the database under each other."""
    centre.up()
    pid = centre.postmaster()
    done = subprocess.run([BIN / "duband", "--config", centre.config_file],
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "another duband" in done.stderr and str(centre.state) in done.stderr
    assert centre.postmaster() == pid
    with centre.office() as office:
        assert office.administration.GetStatus(administration_pb2.GetStatusRequest(),
                                               timeout=TIMEOUT).schema == SCHEMA
    assert centre.stop() == 0


def test_its_schema_is_refused_when_it_is_too_new(centre):
    """Going back to an old version over new data: it says which versions it serves."""
    mine = centre.folder / "migrations"
    subprocess.run(["cp", "-r", ROOT / "migrations", mine], check=True)
    newest = max(int(path.name[:4]) for path in mine.glob("*.sql"))
    centre.config["database"]["migrations"] = str(mine)
    for number in (newest + 1, newest + 2):
        (mine / f"{number:04}_later.sql").write_text(f"CREATE TABLE later{number} (n int);\n")
    centre.launch()
    code = centre.process.popen.wait(TIMEOUT)
    assert code == 1
    (line,) = centre.process.lines("cannot_start")
    assert f"version {newest + 2}" in line and f"{newest} and {newest + 1}" in line
    assert centre.postmaster() is None
