"""Bad input, from end to end: each gets a clear error at the right end, and harms nobody.

Which test meets which input (those without a file are here):

| input | test |
| --- | --- |
| not TLS; TLS 1.1 and 1.2; no ALPN | test_who_is_not_let_in, test_rpc_tls: test_what_is_not_tls..., test_old_tls... |
| no client certificate | test_who_is_not_let_in |
| a revoked certificate, also on a resumed session | faults/test_reload: test_revoked_at_once... |
| another CA's, an expired, a not yet valid certificate; a signer's, a server's | test_who_is_not_let_in |
| a certificate without one identity of ours | test_reports: test_a_certificate_without_one... |
| a district's certificate used for another district | test_what_a_district_may_not_see; test_reports: test_another_district_s_... |
| an expired or revoked signer, another CA's | test_reports: test_an_expired_signer..., test_a_revoked_signer... |
| truncated, huge, nested, random message | test_any_bytes_at_all_to_any_method; test_reports: test_hostile_bytes... |
| a bit that flips on the way | test_a_report_that_was_changed_on_the_way... |
| an unknown field, inside and around the signed bytes | test_reports: test_an_unknown_field..., test_what_surrounds... |
| NUL and invalid UTF-8, in reports | test_reports: test_a_text_that_is_no_text... |
| NUL and invalid UTF-8, in other requests | test_texts_that_are_no_texts_in_requests |
| a signature over other bytes, of another type | test_reports: test_a_signature_... |
| the same report id with other content | test_reports: test_the_same_id... |
| a report from 2019, from next year, not yet open | test_reports: test_what_the_plan_does_not_ask...; agents: test_a_file_for_another_time |
| a report whose clock is years off | test_a_machine_whose_clock_is_wrong |
| 1e9, -0, 12.3456789, NaN, full-width, empty, another dimension | test_figures_in_a_file; test_reports: test_a_number_beyond..., test_a_unit_of_another... |
| a note of 1 MB, a message of 5 MB | test_a_file_with_a_note_of_a_megabyte; test_reports: test_a_note_of_a_megabyte..., test_a_huge_request... |
| a report file that is no text, no YAML, a folder, gone | test_files_that_are_no_report |
| a plan with a key twice, misspelt, a wrong number | test_plans: test_a_mistake_is_named... |
| a plan without a district, with parts that do not add up | test_a_plan_that_does_not_hold_together |
| a config with a misspelt key, a wrong value | test_a_configuration_with_mistakes; test_agent: test_command_line |
| an address in use, out of reach | test_an_address_that_cannot_be_had |
| key or certificate missing, unreadable, not fitting, of the wrong kind | test_credentials_that_are_no_good |
| our own certificate is outdated | test_an_outdated_certificate_of_our_own_is_told |
| a full disk | faults/test_disk: test_no_room_..., test_an_agent_without_room_...; test_core_faults |
| PostgreSQL stopped and started again | faults/test_database: test_postgresql_stops_in_the_middle |
| a schema that was changed, is missing, too new | test_core: test_a_changed_or_missing_migration...; test_embedded |
"""
import os
import random
import socket
import ssl
import subprocess
import types

import grpc
import pytest
import yaml

from alerts_support import Watching
from faults_support import JULY_IS_DUE, Code, apply_plan, stored
from harness import BIN, PLANS, Duband
from pki import Authority, pem
from protos import (administration_pb2, alerts_pb2, assessment_pb2, board_pb2, plans_pb2,
                    problems_pb2, projects_pb2, report_pb2, reports_pb2, requests_pb2,
                    reviews_pb2)
from reports_support import (TIMEOUT, nested, receipt_body, refused, report, sealed,
                             send_raw, submit)
from agent_support import Agent, report_yaml

UNIT, OTHER = "430111", "430102"


class World:
    def __init__(self, folder, conninfo):
        self.folder = folder
        self.centre = Duband(folder, conninfo, start_at=JULY_IS_DUE,
                             settings={"timeouts": {"handshake": "3s"}})
        self.authority = self.centre.authority
        self.centre.start()
        apply_plan(self.centre)
        self.office = self.centre.office()
        self.agent = self.centre.client(self.authority.agent(UNIT))
        self.signer = self.authority.signer(UNIT)

    def plan_at(self):
        return self.office.administration.GetStatus(
            administration_pb2.GetStatusRequest(), timeout=TIMEOUT).plan_at

    def lives(self):
        assert self.plan_at() == 1659402000000  # 2022-08-02 09:00 +08:00
        assert self.centre.process.alive()


