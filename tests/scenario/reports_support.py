"""Reports as a foreign agent makes them: built, signed and sent with nothing of ours."""
import os

import grpc
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from protos import (administration_pb2, common_pb2, error_details_pb2, report_pb2,
                    reports_pb2, status_pb2)

PLAN = "changsha-2022-55"
PAYLOAD_TYPE = "application/vnd.duban.report.v1+protobuf"
TIMEOUT = 60

# What section 2 asks for in every report: indicator, digits, scale, unit.
FIGURES = {
    "communities_finished": (3, 0, "个"),
    "communities_started": (12, 0, "个"),
    "households_started": (1980, 0, "户"),
    "houses_started": (7, 0, "栋"),
    "investment_done": (325050, 2, "万元"),
}

# Section 3: None takes a figure of section 2 away.
SECTION_3 = {
    "communities_finished": None, "communities_started": None, "households_started": None,
    "houses_started": None,
    "investment_done": (12300, 4, "亿元"),
    "projects_cleared": (2, 0, "个"), "projects_closed": (1, 0, "个"),
    "projects_settled": (2, 0, "个"), "projects_total": (6, 0, "个"),
    "villages_accepted": (1, 0, "个"), "villages_finished": (2, 0, "个"),
    "villages_ongoing": (4, 0, "个"),
}


def report(unit, section="2", period="2022-07", figures=None, progress="本月完工1个小区。",
           plan=PLAN, plan_version=1, report_id=None):
    """A good report; what the caller names is different."""
    people = [report_pb2.Person(name=name, post=post, telephone="0731-80000000",
                                at=1659400000000)
              for name, post in (("张三", "科员"), ("李四", "科长"), ("王五", "局长"))]
    values = {key: value for key, value in dict(FIGURES, **(figures or {})).items()
              if value is not None}
    return report_pb2.Report(
        report_id=report_id or os.urandom(16), plan=plan, plan_version=plan_version,
        unit=unit, section=section, period=period,
        figures=[report_pb2.Figure(
            indicator=indicator,
            value=common_pb2.Quantity(digits=digits, scale=scale, unit=name))
            for indicator, (digits, scale, name) in sorted(values.items())],
        texts=report_pb2.Texts(progress=progress, problems="无。",
                               next_steps="继续推进。", city_to_settle="无。"),
        filled_by=people[0], reviewed_by=people[1], approved_by=people[2],
        made_at=1659400000000, wall_made_at=1659400000000)


def authentication_encoding(payload_type, payload):
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def seal(signer, payload, payload_type=PAYLOAD_TYPE):
    """An envelope over these bytes, by this key."""
    message = authentication_encoding(payload_type, payload)
    if isinstance(signer.key, ed25519.Ed25519PrivateKey):
        algorithm, signature = report_pb2.ALGORITHM_ED25519, signer.key.sign(message)
    else:
        algorithm = report_pb2.ALGORITHM_ECDSA_P256_SHA256
        signature = signer.key.sign(message, ec.ECDSA(hashes.SHA256()))
    return report_pb2.Envelope(payload_type=payload_type, payload=payload,
                               algorithm=algorithm, signature=signature,
                               certificates=[signer.der])


def sealed(signer, message):
    return seal(signer, message.SerializeToString(deterministic=True))


def submit(client, envelope):
    """The serialized Receipt."""
    request = reports_pb2.SubmitReportRequest(report=envelope)
    return client.reports.SubmitReport(request, timeout=TIMEOUT).receipt.SerializeToString()


def send_raw(client, method, body):
    """Any bytes at all, as the request of a method; the answer's bytes."""
    call = client.channel.unary_unary(f"/duban.v1.{method}", request_serializer=bytes,
                                      response_deserializer=bytes)
    return call(body, timeout=TIMEOUT)


def receipt_body(receipt):
    return report_pb2.ReceiptBody.FromString(report_pb2.Receipt.FromString(receipt).body)


class Refusal:
    """A refused call: its code, and the details that came with it."""

    def __init__(self, error):
        self.code, self.message = error.code(), error.details()
        self.reason, self.metadata, self.violations = "", {}, {}
        for key, value in error.trailing_metadata() or ():
            if key == "grpc-status-details-bin":
                self.read(status_pb2.Status.FromString(value))

    def read(self, status):
        assert status.code == self.code.value[0]
        assert status.message == self.message
        for detail in status.details:
            info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
            if detail.Unpack(info):
                assert info.domain == "duban"
                self.reason = info.reason
                self.metadata = {entry.key: entry.value for entry in info.metadata}
            elif detail.Unpack(bad):
                self.violations = {v.field: v.description for v in bad.field_violations}


def refused(function, *arguments, **options):
    """Call; it must be refused."""
    try:
        function(*arguments, **options)
    except grpc.RpcError as error:
        return Refusal(error)
    raise AssertionError("this was not refused")


def step_to(office, instant):
    """Step plan time up to @instant, through everything that is asked until then."""
    while True:
        step = office.administration.StepClock(
            administration_pb2.StepClockRequest(to=instant), timeout=TIMEOUT)
        if step.plan_at >= instant:
            return


def varint(number):
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def nested(depth, field=1):
    """A message in a message in a message ..."""
    body = b""
    for _ in range(depth):
        body = varint(field << 3 | 2) + varint(len(body)) + body
    return body
