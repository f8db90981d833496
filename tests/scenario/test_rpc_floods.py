"""rpc's server against clients that mean harm: floods of frames that cost and carry nothing,
bombs, peers that stall at each stage, and work that is begun to be thrown away. Each is stopped
by a limit that honest clients never meet, and the other connections do not notice."""

import gzip
import os
import signal
import socket
import ssl
import threading
import time

import pytest

from h2_wire import *
from test_rpc_support import EchoServer, Pki, channel, counts, tls_server, unary, until

LOCAL = [("grpc.use_local_subchannel_pool", 1)]
MANY = 5000


@pytest.fixture(scope="module")
def server():
    with EchoServer("127.0.0.1:0") as running:
        yield running


@pytest.fixture(autouse=True)
def still_serves(request):
    yield
    if "server" in request.fixturenames:
        with channel(request.getfixturevalue("server").port, options=LOCAL) as chan:
            assert unary(chan, "Unary")(b"x", timeout=10) == b"x"


def goaway(peer):
    """The code of the server's goodbye; None when it said none."""
    said = peer.until(lambda heard: heard.kind == GOAWAY)
    return said and said.code


def flood(peer, one, times=MANY):
    """@one: a frame, or what makes one of a number."""
    many = [one(i) if callable(one) else one for i in range(times)]
    for at in range(0, times, 100):
        peer.send(b"".join(many[at:at + 100]))


CHAT = frame(HEADERS, END_HEADERS, 1, grpc("/test.Echo/Chat"))
WRONG = block(*request("POST", "/", ("connection", "close")))


@pytest.mark.parametrize("one", [
    frame(DATA, 0, 1), frame(DATA, PADDED, 1, b"\3\0\0\0"),
    frame(PRIORITY, 0, 3, b"\0\0\0\0\x10"),
    lambda i: frame(PRIORITY, 0, 3 + 2 * i, b"\0\0\0\1\x10"),
    frame(RST_STREAM, 0, 1, b"\0\0\0\x08"), frame(SETTINGS, 0, 0),
    lambda i: frame(SETTINGS, 0, 0, struct.pack(">HI", INITIAL_WINDOW_SIZE, i)),
    lambda i: frame(SETTINGS, 0, 0, struct.pack(">HI", HEADER_TABLE_SIZE, i % 2 * 4096)),
    frame(PING, 0, 0, b"12345678"), frame(PING, ACK, 0, b"12345678"),
    frame(GOAWAY, 0, 0, b"\0" * 8), frame(WINDOW_UPDATE, 0, 0, b"\0\0\0\1"),
    frame(WINDOW_UPDATE, 0, 1, b"\0\0\0\1"), frame(0xbe, 0, 0, b"whatever"),
    lambda i: frame(HEADERS, END_STREAM, 3 + 2 * i) + frame(CONTINUATION, 0, 3 + 2 * i) +
    frame(CONTINUATION, END_HEADERS, 3 + 2 * i, grpc("/test.Echo/Hang")),
    lambda i: frame(HEADERS, END_STREAM | END_HEADERS, 3 + 2 * i, WRONG),
    lambda i: frame(HEADERS, END_HEADERS, 3 + 2 * i, POST) +
    frame(WINDOW_UPDATE, 0, 3 + 2 * i, b"\x7f\xff\xff\xff"),
], ids=["empty data", "padded empty data", "priority", "priority of idle streams", "reset twice",
        "settings", "window settings", "table settings", "ping", "ping that answers nothing",
        "goaway", "window of the connection", "window of a stream", "unknown frames",
        "empty continuation", "malformed requests", "streams that we must reset"])
def test_floods(server, one):
    with Peer(server.port) as peer:
        peer.send(CHAT)
        flood(peer, one)
        assert goaway(peer) == ENHANCE_YOUR_CALM