@pytest.fixture(scope="module")
def world(postgres, tmp_path_factory):
    made = World(tmp_path_factory.mktemp("bad"), postgres.create())
    yield made
    made.lives()
    assert made.centre.stop() == 0
    assert "Sanitizer" not in made.centre.process.log.read_text("utf-8", "replace")


# Who connects.

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])


def let_in(world, identity=None, alpn=("h2",), maximum=None):
    """The centre's HTTP/2 answers to a client like this."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(world.authority.file)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    if maximum:
        context.maximum_version = maximum
    if identity:
        context.load_cert_chain(identity.certificate_file, identity.key_file)
    if alpn:
        context.set_alpn_protocols(list(alpn))
    with socket.create_connection(("127.0.0.1", world.centre.port), timeout=TIMEOUT) as raw:
        try:
            with context.wrap_socket(raw, server_hostname="localhost") as line:
                line.sendall(PREFACE)
                return line.recv(9)[3:4] == b"\x04"  # SETTINGS
        except (ssl.SSLError, ConnectionError):
            return False


def test_who_is_not_let_in(world, tmp_path):
    """Strangers never get as far as a report."""
    authority, path = world.authority, f"/district/{UNIT}/agent/1"
    good = authority.agent(UNIT, 3)
    assert let_in(world, good)
    strangers = {
        "nobody": None,
        "another CA's": Authority(tmp_path, "other").agent(UNIT),
        "expired": authority.issue("old", path, ("client",), days=(-9, -1)),
        "not yet valid": authority.issue("young", path, ("client",), days=(1, 9)),
        "a signer's": authority.signer(UNIT, 3),
        "a server's": authority.issue("server", path, ("server",)),
        "another domain's": authority.issue(
            "far", "", ("client",), uris=[f"spiffe://elsewhere.test{path}"]),
        "without a name": authority.issue("none", "", ("client",), uris=[]),
    }
    for what, identity in strangers.items():
        assert not let_in(world, identity), what
    for version in (ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2):
        assert not let_in(world, good, maximum=version), version
    assert not let_in(world, good, alpn=("http/1.1",))
    assert not let_in(world, good, alpn=())
    for noise in (b"GET / HTTP/1.1\r\n\r\n", PREFACE, b"\x16\x03\x01\xff\xff" + b"\0" * 99,
                  b"\x80\x2e\x01\x00\x02", bytes(range(256)) * 40):
        with socket.create_connection(("127.0.0.1", world.centre.port),
                                      timeout=TIMEOUT) as line:
            line.sendall(noise)
            answer = b""
            try:
                while more := line.recv(1000):
                    answer += more
            except ConnectionError:
                pass
            assert answer[:1] in (b"", b"\x15") and len(answer) <= 16  # a TLS alert at most
    world.lives()


def test_what_a_district_may_not_see(world):
    """One district's figures are none of another's business, whatever it asks."""
    own = submit(world.agent, sealed(world.signer, report(UNIT)))
    number = receipt_body(own).number
    report_id = receipt_body(own).report_id
    with world.centre.client(world.authority.agent(OTHER)) as other:
        def get(**request):
            return refused(other.reports.GetReport, reports_pb2.GetReportRequest(**request),
                           timeout=TIMEOUT).code
        assert get(number=number) == Code.NOT_FOUND
        assert get(report_id=report_id) == Code.NOT_FOUND
        assert refused(other.reports.ListReports, reports_pb2.ListReportsRequest(unit=UNIT),
                       timeout=TIMEOUT).code == Code.PERMISSION_DENIED
        assert refused(other.alerts.ListAlerts, alerts_pb2.ListAlertsRequest(unit=UNIT),
                       timeout=TIMEOUT).code == Code.PERMISSION_DENIED
        error = Watching(other, unit=f"district/{UNIT}").wait_error()
        assert error.code() == Code.PERMISSION_DENIED


# Bytes.

MODULES = (reports_pb2, reviews_pb2, requests_pb2, projects_pb2, problems_pb2, plans_pb2,
           alerts_pb2, board_pb2, assessment_pb2, administration_pb2)
METHODS = [f"{service.name}/{method.name}"
           for module in MODULES for service in module.DESCRIPTOR.services_by_name.values()
           for method in service.methods]
BUGS = {Code.INTERNAL, Code.UNKNOWN, Code.UNAVAILABLE, Code.DATA_LOSS,
        Code.DEADLINE_EXCEEDED, Code.UNIMPLEMENTED}


def answer_to(client, name, body):
    """The code of the answer; of a stream, that of its first message."""
    path = f"/duban.v1.{name}"
    if name == "Administration/StepClock":  # read, but never obeyed
        body += administration_pb2.StepClockRequest(**{"from": 1}).SerializeToString()
    try:
        if name == "Alerts/WatchAlerts":
            stream = client.channel.unary_stream(path, request_serializer=bytes,
                                                 response_deserializer=bytes)
            call = stream(body, timeout=TIMEOUT)
            next(call)
            call.cancel()
        else:
            send_raw(client, name, body)
        return Code.OK
    except grpc.RpcError as error:
        return error.code()


@pytest.mark.parametrize("name", METHODS)
def test_any_bytes_at_all_to_any_method(world, name):
    """A broken program in one district stops nobody else's reports."""
    client = world.agent if name.startswith("Reports/") else world.office
    noise = random.Random(name)
    hostile = [b"\xff" * 100, b"\x0a\xff\xff\xff\x7f", nested(20000), nested(9000, 6),
               b"\x0a\x00" * 100000, b"\x0b" * 5000, b"\x08" + b"\x80" * 11]
    for body in hostile:
        code = answer_to(client, name, body)
        assert code in (Code.INVALID_ARGUMENT, Code.RESOURCE_EXHAUSTED, Code.OK,
                        Code.PERMISSION_DENIED, Code.NOT_FOUND,
                        Code.FAILED_PRECONDITION), (body[:20], code)
    for _ in range(40):
        body = noise.randbytes(noise.randint(1, 60))
        assert answer_to(client, name, body) not in BUGS, body
    world.lives()


