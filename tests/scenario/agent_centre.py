"""A small centre for tests of duban-agent: it really verifies and really signs.

It can also misbehave on request, which a good centre never does: answer nothing, answer
with another report's receipt, refuse in every way of the error model.
"""
import concurrent.futures
import hashlib
import queue
import threading
import time

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtensionOID

from harness import plan_files
from protos import (administration_pb2, administration_pb2_grpc, alerts_pb2,
                    alerts_pb2_grpc, error_details_pb2, plans_pb2, plans_pb2_grpc,
                    projects_pb2, projects_pb2_grpc,
                    report_pb2, reports_pb2, reports_pb2_grpc, reviews_pb2, reviews_pb2_grpc,
                    status_pb2)

PLAN = "changsha-2022-55"
REPORT_TYPE = "application/vnd.duban.report.v1+protobuf"
ROOT_TYPE = "application/vnd.duban.receipt-root.v1"


def pae(kind, payload):
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload)


class Refusal(Exception):
    """What a handler raises to refuse: a code, a sentence, and details."""

    def __init__(self, code, message, reason="", policy="", fields=()):
        super().__init__(message)
        self.code, self.message = code, message
        info = error_details_pb2.ErrorInfo(reason=reason, domain="duban")
        if policy:
            info.metadata.add(key="policy", value=policy)
        bad = error_details_pb2.BadRequest()
        for field, text in fields:
            bad.field_violations.add(field=field, description=text)
        status = status_pb2.Status(code=code.value[0], message=message)
        for detail in (bad, info):
            packed = status.details.add()
            packed.type_url = "type.googleapis.com/" + detail.DESCRIPTOR.full_name
            packed.value = detail.SerializeToString()
        self.details = status.SerializeToString()


