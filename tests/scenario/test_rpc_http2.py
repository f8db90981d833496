"""rpc's server against clients that break HTTP/2 or gRPC, stall, or flood: each gets the
answer that RFC 9113 or gRPC asks for, and the next client is served as if nothing were."""

import socket
import struct

import pytest
from hpack import Decoder, Encoder
from hyperframe.frame import (ContinuationFrame, DataFrame, Frame, GoAwayFrame, HeadersFrame,
                              PingFrame, PriorityFrame, RstStreamFrame, SettingsFrame,
                              WindowUpdateFrame)

from test_rpc_support import EchoServer, channel, counts, unary

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
NO_ERROR, PROTOCOL_ERROR, FLOW_CONTROL_ERROR, STREAM_CLOSED = 0, 1, 3, 5
FRAME_SIZE_ERROR, REFUSED_STREAM, CANCEL, COMPRESSION_ERROR, CALM = 6, 7, 8, 9, 11


@pytest.fixture(scope="module")
def server():
    with EchoServer("127.0.0.1:0") as running:
        yield running


@pytest.fixture(autouse=True)
def still_serves(request):
    yield
    if "server" in request.fixturenames:
        with channel(request.getfixturevalue("server").port,
                     options=[("grpc.use_local_subchannel_pool", 1)]) as chan:
            assert unary(chan, "Unary")(b"x", timeout=10) == b"x"


class Wire:
    """A client that writes frames by hand."""

    def __init__(self, port, settings=None, preface=PREFACE):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.settimeout(15)
        self.encoder, self.decoder = Encoder(), Decoder()
        self.buffer = b""
        if preface:
            self.raw(preface)
            self.send(SettingsFrame(0, settings=settings or {}))

    def raw(self, data):
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def send(self, *frames):
        self.raw(b"".join(frame.serialize() for frame in frames))

    def headers(self, stream, path="/test.Echo/Unary", end=False, **more):
        fields = {":method": "POST", ":scheme": "http", ":path": path, ":authority": "t",
                  "te": "trailers", "content-type": "application/grpc"}
        fields.update({name.replace("_", "-"): value for name, value in more.items()})
        frame = HeadersFrame(stream, self.encoder.encode(fields.items()))
        frame.flags.add("END_HEADERS")
        if end:
            frame.flags.add("END_STREAM")
        return frame

    def data(self, stream, data, end=True, **more):
        frame = DataFrame(stream, data, **more)
        if end:
            frame.flags.add("END_STREAM")
        return frame

    def frames(self):
        """What the server sends until it closes."""
        while True:
            while len(self.buffer) < 9:
                if not self.fill():
                    return
            frame, length = Frame.parse_frame_header(memoryview(self.buffer[:9]))
            while len(self.buffer) < 9 + length:
                if not self.fill():
                    return
            frame.parse_body(memoryview(self.buffer[9:9 + length]))
            self.buffer = self.buffer[9 + length:]
            if isinstance(frame, HeadersFrame):
                frame.fields = dict(self.decoder.decode(frame.data))
            yield frame

    def fill(self):
        try:
            part = self.socket.recv(65536)
        except ConnectionResetError:
            return False
        self.buffer += part
        return bool(part)

    def until(self, kind, stream=None):
        for frame in self.frames():
            if isinstance(frame, kind) and stream in (None, frame.stream_id) \
                    and "ACK" not in frame.flags:
                return frame
        return None

    def answer(self, stream):
        """(headers and trailers in one dict, data, RST_STREAM's code or None)"""
        fields, data = {}, b""
        for frame in self.frames():
            if frame.stream_id != stream:
                continue
            if isinstance(frame, RstStreamFrame):
                return fields, data, frame.error_code
            if isinstance(frame, HeadersFrame):
                fields.update(frame.fields)
            if isinstance(frame, DataFrame):
                data += frame.data
            if "END_STREAM" in frame.flags:
                return fields, data, None
        return fields, data, "closed"

    def goaway(self):
        """The code of the GOAWAY that ends the connection; "closed" without one."""
        code = "closed"
        for frame in self.frames():
            if isinstance(frame, GoAwayFrame):
                code = frame.error_code
        return code

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.socket.close()


def message(data, flag=0):
    return struct.pack(">BI", flag, len(data)) + data


def test_a_call_by_hand(server):
    with Wire(server.port) as wire:
        wire.send(wire.headers(1), wire.data(1, message(b"hello")))
        fields, data, reset = wire.answer(1)
        assert (fields[":status"], fields["grpc-status"], reset) == ("200", "0", None)
        assert data == message(b"hello")