def test_a_method_that_does_not_exist(world):
    for path in ("Reports/NoSuch", "NoSuch/GetStatus", "Reports/", "/"):
        assert refused(send_raw, world.agent, path, b"").code == Code.UNIMPLEMENTED


@pytest.mark.parametrize("bad", ["a\0b", "x" * 100000, "\u202e", "长" * 50, "'; DROP TABLE x",
                                 "%s%n", "../../etc/passwd", " "])
def test_texts_that_are_no_texts_in_requests(world, bad):
    """Names that no unit, plan or report can have: not found or refused, never believed."""
    none = (Code.INVALID_ARGUMENT, Code.NOT_FOUND, Code.PERMISSION_DENIED)
    calls = [
        (world.office.reports.GetReport, reports_pb2.GetReportRequest(number=bad)),
        (world.office.reports.ListReports, reports_pb2.ListReportsRequest(unit=bad)),
        (world.office.reports.ListReports, reports_pb2.ListReportsRequest(period=bad)),
        (world.office.plans.GetPlan, plans_pb2.GetPlanRequest(plan=bad)),
        (world.office.alerts.ListAlerts, alerts_pb2.ListAlertsRequest(unit=bad)),
        (world.office.board.GetBoard, board_pb2.GetBoardRequest(plan=bad)),
    ]
    for method, request in calls:
        try:
            answer = method(request, timeout=TIMEOUT)
        except grpc.RpcError as error:
            assert error.code() in none, (request, error)
        else:
            assert not [field for field, value in answer.ListFields()
                        if field.name in ("reports", "alerts") and value], request
    for body in (b"\x0a\x02\xff\xfe", b"\x0a\x03a\x00b", b"\x12\x02\xc0\x80"):
        for name in METHODS:
            client = world.agent if name == "Reports/SubmitReport" else world.office
            assert answer_to(client, name, body) not in BUGS, (name, body)
    world.lives()


def test_a_report_that_was_changed_on_the_way_is_refused_or_unchanged(world):
    """Whatever flips on the line, what is stored is what was signed."""
    message = report("430112", section="2")
    signer = world.authority.signer("430112")
    body = reports_pb2.SubmitReportRequest(report=sealed(signer, message)).SerializeToString()
    payload = sealed(signer, message).payload
    noise = random.Random(55)
    accepted = 0
    with world.centre.client(world.authority.agent("430112")) as agent:
        for _ in range(300):
            changed = bytearray(body)
            for _ in range(noise.choice((1, 1, 1, 3))):
                changed[noise.randrange(len(changed))] ^= 1 << noise.randrange(8)
            if noise.random() < 0.1:
                del changed[noise.randrange(len(changed)):]
            try:
                answer = send_raw(agent, "Reports/SubmitReport", bytes(changed))
            except grpc.RpcError as error:
                assert error.code() not in BUGS and error.details(), error
                continue
            receipt = reports_pb2.SubmitReportResponse.FromString(answer).receipt
            assert receipt_body(receipt.SerializeToString()).report_id == message.report_id
            accepted += 1
        submit(agent, sealed(signer, message))
    kept = stored(world.centre)["430112", message.report_id]
    assert report_pb2.Envelope.FromString(kept[1]).payload == payload
    assert accepted < 100


