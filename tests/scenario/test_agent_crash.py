"""duban-agent killed, stopped and without room on its disk: nothing is lost or sent twice.

Each test says what a district would lose if it failed.
"""
import signal
import sqlite3
import subprocess

import pytest

from agent_support import AGENT, Agent, agent, centre, report_yaml  # noqa: F401
from harness import Process, wait_for


def test_killed_while_the_answer_is_on_its_way(agent, centre):
    """kill -9 between sending and receipt: the same report again, stored once."""
    centre.gate.clear()
    submit = Process([AGENT, "submit", "--config", agent.config, agent.file(report_yaml())],
                     agent.folder / "submit.log")
    wait_for(lambda: centre.receipts, "the report at the centre")
    submit.kill()
    assert agent.json("queue")[0]["state"] == "waiting"
    centre.gate.set()
    agent.start()
    agent.service.wait_line("state=acknowledged")
    assert len(centre.submissions) == 2 and len(set(centre.submissions)) == 1


def test_killed_before_the_receipt_is_written_down(agent, centre):
    """kill -9 after the receipt came and before it is on the disk: it comes again."""
    agent.submit(report_yaml(), "--queue-only", check=4)
    database = sqlite3.connect(agent.state / "agent.sqlite", isolation_level=None)

    def lock(_, report):
        other = sqlite3.connect(agent.state / "agent.sqlite", isolation_level=None,
                                check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        held.append(other)
    held = []
    centre.before = lock
    agent.start()
    wait_for(lambda: centre.receipts, "the report at the centre")
    agent.stop(signal.SIGKILL)
    held[0].execute("ROLLBACK")
    held[0].close()
    assert database.execute("SELECT state FROM report").fetchall() == [(0,)]
    centre.before = None
    agent.start()
    agent.service.wait_line("state=acknowledged")
    assert len(centre.reports) == 1 and len(centre.submissions) >= 2


def test_killed_again_and_again_loses_nothing(agent, centre):
    """Whatever the moment of a crash, each dropped file is reported exactly once."""
    agent.run("status")
    agent.start()
    agent.service.wait_line(" plan ")
    names = [f"n{i}.yaml" for i in range(12)]
    for i, name in enumerate(names):
        agent.drop(report_yaml(started=100 + i), name)
        if i % 3 == 2:
            agent.stop(signal.SIGKILL)
            agent.start()
    for name in names:
        agent.outcome(name)
    assert len(centre.reports) == len(names)
    assert {r["state"] for r in agent.json("queue")} == {"acknowledged"}
    assert agent.stop() == 0


def test_a_full_disk_says_so(agent, centre):
    """Nothing is half written, and the reporter is told what to do."""
    agent.submit(report_yaml(), check=0)
    done = subprocess.run(
        ["sh", "-c", 'ulimit -f 1; trap "" XFSZ; exec "$@"', "sh", AGENT, "submit",
         "--config", agent.config, "--queue-only",
         agent.file(report_yaml(started=102, extra="  communities_accepted: 1\n"))],
        capture_output=True, text=True, timeout=60)
    assert done.returncode == 1, done.stderr
    assert "磁盘" in done.stderr or "读写" in done.stderr
    assert [r["state"] for r in agent.json("queue")] == ["acknowledged"]


def test_a_stop_while_a_report_is_on_its_way(agent, centre):
    """SIGTERM ends at once and cleanly; the report is sent again at the next start."""
    centre.gate.clear()
    agent.start()
    agent.service.wait_line(" plan ")
    agent.drop(report_yaml(), "a.yaml")
    wait_for(lambda: centre.receipts, "the report at the centre")
    assert agent.stop() == 0
    centre.gate.set()
    agent.start()
    assert "0001" in agent.outcome("a.yaml")
    assert len(centre.reports) == 1


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 512 KiB; needs the right to mount."""
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", folder],
                          capture_output=True)
    if done.returncode != 0:
        pytest.skip("may not mount")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_disk_that_fills_up(small_disk, centre):
    """A full disk is said, and what was dropped is reported when there is room again."""
    agent = Agent(small_disk / "agent", centre)
    agent.start()
    try:
        agent.service.wait_line(" plan ")
        filler = small_disk / "filler"
        agent.file(report_yaml(), ".a.yaml").rename(agent.spool / "a.yaml.tmp")
        with pytest.raises(OSError), open(filler, "wb", buffering=0) as out:
            while True:
                out.write(bytes(4096))
        (agent.spool / "a.yaml.tmp").rename(agent.spool / "a.yaml")
        failed = subprocess.run([AGENT, "submit", "--config", agent.config,
                                 agent.spool / "a.yaml"], capture_output=True, text=True)
        assert failed.returncode == 1 and "磁盘已满" in failed.stderr, failed.stderr
        assert not centre.reports
        filler.unlink()
        agent.drop(report_yaml(started=101), "b.yaml")
        agent.outcome("b.yaml")
        wait_for(lambda: len(centre.reports) == 2, "both")
        assert agent.stop() == 0
    finally:
        if agent.service:
            agent.stop(signal.SIGKILL)
