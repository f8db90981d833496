"""rpc's server at its limits: no descriptors left, too many connections, peers that stall at
each stage of a connection's life, and peers that try to keep it busy for themselves."""

import os
import resource
import socket

from test_rpc_support import EchoServer, channel, counts, unary, until

LOCAL = [("grpc.use_local_subchannel_pool", 1)]
TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(process):
    with open(f"/proc/{process.pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def connect(server):
    return socket.create_connection(("127.0.0.1", server.port), timeout=15)


def test_no_descriptors_left():
    """Who is connected is served, who comes waits without costing CPU, and is served later."""
    with EchoServer("127.0.0.1:0") as server, channel(server.port, options=LOCAL) as chan:
        assert unary(chan, "Unary")(b"first", timeout=10) == b"first"
        resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (64, 4096))
        idle = [connect(server) for _ in range(100)]
        until(lambda: counts(chan)["paused"] > 0)
        opened = counts(chan)["connections"]
        assert 20 < opened < 60
        # Some are left for the program's own use.
        assert max(map(int, os.listdir(f"/proc/{server.process.pid}/fd"))) < 64 - 4
        paused, cpu = counts(chan)["paused"], cpu_seconds(server.process)
        while counts(chan)["paused"] < paused + 10:  # ten times 100 ms
            assert unary(chan, "Slow")(b"100", timeout=10) == b"done"
        assert cpu_seconds(server.process) - cpu < 0.3
        assert counts(chan)["connections"] == opened
        for peer in idle:
            peer.close()
        with channel(server.port, options=LOCAL) as other:
            assert unary(other, "Unary")(b"late", timeout=20) == b"late"
        until(lambda: counts(chan)["connections"] == 1)


def test_who_waited_for_a_descriptor_is_served():
    """The call was begun while there was none, and needs no second attempt."""
    with EchoServer("127.0.0.1:0") as server, channel(server.port, options=LOCAL) as chan:
        assert unary(chan, "Unary")(b"first", timeout=10) == b"first"
        resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (32, 4096))
        idle = [connect(server) for _ in range(40)]
        until(lambda: counts(chan)["paused"] > 0)
        with channel(server.port, options=LOCAL) as late:
            answer = unary(late, "Unary").future(b"late", timeout=20)
            paused = counts(chan)["paused"]
            until(lambda: counts(chan)["paused"] > paused)
            assert not answer.done()
            for peer in idle:
                peer.close()
            assert answer.result() == b"late"


def test_a_limit_of_the_whole_system_is_borne_too():
    """With a limit that is passed already nothing is accepted, and nothing spins or dies."""
    with EchoServer("127.0.0.1:0") as server, channel(server.port, options=LOCAL) as chan:
        assert unary(chan, "Unary")(b"first", timeout=10) == b"first"
        resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (3, 4096))
        with connect(server) as waiting:
            until(lambda: counts(chan)["paused"] > 1)
            resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (64, 4096))
            until(lambda: counts(chan)["connections"] == 2)
            assert waiting.recv(9)  # its SETTINGS


def test_too_many_connections_are_closed_at_once():
    with EchoServer("127.0.0.1:0", ECHO_CONNECTIONS="3") as server:
        with channel(server.port, options=LOCAL) as chan:
            assert unary(chan, "Unary")(b"first", timeout=10) == b"first"
            kept = [connect(server) for _ in range(2)]
            assert all(peer.recv(9) for peer in kept)
            with connect(server) as refused:
                assert refused.recv(9) == b""
            kept.pop().close()
            until(lambda: counts(chan)["connections"] == 2)
            with connect(server) as accepted:
                assert accepted.recv(9)
            for peer in kept:
                peer.close()