def test_continuation_without_end(server):
    """The block never ends, and grows by a byte a frame."""
    with Peer(server.port) as peer:
        peer.headers(1, grpc("/test.Echo/Unary"), 0)
        for _ in range(100):
            peer.frame(CONTINUATION, 0, 1, b"\x82")
        assert goaway(peer) == ENHANCE_YOUR_CALM


def test_too_many_settings_in_one_frame(server):
    with Peer(server.port, settings=((0xff00, 1),) * 2000) as peer:
        assert goaway(peer) in (ENHANCE_YOUR_CALM, None)


@pytest.mark.parametrize("flags", [END_HEADERS, END_HEADERS | END_STREAM])
def test_a_header_bomb(server, flags):
    """A block of 12 KB that means 48 MB: of a request, and of trailers."""
    bomb = field("x-bomb", "y" * 4000, 0x40) + b"\xbe" * 12000
    with Peer(server.port) as peer:
        if flags & END_STREAM:
            peer.send(CHAT)
        peer.headers(1, bomb if flags & END_STREAM else grpc("/test.Echo/Chat") + bomb, flags)
        assert goaway(peer) == ENHANCE_YOUR_CALM


def hang(number):
    return frame(HEADERS, END_HEADERS, number, grpc("/test.Echo/Hang")) + \
        frame(DATA, END_STREAM, number, message(b""))


def reset(number):
    return frame(RST_STREAM, 0, number, struct.pack(">I", CANCEL))


def test_rapid_reset_of_work_that_goes_on(server):
    """The handler cannot stop: the work of streams that are gone counts against the client."""
    with Peer(server.port) as peer:
        flood(peer, lambda i: frame(HEADERS, END_HEADERS, 2 * i + 1, grpc("/test.Echo/Slow")) +
              frame(DATA, END_STREAM, 2 * i + 1, message(b"500")) + reset(2 * i + 1))
        assert goaway(peer) == ENHANCE_YOUR_CALM


def test_work_that_we_are_made_to_reset(server):
    """The same without a RST_STREAM of the client's: it breaks its streams on purpose."""
    with Peer(server.port) as peer:
        flood(peer, lambda i: frame(HEADERS, END_HEADERS, 2 * i + 1, grpc("/test.Echo/Slow")) +
              frame(DATA, 0, 2 * i + 1, message(b"500")) +
              frame(WINDOW_UPDATE, 0, 2 * i + 1, b"\x7f\xff\xff\xff"))
        assert goaway(peer) == ENHANCE_YOUR_CALM


def test_deadlines_and_cancels_are_no_misuse(server):
    """20,000 calls, each reset: half while they wait, half when they have been answered."""
    with Peer(server.port) as peer:
        for start in range(1, 20001, 200):
            numbers = range(start, start + 200, 2)
            peer.send(b"".join(map(hang, numbers)) + b"".join(map(reset, numbers)))
        for start in range(20001, 40001, 200):
            numbers = range(start, start + 200, 2)
            peer.send(b"".join(frame(HEADERS, END_STREAM | END_HEADERS, number,
                                     grpc("/test.Echo/Nothing")) for number in numbers))
            assert peer.end_of(numbers[-1]).ends
            peer.send(b"".join(map(reset, numbers)))
            peer.heard.clear()
        peer.headers(40001, grpc("/test.Echo/Unary"), END_HEADERS)
        peer.data(40001, message(b"served"))
        assert peer.end_of(40001).ends and peer.fields[40001]["grpc-status"] == "0"


def test_the_others_have_their_turn():
    """While one connection is full of calls, another's is served between them."""
    with EchoServer("127.0.0.1:0") as server, Peer(server.port) as greedy, \
            Peer(server.port) as modest:
        greedy.hear_out()
        modest.hear_out()
        os.kill(server.process.pid, signal.SIGSTOP)
        work = b"".join(hang(number) + reset(number) for number in range(1, 60001, 2))
        writer = threading.Thread(target=greedy.send, args=(work,))
        writer.start()
        waiting = greedy.socket.fileno()
        until(lambda: queued(waiting) > 100000, tries=10 ** 7)  # and more at the server
        modest.headers(1, grpc("/test.Echo/Counts"), END_HEADERS)
        modest.data(1, message(b""))
        os.kill(server.process.pid, signal.SIGCONT)
        text = modest.until(lambda heard: heard.kind == DATA).payload[5:].decode()
        begun = dict(pair.split("=") for pair in text.split())["total"]
        # Two reads of 64 KiB, and the one that asks.
        assert int(begun) <= 2 * 65536 / len(hang(1) + reset(1)) + 2
        writer.join()
        greedy.hear_out()


