"""The public interoperability cases, in both directions: our server against gRPC's Python
client, our client against gRPC's Python server, and ours against each other over TLS."""

import concurrent.futures
import signal
import subprocess
import time

import grpc
import pytest

from test_rpc_stubs import empty_pb2, messages_pb2, reflection_pb2, reflection_pb2_grpc, test_pb2_grpc
from test_rpc_support import BIN, Pki, channel

UNARY = ["empty_unary", "large_unary", "client_compressed_unary", "server_compressed_unary",
         "special_status_message", "unimplemented_method", "unimplemented_service",
         "concurrent_large_unary", "goaway", "max_streams"]
STREAMS = ["client_streaming", "client_compressed_streaming", "server_streaming",
           "server_compressed_streaming", "ping_pong", "empty_stream", "custom_metadata",
           "status_code_and_message", "cancel_after_begin", "cancel_after_first_response",
           "timeout_on_sleeping_server"]
LONG = ["rpc_soak", "channel_soak", "long_lived_channel"]
LOAD = ["orca_per_rpc", "orca_oob"]
INITIAL, TRAILING = "x-grpc-test-echo-initial", "x-grpc-test-echo-trailing-bin"
SPECIAL = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n"


class InteropServer:
    """rpc-interop-server as a process."""

    def __init__(self, *flags):
        self.process = subprocess.Popen([str(BIN / "rpc-interop-server"), "--port=0", *flags],
                                        stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().split()[1])

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=30) == 0


def run_client(port, case, *flags):
    if case in LONG:
        flags = ["--iteration_interval=0", "--soak_per_iteration_max_acceptable_latency_ms=60000",
                 *flags]
    done = subprocess.run([str(BIN / "rpc-interop-client"), "--server_host=localhost",
                           f"--server_port={port}", f"--test_case={case}", *flags],
                          capture_output=True, text=True, timeout=200)
    return done


@pytest.fixture(scope="module")
def pki(tmp_path_factory):
    return Pki(tmp_path_factory.mktemp("interop"))


def server_tls(pki):
    return ["--use_tls=true", f"--tls_cert={pki.server[0]}", f"--tls_key={pki.server[1]}",
            f"--ca_file={pki.ca.file}"]


def client_tls(pki):
    return ["--use_tls=true", f"--ca_file={pki.ca.file}", f"--tls_cert={pki.client[0]}",
            f"--tls_key={pki.client[1]}"]


@pytest.fixture(scope="module", params=["cleartext", "tls"])
def ours(request, pki):
    tls = request.param == "tls"
    with InteropServer(*(server_tls(pki) if tls else [])) as server:
        server.flags = client_tls(pki) if tls else []
        server.pki = pki if tls else None
        yield server


@pytest.mark.parametrize("case", UNARY + STREAMS + LONG + LOAD)
def test_our_client_and_our_server(ours, case):
    done = run_client(ours.port, case, *ours.flags)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def stub(ours):
    options = [("grpc.max_receive_message_length", -1)]
    client = ours.pki.client if ours.pki else None
    with channel(ours.port, ours.pki, client, options=options) as chan:
        stub = test_pb2_grpc.TestServiceStub(chan)
        stub.channel = chan
        yield stub


def zeros(size):
    return messages_pb2.Payload(body=b"\0" * size)


def simple(**fields):
    return messages_pb2.SimpleRequest(response_size=314159, payload=zeros(271828), **fields)


def out(*sizes, payload=0, **fields):
    parameters = [messages_pb2.ResponseParameters(size=size) for size in sizes]
    return messages_pb2.StreamingOutputCallRequest(response_parameters=parameters,
                                                   payload=zeros(payload), **fields)


def refused(action):
    with pytest.raises(grpc.RpcError) as error:
        action()
    return error.value


def said(value):
    return messages_pb2.BoolValue(value=value)


def test_server_unary(stub):
    assert stub.EmptyCall(empty_pb2.Empty(), timeout=10) == empty_pb2.Empty()
    assert stub.UnaryCall(simple(), timeout=10).payload == zeros(314159)
    first = stub.CacheableUnaryCall(simple(), timeout=10).payload
    assert first != stub.CacheableUnaryCall(simple(), timeout=10).payload