@pytest.mark.parametrize("year", [2, 2019, 2031, 9999])
def test_a_machine_whose_clock_is_wrong(world, year):
    """The centre's time counts: a district is not late, nor early, by its own clock."""
    unit = {2: "430103", 2019: "430104", 2031: "430105", 9999: "430121"}[year]
    message = report(unit)
    message.made_at = message.wall_made_at = (year - 1970) * 31556952000
    with world.centre.client(world.authority.agent(unit)) as agent:
        try:
            receipt = submit(agent, sealed(world.authority.signer(unit), message))
        except grpc.RpcError as error:
            assert error.code() == Code.INVALID_ARGUMENT
            assert "made_at" in error.details() or "made_at" in str(
                refused(submit, agent, sealed(world.authority.signer(unit),
                                              message)).violations)
        else:
            body = receipt_body(receipt)
            assert body.timeliness == report_pb2.TIMELINESS_ON_TIME
            assert body.received_at == world.plan_at()
    world.lives()


# Files that a reporter writes.

@pytest.fixture(scope="module")
def desk(world, tmp_path_factory):
    """A district's machine, at the real centre."""
    stand_in = types.SimpleNamespace(authority=world.authority, port=world.centre.port)
    agent = Agent(tmp_path_factory.mktemp("desk"), stand_in, "430181", spool=False)
    agent.submit(report_yaml(section="2"), check=0)  # it knows the plan now
    return agent


def said(done):
    return done.stdout + done.stderr


@pytest.mark.parametrize("value, word", [
    ("1e9", "科学计数法"), ("-0", "负零"), ("12.3456789", "小数"), ("NaN", "数"),
    ("１２", "全角"), ('""', "未填报"), ("1.2亿元", "单位"), ("1,816", "千分位"),
    ("0x10", "数"), ("-1", "负"), ("9" * 19, "位"), ("1 2", "空格"), ("一百", "数"),
    ("Infinity", "数"),
])
def test_figures_in_a_file(world, desk, value, word):
    """What a spreadsheet can do to a number is said at the desk: where, what, and why."""
    before = len(stored(world.centre))
    text = report_yaml(period="2022-07", section="2").replace(
        "houses_started: 12", f"houses_started: {value}")
    done = desk.submit(text, check=3)
    assert word in said(done), said(done)
    finding = desk.json("check", desk.file(text), check=3)[0]["findings"][0]
    assert "houses_started" in finding.get("field", "") or finding["line"] == 8
    assert "houses_started" in said(done) or "危旧房屋开（完）工合计" in said(done)
    assert len(stored(world.centre)) == before


@pytest.mark.parametrize("period", ["2019-07", "2023-07", "2022-08", "2022-13", "2022", "七月",
                                    "9999-12"])
def test_a_file_for_another_time(desk, period):
    """Last year's file, dropped by mistake, is not this month's report."""
    done = desk.submit(report_yaml(period=period), check=3)
    assert period[:4] in said(done) or "报告期" in said(done)


def test_a_file_with_a_note_of_a_megabyte(desk):
    text = report_yaml().replace("按计划推进。", "长" * 350000)
    done = desk.submit(text, check=3)
    assert "超过上限" in said(done) and len(said(done)) < 10000
    done = desk.submit(report_yaml().replace("按计划推进。", "长" * 4001), check=3)
    assert "文字过长" in said(done) and len(said(done)) < 10000
    (finding,) = desk.json("check", desk.file(report_yaml().replace(
        "按计划推进。", "长" * 4001)), check=3)[0]["findings"]
    assert finding["field"] == "texts.progress" and "4000" in finding["allowed"]


@pytest.mark.parametrize("content", [
    b"", b"\0" * 1000, bytes(range(256)), b"PK\x03\x04" + bytes(500), b"[" * 100000,
    b"a: &x 1\nb: *x\n", "指标: {".encode(), b"\xff\xfea\0b\0", b"---\na: 1\n---\nb: 2\n",
    "板块: 2\n板块: 3\n".encode(), "板块2\n".encode()],
    ids=["empty", "NULs", "bytes", "a spreadsheet", "nested", "aliases", "half", "UTF-16",
         "two documents", "key twice", "no YAML"])
