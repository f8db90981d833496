"""HTTP/2 as RFC 9113 (sections 3 to 8) and RFC 7541 have it: for each rule that a client can
break, what the server does about it."""

import struct

import pytest

from h2_wire import *

CASES = []


class connection:
    """A connection error: GOAWAY with one of these codes, and the end."""

    def __init__(self, *codes):
        self.codes = codes

    def check(self, peer):
        goaway = peer.until(lambda heard: heard.kind == GOAWAY)
        assert goaway is not None and goaway.code in self.codes, peer.heard
        while peer.next() is not None:
            pass
        assert not [heard for heard in peer.heard if heard.kind == RST_STREAM], peer.heard


class stream:
    """A stream error: RST_STREAM with one of these codes; a connection error will do."""

    def __init__(self, *codes, on=1):
        self.codes, self.on = codes, on

    def check(self, peer):
        peer.hear_out()
        assert [heard for heard in peer.heard if heard.code in self.codes and
                (heard.kind == GOAWAY or heard.stream == self.on)], peer.heard


class fine:
    """No error; the streams are answered, and one more, whose window must be opened by
    @window when the client's settings make it small."""

    def __init__(self, *streams, then=9, window=0):
        self.streams, self.then, self.window = streams, then, window

    def check(self, peer):
        for each in self.streams:
            end = peer.end_of(each)
            assert end is not None and end.ends, peer.heard
            assert peer.fields[each][":status"].isdigit()
        peer.headers(self.then)
        if self.window:
            peer.window(self.then, self.window)
        assert peer.end_of(self.then).ends, peer.heard
        assert not [heard for heard in peer.heard if heard.code], peer.heard


class gone:
    """The connection ends, with or without a word."""

    def check(self, peer):
        while peer.next() is not None:
            pass


def case(name, expected, settings=()):
    def add(what):
        CASES.append(pytest.param(what, expected, settings, id=name.replace(" ", "-")))
        return what
    return add


def send(name, expected, *frames, settings=()):
    """A case that only sends."""
    case(name, expected, settings)(lambda peer: peer.send(b"".join(frames)))


def headers(payload=GET, number=1, flags=END_STREAM | END_HEADERS):
    return frame(HEADERS, flags, number, payload)


def get(*more, method="GET", path="/", number=1):
    return headers(block(*request(method, path, *more)), number)


WAITING = headers(POST, flags=END_HEADERS)  # its body is to come

# 3.4 The connection preface

send("3.4 a wrong preface", gone(), b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n" + b"\0" * 9,
     settings=None)
