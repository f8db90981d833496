"""What breaks under duband, and what a district finds afterwards: every receipt holds."""
import concurrent.futures
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

import grpc
import pytest

from harness import Duband, plan_files, wait_for
from protos import plans_pb2, reports_pb2
from reports_support import TIMEOUT, report, sealed, submit

UNITS = ["430102", "430103", "430104", "430105", "430111", "430112", "430121", "430181",
         "430182"]


class District:
    """An agent that keeps its envelope until it has the receipt."""

    def __init__(self, centre, unit):
        authority = centre.authority
        self.centre, self.unit, self.receipt = centre, unit, None
        self.identity = authority.agent(unit)
        self.envelope = sealed(authority.signer(unit), report(unit))

    def send(self):
        """The receipt; None when it is to be sent again, which must be said so."""
        with self.centre.client(self.identity) as client:
            try:
                return submit(client, self.envelope)
            except grpc.RpcError as error:
                assert error.code() == grpc.StatusCode.UNAVAILABLE, error
                return None

    def send_until_stored(self):
        return wait_for(self.send, f"a receipt for {self.unit}")


def begin(centre):
    centre.start(migrate=bool(centre.config["database"]["conninfo"]))
    with centre.office() as office:
        office.plans.ApplyPlan(plans_pb2.ApplyPlanRequest(files=plan_files()), timeout=TIMEOUT)
    return [District(centre, unit) for unit in UNITS]


def send_all(districts):
    with concurrent.futures.ThreadPoolExecutor(len(districts)) as pool:
        return list(pool.map(District.send, districts))


def check_all_hold(centre, districts, first):
    """Sent again, each is stored, with the receipt it had; and each is there once."""
    for district, receipt in zip(districts, first):
        again = district.send_until_stored()
        assert receipt is None or again == receipt
    with centre.office() as office:
        rows = office.reports.ListReports(reports_pb2.ListReportsRequest(),
                                          timeout=TIMEOUT).reports
    assert sorted(row.unit for row in rows) == UNITS


@pytest.mark.parametrize("after", [0, 2, 5])
def test_duband_is_killed_while_districts_send(postgres, tmp_path, after):
    centre = Duband(tmp_path, postgres.create(), start_at="2022-08-02 09:00")
    districts = begin(centre)
    try:
        with concurrent.futures.ThreadPoolExecutor(len(districts)) as pool:
            sent = [pool.submit(district.send) for district in districts]
            wait_for(lambda: sum(s.done() for s in sent) >= after, "some answers")
            centre.process.kill()
            first = [s.result() for s in sent]
        centre.start(migrate=False)
        check_all_hold(centre, districts, first)
    finally:
        centre.stop()


def test_postgresql_is_stopped_and_started_again(postgres, tmp_path):
    centre = Duband(tmp_path, postgres.create(), start_at="2022-08-02 09:00")
    districts = begin(centre)
    try:
        before = send_all(districts[:4])
        postgres.stop()
        try:
            assert send_all(districts) == [None] * len(districts)
        finally:
            postgres.start()
        check_all_hold(centre, districts, before + [None] * 5)
        assert centre.process.alive()
    finally:
        centre.stop()


@pytest.fixture
def small_disk():
    """A file system of its own that fills up without hurting anybody."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="duban-disk-"))
    if os.getuid() != 0 or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=200m,mode=0755", "tmpfs", folder],
            capture_output=True, check=False).returncode != 0:
        folder.rmdir()
        pytest.skip("needs the right to mount a file system")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)
    shutil.rmtree(folder, ignore_errors=True)


def fill(folder):
    """Until nothing fits any more."""
    with open(folder / "filler", "ab", buffering=0) as out:
        for size in (1 << 20, 4096, 1):
            try:
                while True:
                    out.write(b"x" * size)
            except OSError:
                continue


def use_up_the_log(folder):
    """PostgreSQL keeps a few files ahead; without room for the next one it gives up."""
    for _ in range(4):
        subprocess.run(["psql", "-h", folder, "-U", "duban", "-d", "postgres", "-c",
                        "SELECT pg_switch_wal(), txid_current()"],
                       cwd="/", capture_output=True, check=False, timeout=30)


def test_a_full_disk_refuses_for_now_and_heals_by_itself(small_disk):
    """Nothing is acknowledged that is not stored, and room is all that it needs."""
    centre = Duband(small_disk, "", start_at="2022-08-02 09:00")
    districts = begin(centre)
    try:
        before = send_all(districts[:3])
        assert None not in before
        fill(small_disk)
        use_up_the_log(small_disk / "state/postgres")
        during = [district.send() for district in districts[3:]]
        assert None in during and centre.process.alive()
        (small_disk / "filler").unlink()
        check_all_hold(centre, districts, before + during)
        assert centre.process.alive()
        assert centre.stop() == 0
    finally:
        if centre.process.alive():
            centre.stop(signal.SIGKILL)
