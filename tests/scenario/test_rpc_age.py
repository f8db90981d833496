"""Connections that grow old: nobody who calls notices, and nobody stays for ever."""

import grpc
import pytest

from test_rpc_support import EchoServer, channel, counts, unary, until


def test_calls_move_on_to_new_connections():
    with EchoServer("127.0.0.1:0", ECHO_AGE_MS="200") as server:
        with channel(server.port) as chan:
            peers = set()

            def seen_three():
                answer = unary(chan, "Peer")(b"", timeout=10, wait_for_ready=True)
                peers.add(answer.decode().split()[1])
                return len(peers) >= 3

            until(seen_three, tries=200000)
            until(lambda: counts(chan)["connections"] == 1)


def test_a_call_under_way_is_finished_first():
    with EchoServer("127.0.0.1:0", ECHO_AGE_MS="50") as server:
        with channel(server.port) as chan:
            assert unary(chan, "Slow")(b"500", timeout=20) == b"done"


def test_after_the_grace_calls_are_reset():
    with EchoServer("127.0.0.1:0", ECHO_AGE_MS="100", ECHO_AGE_GRACE_MS="200") as server:
        with channel(server.port) as chan:
            with pytest.raises(grpc.RpcError) as ended:
                unary(chan, "Hang")(b"", timeout=20)
            assert ended.value.code() == grpc.StatusCode.UNAVAILABLE
