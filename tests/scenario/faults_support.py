"""What fault tests share: a plan wide enough for load, senders that remember every answer,
a look into the database, receipts checked with nothing of ours, small disks, slow lines."""
import concurrent.futures
import contextlib
import hashlib
import os
import pathlib
import shutil
import subprocess
import tempfile
import threading

import grpc
import psycopg2
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from harness import PLANS, Duband, plan_files, wait_for
from protos import (administration_pb2, common_pb2, plans_pb2, report_pb2,
                    reports_pb2)
from reports_support import TIMEOUT, authentication_encoding, report, sealed

Code = grpc.StatusCode
ROOT_TYPE = "application/vnd.duban.receipt-root.v1"
JULY_IS_DUE = "2022-08-02 09:00"
REMINDED = 1659488400000  # 2022-08-03 09:00 +08:00
DUE = 1659691800000  # 2022-08-05 17:30 +08:00
LEAD_IS_TOLD = 1660006800000  # 2022-08-09 09:00 +08:00
MANY = 60  # units; five reports each
NO_SIGNAL = 0  # it was told already
WAITING, ACKNOWLEDGED = 0, 1  # how an agent's queue says it
UNITS = ["430102", "430103", "430104", "430105", "430111", "430112", "430121", "430181",
         "430182"]
WIDE = "wide"  # the plan below
WIDE_SECTIONS = ["1", "2", "3", "4", "5"]


def wide_units(count):
    return [str(500000 + n) for n in range(count)]


def wide_plan(count):
    """A plan that asks @count units for five reports each, of one figure."""
    files = {
        "plan.yaml": f"""
id: {WIDE}
number: 测试〔2022〕1号
title: 负荷测试方案
issuer: 测试局
issued: ""
utc_offset: "+08:00"
calendar: cn-2026-1
departments:
  - {{id: bangongshi, name: 局办公室}}
office: bangongshi
sections: [{", ".join(WIDE_SECTIONS)}]
""",
        "units.yaml": "units:\n" + "".join(
            f'  - {{code: "{unit}", name: 第{unit}区, department: 第{unit}区部门}}\n'
            for unit in wide_units(count)),
        "schedule.yaml": (PLANS / "changsha-2022-55.sample/schedule.yaml").read_text("utf-8")
        .replace("last: 2026-12", "last: 2022-07"),
    }
    for section in WIDE_SECTIONS:
        files[f"sections/{section}.yaml"] = f"""
id: {section}
name: 板块{section}
heading: 板块{section}
lead: bangongshi
asked: all
indicators:
  - {{id: done, name: 累计完成, unit: 个, kind: cumulative, required: true}}
targets: []
"""
    made = [plans_pb2.PlanFile(name=name, content=text.encode())
            for name, text in files.items()]
    return made + [f for f in plan_files() if f.name.startswith("calendar/")]


def wide_report(unit, section, done=7):
    message = report(unit, section=section, plan=WIDE)
    del message.figures[:]
    message.figures.append(report_pb2.Figure(indicator="done", value=common_pb2.Quantity(
        digits=done, scale=0, unit="个")))
    return message


def apply_plan(centre, files=None):
    with centre.office() as office:
        office.plans.ApplyPlan(plans_pb2.ApplyPlanRequest(files=files or plan_files()),
                               timeout=TIMEOUT)


class Sent:
    """A report with the envelope that its agent keeps, and the answers that it got."""

    def __init__(self, signer, message):
        self.message, self.envelope = message, sealed(signer, message)
        self.request = reports_pb2.SubmitReportRequest(report=self.envelope)
        self.receipts = []
        self.codes = []

    @property
    def unit(self):
        return self.message.unit

    @property
    def place(self):
        return (self.message.unit, self.message.section, self.message.period)

    def take(self, future):
        error = future.exception()
        if error is None:
            self.receipts.append(future.result().receipt.SerializeToString())
        else:
            self.codes.append(error.code())