def test_files_that_are_no_report(desk, content):
    """Somebody will drop the spreadsheet itself."""
    for name in ("bad.yaml", "bad.csv"):
        done = desk.submit(content, name=name, check=3)
        assert name in said(done) and len(said(done)) < 20000
    assert desk.run("submit", desk.folder).returncode in (1, 2, 3)
    assert desk.run("submit", "/dev/null").returncode in (1, 2, 3)


# A plan.

@pytest.mark.parametrize("file, before, after, words", [
    ("tasks/2.yaml", "      宁乡市: ", "      #", ["宁乡市"]),
    ("tasks/2.yaml", "芙蓉区: 260个", "芙蓉区: 261个", ["1816", "1817"]),
    ("tasks/2.yaml", "芙蓉区: 260个", "芙蓉国: 260个", ["芙蓉国"]),
    ("tasks/2.yaml", "芙蓉区: 260个", "芙蓉区: 260亿元", ["亿元"]),
    ("tasks/2.yaml", "芙蓉区: 260个", "芙蓉区: -260个", ["大于零"]),
    ("schedule.yaml", "first: 2022-07", "first: 2022-13", ["2022-13"]),
], ids=["no district", "sum", "no such district", "unit", "negative", "period"])
def test_a_plan_that_does_not_hold_together(world, tmp_path, file, before, after, words):
    """What the office got wrong is named with file and line, at its desk and at the centre."""
    sample = tmp_path / "changsha-2022-55.sample"
    subprocess.run(["cp", "-r", PLANS / "changsha-2022-55.sample", sample], check=True)
    text = (sample / file).read_text("utf-8")
    assert before in text
    (sample / file).write_text(text.replace(before, after), "utf-8")
    done = subprocess.run([BIN / "duban", "plan", "lint", PLANS / "changsha-2022-55", "--with",
                           sample, "--calendar", PLANS / "calendar", "--lang", "zh"],
                          capture_output=True, text=True, timeout=TIMEOUT, check=False)
    assert done.returncode == 3, said(done)
    assert file.split("/")[-1] + ":" in said(done)
    for word in words:
        assert word in said(done)
    files = [plans_pb2.PlanFile(name=prefix + str(path.relative_to(folder)),
                                content=path.read_bytes())
             for folder, prefix in ((PLANS / "changsha-2022-55", ""), (sample, "sample/"),
                                    (PLANS / "calendar", "calendar/"))
             for path in sorted(folder.rglob("*.yaml"))]
    refusal = refused(world.office.plans.ApplyPlan,
                      plans_pb2.ApplyPlanRequest(files=files), timeout=TIMEOUT)
    assert refusal.code == Code.INVALID_ARGUMENT
    assert any(field.startswith("sample/" + file) for field in refusal.violations)


# What an operator gets wrong.

def run_duband(*arguments):
    return subprocess.run([BIN / "duband", *arguments], capture_output=True, text=True,
                          timeout=TIMEOUT, check=False)


@pytest.mark.parametrize("line, words", [
    ("server:\n  stat_dir: /x\n", ["2:3", "stat_dir", "state_dir"]),
    ("servers:\n  state_dir: /x\n", ["1:1", "servers", "server"]),
    ("server:\n  drain: 20 minutes\n", ["2:", "20 minutes"]),
    ("database:\n  connections: 0\n", ["2:", "connections"]),
    ("database:\n  connections: 4\n  connections: 5\n", ["3:3", "connections"]),
    ("tls:\n  crl_policy: medium\n", ["2:", "medium", "soft"]),
    ("server: [\n", ["1:"]),
    ("\tserver: x\n", [":"]),
    ("server:\n  listeners:\n    - {adress: x}\n", ["adress", "address"]),
    ("server:\n  listeners:\n    - {address: '127.0.0.1:0', client_certificates: maybe}\n",
     ["client_certificates"]),
    ("server:\n  listeners:\n    - {address: '127.0.0.1:0', services: [repotrs]}\n",
     ["repotrs"]),
], ids=lambda value: value.split("\n")[1 if "\n  " in value else 0].strip()
    if isinstance(value, str) else "")
