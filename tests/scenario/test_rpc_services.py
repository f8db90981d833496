"""Health and reflection as a stranger's tool uses them, and a typed service between."""

import subprocess

import grpc
import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from test_rpc_stubs import (alpha_pb2, alpha_pb2_grpc, health_pb2, health_pb2_grpc,
                            reflection_pb2, reflection_pb2_grpc, typed_pb2, typed_pb2_grpc)
from test_rpc_support import BIN

Status = health_pb2.HealthCheckResponse
SERVICES = {"grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
            "grpc.reflection.v1alpha.ServerReflection", "test.Typed"}


class ServicesServer:
    def __init__(self):
        self.process = subprocess.Popen([str(BIN / "rpc-services-server"), "127.0.0.1:0"],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port, self.other_port = map(int, self.process.stdout.readline().split()[1:])

    def set(self, status, service=""):
        self.process.stdin.write(f"set {status} {service}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "set\n"

    def stop(self):
        if not self.process.stdin.closed:
            self.process.stdin.close()
        assert self.process.wait(timeout=20) == 0


@pytest.fixture
def server():
    running = ServicesServer()
    yield running
    running.stop()


@pytest.fixture
def chan(server):
    with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        yield channel


def check(chan, service=""):
    request = health_pb2.HealthCheckRequest(service=service)
    return health_pb2_grpc.HealthStub(chan).Check(request, timeout=10).status


def test_check_says_what_was_set(server, chan):
    assert check(chan) == Status.NOT_SERVING
    server.set(Status.SERVING)
    server.set(Status.NOT_SERVING, "test.Typed")
    assert check(chan) == Status.SERVING
    assert check(chan, "test.Typed") == Status.NOT_SERVING
    with pytest.raises(grpc.RpcError) as refused:
        check(chan, "nobody")
    assert refused.value.code() == grpc.StatusCode.NOT_FOUND


def test_watch_tells_each_change_once(server, chan):
    watch = health_pb2_grpc.HealthStub(chan).Watch(
        health_pb2.HealthCheckRequest(service="later"), timeout=20)
    assert next(watch).status == Status.SERVICE_UNKNOWN
    server.set(Status.SERVING, "later")
    assert next(watch).status == Status.SERVING
    server.set(Status.SERVING, "later")
    server.set(Status.SERVING, "other")
    server.set(Status.NOT_SERVING, "later")
    assert next(watch).status == Status.NOT_SERVING
    watch.cancel()
    server.set(Status.SERVING, "later")
    assert check(chan, "later") == Status.SERVING


def test_a_watch_ends_when_the_server_stops(server, chan):
    server.set(Status.SERVING)
    watch = health_pb2_grpc.HealthStub(chan).Watch(health_pb2.HealthCheckRequest(), timeout=20)
    assert next(watch).status == Status.SERVING
    server.process.stdin.close()
    assert next(watch).status == Status.NOT_SERVING
    with pytest.raises(grpc.RpcError) as ended:
        next(watch)
    assert ended.value.code() == grpc.StatusCode.UNAVAILABLE


VERSIONS = [(reflection_pb2, reflection_pb2_grpc), (alpha_pb2, alpha_pb2_grpc)]


def ask(chan, version, **questions):
    """Each question on its own, all on one stream."""
    pb2, stubs = version
    requests = [pb2.ServerReflectionRequest(host="h", **{k: v}) for k, v in questions.items()]
    answers = list(stubs.ServerReflectionStub(chan).ServerReflectionInfo(iter(requests),
                                                                        timeout=20))
    assert [a.original_request for a in answers] == requests
    return answers[0] if len(answers) == 1 else answers


def files_of(answer):
    return [descriptor_pb2.FileDescriptorProto.FromString(data)
            for data in answer.file_descriptor_response.file_descriptor_proto]


@pytest.mark.parametrize("version", VERSIONS, ids=["v1", "v1alpha"])
def test_services_are_listed(chan, version):
    answer = ask(chan, version, list_services="*")
    names = [service.name for service in answer.list_services_response.service]
    assert set(names) == SERVICES and len(names) == len(SERVICES)


@pytest.mark.parametrize("version", VERSIONS, ids=["v1", "v1alpha"])
def test_a_listener_lists_what_it_serves_itself(server, version):
    with grpc.insecure_channel(f"127.0.0.1:{server.other_port}") as other:
        answer = ask(other, version, list_services="*")
        names = {service.name for service in answer.list_services_response.service}
        assert names == {name for name in SERVICES if "reflection" in name}
        with pytest.raises(grpc.RpcError) as refused:
            check(other)
        assert refused.value.code() == grpc.StatusCode.UNIMPLEMENTED


@pytest.mark.parametrize("version", VERSIONS, ids=["v1", "v1alpha"])
def test_a_stranger_can_call_what_it_never_saw(chan, version):
    pool = descriptor_pool.DescriptorPool()
    for file in reversed(files_of(ask(chan, version, file_containing_symbol="test.Typed"))):
        pool.Add(file)
    method = pool.FindServiceByName("test.Typed").methods_by_name["Echo"]
    factory = message_factory.MessageFactory(pool)
    node = factory.GetPrototype(method.input_type)
    call = chan.unary_unary("/test.Typed/Echo", request_serializer=node.SerializeToString,
                            response_deserializer=node.FromString)
    request = node(text="第一", numbers=[1, 2], child=node(text="x"))
    assert call(request, timeout=10) == request


@pytest.mark.parametrize("version", VERSIONS, ids=["v1", "v1alpha"])
def test_files_come_with_their_imports(chan, version):
    for question in ({"file_by_filename": "extended.proto"},
                     {"file_containing_symbol": "test.Base"},
                     {"file_containing_symbol": "test.note"}):
        names = [file.name for file in files_of(ask(chan, version, **question))]
        assert names == ["extended.proto", "typed.proto"]


def test_every_name_is_found(chan):
    for symbol in ("test.Node", "test.Node.child", "test.Typed.Echo",
                   "grpc.health.v1.HealthCheckResponse.ServingStatus",
                   "grpc.health.v1.HealthCheckResponse.SERVING"):
        assert files_of(ask(chan, VERSIONS[0], file_containing_symbol=symbol)), symbol


@pytest.mark.parametrize("version", VERSIONS, ids=["v1", "v1alpha"])
def test_extensions(chan, version):
    pb2 = version[0]
    wanted = pb2.ExtensionRequest(containing_type="test.Base", extension_number=150)
    found = ask(chan, version, file_containing_extension=wanted)
    assert files_of(found)[0].name == "extended.proto"
    numbers = ask(chan, version, all_extension_numbers_of_type="test.Base")
    assert list(numbers.all_extension_numbers_response.extension_number) == [100, 150]
    assert numbers.all_extension_numbers_response.base_type_name == "test.Base"


def test_what_is_not_there_is_an_error_and_the_stream_goes_on(chan):
    answers = ask(chan, VERSIONS[0], file_by_filename="no.proto",
                  file_containing_symbol="test.Nobody",
                  all_extension_numbers_of_type="test.Nobody", list_services="")
    assert [a.error_response.error_code for a in answers] == [5, 5, 5, 0]


def test_a_request_without_a_question_is_told_so(chan):
    stub = reflection_pb2_grpc.ServerReflectionStub(chan)
    answer, = stub.ServerReflectionInfo(iter([reflection_pb2.ServerReflectionRequest()]),
                                        timeout=10)
    assert answer.error_response.error_code == grpc.StatusCode.INVALID_ARGUMENT.value[0]


def test_thousands_of_questions_at_once(chan):
    stub = reflection_pb2_grpc.ServerReflectionStub(chan)
    request = reflection_pb2.ServerReflectionRequest(file_by_filename="extended.proto")
    answers = list(stub.ServerReflectionInfo(iter([request] * 5000), timeout=60))
    assert len(answers) == 5000 and all(len(files_of(a)) == 2 for a in answers)


def test_what_is_no_message_is_refused(chan):
    call = chan.unary_unary("/test.Typed/Echo")
    for body in (b"\x0a", b"\x0a\x05hell", b"\x0a\x01\xff"):
        with pytest.raises(grpc.RpcError) as refused:
            call(body, timeout=10)
        assert refused.value.code() == grpc.StatusCode.INTERNAL


def test_nesting_without_end_is_refused(chan):
    body = b""
    for _ in range(200):
        length = len(body)
        head = bytes([length & 127 | 128, length >> 7]) if length > 127 else bytes([length])
        body = b"\x12" + head + body
    with pytest.raises(grpc.RpcError) as refused:
        chan.unary_unary("/test.Typed/Echo")(body, timeout=10)
    assert refused.value.code() == grpc.StatusCode.INTERNAL


def test_typed_methods_without_handler_are_unimplemented(chan):
    with pytest.raises(grpc.RpcError) as refused:
        list(typed_pb2_grpc.TypedStub(chan).Chat(iter([typed_pb2.Node()] * 3), timeout=10))
    assert refused.value.code() == grpc.StatusCode.UNIMPLEMENTED