class Districts:
    """Many districts, each with its certificates and its own connection."""

    def __init__(self, authority, units):
        self.agents = {unit: authority.agent(unit) for unit in units}
        self.signers = {unit: authority.signer(unit) for unit in units}

    def sent(self, message):
        return Sent(self.signers[message.unit], message)

    @contextlib.contextmanager
    def connected(self, centre):
        """Channels of their own, so that a test's next centre is dialled anew."""
        channels = {unit: centre.client(agent, options=[("grpc.use_local_subchannel_pool", 1)])
                    for unit, agent in self.agents.items()}
        try:
            yield channels
        finally:
            for client in channels.values():
                client.close()

    def send(self, centre, sents, after=0, then=None):
        """All at once; @then() happens when @after of them are answered, while more are
        still being sent. Every call ends."""
        answered = threading.Semaphore(0)

        def intervene():
            for _ in range(after):
                assert answered.acquire(timeout=TIMEOUT), f"fewer than {after} answers"
            then()

        with self.connected(centre) as clients, \
                concurrent.futures.ThreadPoolExecutor(1) as pool:
            intervention = pool.submit(intervene) if then else None
            futures = []
            for sent in sents:
                future = clients[sent.unit].reports.SubmitReport.future(
                    sent.request, timeout=TIMEOUT)
                future.add_done_callback(lambda _: answered.release())
                futures.append(future)
            for sent, future in zip(sents, futures):
                sent.take(future)
            if intervention:
                intervention.result()

    def send_until_stored(self, centre, sents):
        left = list(sents)

        def all_stored():
            before = {id(sent): len(sent.receipts) for sent in left}
            self.send(centre, left)
            left[:] = [sent for sent in left if len(sent.receipts) == before[id(sent)]]
            return not left
        wait_for(all_stored, "a receipt for every report")


def only_unavailable(sents):
    """Whatever happened to the centre, nobody was told that a report is wrong."""
    codes = {code for sent in sents for code in sent.codes}
    assert codes <= {Code.UNAVAILABLE}, codes


# Receipts, as an auditor checks them.

def check_receipt(authority, envelope, serialized):
    """Signature, path, and that it is about these bytes. Returns the body."""
    receipt = report_pb2.Receipt.FromString(serialized)
    body = report_pb2.ReceiptBody.FromString(receipt.body)
    assert body.content_hash == hashlib.sha256(envelope.payload).digest()
    signer = x509.load_der_x509_certificate(receipt.certificates[0])
    authority.key.public_key().verify(signer.signature, signer.tbs_certificate_bytes,
                                      ec.ECDSA(hashes.SHA256()))
    names = signer.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    (uri,) = names.get_values_for_type(x509.UniformResourceIdentifier)
    assert "/node/" in uri and "/signer/" in uri
    assert receipt.algorithm == report_pb2.ALGORITHM_ECDSA_P256_SHA256
    signer.public_key().verify(receipt.signature,
                               authentication_encoding(ROOT_TYPE, merkle_root(receipt)),
                               ec.ECDSA(hashes.SHA256()))
    return body


def merkle_root(receipt):
    """RFC 9162, 2.1.3.2: from the leaf up, by its path."""
    assert 0 <= receipt.leaf_index < receipt.tree_size
    digest = hashlib.sha256(b"\x00" + receipt.body).digest()
    index, last = receipt.leaf_index, receipt.tree_size - 1
    for sibling in receipt.path:
        assert last > 0 and len(sibling) == 32
        if index & 1 or index == last:
            digest = hashlib.sha256(b"\x01" + sibling + digest).digest()
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            digest = hashlib.sha256(b"\x01" + digest + sibling).digest()
        index, last = index >> 1, last >> 1
    assert last == 0
    return digest


# The database, past duband.

@contextlib.contextmanager
def database(centre):
    """@centre's database as it is at one moment, for reading."""
    embedded = f"host={centre.folder}/state/postgres user=duban dbname=postgres"
    connection = psycopg2.connect(centre.config["database"]["conninfo"] or embedded)
    connection.set_session("REPEATABLE READ", readonly=True)
    try:
        yield connection.cursor()
    finally:
        connection.close()


