"""What a stranger's tool learns from duband: its health, and how to call its services."""

import re

import grpc
import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from harness import Duband
from test_rpc_stubs import health_pb2, health_pb2_grpc, reflection_pb2, reflection_pb2_grpc

Status = health_pb2.HealthCheckResponse
SERVICES = {"duban.v1.Reports", "duban.v1.Reviews", "duban.v1.Requests", "duban.v1.Projects",
            "duban.v1.Problems",
            "duban.v1.Plans",
            "duban.v1.Alerts", "duban.v1.Board", "duban.v1.Assessment",
            "duban.v1.Administration", "duban.v1.Problems", "grpc.health.v1.Health",
            "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"}


def health_of(channel, service=""):
    stub = health_pb2_grpc.HealthStub(channel)
    return stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=20).status


def reflect(channel, **question):
    stub = reflection_pb2_grpc.ServerReflectionStub(channel)
    request = reflection_pb2.ServerReflectionRequest(**question)
    answer, = stub.ServerReflectionInfo(iter([request]), timeout=20)
    return answer


def channel_of(centre):
    return centre.channel(centre.authority.agent("yuhua"))


def test_an_agent_sees_that_all_is_well(centre):
    with channel_of(centre) as channel:
        assert health_of(channel) == Status.SERVING
        assert health_of(channel, "duban.v1.Reports") == Status.SERVING
        with pytest.raises(grpc.RpcError) as refused:
            health_of(channel, "duban.v1.Nothing")
        assert refused.value.code() == grpc.StatusCode.NOT_FOUND


def test_without_its_database_it_serves_nothing(postgres, tmp_path):
    conninfo = postgres.create()
    database = conninfo.split("dbname=")[1]
    centre = Duband(tmp_path, conninfo).start()
    try:
        with channel_of(centre) as channel:
            watch = health_pb2_grpc.HealthStub(channel).Watch(
                health_pb2.HealthCheckRequest(service="duban.v1.Reports"), timeout=60)
            assert next(watch).status == Status.SERVING
            postgres.psql("postgres", f"ALTER DATABASE {database} ALLOW_CONNECTIONS false")
            postgres.psql("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                          f" WHERE datname = '{database}'")
            assert next(watch).status == Status.NOT_SERVING
            postgres.psql("postgres", f"ALTER DATABASE {database} ALLOW_CONNECTIONS true")
            assert next(watch).status == Status.SERVING
            assert health_of(channel) == Status.SERVING
    finally:
        assert centre.stop() == 0


def test_who_watches_is_sent_away_when_it_stops(postgres, tmp_path):
    centre = Duband(tmp_path, postgres.create()).start()
    with channel_of(centre) as channel:
        watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(),
                                                          timeout=60)
        assert next(watch).status == Status.SERVING
        assert centre.stop() == 0
        assert [answer.status for answer in drained(watch)] == [Status.NOT_SERVING]
        assert watch.code() == grpc.StatusCode.UNAVAILABLE


def drained(watch):
    try:
        yield from watch
    except grpc.RpcError:
        pass


def test_its_services_are_listed_and_can_be_called(centre):
    with channel_of(centre) as channel:
        listed = reflect(channel, list_services="*").list_services_response.service
        assert {service.name for service in listed} == SERVICES
        answer = reflect(channel, file_containing_symbol="duban.v1.Administration.GetStatus")
        pool = descriptor_pool.DescriptorPool()
        for data in reversed(answer.file_descriptor_response.file_descriptor_proto):
            pool.Add(descriptor_pb2.FileDescriptorProto.FromString(data))
        method = pool.FindMethodByName("duban.v1.Administration.GetStatus")
        factory = message_factory.MessageFactory(pool)
        reply_type = factory.GetPrototype(method.output_type)
        call = channel.unary_unary("/duban.v1.Administration/GetStatus",
                                   response_deserializer=reply_type.FromString)
        assert call(b"", timeout=20).ListFields()


def test_each_listener_lists_its_own_services(postgres, tmp_path):
    listeners = [{"address": "127.0.0.1:0", "client_certificates": "required"},
                 {"address": "127.0.0.1:0", "client_certificates": "optional",
                  "services": ["reports", "reflection"]}]
    centre = Duband(tmp_path, postgres.create(), settings={"server": {"listeners": listeners}})
    centre.start()
    try:
        log = (centre.folder / "duband.log").read_text()
        ports = [centre.port, re.search(r" listening .*127\.0\.0\.1:(\d+)", log)[1]]
        few = {name for name in SERVICES if name == "duban.v1.Reports" or "reflection" in name}
        for centre.port, expected in zip(ports, (SERVICES, few), strict=True):
            with channel_of(centre) as channel:
                listed = reflect(channel, list_services="*").list_services_response.service
                assert {service.name for service in listed} == expected
    finally:
        assert centre.stop() == 0


def test_nobody_without_a_certificate_may_ask(postgres, tmp_path):
    listener = {"address": "127.0.0.1:0", "client_certificates": "optional",
                "services": ["health", "reflection"]}
    centre = Duband(tmp_path, postgres.create(), settings={"server": {"listeners": [listener]}})
    centre.start()
    try:
        with centre.channel(None) as channel:
            for ask in (lambda: health_of(channel), lambda: reflect(channel, list_services="")):
                with pytest.raises(grpc.RpcError) as refused:
                    ask()
                assert refused.value.code() == grpc.StatusCode.UNAUTHENTICATED
        with channel_of(centre) as channel:
            assert health_of(channel) == Status.SERVING
    finally:
        assert centre.stop() == 0
