"""Load reports (ORCA) of the interoperability server, as gRPC's Python client gets them."""

import base64
import threading

import grpc
import pytest

from test_rpc_http2 import Wire, message
from test_rpc_interop import InteropServer
from test_rpc_stubs import (messages_pb2, orca_load_report_pb2, orca_pb2, orca_pb2_grpc,
                            test_pb2_grpc)
from test_rpc_support import channel

FIRST = {"cpu_utilization": 0.8210, "memory_utilization": 0.5847, "utilization": {"util": 0.3}}
SECOND = {"cpu_utilization": 0.29309, "memory_utilization": 0.2, "utilization": {"util": 0.2}}


@pytest.fixture(scope="module")
def server():
    with InteropServer() as running:
        yield running


@pytest.fixture
def chan(server):
    with channel(server.port) as chan:
        yield chan


def report(told, **more):
    return orca_load_report_pb2.OrcaLoadReport(
        cpu_utilization=told["cpu_utilization"], mem_utilization=told["memory_utilization"],
        utilization=told["utilization"], **more)


class Stream:
    """A FullDuplexCall that is written to step by step."""

    def __init__(self, chan):
        self.requests, self.more, self.over = [], threading.Condition(), False
        self.answers = test_pb2_grpc.TestServiceStub(chan).FullDuplexCall(self.sent(), timeout=60)

    def sent(self):
        while True:
            with self.more:
                self.more.wait_for(lambda: self.requests or self.over)
                if not self.requests:
                    return
                request = self.requests.pop(0)
            yield request

    def tell(self, told):
        with self.more:
            self.requests.append(messages_pb2.StreamingOutputCallRequest(
                orca_oob_report=messages_pb2.TestOrcaReport(**told),
                response_parameters=[messages_pb2.ResponseParameters(size=1)]))
            self.more.notify()

    def end(self):
        with self.more:
            self.over = True
            self.more.notify()
        assert not list(self.answers)


def watch(chan):
    request = orca_pb2.OrcaLoadReportRequest()
    request.report_interval.seconds = 1
    return orca_pb2_grpc.OpenRcaServiceStub(chan).StreamCoreMetrics(request, timeout=60)


def test_a_call_brings_its_own_report(server):
    """By hand: gRPC's Python client keeps this trailer to itself."""
    told = messages_pb2.TestOrcaReport(**FIRST, request_cost={"cost": 3456.32, "more": 1})
    asked = messages_pb2.SimpleRequest(orca_per_query_report=told)
    with Wire(server.port) as wire:
        for stream, request in ((1, asked), (3, messages_pb2.SimpleRequest())):
            wire.send(wire.headers(stream, "/grpc.testing.TestService/UnaryCall"),
                      wire.data(stream, message(request.SerializeToString())))
            fields, _, _ = wire.answer(stream)
            packed = fields.get("endpoint-load-metrics-bin")
            if request is not asked:
                assert packed is None
                continue
            packed = base64.b64decode(packed + "=" * (-len(packed) % 4))
            assert orca_load_report_pb2.OrcaLoadReport.FromString(packed) == report(
                FIRST, request_cost={"cost": 3456.32, "more": 1})


def test_a_report_without_end_is_refused(chan):
    told = messages_pb2.TestOrcaReport(utilization={f"{i:0100}": 1 for i in range(1000)})
    with pytest.raises(grpc.RpcError) as error:
        test_pb2_grpc.TestServiceStub(chan).UnaryCall(
            messages_pb2.SimpleRequest(orca_per_query_report=told), timeout=10)
    assert error.value.code() == grpc.StatusCode.INVALID_ARGUMENT


def test_watchers_are_told_what_one_caller_at_a_time_says(chan):
    reports = watch(chan)
    next(reports)
    one, other = Stream(chan), Stream(chan)
    one.tell(FIRST)
    assert len(next(one.answers).payload.body) == 1
    assert report(FIRST) in reports
    other.tell(SECOND)  # waits for its turn
    one.tell(FIRST)
    assert len(next(one.answers).payload.body) == 1
    assert next(reports) == report(FIRST)
    one.end()
    assert len(next(other.answers).payload.body) == 1
    assert report(SECOND) in reports
    other.end()
    reports.cancel()


def test_one_that_goes_away_gives_up_its_turn(chan):
    one, other, third = Stream(chan), Stream(chan), Stream(chan)
    one.tell(FIRST)
    next(one.answers)
    other.tell(SECOND)
    third.tell(SECOND)
    other.answers.cancel()
    one.answers.cancel()
    assert len(next(third.answers).payload.body) == 1
    third.end()


def test_a_server_that_stops_ends_its_watches():
    with InteropServer() as server, channel(server.port) as chan:
        reports = watch(chan)
        next(reports)
        server.process.terminate()
        with pytest.raises(grpc.RpcError) as error:
            list(reports)
        assert error.value.code() == grpc.StatusCode.UNAVAILABLE
        assert server.process.wait(timeout=30) == 0  # before it is asked a second time
