"""A peer that opens every window wide and then reads slowly is given all that it asked for,
at its own pace: what it allows is no measure of what its socket takes. And the other way
round: what a peer sends at once has room, or waits for it with its window shut."""

import socket
import struct

from hyperframe.frame import SettingsFrame, WindowUpdateFrame

from h2_wire import (CANCEL, END_HEADERS, END_STREAM, HEADERS, INITIAL_WINDOW_SIZE, RST_STREAM,
                     WINDOW_UPDATE, Peer, grpc)
from test_rpc_http2 import PREFACE, Wire, message
from test_rpc_interop import InteropServer
from test_rpc_stubs import messages_pb2
from test_rpc_support import EchoServer, channel

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


def test_many_large_uploads_at_once_all_arrive():
    """More than the connection may hold unfinished: they take turns, and none is refused."""
    with EchoServer("127.0.0.1:0") as server, channel(server.port) as chan:
        upload = chan.unary_unary("/test.Echo/Unary")
        message = bytes(i * 7 & 255 for i in range(256)) * 4096
        calls = [upload.future(message, timeout=120) for _ in range(200)]
        assert all(call.result() == message for call in calls)


class Upload:
    """A message of SIZE bytes, sent as far as the windows allow."""

    def __init__(self, peer, stream):
        self.peer, self.stream, self.sent = peer, stream, 0
        peer.headers(stream, grpc("/test.Echo/Unary"), END_HEADERS)

    def opened(self, stream):
        """What the server has added to a window."""
        return sum(struct.unpack(">I", heard.payload)[0] for heard in self.peer.heard
                   if heard.kind == WINDOW_UPDATE and heard.stream == stream)

    def window(self):
        """Of all uploads together, 65,535 and what was added; of each, what it was told."""
        whole = 65535 + self.opened(0) - sum(each.sent for each in self.peer.uploads)
        mine = self.peer.told[INITIAL_WINDOW_SIZE] + self.opened(self.stream) - self.sent
        return min(whole, mine, 16384, 5 + SIZE - self.sent)

    def go_on(self, until):
        while self.sent < until:
            if self.window() <= 0:
                self.peer.hear_out()
            part = self.window()
            if part <= 0:
                return
            self.sent += part
            body = struct.pack(">BI", 0, SIZE) if self.sent == part else b""
            self.peer.data(self.stream, body.ljust(part, b"x"),
                           END_STREAM if self.sent == 5 + SIZE else 0)


def test_an_upload_that_is_given_up_leaves_its_room_to_the_next():
    """Four that stay unfinished fill the room; one of them goes, and the fifth is whole."""
    with EchoServer("127.0.0.1:0") as server, Peer(server.port) as peer:
        peer.uploads = []
        for stream in (1, 3, 5, 7, 9):
            peer.uploads.append(Upload(peer, stream))
        peer.hear_out()
        first = peer.told[INITIAL_WINDOW_SIZE]
        for upload in peer.uploads:
            upload.go_on(2 * first)
        assert [upload.sent for upload in peer.uploads] == [2 * first] * 4 + [first]
        assert not [heard for heard in peer.heard if heard.kind in (RST_STREAM, HEADERS)]
        peer.frame(RST_STREAM, 0, 1, struct.pack(">I", CANCEL))
        peer.uploads[4].go_on(5 + SIZE)
        peer.window(0, SIZE)
        peer.window(9, SIZE)
        assert peer.end_of(9).ends and peer.fields[9]["grpc-status"] == "0"