def stored(centre):
    """By (unit, report id): the receipt and the envelope, each as it is kept."""
    with database(centre) as cursor:
        cursor.execute("SELECT unit, report_id, s.receipt, r.envelope, s.number "
                       "FROM submission s LEFT JOIN report r USING (unit, report_id)")
        rows = [(unit, bytes(key), bytes(receipt), bytes(envelope), number)
                for unit, key, receipt, envelope, number in cursor.fetchall()]
        cursor.execute("SELECT count(*) FROM report")
        assert cursor.fetchone()[0] == len(rows)
        cursor.execute("SELECT count(*) FROM report r WHERE figure_count <> (SELECT count(*) "
                       "FROM figure f WHERE (f.unit, f.report_id) = (r.unit, r.report_id))")
        assert cursor.fetchone()[0] == 0
    assert len({number for *_, number in rows}) == len(rows)
    return {(unit, key): (receipt, envelope) for unit, key, receipt, envelope, _ in rows}


def check_all_stored_once(centre, sents):
    """Every receipt that anybody holds is good, is the only one for its report, and is in
    the database with exactly the bytes that were signed. Returns how many hold one."""
    kept = stored(centre)
    held = 0
    for sent in sents:
        if not sent.receipts:
            continue
        held += 1
        assert len(set(sent.receipts)) == 1, "one report got two receipts"
        body = check_receipt(centre.authority, sent.envelope, sent.receipts[0])
        assert (body.unit, body.section, body.period) == sent.place
        receipt, envelope = kept[sent.unit, sent.message.report_id]
        assert receipt == sent.receipts[0]
        assert report_pb2.Envelope.FromString(envelope) == sent.envelope
    return held


def alert_rows(centre):
    with database(centre) as cursor:
        cursor.execute("SELECT cursor, kind, level, recipient, unit, section, period, target "
                       "FROM alert ORDER BY cursor")
        rows = cursor.fetchall()
    assert len({row[1:] for row in rows}) == len(rows)
    return rows


# Places and lines.

@contextlib.contextmanager
def open_folder():
    """One that the user postgres can reach; pytest's own is closed to others."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="duban-faults-"))
    path.chmod(0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


class SmallDisk:
    """A file system of its own, which can be filled to the last byte."""

    def __init__(self, megabytes):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="duban-disk-"))
        options = f"size={megabytes}m,mode=0755"
        self.mounted = os.getuid() == 0 and subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", self.folder],
            capture_output=True, check=False).returncode == 0

    def fill(self):
        with open(self.folder / "filler", "ab", buffering=0) as out:
            for size in (1 << 20, 4096, 1):
                with contextlib.suppress(OSError):
                    while True:
                        out.write(b"x" * size)

    def free(self):
        (self.folder / "filler").unlink()

    def close(self):
        if self.mounted:
            subprocess.run(["umount", "--lazy", self.folder], check=True)
        self.folder.rmdir()


def postmaster_of(data):
    """The process id in its postmaster.pid while it runs, or None."""
    try:
        pid = int((pathlib.Path(data) / "postmaster.pid").read_text().splitlines()[0])
        os.kill(pid, 0)
    except (OSError, ValueError, IndexError):
        return None
    return pid


def family(pid):
    """A process and its children: a postmaster with its backends."""
    done = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True,
                          text=True, check=False)
    return [pid, *map(int, done.stdout.split())]


def at_once(*functions):
    """Run them side by side; their results."""
    with concurrent.futures.ThreadPoolExecutor(len(functions)) as pool:
        return [f.result() for f in [pool.submit(function) for function in functions]]


def centre_of(postgres, folder, **options):
    """A centre in the first week of August 2022, with a database of its own."""
    made = Duband(folder, postgres.create(), start_at=JULY_IS_DUE, **options)
    MADE.append(made)
    return made


MADE = []  # by the test that runs


def leave_no_centre():
    """After a test that failed half-way as well."""
    for centre in MADE:
        if centre.process and centre.process.alive():
            centre.process.kill()
    MADE.clear()


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
