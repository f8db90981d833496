"""rpc's client against servers that go away, refuse, mislead or break the protocol: every
call ends with the status that gRPC's documents ask for, and none hangs."""

import socket
import ssl
import struct
import threading

import pytest
from hpack import Decoder, Encoder
from hyperframe.frame import (ContinuationFrame, DataFrame, Frame, GoAwayFrame, HeadersFrame,
                              PingFrame, PushPromiseFrame, RstStreamFrame, SettingsFrame)

from test_rpc_client import EchoClient
from test_rpc_http2 import message
from test_rpc_support import Pki


class Server:
    """Answers each request by what @script(connection, stream, number) sends."""

    def __init__(self, script, settings=None, tls=None, pongs=True):
        self.script, self.settings, self.tls, self.pongs = script, settings or {}, tls, pongs
        self.resumed = []
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen()
        self.port = self.listener.getsockname()[1]
        self.requests, self.connections, self.cancelled = 0, 0, threading.Event()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=Connection, args=(self, peer), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.listener.close()


class Connection:
    def __init__(self, server, peer):
        self.server, self.socket = server, peer
        self.encoder, self.decoder = Encoder(), Decoder()
        try:
            if server.tls:
                self.socket = server.tls.wrap_socket(peer, server_side=True)
                server.resumed.append(self.socket.session_reused)
            self.read(24)
            self.send(SettingsFrame(0, settings=server.settings))
            while self.one_frame():
                pass
        except OSError:
            pass
        self.socket.close()

    def read(self, size):
        data = b""
        while len(data) < size:
            part = self.socket.recv(size - len(data))
            if not part:
                raise ConnectionResetError
            data += part
        return data

    def one_frame(self):
        frame, length = Frame.parse_frame_header(memoryview(self.read(9)))
        frame.parse_body(memoryview(self.read(length)))
        if isinstance(frame, SettingsFrame) and "ACK" not in frame.flags:
            self.send(SettingsFrame(0, flags=["ACK"]))
        if isinstance(frame, PingFrame) and "ACK" not in frame.flags and self.server.pongs:
            self.send(PingFrame(0, frame.opaque_data, flags=["ACK"]))
        if isinstance(frame, RstStreamFrame):
            self.server.cancelled.set()
        if isinstance(frame, HeadersFrame):
            self.fields = dict(self.decoder.decode(frame.data))
            self.server.requests += 1
            return self.server.script(self, frame.stream_id, self.server.requests) is not False
        return True

    def send(self, *frames):
        self.socket.sendall(b"".join(frame.serialize() for frame in frames))

    def headers(self, stream, end=False, **fields):
        fields = {":status": "200", "content-type": "application/grpc",
                  **{name.replace("_", "-"): value for name, value in fields.items()}}
        frame = HeadersFrame(stream, self.encoder.encode(fields.items()))
        frame.flags.add("END_HEADERS")
        if end:
            frame.flags.add("END_STREAM")
        return frame

    def trailers(self, stream, **fields):
        frame = HeadersFrame(stream, self.encoder.encode(
            [(name.replace("_", "-"), value) for name, value in fields.items()]))
        frame.flags |= {"END_HEADERS", "END_STREAM"}
        return frame

    def answer(self, stream):
        self.send(self.headers(stream), DataFrame(stream, message(b"hello")),
                  self.trailers(stream, grpc_status="0"))


def call(script, kind="u", settings=None, **more):
    with Server(script, settings) as server, EchoClient(f"127.0.0.1:{server.port}") as client:
        client.call(1, kind, "/a/b", **more)
        answer = client.answer()
        return answer["code"], answer["text"], server


def test_a_plain_answer_and_what_was_asked():
    seen = {}

    def script(connection, stream, number):
        seen.update(connection.fields)
        connection.answer(stream)

    assert call(script)[0] == "OK"
    assert (seen[":method"], seen[":path"], seen["te"]) == ("POST", "/a/b", "trailers")
    assert seen["content-type"] == "application/grpc" and seen["grpc-timeout"].endswith("m")


@pytest.mark.parametrize("http, code", [
    ("400", "INTERNAL"), ("401", "UNAUTHENTICATED"), ("403", "PERMISSION_DENIED"),
    ("404", "UNIMPLEMENTED"), ("429", "UNAVAILABLE"), ("502", "UNAVAILABLE"),
    ("503", "UNAVAILABLE"), ("504", "UNAVAILABLE"), ("500", "UNKNOWN"), ("200", "UNKNOWN")])