def test_padded_and_cut_data(server):
    with Wire(server.port) as wire:
        whole = message(b"x" * 1000)
        wire.send(wire.headers(1))
        for at in range(0, len(whole), 7):
            frame = wire.data(1, whole[at:at + 7], end=False, pad_length=at % 200)
            frame.flags.add("PADDED")
            wire.send(frame)
        wire.send(wire.data(1, b""))
        assert wire.answer(1)[1] == whole


@pytest.mark.parametrize("fields, status", [
    ({":method": "GET", "content_type": "text/html"}, "404"),
    ({"content_type": "text/html"}, "415"),
    ({"content_type": "application/grpcx"}, "415"),
    ({":method": "PUT"}, "405"),
    ({"x_large": "0" * 20000}, "431"),
])
def test_who_does_not_speak_grpc_is_answered_in_http(server, fields, status):
    with Wire(server.port) as wire:
        wire.send(wire.headers(1, end=True, **fields))
        answer, data, _ = wire.answer(1)
        assert answer[":status"] == status
        assert "grpc-status" not in answer and 0 < len(data) < 200


@pytest.mark.parametrize("kind", ["application/grpc+proto", "application/grpc;charset=utf-8"])
def test_content_types_of_grpc(server, kind):
    with Wire(server.port) as wire:
        wire.send(wire.headers(1, content_type=kind), wire.data(1, message(b"a")))
        assert wire.answer(1)[0]["grpc-status"] == "0"


@pytest.mark.parametrize("body, more, status", [
    (message(b"a") + message(b"b"), {":path": "/test.Echo/Hang"}, "13"),
    (b"", {}, "13"),
    (message(b"abc")[:-1], {}, "13"),
    (b"\2\0\0\0\0", {}, "13"),
    (message(b"abc", flag=1), {}, "13"),
    (message(b"not gzip", flag=1), {"grpc_encoding": "gzip"}, "13"),
    (message(b"abc"), {"grpc_encoding": "br"}, "12"),
    (message(b"abc"), {"grpc_timeout": "5 minutes"}, "13"),
    (message(b"abc"), {"x_bin": "***"}, "13"),
    (b"\0\xff\xff\xff\xff", {}, "8"),
    (message(b"abc"), {":path": "/nothing"}, "12"),
])
def test_calls_that_are_no_calls(server, body, more, status):
    with Wire(server.port) as wire:
        wire.send(wire.headers(1, **more), wire.data(1, body))
        assert wire.answer(1)[0].get("grpc-status") == status


def raw_frame(kind, flags, stream, body):
    return struct.pack(">I", len(body))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + body


@pytest.mark.parametrize("data, codes", [
    (raw_frame(0, 0, 1, b"x"), {PROTOCOL_ERROR, STREAM_CLOSED}),           # DATA on idle
    (raw_frame(0, 0, 0, b"x"), {PROTOCOL_ERROR}),                          # DATA on 0
    (raw_frame(1, 4, 2, b"\x82"), {PROTOCOL_ERROR}),                       # even stream
    (raw_frame(1, 4, 1, b"\xff\xff\xff\xff\xff\xff"), {COMPRESSION_ERROR}),
    (raw_frame(3, 0, 1, b"\0\0\0\0"), {PROTOCOL_ERROR}),                   # RST on idle
    (raw_frame(3, 0, 0, b"\0\0\0\0"), {PROTOCOL_ERROR}),
    (raw_frame(4, 0, 0, b"12345"), {FRAME_SIZE_ERROR}),
    (raw_frame(4, 1, 0, b"123456"), {FRAME_SIZE_ERROR}),                   # ACK with body
    (raw_frame(4, 0, 0, b"\0\2\0\0\0\2"), {PROTOCOL_ERROR}),               # PUSH 2
    (raw_frame(4, 0, 0, b"\0\4\xff\xff\xff\xff"), {FLOW_CONTROL_ERROR}),
    (raw_frame(4, 0, 0, b"\0\5\0\0\0\1"), {PROTOCOL_ERROR}),               # max frame 1
    (raw_frame(5, 4, 1, b"\0\0\0\2\x82"), {PROTOCOL_ERROR}),               # PUSH_PROMISE
    (raw_frame(6, 0, 0, b"1234567"), {FRAME_SIZE_ERROR}),
    (raw_frame(6, 0, 1, b"12345678"), {PROTOCOL_ERROR}),                   # PING on 1
    (raw_frame(8, 0, 0, b"\0\0\0\0"), {PROTOCOL_ERROR}),                   # no increment
    (raw_frame(8, 0, 0, b"\x7f\xff\xff\xff"), {FLOW_CONTROL_ERROR}),
    (raw_frame(9, 4, 1, b"\x82"), {PROTOCOL_ERROR}),                       # lone CONTINUATION
    (raw_frame(0, 0, 1, b"x" * 16385), {FRAME_SIZE_ERROR}),
    (raw_frame(7, 0, 1, b"\0" * 8), {PROTOCOL_ERROR}),                     # GOAWAY on 1
])
def test_broken_frames_end_the_connection(server, data, codes):
    with Wire(server.port) as wire:
        wire.raw(data)
        assert wire.goaway() in codes