def test_server_compression(stub):
    probe = refused(lambda: stub.UnaryCall(simple(expect_compressed=said(True)), timeout=10))
    assert probe.code() == grpc.StatusCode.INVALID_ARGUMENT
    answer = stub.UnaryCall(simple(expect_compressed=said(True)), timeout=10,
                            compression=grpc.Compression.Gzip)
    assert answer.payload == zeros(314159)
    for wanted in (True, False):
        answer = stub.UnaryCall(simple(response_compressed=said(wanted),
                                       expect_compressed=said(False)), timeout=10)
        assert answer.payload == zeros(314159)
    request = out(31415, 92653)
    request.response_parameters[0].compressed.value = True
    answers = list(stub.StreamingOutputCall(request, timeout=10))
    assert [len(answer.payload.body) for answer in answers] == [31415, 92653]


def test_server_streams(stub):
    sizes = [31415, 9, 2653, 58979]
    answers = stub.StreamingOutputCall(out(*sizes), timeout=10)
    assert [len(answer.payload.body) for answer in answers] == sizes
    requests = [messages_pb2.StreamingInputCallRequest(payload=zeros(size))
                for size in (27182, 8, 1828, 45904)]
    assert stub.StreamingInputCall(iter(requests), timeout=10).aggregated_payload_size == 74922
    assert not list(stub.FullDuplexCall(iter([]), timeout=10))
    for method in (stub.FullDuplexCall, stub.HalfDuplexCall):
        answers = method(iter([out(*sizes), out(), out(1, 2)]), timeout=10)
        assert [len(answer.payload.body) for answer in answers] == [*sizes, 1, 2]


def test_server_waits_as_long_as_it_is_told(stub):
    request = out(1, 2, 3)
    for parameters in request.response_parameters:
        parameters.interval_us = 30000
    begun = time.monotonic()
    assert len(list(stub.FullDuplexCall(iter([request, out(4)]), timeout=20))) == 4
    assert time.monotonic() - begun > 0.08  # at least; never how long at most
    request.response_parameters[1].interval_us = 60_000_000
    call = stub.FullDuplexCall(iter([request]), timeout=20)
    assert len(next(call).payload.body) == 1
    call.cancel()
    assert stub.EmptyCall(empty_pb2.Empty(), timeout=10) == empty_pb2.Empty()


def test_server_status(stub):
    status = messages_pb2.EchoStatus(code=2, message=SPECIAL)
    error = refused(lambda: stub.UnaryCall(
        messages_pb2.SimpleRequest(response_status=status), timeout=10))
    assert (error.code(), error.details()) == (grpc.StatusCode.UNKNOWN, SPECIAL)
    request = messages_pb2.StreamingOutputCallRequest(response_status=status)
    error = refused(lambda: list(stub.FullDuplexCall(iter([request]), timeout=10)))
    assert (error.code(), error.details()) == (grpc.StatusCode.UNKNOWN, SPECIAL)
    error = refused(lambda: stub.UnimplementedCall(empty_pb2.Empty(), timeout=10))
    assert error.code() == grpc.StatusCode.UNIMPLEMENTED
    other = test_pb2_grpc.UnimplementedServiceStub(stub.channel)
    error = refused(lambda: other.UnimplementedCall(empty_pb2.Empty(), timeout=10))
    assert error.code() == grpc.StatusCode.UNIMPLEMENTED


def test_server_refuses_impossible_payloads(stub):
    for size in (-1, 1 << 30):
        error = refused(lambda s=size: stub.UnaryCall(
            messages_pb2.SimpleRequest(response_size=s), timeout=10))
        assert error.code() == grpc.StatusCode.INVALID_ARGUMENT
        error = refused(lambda s=size: list(stub.StreamingOutputCall(out(s), timeout=10)))
        assert error.code() == grpc.StatusCode.INVALID_ARGUMENT


def test_server_echoes_metadata(stub):
    sent = ((INITIAL, "test_initial_metadata_value"), (TRAILING, b"\xab\xab\xab"))
    _, call = stub.UnaryCall.with_call(simple(), metadata=sent, timeout=10)
    assert sent[0] in call.initial_metadata() and sent[1] in call.trailing_metadata()
    call = stub.FullDuplexCall(iter([out(314159, payload=271828)]), metadata=sent, timeout=10)
    assert len(list(call)) == 1
    assert sent[0] in call.initial_metadata() and sent[1] in call.trailing_metadata()


def test_server_lists_itself(stub):
    request = reflection_pb2.ServerReflectionRequest(list_services="")
    answer, = reflection_pb2_grpc.ServerReflectionStub(stub.channel).ServerReflectionInfo(
        iter([request]), timeout=10)
    names = [service.name for service in answer.list_services_response.service]
    assert "grpc.testing.TestService" in names and "grpc.health.v1.Health" in names


