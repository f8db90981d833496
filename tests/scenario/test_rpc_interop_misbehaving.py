"""The interoperability client against servers that misbehave on purpose."""

import pytest
from hyperframe.frame import DataFrame, GoAwayFrame, PingFrame, RstStreamFrame, SettingsFrame

from test_rpc_http2 import message
from test_rpc_interop import run_client
from test_rpc_misbehaving import Server
from test_rpc_stubs import messages_pb2

SIZE = 314159
ANSWER = message(messages_pb2.SimpleResponse(
    payload=messages_pb2.Payload(body=b"\0" * SIZE)).SerializeToString())
PIECE = 8000


def data(stream, body=ANSWER, padding=0):
    """As DATA frames that fit, padded if asked for. Small enough for the first window."""
    for at in range(0, len(body), PIECE):
        frame = DataFrame(stream, body[at:at + PIECE])
        if padding:
            frame.flags.add("PADDED")
            frame.pad_length = padding
        yield frame


def answer(connection, stream, padding=0):
    connection.send(connection.headers(stream), *data(stream, padding=padding),
                    connection.trailers(stream, grpc_status="0"))


def goaway(connection, stream, number):
    connection.send(GoAwayFrame(0, last_stream_id=stream))
    answer(connection, stream)


def rst_after_header(connection, stream, number):
    connection.send(connection.headers(stream), RstStreamFrame(stream, 0))


def rst_during_data(connection, stream, number):
    connection.send(connection.headers(stream), *data(stream, ANSWER[:len(ANSWER) // 2]),
                    RstStreamFrame(stream, 0))


def rst_after_data(connection, stream, number):
    connection.send(connection.headers(stream), *data(stream), RstStreamFrame(stream, 0))


def ping(connection, stream, number):
    connection.send(PingFrame(0, b"12345678"), connection.headers(stream),
                    PingFrame(0, b"12345678"), *data(stream), PingFrame(0, b"12345678"),
                    connection.trailers(stream, grpc_status="0"))


def max_streams(connection, stream, number):
    if number == 1:
        connection.send(SettingsFrame(0, settings={SettingsFrame.MAX_CONCURRENT_STREAMS: 1}))
    answer(connection, stream)


def padded(connection, stream, number):
    answer(connection, stream, padding=255)


def plain(connection, stream, number):
    answer(connection, stream)


CASES = {"goaway": goaway, "rst_after_header": rst_after_header,
         "rst_during_data": rst_during_data, "rst_after_data": rst_after_data, "ping": ping,
         "max_streams": max_streams, "data_frame_padding": padded,
         "no_df_padding_sanity_test": plain}


@pytest.mark.parametrize("case", CASES)
def test_misbehaviour(case):
    big = {SettingsFrame.INITIAL_WINDOW_SIZE: 1 << 20}
    with Server(CASES[case], settings=big) as server:
        done = run_client(server.port, case, "--server_host=127.0.0.1")
        assert done.returncode == 0, done.stderr