def test_a_bad_preface(server):
    with Wire(server.port, preface=None) as wire:
        wire.raw(b"GET / HTTP/1.1\r\nHost: t\r\n\r\n")
        assert wire.goaway() in ("closed", PROTOCOL_ERROR)


def test_an_unknown_frame_is_ignored(server):
    with Wire(server.port) as wire:
        wire.raw(raw_frame(0xbe, 0xff, 0, b"whatever"))
        wire.send(wire.headers(1), wire.data(1, message(b"a")))
        assert wire.answer(1)[0]["grpc-status"] == "0"


def test_a_header_bomb(server):
    """A small block that HPACK makes huge."""
    with Wire(server.port) as wire:
        block = wire.encoder.encode([("x-bomb", "y" * 4000)])
        frame = HeadersFrame(1, block + b"\xbe" * 12000)
        frame.flags.add("END_HEADERS")
        wire.send(frame)
        assert wire.goaway() == CALM


def test_a_continuation_flood(server):
    with Wire(server.port) as wire:
        wire.send(HeadersFrame(1, wire.headers(1).data))
        for _ in range(2000):
            wire.send(ContinuationFrame(1, b""))
        assert wire.goaway() != NO_ERROR


@pytest.mark.parametrize("make", [
    lambda wire, i: PingFrame(0, b"12345678"),
    lambda wire, i: SettingsFrame(0),
    lambda wire, i: PriorityFrame(3, depends_on=0, stream_weight=i % 200),
    lambda wire, i: wire.data(1, b"", end=False),
], ids=["ping", "settings", "priority", "empty data"])
def test_floods_are_told_to_calm_down(server, make):
    with Wire(server.port) as wire:
        wire.send(wire.headers(1, path="/test.Echo/Chat"))
        for i in range(0, 5000, 100):
            wire.send(*(make(wire, i) for _ in range(100)))
        assert wire.goaway() == CALM


def test_rapid_reset_of_work_that_goes_on(server):
    """Calls whose handlers cannot stop count until they have."""
    with Wire(server.port) as wire:
        for stream in range(1, 2001, 2):
            wire.send(wire.headers(stream, path="/test.Echo/Slow"),
                      wire.data(stream, message(b"300")), RstStreamFrame(stream, CANCEL))
        assert wire.goaway() == CALM


def test_honest_cancels_are_not_punished(server):
    with Wire(server.port) as wire:
        for stream in range(1, 10001, 2):
            wire.send(wire.headers(stream, path="/test.Echo/Hang"),
                      wire.data(stream, message(b"")), RstStreamFrame(stream, CANCEL))
        wire.send(wire.headers(10001), wire.data(10001, message(b"a")))
        assert wire.answer(10001)[0]["grpc-status"] == "0"


def test_more_streams_than_allowed_are_refused(server):
    with Wire(server.port) as wire:
        first = wire.until(SettingsFrame)
        assert first.settings[SettingsFrame.MAX_CONCURRENT_STREAMS] == 256
        for stream in range(1, 2 * 257, 2):
            wire.send(wire.headers(stream, path="/test.Echo/Hang", end=False))
        assert wire.answer(513)[2] == REFUSED_STREAM
        # Who has said that it knows the limit is refused all the same, but not for ever.
        wire.send(SettingsFrame(0, flags=["ACK"]), wire.headers(515))
        assert wire.answer(515)[2] == REFUSED_STREAM
        for stream in range(517, 6001, 2):
            wire.send(wire.headers(stream, path="/test.Echo/Hang", end=False))
        assert wire.goaway() == CALM


def test_the_answer_comes_before_the_request_is_complete(server):
    with Wire(server.port) as wire:
        wire.send(wire.headers(1), wire.data(1, message(b"a"), end=False))
        fields, _, _ = wire.answer(1)
        assert fields["grpc-status"] == "0"
        assert wire.until(RstStreamFrame, 1).error_code == NO_ERROR