def test_nobody_without_a_certificate_comes_in(pki):
    with InteropServer(*server_tls(pki)) as server:
        done = run_client(server.port, "empty_unary", "--use_tls=true",
                          f"--ca_file={pki.ca.file}")
        assert done.returncode == 1
        done = run_client(server.port, "empty_unary", *client_tls(pki),
                          "--server_host_override=other.example")
        assert done.returncode == 1


class TestService(test_pb2_grpc.TestServiceServicer):
    """The public test service, in gRPC's Python."""

    __test__ = False

    def EmptyCall(self, request, context):
        return empty_pb2.Empty()

    @staticmethod
    def begin(context):
        metadata = dict(context.invocation_metadata())
        if INITIAL in metadata:
            context.send_initial_metadata(((INITIAL, metadata[INITIAL]),))
        if TRAILING in metadata:
            context.set_trailing_metadata(((TRAILING, metadata[TRAILING]),))

    @staticmethod
    def end_as_told(request, context):
        if request.HasField("response_status"):
            context.set_code(next(code for code in grpc.StatusCode
                                  if code.value[0] == request.response_status.code))
            context.set_details(request.response_status.message)
            return True
        return False

    def UnaryCall(self, request, context):
        self.begin(context)
        if self.end_as_told(request, context):
            return messages_pb2.SimpleResponse()
        if request.response_compressed.value:
            context.set_compression(grpc.Compression.Gzip)
        return messages_pb2.SimpleResponse(payload=zeros(request.response_size))

    def StreamingOutputCall(self, request, context):
        for parameters in request.response_parameters:
            yield messages_pb2.StreamingOutputCallResponse(payload=zeros(parameters.size))

    def StreamingInputCall(self, requests, context):
        total = sum(len(request.payload.body) for request in requests)
        return messages_pb2.StreamingInputCallResponse(aggregated_payload_size=total)

    def FullDuplexCall(self, requests, context):
        self.begin(context)
        for request in requests:
            if self.end_as_told(request, context):
                return
            yield from self.StreamingOutputCall(request, context)


@pytest.fixture(scope="module", params=["cleartext", "tls"])
def theirs(request, pki):
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(16))
    test_pb2_grpc.add_TestServiceServicer_to_server(TestService(), server)
    flags = []
    if request.param == "tls":
        read = lambda name: open(name, "rb").read()
        credentials = grpc.ssl_server_credentials(
            [(read(pki.server[1]), read(pki.server[0]))], read(pki.ca.file), True)
        port = server.add_secure_port("127.0.0.1:0", credentials)
        flags = client_tls(pki)
    else:
        port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield port, flags
    server.stop(None).wait()


# Python's server cannot see whether a message came compressed, nor choose for each answer.
CANNOT = {"client_compressed_unary", "client_compressed_streaming",
          "server_compressed_streaming"}


@pytest.mark.parametrize("case", [case for case in UNARY + STREAMS + LONG
                                  if case not in CANNOT])
def test_our_client_and_their_server(theirs, case):
    port, flags = theirs
    done = run_client(port, case, *flags)
    assert done.returncode == 0, done.stderr


def test_the_client_says_what_is_wrong(theirs):
    port, flags = theirs
    done = run_client(port, "client_compressed_unary", *flags)
    assert done.returncode == 1 and "INVALID_ARGUMENT" in done.stderr
    assert run_client(port, "no_such_case", *flags).returncode == 2


def test_a_soak_counts_what_fails(ours):
    done = run_client(ours.port, "rpc_soak", *ours.flags, "--soak_iterations=3",
                      "--soak_max_failures=2", "--soak_response_size=5",
                      "--soak_per_iteration_max_acceptable_latency_ms=0",
                      "--soak_overall_timeout_seconds=60")
    lines = [line for line in done.stderr.splitlines() if line.startswith("soak iteration:")]
    failed = sum(line.endswith("failed:") for line in lines)
    assert len(lines) == 3 and done.returncode == (1 if failed > 2 else 0), done.stderr
    done = run_client(ours.port, "rpc_soak", *ours.flags, "--soak_iterations=1000000",
                      "--soak_overall_timeout_seconds=1")
    assert done.returncode == 1 and "all calls in the time given" in done.stderr