send("3.4 HTTP/1.1 instead", gone(), b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", settings=None)
send("3.4 no SETTINGS after it", gone(), PREFACE + frame(PING, 0, 0, b"12345678"), settings=None)
send("3.4 an ACK for SETTINGS after it", gone(), PREFACE + frame(SETTINGS, ACK, 0),
     settings=None)


@case("3.4 the server begins with SETTINGS", fine())
def _(peer):
    first = peer.next()
    assert (first.kind, first.flags, first.stream) == (SETTINGS, 0, 0)


# 4 Frames

send("4.1 a frame of unknown type", fine(), frame(0x77, 0xff, 0, b"what?"),
     frame(0xfe, 0, 5, b"!"))
send("4.1 flags that mean nothing", fine(1), frame(PING, 0xf6, 0, b"12345678"),
     headers(flags=END_STREAM | END_HEADERS | 0xd2))
send("4.1 the reserved bit is set", fine(1), frame(PING, 0, 1 << 31, b"12345678"),
     headers(number=1 << 31 | 1))
send("4.2 the largest frame", fine(1), WAITING, frame(DATA, END_STREAM, 1, b"x" * 16384))
send("4.2 DATA too large", stream(FRAME_SIZE_ERROR), WAITING,
     frame(DATA, END_STREAM, 1, b"x" * 16385))
send("4.2 HEADERS too large", connection(FRAME_SIZE_ERROR),
     get(*(("x-filler", "y" * 1000),) * 17))
send("4.2 an unknown frame too large", connection(FRAME_SIZE_ERROR),
     frame(0x77, 0, 0, b"x" * 16385))
send("4.3 a block that is no HPACK", connection(COMPRESSION_ERROR),
     headers(GET + b"\x40"))
send("4.3 a block cut off", connection(COMPRESSION_ERROR), headers(GET[:-3]))
for kind, payload in ((PRIORITY, b"\0\0\0\0\1"), (DATA, b"x"), (PING, b"12345678"),
                      (SETTINGS, b""), (RST_STREAM, b"\0\0\0\0"), (0x77, b"x")):
    send(f"4.3 frame {kind} inside a block", connection(PROTOCOL_ERROR),
         headers(GET[:9], flags=END_STREAM),
         frame(kind, 0, 0 if kind in (PING, SETTINGS) else 1, payload),
         frame(CONTINUATION, END_HEADERS, 1, GET[9:]))
send("4.3 another stream's HEADERS inside a block", connection(PROTOCOL_ERROR),
     headers(GET[:9], flags=END_STREAM), headers(number=3))

# 5.1 Stream states

send("5.1 idle: DATA", connection(PROTOCOL_ERROR, STREAM_CLOSED), frame(DATA, END_STREAM, 1, b"x"))
send("5.1 idle: RST_STREAM", connection(PROTOCOL_ERROR), frame(RST_STREAM, 0, 1, b"\0\0\0\0"))
send("5.1 idle: WINDOW_UPDATE", connection(PROTOCOL_ERROR),
     frame(WINDOW_UPDATE, 0, 1, b"\0\0\0\1"))
send("5.1 idle: CONTINUATION", connection(PROTOCOL_ERROR),
     frame(CONTINUATION, END_HEADERS, 1, GET))
send("5.1 idle: PRIORITY", fine(1), frame(PRIORITY, 0, 5, b"\0\0\0\0\x20"), headers())
AFTER = (("DATA", frame(DATA, END_STREAM, 1, b"x"), (STREAM_CLOSED,)),
         ("HEADERS", headers(), (STREAM_CLOSED,)),
         ("CONTINUATION", frame(CONTINUATION, END_HEADERS, 1, GET),
          (STREAM_CLOSED, PROTOCOL_ERROR)))
for name, late, codes in AFTER:
    send(f"5.1 half-closed: {name}", stream(*codes), headers(), late)
    send(f"5.1 reset: {name}", stream(*codes), WAITING,
         frame(RST_STREAM, 0, 1, b"\0\0\0\x08"), late)

    @case(f"5.1 reset before: {name}", stream(*codes))
    def _(peer, late=late):
        peer.post(1)
        peer.frame(RST_STREAM, 0, 1, struct.pack(">I", CANCEL))
        peer.hear_out()
        peer.send(late)

    @case(f"5.1 closed: {name}", stream(*codes))
    def _(peer, late=late):
        peer.headers(1)
        assert peer.end_of(1).ends
        peer.send(late)


@case("5.1 closed: HEADERS is a connection error", connection(STREAM_CLOSED))
def _(peer):
    peer.headers(1)
    assert peer.end_of(1).ends
    peer.headers(1)


HARMLESS = (("WINDOW_UPDATE", frame(WINDOW_UPDATE, 0, 1, b"\0\0\0\1")),
            ("RST_STREAM", frame(RST_STREAM, 0, 1, b"\0\0\0\x08")),
            ("PRIORITY", frame(PRIORITY, 0, 1, b"\0\0\0\0\x20")))
for name, late in HARMLESS:
    @case(f"5.1 closed: {name} does no harm", fine())
    def _(peer, late=late):
        peer.headers(1)
        assert peer.end_of(1).ends
        peer.send(late)

# 5.1.1 Stream identifiers, 5.1.2 concurrency

send("5.1.1 an even stream", connection(PROTOCOL_ERROR), headers(number=2))
send("5.1.1 stream 0", connection(PROTOCOL_ERROR), headers(number=0))
send("5.1.1 a smaller stream", connection(PROTOCOL_ERROR), headers(number=5), headers(number=3))


@case("5.1.1 a smaller stream, later", connection(PROTOCOL_ERROR))
def _(peer):
    peer.headers(5)
    assert peer.end_of(5).ends
    peer.headers(3)


@case("5.1.1 DATA on a stream passed over", stream(STREAM_CLOSED, PROTOCOL_ERROR, on=3))
def _(peer):
    peer.headers(5)
    assert peer.end_of(5).ends
    peer.data(3, b"x")


@case("5.1.1 the highest stream", fine(1, then=0x7fffffff))
def _(peer):
    peer.headers(1)


@case("5.1.2 one stream too many", stream(REFUSED_STREAM, PROTOCOL_ERROR, on=9999))
def _(peer):
    peer.hear_out()  # it knows that we know
    for number in range(peer.told[MAX_CONCURRENT_STREAMS]):
        peer.post(2 * number + 1)
    peer.post(9999)


# 5.3 Priority (deprecated, but a stream that depends on itself is an error still)

send("5.3.1 HEADERS that depends on itself", stream(PROTOCOL_ERROR),
     headers(b"\0\0\0\1\x10" + GET, flags=END_STREAM | END_HEADERS | PRIORITISED))
send("5.3.1 PRIORITY that depends on itself", stream(PROTOCOL_ERROR, on=3),
     frame(PRIORITY, 0, 3, b"\0\0\0\3\x10"))
send("5.3.1 a chain and a circle", fine(1, 3, 5),
     headers(b"\0\0\0\3\x10" + GET, 1, END_STREAM | END_HEADERS | PRIORITISED),
     headers(b"\x80\0\0\5\x10" + GET, 3, END_STREAM | END_HEADERS | PRIORITISED),
     headers(b"\x80\0\0\1\xff" + GET, 5, END_STREAM | END_HEADERS | PRIORITISED))

# 5.4 Errors


@case("5.4.1 GOAWAY names the last stream", connection(PROTOCOL_ERROR))
def _(peer):
    peer.headers(1)
    peer.headers(3)
    peer.hear_out()
    peer.frame(PING, 0, 1, b"12345678")
    assert peer.until(lambda heard: heard.kind == GOAWAY).last == 3


@case("5.4.2 RST_STREAM is not answered by RST_STREAM", fine())
def _(peer):
    peer.post(1)
    peer.frame(RST_STREAM, 0, 1, struct.pack(">I", CANCEL))
    peer.frame(RST_STREAM, 0, 1, struct.pack(">I", CANCEL))
    assert not [heard for heard in peer.hear_out() if heard.kind == RST_STREAM]


# 6.1 DATA

send("6.1 stream 0", connection(PROTOCOL_ERROR), frame(DATA, END_STREAM, 0, b"x"))
send("6.1 padded", fine(1), WAITING, frame(DATA, END_STREAM | PADDED, 1, b"\5some\0\0\0\0\0"))
send("6.1 all padding", fine(1), WAITING, frame(DATA, END_STREAM | PADDED, 1, b"\3\0\0\0"))
send("6.1 more padding than frame", connection(PROTOCOL_ERROR), WAITING,
     frame(DATA, END_STREAM | PADDED, 1, b"\5some"))
send("6.1 padding without its length", connection(PROTOCOL_ERROR, FRAME_SIZE_ERROR), WAITING,
     frame(DATA, END_STREAM | PADDED, 1, b""))

# 6.2 HEADERS

send("6.2 padded, with a priority", fine(1),
     headers(b"\2\0\0\0\0\x20" + GET + b"\0\0",
             flags=END_STREAM | END_HEADERS | PADDED | PRIORITISED))
send("6.2 more padding than frame", connection(PROTOCOL_ERROR),
     headers(b"\xff" + GET, flags=END_STREAM | END_HEADERS | PADDED))
send("6.2 a priority cut off", connection(FRAME_SIZE_ERROR, PROTOCOL_ERROR),
     headers(b"\0\0\0", flags=END_STREAM | END_HEADERS | PRIORITISED))

# 6.3 PRIORITY, 6.4 RST_STREAM

send("6.3 stream 0", connection(PROTOCOL_ERROR), frame(PRIORITY, 0, 0, b"\0\0\0\1\x20"))
send("6.3 four bytes", stream(FRAME_SIZE_ERROR), frame(PRIORITY, 0, 1, b"\0\0\0\0"))
send("6.4 stream 0", connection(PROTOCOL_ERROR), frame(RST_STREAM, 0, 0, b"\0\0\0\x08"))
send("6.4 three bytes", connection(FRAME_SIZE_ERROR), WAITING,
     frame(RST_STREAM, 0, 1, b"\0\0\x08"))
send("6.4 five bytes", connection(FRAME_SIZE_ERROR), WAITING,
     frame(RST_STREAM, 0, 1, b"\0\0\0\x08\0"))

# 6.5 SETTINGS

send("6.5 an ACK with a setting", connection(FRAME_SIZE_ERROR),
     frame(SETTINGS, ACK, 0, b"\0\4\0\0\0\1"))
send("6.5 stream 1", connection(PROTOCOL_ERROR), frame(SETTINGS, 0, 1))
send("6.5 seven bytes", connection(FRAME_SIZE_ERROR), frame(SETTINGS, 0, 0, b"1234567"))
for name, pair, code in (
        ("ENABLE_PUSH 2", (ENABLE_PUSH, 2), PROTOCOL_ERROR),
        ("INITIAL_WINDOW_SIZE 2^31", (INITIAL_WINDOW_SIZE, 1 << 31), FLOW_CONTROL_ERROR),
        ("MAX_FRAME_SIZE 16383", (MAX_FRAME_SIZE, 16383), PROTOCOL_ERROR),
        ("MAX_FRAME_SIZE 2^24", (MAX_FRAME_SIZE, 1 << 24), PROTOCOL_ERROR)):
    send(f"6.5.2 {name}", connection(code), frame(SETTINGS, 0, 0, struct.pack(">HI", *pair)))
send("6.5.2 an unknown setting", fine(1), headers(), settings=((0xff, 1), (0xfeed, 1 << 31)))
send("6.5.2 the extremes", fine(1), headers(), settings=(
    (HEADER_TABLE_SIZE, 0), (ENABLE_PUSH, 1), (MAX_CONCURRENT_STREAMS, 0),
    (INITIAL_WINDOW_SIZE, (1 << 31) - 1), (MAX_FRAME_SIZE, (1 << 24) - 1),
    (MAX_HEADER_LIST_SIZE, 0xffffffff)))


@case("6.5.3 SETTINGS are acknowledged, each", fine())
def _(peer):
    peer.settings((ENABLE_PUSH, 0))
    peer.settings()
    peer.hear_out()
    assert sum(heard.kind == SETTINGS and heard.flags == ACK for heard in peer.heard) == 3


@case("6.5.3 values are taken in their order", fine(1, window=1000),
      ((INITIAL_WINDOW_SIZE, 100), (INITIAL_WINDOW_SIZE, 1)))
def _(peer):
    peer.headers(1)
    assert len(peer.until(lambda heard: heard.kind == DATA).payload) == 1
    peer.window(1, 1000)


# 6.6 PUSH_PROMISE, 6.7 PING, 6.8 GOAWAY

send("6.6 a client that pushes", connection(PROTOCOL_ERROR), WAITING,
     frame(PUSH_PROMISE, END_HEADERS, 1, b"\0\0\0\2" + GET))


@case("6.7 the answer has the same bytes", fine())
def _(peer):
    peer.ping(b"h2 \0\xff ok")
    answer = peer.until(lambda heard: heard.kind == PING)
    assert (answer.flags, answer.stream, answer.payload) == (ACK, 0, b"h2 \0\xff ok")


@case("6.7 an answer is not answered", fine())
def _(peer):
    peer.ping(b"an echo?", ACK)
    peer.hear_out()
    assert b"an echo?" not in [heard.payload for heard in peer.heard]


send("6.7 stream 1", connection(PROTOCOL_ERROR), frame(PING, 0, 1, b"12345678"))
send("6.7 six bytes", connection(FRAME_SIZE_ERROR), frame(PING, 0, 0, b"123456"))
send("6.7 nine bytes", connection(FRAME_SIZE_ERROR), frame(PING, 0, 0, b"123456789"))
send("6.8 stream 1", connection(PROTOCOL_ERROR), frame(GOAWAY, 0, 1, b"\0" * 8))
send("6.8 seven bytes", connection(FRAME_SIZE_ERROR), frame(GOAWAY, 0, 0, b"\0" * 7))


@case("6.8 what runs is answered after the client's GOAWAY", gone())
def _(peer):
    peer.post(1)
    peer.frame(GOAWAY, 0, 0, b"\0" * 8 + b"goodbye")
    peer.data(1, b"x")
    assert peer.end_of(1).ends
    peer.leave()


# 6.9 WINDOW_UPDATE and flow control

send("6.9 the connection's window by 0", connection(PROTOCOL_ERROR),
     frame(WINDOW_UPDATE, 0, 0, b"\0\0\0\0"))
send("6.9 a stream's window by 0", stream(PROTOCOL_ERROR), WAITING,
     frame(WINDOW_UPDATE, 0, 1, b"\0\0\0\0"))
send("6.9 three bytes", connection(FRAME_SIZE_ERROR), frame(WINDOW_UPDATE, 0, 0, b"\0\0\1"))
send("6.9 five bytes on a stream", connection(FRAME_SIZE_ERROR), WAITING,
     frame(WINDOW_UPDATE, 0, 1, b"\0\0\1\0\0"))
send("6.9.1 the connection's window overflows", connection(FLOW_CONTROL_ERROR),
     frame(WINDOW_UPDATE, 0, 0, b"\x7f\xff\xff\xff") * 2)
send("6.9.1 a stream's window overflows", stream(FLOW_CONTROL_ERROR), WAITING,
     frame(WINDOW_UPDATE, 0, 1, b"\x7f\xff\xff\xff") * 2)
send("6.9.1 the widest windows", fine(1), frame(WINDOW_UPDATE, 0, 0, b"\x7f\xff\0\0"),
     headers())


def body_of(peer):
    return sum(len(heard.payload) for heard in peer.heard if heard.kind == DATA)


@case("6.9 a window of 1", fine(1, window=1000), ((INITIAL_WINDOW_SIZE, 1),))
def _(peer):
    peer.headers(1)
    peer.hear_out()
    assert body_of(peer) == 1
    peer.window(1, 2)
    peer.hear_out()
    assert body_of(peer) == 3
    peer.window(1, 1000)


@case("6.9.2 a window opened by SETTINGS", fine(1), ((INITIAL_WINDOW_SIZE, 0),))
def _(peer):
    peer.headers(1)
    peer.hear_out()
    assert body_of(peer) == 0 and 1 in peer.fields
    peer.settings((INITIAL_WINDOW_SIZE, 1))
    peer.hear_out()
    assert body_of(peer) == 1
    peer.settings((INITIAL_WINDOW_SIZE, 1000))


@case("6.9.2 a negative window", fine(1, window=1000), ((INITIAL_WINDOW_SIZE, 3),))
def _(peer):
    peer.headers(1)
    peer.hear_out()
    assert body_of(peer) == 3
    peer.settings((INITIAL_WINDOW_SIZE, 1))  # -2 now
    peer.window(1, 2)
    peer.hear_out()
    assert body_of(peer) == 3
    peer.window(1, 1)
    peer.hear_out()
    assert body_of(peer) == 4
    peer.window(1, 1000)


@case("6.9.2 SETTINGS that overflow a window", stream(FLOW_CONTROL_ERROR),
      ((INITIAL_WINDOW_SIZE, 0),))
def _(peer):
    peer.post(1)
    peer.window(1, 2)
    peer.settings((INITIAL_WINDOW_SIZE, (1 << 31) - 1))


# 6.10 CONTINUATION

send("6.10 several", fine(1), headers(GET[:1], flags=END_STREAM),
     frame(CONTINUATION, 0, 1, GET[1:4]), frame(CONTINUATION, 0, 1),
     frame(CONTINUATION, END_HEADERS, 1, GET[4:]))
send("6.10 after the end of a block", connection(PROTOCOL_ERROR),
     WAITING, frame(CONTINUATION, END_HEADERS, 1, field("x", "y")))
send("6.10 after the end of a block of several", connection(PROTOCOL_ERROR),
     headers(POST[:9], flags=0), frame(CONTINUATION, END_HEADERS, 1, POST[9:]),
     frame(CONTINUATION, END_HEADERS, 1, field("x", "y")))
send("6.10 after DATA", connection(PROTOCOL_ERROR), WAITING, frame(DATA, 0, 1, b"x"),
     frame(CONTINUATION, END_HEADERS, 1, field("x", "y")))
send("6.10 stream 0", connection(PROTOCOL_ERROR), headers(GET[:9], flags=END_STREAM),
     frame(CONTINUATION, END_HEADERS, 0, GET[9:]))
send("6.10 another stream", connection(PROTOCOL_ERROR), headers(GET[:9], flags=END_STREAM),
     frame(CONTINUATION, END_HEADERS, 3, GET[9:]))

# 7 Error codes

send("7 an unknown code in RST_STREAM", fine(), WAITING,
     frame(RST_STREAM, 0, 1, b"\xff\xff\xff\xff"))


@case("7 an unknown code in GOAWAY", gone())
def _(peer):
    peer.post(1)
    peer.frame(GOAWAY, 0, 0, b"\0\0\0\0\xff\xff\xff\xff")
    peer.ping(b"and then")
    peer.until(lambda heard: heard.kind in (PING, GOAWAY))
    peer.leave()


# 8.1 Requests

send("8.1 trailers", fine(1), WAITING, frame(DATA, 0, 1, b"x"),
     headers(field("x-trailer", "y")))
send("8.1 trailers that do not end the stream", stream(PROTOCOL_ERROR), WAITING,
     headers(field("x-trailer", "y"), flags=END_HEADERS))
send("8.1 trailers with a pseudo-header", stream(PROTOCOL_ERROR), WAITING,
     headers(field(":method", "GET")))
send("8.1 DATA after trailers", stream(STREAM_CLOSED), WAITING,
     headers(field("x-trailer", "y")), frame(DATA, END_STREAM, 1, b"x"))
for name, length, pieces in (
        ("too small", "4", (b"12345",)), ("too large", "6", (b"12345",)),
        ("too small for two", "4", (b"12", b"345")), ("too large for two", "6", (b"12", b"345")),
        ("not a number", "-5", (b"12345",)), ("empty", "", (b"12345",))):
    @case(f"8.1.1 content-length {name}", stream(PROTOCOL_ERROR))
    def _(peer, length=length, pieces=pieces):
        peer.post(1, ("content-length", length))
        for piece in pieces[:-1]:
            peer.data(1, piece, 0)
        peer.data(1, pieces[-1])


send("8.1.1 content-length of nothing", stream(PROTOCOL_ERROR),
     get(("content-length", "1"), method="POST"))
send("8.1.1 content-length twice", stream(PROTOCOL_ERROR),
     get(("content-length", "0"), ("content-length", "0"), method="POST"))
send("8.1.1 a right content-length", fine(1),
     headers(block(*request("POST", "/", ("content-length", "5"))), flags=END_HEADERS),
     frame(DATA, 0, 1, b"12"), frame(DATA, END_STREAM, 1, b"345"))

# 8.2 Fields

for name, pair in (
        ("an upper-case name", ("X-Test", "y")), ("an empty name", ("", "y")),
        ("a space in a name", ("x y", "z")), ("a colon in a name", ("x:y", "z")),
        ("a control character in a name", ("x\1", "z")), ("a name beyond ASCII", ("x\xe4", "z")),
        ("NUL in a value", ("x", "y\0z")), ("CR in a value", ("x", "y\rz")),
        ("LF in a value", ("x", "y\nz")),
        ("a value that begins with a space", ("x", " y")),
        ("a value that ends with a tab", ("x", "y\t"))):
    send(f"8.2.1 {name}", stream(PROTOCOL_ERROR), get(pair))
for pair in (("connection", "close"), ("transfer-encoding", "chunked"), ("upgrade", "h2c"),
             ("keep-alive", "timeout=5"), ("proxy-connection", "keep-alive"),
             ("te", "gzip"), ("te", "trailers, gzip")):
    send(f"8.2.2 {pair[0]}: {pair[1]}", stream(PROTOCOL_ERROR), get(pair))
send("8.2.2 te: trailers", fine(1), get(("te", "trailers")))
send("8.2.3 cookies in crumbs", fine(1), get(("cookie", "a=b"), ("cookie", "c=d")))

# 8.3 Pseudo-headers

PSEUDO = dict(request())
send("8.3 an unknown one", stream(PROTOCOL_ERROR), get((":unknown", "y")))
send("8.3 a response's", stream(PROTOCOL_ERROR), get((":status", "200")))
send("8.3 behind a field", stream(PROTOCOL_ERROR),
     headers(block(*request()[:3], ("x", "y"), (":authority", "localhost"))))
for name in (":method", ":scheme", ":path"):
    send(f"8.3.1 no {name}", stream(PROTOCOL_ERROR),
         headers(block(*(pair for pair in request() if pair[0] != name))))
for name in PSEUDO:
    send(f"8.3.1 {name} twice", stream(PROTOCOL_ERROR),
         headers(block(*request(), (name, PSEUDO[name]))))
send("8.3.1 an empty :path", stream(PROTOCOL_ERROR), get(path=""))
send("8.3.1 a :path without its slash", stream(PROTOCOL_ERROR), get(path="index.html"))
send("8.3.1 OPTIONS *", fine(1), get(method="OPTIONS", path="*"))
send("8.3.1 no :authority", fine(1), headers(block(*request()[:3], ("host", "localhost"))))
send("8.5 CONNECT with a :path", stream(PROTOCOL_ERROR), get(method="CONNECT"))
send("8.5 CONNECT without :authority", stream(PROTOCOL_ERROR),
     headers(block((":method", "CONNECT"))))
send("8.5 CONNECT", fine(1), headers(block((":method", "CONNECT"), (":authority", "x:443"))))

# RFC 7541, HPACK

for name, late in (
        ("2.3.3 index 0", b"\x80"), ("2.3.3 an index too large", integer(70, 7, 0x80)),
        ("2.3.3 a huge index", b"\xff\xff\xff\xff\xff\x0f"),
        ("2.3.3 a name's index too large", integer(70, 6, 0x40) + string("y")),
        ("4.2 a table larger than allowed", b"\x3f\xff\xff\x03"),
        ("4.2 a table's size after a field", b"\x20"),
        ("5.1 an integer that overflows", b"\x40" + b"\x7f" + b"\xff" * 12 + b"\1"),
        ("5.2 a string longer than its block", b"\x40\x05abc"),
        ("5.2 Huffman: more than 7 bits of padding", b"\0\1x\x82\x1f\xff"),
        ("5.2 Huffman: padding of zeros", b"\0\1x\x81\x18"),
        ("5.2 Huffman: EOS", b"\0\1x\x84\xff\xff\xff\xff")):
    send(f"hpack {name}", connection(COMPRESSION_ERROR), headers(GET + late))
send("hpack 4.2 a table's size before the fields", fine(1), headers(b"\x20\x3f\xe1\x1f" + GET))
send("hpack 6.2 every kind of field", fine(1, 3),
     headers(b"\x82\x86\x84" + b"\x41" + string("localhost") + field("x-indexed", "y", 0x40) +
             field("x-never", "y", 0x10) + b"\0\1x\x81\x1f"),
     headers(b"\x82\x86\x84\xbf\xbe", 3))


@case("hpack 4.2 a client without a table", fine(1, 3), ((HEADER_TABLE_SIZE, 0),))
def _(peer):
    peer.decoder.max_allowed_table_size = 0
    peer.headers(1)
    peer.headers(3)
