"""A peer that opens every window wide and then reads slowly is given all that it asked for,
at its own pace: what it allows is no measure of what its socket takes."""

import socket

from hyperframe.frame import SettingsFrame, WindowUpdateFrame

from test_rpc_http2 import PREFACE, Wire, message
from test_rpc_interop import InteropServer
from test_rpc_stubs import messages_pb2

CALLS = 24
SIZE = 4 * 1024 * 1024 - 64
WIDE = 2**31 - 1


class SlowReader(Wire):
    """Its socket takes little at a time, whatever its windows say."""

    def __init__(self, port):
        super().__init__(port, preface=b"")
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
        self.raw(PREFACE)
        self.send(SettingsFrame(0, settings={SettingsFrame.INITIAL_WINDOW_SIZE: WIDE,
                                             SettingsFrame.MAX_FRAME_SIZE: 2**24 - 1}),
                  WindowUpdateFrame(0, WIDE - 65535))


def test_wide_windows_and_a_slow_reader():
    request = messages_pb2.SimpleRequest(response_size=SIZE).SerializeToString()
    with InteropServer() as server, SlowReader(server.port) as wire:
        for stream in range(1, 2 * CALLS, 2):
            wire.send(wire.headers(stream, "/grpc.testing.TestService/UnaryCall"),
                      wire.data(stream, message(request)))
        got, ended = dict.fromkeys(range(1, 2 * CALLS, 2), 0), 0
        for frame in wire.frames():
            if frame.stream_id in got and "END_STREAM" in frame.flags:
                ended += 1
            elif frame.stream_id in got and frame.type == 0:
                got[frame.stream_id] += len(frame.data)
            if ended == CALLS:
                break
        assert ended == CALLS and min(got.values()) > SIZE