def test_a_configuration_with_mistakes(tmp_path, line, words):
    """The place, what it says, what was meant; exit status 78, before anything is touched."""
    config = tmp_path / "duband.yaml"
    config.write_text(line)
    for arguments in (["--check-config"], []):
        done = run_duband(*arguments, "--config", config)
        assert done.returncode == 78, done.stderr
        assert "duband.yaml" in done.stderr
        for word in words:
            assert word in done.stderr, done.stderr


def test_all_mistakes_of_a_configuration_are_told_at_once(tmp_path):
    """Nobody mends a file one restart at a time."""
    config = tmp_path / "duband.yaml"
    config.write_text("server:\n  drian: 1s\ndatabase:\n  conections: 2\nlimits:\n"
                      "  message: 1MB\n")
    done = run_duband("--check-config", "--config", config)
    assert done.returncode == 78
    for place in ("duband.yaml:2:", "duband.yaml:4:", "duband.yaml:6:"):
        assert place in done.stderr, done.stderr


@pytest.fixture
def unstarted(postgres, tmp_path):
    duband = Duband(tmp_path, postgres.create())
    duband.migrate()
    return duband


def fails_to_start(duband):
    """It ends with 1 and one line that says what cannot be, and why."""
    duband.write_config()
    done = run_duband("--config", duband.config_file)
    assert done.returncode == 1, done.stderr
    (line,) = [line for line in done.stderr.splitlines() if " cannot_start " in line]
    assert "Sanitizer" not in done.stderr
    return line


def test_an_address_that_cannot_be_had(unstarted):
    listener = unstarted.config["server"]["listeners"][0]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listener["address"] = f"127.0.0.1:{taken.getsockname()[1]}"
        line = fails_to_start(unstarted)
        assert listener["address"] in line and "in use" in line
    for address in ("192.0.2.1:7443", "127.0.0.1:99999", "127.0.0.1", "nonsense:x",
                    "no-such-host.invalid:7443"):
        listener["address"] = address
        assert address in fails_to_start(unstarted)


def test_credentials_that_are_no_good(unstarted, tmp_path):
    """Each names the file and what is wrong with it."""
    authority, config = unstarted.authority, unstarted.config
    garbage = tmp_path / "garbage.pem"
    garbage.write_text("-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n")
    other_key = tmp_path / "other.key.pem"
    other_key.write_bytes(pem(authority.agent(UNIT).key))
    agent = authority.agent(UNIT)
    far = authority.issue("far", "", ("server",), dns=("localhost",),
                          uris=["spiffe://elsewhere.test/node/1"])
    missing = tmp_path / "missing.pem"
    cases = [("tls", "certificate", missing), ("tls", "certificate", garbage),
             ("tls", "certificate", tmp_path), ("tls", "certificate", agent.certificate_file),
             ("tls", "certificate", far.certificate_file), ("tls", "key", missing),
             ("tls", "key", garbage), ("tls", "key", other_key), ("tls", "ca", missing),
             ("tls", "ca", garbage), ("tls", "crl", missing), ("tls", "crl", garbage),
             ("receipts", "certificate", missing),
             ("receipts", "certificate", unstarted.node.certificate_file),
             ("receipts", "key", missing), ("receipts", "key", other_key)]
    for section, name, path in cases:
        good, config[section][name] = config[section][name], str(path)
        line = fails_to_start(unstarted)
        config[section][name] = good
        assert str(path) in line, (section, name, line)
    if os.getuid() != 0:  # root reads everything
        unstarted.node.key_file.chmod(0)
        assert "ermission" in fails_to_start(unstarted)


def test_an_outdated_certificate_of_our_own_is_told(postgres, tmp_path):
    """Agents turn away from it: the log says so at once, with the file."""
    duband = Duband(tmp_path, postgres.create())
    old = duband.authority.issue("old-node", "/node/1", ("server", "client"),
                                 dns=("localhost",), days=(-9, -1))
    duband.config["tls"].update(certificate=str(old.certificate_file), key=str(old.key_file))
    duband.start()
    try:
        (line,) = duband.process.lines("certificate_expires_soon")
        assert " error " in line and str(old.certificate_file) in line
        with duband.office() as office:
            assert refused(office.administration.GetStatus,
                           administration_pb2.GetStatusRequest(),
                           timeout=TIMEOUT).code == Code.UNAVAILABLE
    finally:
        assert duband.stop() == 0


def test_printed_settings_are_read_back(tmp_path):
    """The sample that is copied to /etc has no mistake of ours."""
    text = run_duband("--print-config").stdout
    assert set(yaml.load(text, Loader=yaml.BaseLoader)) >= {"server", "tls", "database"}