class FakeCentre:
    def __init__(self, authority, plan_at, node=None, signer=None, port=0, version=1):
        self.authority = authority
        self.node = node or authority.node()
        self.signer = signer or authority.receipt_signer()
        self.plan_at, self.version = plan_at, version
        self.files = plan_files()
        self.lock = threading.Lock()
        self.receipts = {}      # report id -> Receipt
        self.envelopes = {}     # report id -> Envelope
        self.numbers = {}       # receipt number -> report id, in the order of receipt
        self.lives = {}         # receipt number -> what GetLife answers
        self.reports = {}       # report id -> Report
        self.submissions = []   # report ids as they came, repeats too
        self.signers = []       # their certificates
        self.alerts, self.watchers, self.watched_from = [], [], []
        self.before = None      # called with (centre, Report); may raise Refusal
        self.alter = None       # called with the Receipt; gives what is sent instead
        self.gate = threading.Event()  # cleared: submissions wait here, after storing
        self.gate.set()
        self.plan_reads = 0
        self.projects = []      # of the unit that asks
        self.port = port
        self.server = None

    # life
    def start(self):
        self.server = grpc.server(concurrent.futures.ThreadPoolExecutor(16),
                                  options=[("grpc.so_reuseport", 0)])
        for module, add in ((self, reports_pb2_grpc.add_ReportsServicer_to_server),
                            (self, plans_pb2_grpc.add_PlansServicer_to_server),
                            (self, alerts_pb2_grpc.add_AlertsServicer_to_server),
                            (self, reviews_pb2_grpc.add_ReviewsServicer_to_server),
                            (self, projects_pb2_grpc.add_ProjectsServicer_to_server),
                            (self, administration_pb2_grpc.
                             add_AdministrationServicer_to_server)):
            add(_Only(module), self.server)
        credentials = grpc.ssl_server_credentials(
            [(self.node.key_file.read_bytes(), self.node.certificate_file.read_bytes())],
            root_certificates=self.authority.file.read_bytes(), require_client_auth=True)
        self.port = self.server.add_secure_port(f"127.0.0.1:{self.port}", credentials)
        assert self.port
        self.server.start()
        return self

    def stop(self):
        for watcher in list(self.watchers):
            watcher.put(None)
        self.gate.set()
        self.server.stop(0).wait()

    def __enter__(self):
        return self.start()

    def __exit__(self, *exception):
        self.stop()

    # Reports
    def SubmitReport(self, request, context):
        try:
            return self._submit(request.report)
        except Refusal as refusal:
            context.set_trailing_metadata((("grpc-status-details-bin", refusal.details),))
            context.abort(refusal.code, refusal.message)

    def _submit(self, envelope):
        signer = x509.load_der_x509_certificate(envelope.certificates[0])
        assert envelope.payload_type == REPORT_TYPE
        message = pae(envelope.payload_type, envelope.payload)
        if isinstance(signer.public_key(), ec.EllipticCurvePublicKey):
            signer.public_key().verify(envelope.signature, message, ec.ECDSA(hashes.SHA256()))
        else:
            signer.public_key().verify(envelope.signature, message)
        report = report_pb2.Report()
        report.ParseFromString(envelope.payload)
        names = signer.extensions.get_extension_for_oid(
            ExtensionOID.SUBJECT_ALTERNATIVE_NAME).value
        uri = names.get_values_for_type(x509.UniformResourceIdentifier)[0]
        assert f"/district/{report.unit}/signer/" in uri
        with self.lock:
            self.submissions.append(report.report_id)
            self.signers.append(envelope.certificates[0])
        if self.before:
            self.before(self, report)
        with self.lock:
            if report.report_id not in self.receipts:
                self.reports[report.report_id] = report
                receipt = self.receipt(report, envelope.payload)
                self.receipts[report.report_id] = receipt
                self.envelopes[report.report_id] = envelope
                number = report_pb2.ReceiptBody.FromString(receipt.body).number
                self.numbers[number] = report.report_id
            receipt = self.receipts[report.report_id]
        self.gate.wait(60)
        if self.alter:
            receipt = self.alter(receipt)
        return reports_pb2.SubmitReportResponse(receipt=receipt)

    def receipt(self, report, payload, signer=None):
        signer = signer or self.signer
        body = report_pb2.ReceiptBody(
            number=f"{report.period}-{report.unit}-0{report.section}-"
                   f"{len(self.receipts) + 1:04d}",
            plan=report.plan, plan_version=self.version, unit=report.unit,
            section=report.section, period=report.period, report_id=report.report_id,
            content_hash=hashlib.sha256(payload).digest(), received_at=self.plan_at,
            wall_received_at=int(time.time() * 1000), due_at=self.plan_at + 1000,
            timeliness=report_pb2.TIMELINESS_ON_TIME, calendar="test",
            revision=self.revision(report), supersedes=report.supersedes,
            signer=f"spiffe://changsha.test/node/1/signer/1",
            crl_number="01").SerializeToString()
        # a tree of two, so that the path is not empty
        left = hashlib.sha256(b"\0" + body).digest()
        right = hashlib.sha256(b"\0other").digest()
        root = hashlib.sha256(b"\1" + left + right).digest()
        return report_pb2.Receipt(
            body=body, leaf_index=0, tree_size=2, path=[right],
            algorithm=report_pb2.ALGORITHM_ECDSA_P256_SHA256,
            signature=signer.key.sign(pae(ROOT_TYPE, root), ec.ECDSA(hashes.SHA256())),
            certificates=[signer.der])

    def revision(self, report):
        """Its place in the chain of those that it takes the place of."""
        if report.supersedes not in self.numbers:
            return 1
        return 1 + self.revision(self.reports[self.numbers[report.supersedes]])

    def ListReports(self, request, context):
        with self.lock:
            superseded = {report.supersedes for report in self.reports.values()}
            return reports_pb2.ListReportsResponse(reports=[
                reports_pb2.ReportRow(number=number, unit=request.unit)
                for number, made in reversed(self.numbers.items())
                if number not in superseded and self.reports[made].unit == request.unit])

    def GetReport(self, request, context):
        with self.lock:
            made = self.numbers[request.number]
            return reports_pb2.GetReportResponse(report=self.envelopes[made],
                                                 receipt=self.receipts[made])

    # Reviews
    def GetLife(self, request, context):
        return self.lives[request.number]

    def give_back(self, number, due_at, fields):
        """As a department returns a report: its life says so, and an alert is decided."""
        report = self.reports[self.numbers[number]]
        event = reviews_pb2.LifeEvent(
            kind="returned", number=number, at=self.plan_at, due_at=due_at, step=1,
            by="department/jiugai/person/test", revision=self.revision(report),
            fields=[reviews_pb2.ReturnedField(field=f, reason=r) for f, r in fields])
        self.lives[number] = reviews_pb2.GetLifeResponse(
            unit=report.unit, section=report.section, period=report.period,
            events=[event])
        return self.decide("【退回修改】示例", alerts_pb2.ALERT_KIND_REPORT_RETURNED,
                           subject=number, due_at=due_at)

    # Plans
    def ListPlans(self, request, context):
        return plans_pb2.ListPlansResponse(plans=[
            plans_pb2.PlanRow(plan=PLAN, version=v, current=v == self.version)
            for v in range(1, self.version + 1)])

    def GetPlan(self, request, context):
        self.plan_reads += 1
        return plans_pb2.GetPlanResponse(plan=PLAN, version=self.version, files=self.files)

    # Projects
    def ListProjects(self, request, context):
        """In pages of two, whatever was asked for: a district may have many."""
        start = int(request.page.token or 0)
        return projects_pb2.ListProjectsResponse(
            projects=[projects_pb2.ProjectRow(project=p)
                      for p in self.projects[start:start + 2]],
            next_page=str(start + 2) if start + 2 < len(self.projects) else "",
            total=len(self.projects))

    # Administration
    def GetStatus(self, request, context):
        return administration_pb2.GetStatusResponse(plan_at=self.plan_at, rehearsal=True)

    # Alerts
    def WatchAlerts(self, request, context):
        mine = queue.Queue()
        with self.lock:
            self.watched_from.append(request.after)
            kept = [a for a in self.alerts if a.cursor > request.after]
            self.watchers.append(mine)
        try:
            yield alerts_pb2.WatchAlertsResponse(
                clock=alerts_pb2.Clock(plan_at=self.plan_at, rehearsal=True))
            for alert in kept:
                yield alerts_pb2.WatchAlertsResponse(alert=alert)
            while context.is_active():
                event = mine.get()
                if event is None:
                    return
                yield event
        finally:
            with self.lock:
                self.watchers.remove(mine)

    def tell(self, event):
        with self.lock:
            for watcher in self.watchers:
                watcher.put(event)

    def ListAlerts(self, request, context):
        return alerts_pb2.ListAlertsResponse(
            alerts=[a for a in reversed(self.alerts) if a.cleared_at == 0])

    def decide(self, title="【催报】示例", kind=alerts_pb2.ALERT_KIND_REPORT_OVERDUE,
               subject="", due_at=0):
        alert = alerts_pb2.Alert(cursor=len(self.alerts) + 1, kind=kind, section="2",
                                 period="2022-07", title=title, text=title + "全文",
                                 decided_at=self.plan_at, due_at=due_at or self.plan_at,
                                 subject=subject)
        self.alerts.append(alert)
        self.tell(alerts_pb2.WatchAlertsResponse(alert=alert))
        return alert

    def step(self, plan_at):
        self.plan_at = plan_at
        self.tell(alerts_pb2.WatchAlertsResponse(
            clock=alerts_pb2.Clock(plan_at=plan_at, rehearsal=True)))


class _Only:
    """A servicer that answers UNIMPLEMENTED for what the centre above lacks."""

    def __init__(self, centre):
        self.centre = centre

    def __getattr__(self, name):
        def missing(request, context):
            context.abort(grpc.StatusCode.UNIMPLEMENTED, name)
        return getattr(self.centre, name, missing)
