"""rpc's server against gRPC's own Python client: what a stranger's client would see."""

import pathlib
import threading

import grpc
import pytest

from test_rpc_support import Pki, channel, counts, tls_server, unary, until


@pytest.fixture(scope="module")
def pki(tmp_path_factory):
    return Pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="module")
def server(pki):
    with tls_server(pki) as running:
        yield running


@pytest.fixture(scope="module")
def chan(server, pki):
    with channel(server.port, pki, pki.client,
                 options=[("grpc.max_receive_message_length", -1)]) as opened:
        yield opened


def refusal(call):
    with pytest.raises(grpc.RpcError) as raised:
        call()
    return raised.value


def test_unary(chan):
    assert unary(chan, "Unary")(b"hello", timeout=10) == b"hello"
    assert unary(chan, "Unary")(b"", timeout=10) == b""


@pytest.mark.parametrize("size", [1, 4091, 16384, 70000, 1 << 20, (4 << 20) - 5])
def test_messages_of_all_sizes_arrive_whole(chan, size):
    message = bytes(i * 7 & 255 for i in range(256)) * (size // 256 + 1)
    assert unary(chan, "Unary")(message[:size], timeout=30) == message[:size]


def test_too_large_a_message_is_refused(chan):
    error = refusal(lambda: unary(chan, "Unary")(b"x" * ((4 << 20) + 1), timeout=30))
    assert error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED


def test_server_streaming(chan):
    replies = list(chan.unary_stream("/test.Echo/Stream")(b"1000 100", timeout=30))
    assert len(replies) == 1000 and all(len(reply) == 100 for reply in replies)


def test_a_slow_reader_stops_the_writer(chan):
    before = counts(chan)["writable"]
    call = chan.unary_stream("/test.Echo/Stream")(b"400 60000", timeout=60)
    assert sum(len(reply) for reply in call) == 400 * 60000
    assert counts(chan)["writable"] > before


def test_client_streaming(chan):
    collect = chan.stream_unary("/test.Echo/Collect")
    assert collect(iter([b"x" * 1000] * 500), timeout=30) == b"500000"
    assert collect(iter([]), timeout=30) == b"0"


def test_bidirectional(chan):
    sent = [b"%d" % i for i in range(300)]
    assert list(chan.stream_stream("/test.Echo/Chat")(iter(sent), timeout=30)) == sent


def test_headers_before_the_first_message(chan):
    """A client that waits to hear that its stream is open is told."""
    go_on = threading.Event()

    def requests():
        go_on.wait(30)
        yield from ()

    call = chan.stream_stream("/test.Echo/Chat")(requests(), timeout=30)
    assert call.initial_metadata() is not None
    assert not call.done()
    go_on.set()
    assert list(call) == []


def test_status_message_and_details(chan):
    error = refusal(lambda: unary(chan, "Fail")("9 第一 100%\n".encode(), timeout=10))
    assert error.code() == grpc.StatusCode.FAILED_PRECONDITION
    assert error.details() == "第一 100%\n"
    trailers = dict(error.trailing_metadata())
    assert trailers["grpc-status-details-bin"] == b"details"


def test_a_long_message_is_cut_between_characters(chan):
    error = refusal(lambda: unary(chan, "Fail")(("5 " + "督" * 5000).encode(), timeout=10))
    assert error.code() == grpc.StatusCode.NOT_FOUND
    assert error.details() == "督" * 341


def test_metadata_both_ways(chan):
    pairs = (("x-text", "a b c"), ("x-raw-bin", bytes(range(256))), ("x-text", "again"),
             ("x-empty-bin", b""))
    reply, call = unary(chan, "Metadata").with_call(b"m", metadata=pairs, timeout=10)
    assert reply == b"m"
    mine = [pair for pair in call.initial_metadata() if pair[0].startswith("x-")]
    assert sorted(mine) == sorted(pairs)
    mine = [pair for pair in call.trailing_metadata() if pair[0].startswith("x-")]
    assert sorted(mine) == sorted(pairs)


def test_deadline_ends_the_call_on_both_sides(chan):
    before = counts(chan)["cancelled"]
    error = refusal(lambda: unary(chan, "Hang")(b"", timeout=0.2))
    assert error.code() == grpc.StatusCode.DEADLINE_EXCEEDED
    until(lambda: counts(chan)["cancelled"] == before + 1)


def test_handler_sees_the_deadline(chan):
    left = int(unary(chan, "Peer")(b"", timeout=30).split()[2])
    assert 0 < left <= 31000  # gRPC rounds up what it sends
    assert int(unary(chan, "Peer")(b"").split()[2]) == -1


def test_cancellation_reaches_the_handler(chan):
    before = counts(chan)
    future = unary(chan, "Hang").future(b"", timeout=60)
    until(lambda: counts(chan)["open"] == 2)
    future.cancel()
    until(lambda: counts(chan)["cancelled"] == before["cancelled"] + 1)
    until(lambda: counts(chan)["open"] == 1)


def test_a_handler_that_answers_after_the_client_left(chan):
    before = counts(chan)
    refusal(lambda: unary(chan, "Slow")(b"300", timeout=0.05))
    until(lambda: counts(chan)["cancelled"] == before["cancelled"] + 1)
    until(lambda: counts(chan)["open"] == 1)


def test_unknown_method(chan):
    error = refusal(lambda: unary(chan, "Nothing")(b"", timeout=10))
    assert error.code() == grpc.StatusCode.UNIMPLEMENTED


def test_many_calls_at_once(chan):
    futures = [unary(chan, "Slow").future(b"20", timeout=60) for _ in range(1000)]
    assert all(future.result() == b"done" for future in futures)
    until(lambda: counts(chan)["open"] == 1)


def test_many_clients_at_once(server, pki):
    failures = []

    def work():
        try:
            with channel(server.port, pki, pki.other,
                         options=[("grpc.use_local_subchannel_pool", 1)]) as mine:
                for i in range(50):
                    assert unary(mine, "Unary")(b"%d" % i, timeout=30) == b"%d" % i
        except Exception as error:  # a thread's failure must reach the test
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


@pytest.mark.parametrize("how", [grpc.Compression.Gzip, grpc.Compression.Deflate])
def test_compressed_requests(chan, how):
    call = chan.unary_unary("/test.Echo/Unary")
    if how == grpc.Compression.Gzip:
        assert call(b"a" * 100000, timeout=10, compression=how) == b"a" * 100000
        return
    error = refusal(lambda: call(b"a" * 100000, timeout=10, compression=how))
    assert error.code() == grpc.StatusCode.UNIMPLEMENTED


def test_compressed_answers(chan):
    reply = unary(chan, "Unary")(b"a" * 100000, timeout=10, metadata=(("x-gzip", "1"),))
    assert reply == b"a" * 100000


def test_a_small_gzip_that_is_huge_is_refused(chan):
    error = refusal(lambda: unary(chan, "Unary")(
        b"\0" * (16 << 20), timeout=10, compression=grpc.Compression.Gzip))
    assert error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED


def test_drain_finishes_running_calls(pki):
    with tls_server(pki) as server, channel(server.port, pki, pki.client) as mine:
        futures = [unary(mine, "Slow").future(b"500", timeout=30) for _ in range(50)]
        until(lambda: counts(mine)["open"] == 51)
        server.say("drain 10000", answer=False)
        assert [future.result() for future in futures] == [b"done"] * 50
        assert server.wait() == 0


def test_drain_under_load_loses_no_call(pki):
    """A call that is refused because of the drain says UNAVAILABLE, and none hangs."""
    with tls_server(pki) as server, channel(server.port, pki, pki.client) as mine:
        ended = []

        def work():
            while True:
                try:
                    unary(mine, "Unary")(b"x", timeout=30)
                except grpc.RpcError as error:
                    ended.append(error.code())
                    return

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        unary(mine, "Slow")(b"200", timeout=30)
        server.say("drain 5000", answer=False)
        assert server.wait() == 0
        for thread in threads:
            thread.join()
        assert ended == [grpc.StatusCode.UNAVAILABLE] * 8


def test_grace_ends_calls_that_do_not_end(pki):
    with tls_server(pki) as server, channel(server.port, pki, pki.client) as mine:
        future = unary(mine, "Hang").future(b"", timeout=60)
        until(lambda: counts(mine)["open"] == 2)
        server.say("drain 100", answer=False)
        assert future.exception().code() == grpc.StatusCode.UNAVAILABLE
        assert server.wait() == 0


def test_peer_is_known(chan):
    assert unary(chan, "Peer")(b"", timeout=10).startswith(b"spiffe://test/client/1 127.0.0.1:")


