"""An HTTP/2 client that says anything, byte by byte, and watches what it is told."""

import socket
import struct

from hpack import Decoder

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE = range(6)
PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(6, 10)
END_STREAM = ACK = 1
END_HEADERS, PADDED, PRIORITISED = 4, 8, 32
NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR = range(4)
SETTINGS_TIMEOUT, STREAM_CLOSED, FRAME_SIZE_ERROR, REFUSED_STREAM = range(4, 8)
CANCEL, COMPRESSION_ERROR, CONNECT_ERROR, ENHANCE_YOUR_CALM = range(8, 12)
HEADER_TABLE_SIZE, ENABLE_PUSH, MAX_CONCURRENT_STREAMS = range(1, 4)
INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE, MAX_HEADER_LIST_SIZE = range(4, 7)


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + \
        struct.pack(">I", stream) + payload


def integer(value, bits, first=0):
    """RFC 7541, 5.1."""
    most = (1 << bits) - 1
    if value < most:
        return bytes([first | value])
    out = [first | most]
    value -= most
    while value >= 128:
        out.append(value % 128 | 128)
        value //= 128
    return bytes(out + [value])


def string(text):
    text = text.encode("latin-1") if isinstance(text, str) else text
    return integer(len(text), 7) + text


def field(name, value, first=0):
    """A literal that is not indexed, unless @first says 0x40."""
    return bytes([first]) + string(name) + string(value)


def block(*fields):
    return b"".join(field(name, value) for name, value in fields)


def request(method="GET", path="/", *more):
    return ((":method", method), (":scheme", "http"), (":path", path),
            (":authority", "localhost"), *more)


GET, POST = block(*request()), block(*request("POST"))


def grpc(path, *more):
    return block(*request("POST", path, ("content-type", "application/grpc"),
                          ("te", "trailers"), *more))


def message(data, flag=0):
    return struct.pack(">BI", flag, len(data)) + data


class Heard:
    """One frame of the server's."""

    def __init__(self, head, payload):
        self.kind, self.flags = head[3], head[4]
        self.stream = struct.unpack(">I", head[5:9])[0] & 0x7fffffff
        self.payload = payload
        self.ends = self.kind in (DATA, HEADERS) and self.flags & END_STREAM
        self.code = None
        if self.kind == RST_STREAM:
            self.code = struct.unpack(">I", payload)[0]
        if self.kind == GOAWAY:
            self.last, self.code = struct.unpack(">II", payload[:8])

    def __repr__(self):
        return f"<frame {self.kind} flags {self.flags:#x} stream {self.stream} " \
               f"code {self.code} {self.payload[:20]!r}>"


class Peer:
    """@tls: a client's ssl.SSLContext. @settings: (id, value) pairs; None: no preface."""

    def __init__(self, port, tls=None, settings=()):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
            assert self.socket.selected_alpn_protocol() == "h2"
        self.buffer, self.heard, self.told, self.pings = b"", [], {}, 0
        self.decoder, self.fields = Decoder(), {}
        if settings is not None:
            self.send(PREFACE)
            self.settings(*settings)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.socket.close()

    def send(self, data):
        try:
            self.socket.sendall(data)
        except OSError:
            pass  # what it said before it closed tells why

    def frame(self, kind, flags, stream, payload=b""):
        self.send(frame(kind, flags, stream, payload))

    def settings(self, *pairs):
        self.frame(SETTINGS, 0, 0, b"".join(struct.pack(">HI", *pair) for pair in pairs))

    def headers(self, stream, payload=GET, flags=END_STREAM | END_HEADERS):
        self.frame(HEADERS, flags, stream, payload)

    def post(self, stream, *more):
        """A request whose body is to follow."""
        self.headers(stream, block(*request("POST", "/", *more)), END_HEADERS)

    def data(self, stream, payload=b"", flags=END_STREAM):
        self.frame(DATA, flags, stream, payload)

    def window(self, stream, more):
        self.frame(WINDOW_UPDATE, 0, stream, struct.pack(">I", more))

    def ping(self, payload, flags=0):
        self.frame(PING, flags, 0, payload)

    def leave(self):
        """No more will be said; what the server says is still heard."""
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it has left before

    def next(self):
        """The next frame, or None when the server has closed."""
        while len(self.buffer) < 9 or len(self.buffer) < 9 + self.length():
            try:
                part = self.socket.recv(65536)
            except ConnectionError:
                part = b""
            if not part:
                return None
            self.buffer += part
        end = 9 + self.length()
        heard = Heard(self.buffer[:9], self.buffer[9:end])
        self.buffer = self.buffer[end:]
        self.heard.append(heard)
        self.note(heard)
        return heard

    def length(self):
        return int.from_bytes(self.buffer[:3], "big")

    def note(self, heard):
        if heard.kind == SETTINGS and not heard.flags & ACK:
            self.told.update(struct.iter_unpack(">HI", heard.payload))
            self.frame(SETTINGS, ACK, 0)
        if heard.kind == HEADERS:
            assert heard.flags & END_HEADERS and not heard.flags & (PADDED | PRIORITISED)
            self.fields.setdefault(heard.stream, {}).update(
                self.decoder.decode(heard.payload))

    def until(self, wanted):
        """The first frame that is @wanted, of those heard already or to come."""
        for heard in list(self.heard):
            if wanted(heard):
                return heard
        while (heard := self.next()) is not None:
            if wanted(heard):
                return heard
        return None

    def end_of(self, stream):
        """Waits for the end of an answer, or for what comes instead."""
        return self.until(lambda heard: heard.kind == GOAWAY or heard.stream == stream and
                          (heard.ends or heard.kind == RST_STREAM))

    def hear_out(self):
        """All that the server says to what it was sent so far."""
        for _ in range(2):  # an answer may be behind the first
            self.pings += 1
            turn = struct.pack(">Q", self.pings)
            self.ping(turn)
            self.until(lambda heard: heard.kind == PING and heard.payload == turn)
        return self.heard