def test_a_reader_who_opens_no_window_is_cut_off():
    with EchoServer("127.0.0.1:0", ECHO_REQUEST_MS="300") as server:
        with Wire(server.port, {SettingsFrame.INITIAL_WINDOW_SIZE: 10}) as wire:
            wire.send(wire.headers(1), wire.data(1, message(b"x" * 100)))
            assert wire.until(RstStreamFrame, 1).error_code == CANCEL
        with channel(server.port) as chan:
            assert counts(chan)["open"] == 1


def test_a_request_that_never_ends_is_cut_off():
    with EchoServer("127.0.0.1:0", ECHO_REQUEST_MS="300") as server:
        with Wire(server.port) as wire:
            wire.send(wire.headers(1), wire.data(1, b"\0\0\0", end=False))
            assert wire.answer(1)[0]["grpc-status"] == "4"
        with Wire(server.port) as wire:
            wire.send(HeadersFrame(1, wire.headers(1).data))  # no END_HEADERS
            assert wire.goaway() == CALM


def test_a_peer_that_answers_no_ping_is_dropped():
    with EchoServer("127.0.0.1:0", ECHO_KEEPALIVE_MS="200") as server, Wire(server.port) as wire:
        assert wire.until(PingFrame) is not None
        assert wire.goaway() == "closed"


def test_an_idle_connection_is_closed_with_goaway():
    with EchoServer("127.0.0.1:0", ECHO_IDLE_MS="200") as server, Wire(server.port) as wire:
        assert wire.goaway() == NO_ERROR


def test_a_slow_reader_holds_back_its_own_stream_only(server):
    """The window of one stream is shut while another is served, and opens later."""
    with Wire(server.port, {SettingsFrame.INITIAL_WINDOW_SIZE: 1000}) as wire:
        wire.send(wire.headers(1, path="/test.Echo/Stream"), wire.data(1, message(b"100 5000")))
        wire.send(wire.headers(3), wire.data(3, message(b"quick")))
        got = 0
        for frame in wire.frames():
            if isinstance(frame, DataFrame) and frame.stream_id == 1:
                got += len(frame.data)
            if frame.stream_id == 3 and "END_STREAM" in frame.flags:
                break
        assert got <= 1000
        wire.send(WindowUpdateFrame(0, 1 << 24), WindowUpdateFrame(1, 1 << 24))
        fields, data, _ = wire.answer(1)
        assert got + len(data) == 100 * 5005 and fields["grpc-status"] == "0"


def test_a_writer_who_does_not_read_is_stopped(server):
    """The handler pauses: the window is not opened again until the echo is read."""
    stream = message(b"z" * 9995) * 100
    window, sent, got = 65535, 0, b""

    def write(wire):
        nonlocal sent
        while sent < min(window, len(stream)):
            piece = stream[sent:min(window, len(stream), sent + 16000)]
            sent += len(piece)
            wire.send(wire.data(1, piece, end=sent == len(stream)))

    def note(frame):
        nonlocal window
        if isinstance(frame, SettingsFrame) and "ACK" not in frame.flags:
            window += frame.settings[SettingsFrame.INITIAL_WINDOW_SIZE] - 65535
            wire.send(SettingsFrame(0, flags=["ACK"]))
        if isinstance(frame, WindowUpdateFrame) and frame.stream_id == 1:
            window += frame.window_increment

    with Wire(server.port, {SettingsFrame.INITIAL_WINDOW_SIZE: 0}) as wire:
        wire.send(wire.headers(1, path="/test.Echo/Chat"))
        frames = wire.frames()
        note(next(frames))
        write(wire)
        # The answer to a ping comes after what the server did with all that.
        for _ in range(20):
            wire.send(PingFrame(0, b"12345678"))
            for frame in frames:
                note(frame)
                if isinstance(frame, PingFrame):
                    break
            write(wire)
        assert sent == window < len(stream) // 2  # 64 KiB of echo, and one window
        wire.send(WindowUpdateFrame(0, 1 << 24), WindowUpdateFrame(1, 1 << 24))
        for frame in frames:
            note(frame)
            write(wire)
            if isinstance(frame, DataFrame):
                got += frame.data
            if "END_STREAM" in frame.flags:
                break
        assert got == stream


def test_random_bytes_after_the_preface(server):
    state = 1
    for _ in range(30):
        noise = bytearray()
        for _ in range(500):
            state = (state * 1103515245 + 12345) & 0x7fffffff
            noise.append(state >> 16 & 255)
        with Wire(server.port) as wire:
            wire.raw(bytes(noise))
            wire.socket.shutdown(socket.SHUT_WR)
            wire.goaway()