def queued(fd):
    """What the system keeps of what was written."""
    from fcntl import ioctl
    return struct.unpack("i", ioctl(fd, 0x5411, b"\0\0\0\0"))[0]  # SIOCOUTQ


# What they may make us hold


def resident(server):
    with open(f"/proc/{server.process.pid}/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif("asan" in os.environ.get("DUBAN_BIN", ""), reason="measures memory")
def test_an_announced_length_is_not_believed(server):
    """250 messages of 4 MiB each are begun, and nothing is set aside for them."""
    with Peer(server.port) as peer:
        peer.hear_out()
        before = resident(server)
        for number in range(1, 501, 2):
            peer.headers(number, grpc("/test.Echo/Collect"), END_HEADERS)
            peer.data(number, b"\0" + struct.pack(">I", 4 << 20) + b"x", 0)
        assert not [heard for heard in peer.hear_out() if heard.kind == RST_STREAM]
        assert resident(server) - before < 8 << 20


def begin_eight(peer):
    """As much of eight messages of 4 MiB as their first windows let in."""
    for number in range(1, 17, 2):
        peer.headers(number, grpc("/test.Echo/Collect"), END_HEADERS)
        peer.data(number, b"\0" + struct.pack(">I", 4 << 20), 0)
    for _ in range(16):
        for number in range(1, 17, 2):
            peer.data(number, b"x" * 16000, 0)
        peer.hear_out()


def test_unfinished_messages_of_one_connection(server):
    """There is room for four; the windows of the others stay shut, and none is refused."""
    with Peer(server.port) as peer:
        begin_eight(peer)
        opened = {heard.stream for heard in peer.heard if heard.kind == WINDOW_UPDATE}
        assert opened == {0, 1, 3, 5, 7}
        assert not [heard for heard in peer.heard if heard.kind in (RST_STREAM, GOAWAY)]


def test_a_server_with_less_memory_than_windows():
    """Who asks for more than it was given loses a call, not the connection."""
    with EchoServer("127.0.0.1:0", ECHO_MEMORY_MAX=str(1 << 20)) as server, \
            Peer(server.port) as peer:
        begin_eight(peer)
        refused = {number for number in range(1, 17, 2)
                   if peer.fields.get(number, {}).get("grpc-status") == "8"}
        assert 1 <= len(refused) <= 7
        assert not [heard for heard in peer.heard if heard.kind == GOAWAY]


def test_answers_that_nobody_takes():
    """What waits in one connection has a limit: calls beyond it are refused."""
    with EchoServer("127.0.0.1:0", ECHO_SEND_MAX=str(3 << 20)) as server, \
            Peer(server.port, settings=((INITIAL_WINDOW_SIZE, 0),)) as peer:
        peer.hear_out()
        for number in range(1, 13, 2):
            peer.headers(number, grpc("/test.Echo/Stream"), END_HEADERS)
            peer.data(number, message(b"1 1000000"))
        peer.hear_out()
        ended = [heard.stream for heard in peer.heard if heard.ends]
        assert sorted(ended) == [7, 9, 11]
        assert {peer.fields[number]["grpc-status"] for number in ended} == {"8"}
        peer.send(reset(1))
        peer.headers(13, grpc("/test.Echo/Stream"), END_HEADERS)
        peer.data(13, message(b"1 1000000"))
        peer.hear_out()
        assert 13 not in [heard.stream for heard in peer.heard if heard.ends]


def test_small_messages_that_become_large(server):
    """Unpacking 4 KB to 4 MiB again and again is stopped; a few such messages are fine."""
    bomb = gzip.compress(bytes((4 << 20) - 100))
    pieces = [message(bomb, 1)[at:at + 16000] for at in range(0, len(bomb) + 5, 16000)]
    with Peer(server.port) as peer:
        for number in range(1, 81, 2):
            peer.headers(number, grpc("/test.Echo/Collect", ("grpc-encoding", "gzip")),
                         END_HEADERS)
            for piece in pieces:
                peer.data(number, piece, 0)
            peer.data(number)
            assert peer.end_of(number).ends
        statuses = [peer.fields[number]["grpc-status"] for number in range(1, 81, 2)]
        assert statuses[:10] == ["0"] * 10 and statuses[-10:] == ["8"] * 10


# Who stalls


@pytest.fixture(scope="module")
def pki(tmp_path_factory):
    return Pki(tmp_path_factory.mktemp("pki"))


def closes(sock):
    sock.settimeout(15)
    try:
        while sock.recv(65536):
            pass
    except ConnectionError:
        pass
    return True


@pytest.mark.parametrize("said", [b"", PREFACE[:10], PREFACE, PREFACE + b"\0\0\6\4\0"],
                         ids=["nothing", "half a preface", "no settings", "half settings"])
def test_who_says_too_little(said):
    with EchoServer("127.0.0.1:0", ECHO_HANDSHAKE_MS="200") as server:
        with socket.create_connection(("127.0.0.1", server.port)) as sock:
            sock.sendall(said)
            assert closes(sock)


def test_who_says_it_too_slowly():
    """Each byte comes soon after the last; the time is for all of them."""
    with EchoServer("127.0.0.1:0", ECHO_HANDSHAKE_MS="200") as server:
        with Peer(server.port, settings=None) as peer:
            def trickle():
                for each in PREFACE + frame(SETTINGS, 0, 0) * 100:
                    peer.send(bytes([each]))
                    time.sleep(0.02)

            writer = threading.Thread(target=trickle, daemon=True)
            writer.start()
            while peer.next() is not None:
                pass
            assert not peer.heard or peer.heard[0].kind == SETTINGS


@pytest.mark.parametrize("stage", ["nothing", "half a hello", "no preface"])
def test_who_stalls_in_tls(pki, stage):
    with tls_server(pki, rule="none", ECHO_HANDSHAKE_MS="200") as server:
        with socket.create_connection(("127.0.0.1", server.port)) as sock:
            context = ssl.create_default_context(cafile=pki.ca.file)
            context.set_alpn_protocols(["h2"])
            if stage == "no preface":
                sock = context.wrap_socket(sock, server_hostname="localhost")
            elif stage == "half a hello":
                incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
                hello = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
                with pytest.raises(ssl.SSLWantReadError):
                    hello.do_handshake()
                sock.sendall(outgoing.read()[:100])
            assert closes(sock)


def test_who_writes_a_frame_byte_by_byte():
    """It is never silent, so that no ping finds it."""
    with EchoServer("127.0.0.1:0", ECHO_REQUEST_MS="400", ECHO_KEEPALIVE_MS="300") as server:
        with Peer(server.port) as peer:
            peer.send(CHAT + frame(DATA, 0, 1, b"x" * 10000)[:9])
            stopped = threading.Event()

            def trickle():
                while not stopped.wait(0.02):
                    peer.send(b"x")

            writer = threading.Thread(target=trickle, daemon=True)
            writer.start()
            assert goaway(peer) == ENHANCE_YOUR_CALM
            stopped.set()
            writer.join()


def test_who_stops_in_a_message_of_a_stream():
    """A stream may stay open, but not in the middle of a message; its sender answers pings."""
    with EchoServer("127.0.0.1:0", ECHO_REQUEST_MS="200") as server, Peer(server.port) as peer:
        for number, part in ((1, b""), (3, message(b"whole")), (5, message(b"cut off")[:-1])):
            peer.headers(number, grpc("/test.Echo/Chat"), END_HEADERS)
            peer.data(number, part, 0)
        assert peer.end_of(5).ends and peer.fields[5]["grpc-status"] == "4"
        for number in (1, 3):
            peer.data(number, message(b"and on"))
            assert peer.end_of(number).ends and peer.fields[number]["grpc-status"] == "0"


def test_who_sends_a_message_of_a_stream_slowly():
    """As long as some of it comes, it may take its time."""
    with EchoServer("127.0.0.1:0", ECHO_REQUEST_MS="700") as server, Peer(server.port) as peer:
        peer.headers(1, grpc("/test.Echo/Chat"), END_HEADERS)
        for each in message(b"x" * 15):
            peer.data(1, bytes([each]), 0)
            time.sleep(0.08)
        peer.data(1)
        assert peer.end_of(1).ends and peer.fields[1]["grpc-status"] == "0"


def test_who_opens_no_window_for_a_stream():
    """The call goes on, and its first message never leaves; who has read may pause."""
    with EchoServer("127.0.0.1:0", ECHO_REQUEST_MS="200") as server, \
            Peer(server.port, settings=((INITIAL_WINDOW_SIZE, 0),)) as peer:
        for number in (1, 3):
            peer.headers(number, grpc("/test.Echo/Chat"), END_HEADERS)
            peer.data(number, message(b"hello"), 0)
        peer.window(3, 3)
        cut = peer.until(lambda heard: heard.kind == RST_STREAM)
        assert (cut.stream, cut.code) == (1, CANCEL)
        time.sleep(0.5)
        peer.window(3, 100)
        peer.data(3)
        assert peer.end_of(3).ends and peer.fields[3]["grpc-status"] == "0"


def test_who_opens_no_window_for_plain_http():
    with EchoServer("127.0.0.1:0", ECHO_REQUEST_MS="200") as server:
        with Peer(server.port, settings=((INITIAL_WINDOW_SIZE, 0),)) as peer:
            peer.headers(1)
            assert peer.until(lambda heard: heard.kind == RST_STREAM).code == CANCEL


def test_who_sends_no_body_for_plain_http(server):
    """It is answered without."""
    with Peer(server.port) as peer:
        peer.post(1)
        assert peer.end_of(1).ends and peer.fields[1][":status"] == "415"
        assert peer.until(lambda heard: heard.kind == RST_STREAM).code == NO_ERROR


def deaf(port):
    """A client that asks for much and reads nothing of it."""
    peer = Peer(port, settings=((INITIAL_WINDOW_SIZE, (1 << 31) - 1),))
    peer.window(0, (1 << 31) - 1 - 65535)
    peer.headers(1, grpc("/test.Echo/Stream"), END_HEADERS)
    peer.data(1, message(b"1000 1000000"))
    return peer


def test_who_reads_nothing_and_goes_on_writing():
    with EchoServer("127.0.0.1:0", ECHO_KEEPALIVE_MS="300") as server, deaf(server.port) as peer:
        stopped = threading.Event()

        def talk():
            while not stopped.wait(0.05):
                peer.ping(b"and yet?")

        writer = threading.Thread(target=talk, daemon=True)
        writer.start()
        with channel(server.port, options=LOCAL) as chan:
            until(lambda: counts(chan)["connections"] == 1, tries=10 ** 5)
            assert counts(chan)["open"] == 1
        stopped.set()
        writer.join()


def test_who_does_not_read_our_goodbye(server):
    """A flood is ended though the GOAWAY cannot leave."""
    with deaf(server.port) as peer:
        threading.Thread(target=flood, args=(peer, frame(SETTINGS, 0, 0)), daemon=True).start()
        with channel(server.port, options=LOCAL) as chan:
            until(lambda: counts(chan)["connections"] == 1, tries=10 ** 5)