def test_answers_that_are_not_grpc(http, code):
    def script(connection, stream, number):
        frame = connection.headers(stream, **{":status": http, "content_type": "text/html"})
        body = DataFrame(stream, b"<html>" * 100)
        body.flags.add("END_STREAM")
        connection.send(frame, body)

    assert call(script)[0] == code


@pytest.mark.parametrize("error, code", [
    (0, "INTERNAL"), (1, "INTERNAL"), (2, "INTERNAL"), (8, "CANCELLED"),
    (11, "RESOURCE_EXHAUSTED"), (12, "PERMISSION_DENIED")])
@pytest.mark.parametrize("begun", [False, True])
def test_resets(error, code, begun):
    def script(connection, stream, number):
        if begun:
            connection.send(connection.headers(stream), DataFrame(stream, message(b"x" * 100)[:50]))
        connection.send(RstStreamFrame(stream, error))

    assert call(script)[0] == code


def test_a_refused_stream_is_tried_once_more():
    def script(connection, stream, number):
        if number == 1:
            connection.send(RstStreamFrame(stream, 7))
        else:
            connection.answer(stream)

    code, _, server = call(script)
    assert (code, server.requests) == ("OK", 2)
    code, _, server = call(lambda connection, stream, number:
                           connection.send(RstStreamFrame(stream, 7)))
    assert (code, server.requests) == ("UNAVAILABLE", 2)


def test_goaway_before_the_call_was_seen():
    def script(connection, stream, number):
        if number == 1:
            connection.send(GoAwayFrame(0, 0, 0))
        else:
            connection.answer(stream)

    code, _, server = call(script)
    assert (code, server.connections) == ("OK", 2)


def test_goaway_while_the_call_runs_lets_it_finish():
    def script(connection, stream, number):
        connection.send(GoAwayFrame(0, stream, 0))
        connection.answer(stream)

    code, _, server = call(script)
    assert (code, server.connections) == ("OK", 1)


def test_the_connection_ends_in_the_middle():
    def script(connection, stream, number):
        connection.send(connection.headers(stream), DataFrame(stream, b"\0\0\0"))
        return False

    assert call(script)[0] == "UNAVAILABLE"


@pytest.mark.parametrize("body, code", [
    (b"", "INTERNAL"), (message(b"a") * 2, "INTERNAL"), (message(b"abc")[:-1], "INTERNAL"),
    (b"\7\0\0\0\1a", "INTERNAL"), (message(b"a", 1), "INTERNAL"),
    (b"\0\xff\xff\xff\xff", "RESOURCE_EXHAUSTED")])
def test_bodies_that_are_no_answer(body, code):
    def script(connection, stream, number):
        connection.send(connection.headers(stream), DataFrame(stream, body),
                        connection.trailers(stream, grpc_status="0"))

    assert call(script)[0] == code


def test_trailers_only_and_odd_statuses():
    for value, code in (("5", "NOT_FOUND"), ("99", "UNKNOWN"), ("x", "UNKNOWN")):
        def script(connection, stream, number):
            connection.send(connection.headers(stream, end=True, grpc_status=value,
                                               grpc_message="%E7%AC%AC%zz"))

        assert call(script)[:2] == (code, "第%zz")


def test_informational_headers_come_first():
    def script(connection, stream, number):
        frame = HeadersFrame(stream, connection.encoder.encode([(":status", "103")]))
        frame.flags.add("END_HEADERS")
        connection.send(frame)
        connection.answer(stream)

    assert call(script)[0] == "OK"


def test_padding_pings_and_small_windows():
    def script(connection, stream, number):
        data = DataFrame(stream, message(b"hello"), pad_length=200)
        data.flags.add("PADDED")
        connection.send(PingFrame(0, b"12345678"), connection.headers(stream), data,
                        connection.trailers(stream, grpc_status="0"))

    assert call(script)[0] == "OK"


def test_one_stream_at_a_time():
    """The server allows one; the others wait their turn in the client."""
    running = []

    def script(connection, stream, number):
        running.append(stream)
        connection.answer(stream)
        running.pop()
        assert not running

    with Server(script, {SettingsFrame.MAX_CONCURRENT_STREAMS: 1}) as server:
        with EchoClient(f"127.0.0.1:{server.port}") as client:
            for number in range(50):
                client.call(number, "u", "/a/b")
            assert all(client.answer()["code"] == "OK" for _ in range(50))


def test_a_deadline_resets_the_stream():
    code, _, server = call(lambda connection, stream, number: None, timeout=200)
    assert code == "DEADLINE_EXCEEDED"
    assert server.cancelled.wait(10)


def test_a_server_that_answers_no_ping_is_left():
    with Server(lambda connection, stream, number: None, pongs=False) as server:
        with EchoClient(f"127.0.0.1:{server.port}", ECHO_KEEPALIVE_MS="100") as client:
            client.call(1, "u", "/a/b", timeout=0)
            assert client.answer()["code"] == "UNAVAILABLE"


def test_pings_that_are_answered_keep_the_call():
    pings = []

    def script(connection, stream, number):
        send = connection.send

        def counting(*frames):
            send(*frames)
            pings.extend(frame for frame in frames if isinstance(frame, PingFrame))
            if len(pings) == 3:
                connection.send = send
                connection.answer(stream)

        connection.send = counting

    with Server(script) as server:
        with EchoClient(f"127.0.0.1:{server.port}", ECHO_KEEPALIVE_MS="100") as client:
            client.call(1, "u", "/a/b", timeout=0)
            assert client.answer()["code"] == "OK"


def test_the_next_connection_resumes_the_session(tmp_path):
    pki = Pki(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*pki.server[:2])
    tls.load_verify_locations(pki.ca.file)
    tls.verify_mode = ssl.CERT_REQUIRED
    tls.set_alpn_protocols(["h2"])

    def script(connection, stream, number):
        connection.answer(stream)
        connection.send(GoAwayFrame(0, stream, 0))

    with Server(script, tls=tls) as server:
        with EchoClient(f"127.0.0.1:{server.port}", pki) as client:
            for number in range(3):
                client.call(number, "u", "/a/b", wait=1)
                assert client.answer()["code"] == "OK"
        assert server.resumed == [False, True, True]


@pytest.mark.parametrize("frame", [
    b"\0\0\1\0\0\0\0\0\0x", struct.pack(">I", 0xffffff)[1:] + b"\0\0\0\0\0\1",
    PushPromiseFrame(1, 2, b"\x82", flags=["END_HEADERS"]).serialize(),
    ContinuationFrame(1, b"\x82").serialize(), b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_a_server_that_breaks_http2(frame):
    def script(connection, stream, number):
        connection.socket.sendall(frame)

    assert call(script, timeout=3000)[0] == "UNAVAILABLE"


@pytest.mark.parametrize("one", [
    PingFrame(0, b"12345678").serialize(), SettingsFrame(0).serialize(),
    DataFrame(1, b"").serialize(), b"\0\0\4\x08\0\0\0\0\0\0\0\0\1",
    b"\0\0\5\x02\0\0\0\0\7\0\0\0\0\x10", b"\0\0\1\xbe\0\0\0\0\0x"],
    ids=["ping", "settings", "empty data", "windows", "priority", "unknown"])
def test_a_server_that_floods(one):
    """The client leaves, rather than work for it."""
    def script(connection, stream, number):
        connection.send(connection.headers(stream))
        connection.socket.sendall(one * 5000)

    assert call(script, timeout=10000)[0] == "UNAVAILABLE"


@pytest.mark.parametrize("block", [b"\x40\1x\x7f\xa1\x1e" + b"y" * 4000 + b"\xbe" * 12000,
                                   b"\0\1x\1y" * 20])
def test_a_server_with_endless_headers(block):
    """A block that unpacks to megabytes, and one that never ends."""
    def script(connection, stream, number):
        frames = [HeadersFrame(stream, block, flags=["END_HEADERS"] if len(block) > 200 else [])]
        frames += [ContinuationFrame(stream, block)] * (0 if len(block) > 200 else 50)
        connection.send(*frames)

    assert call(script, timeout=10000)[0] in ("UNAVAILABLE", "INTERNAL", "RESOURCE_EXHAUSTED")
