"""rpc's client against gRPC's own Python server, and against rpc's server."""

import concurrent.futures
import os
import pathlib
import socket
import subprocess
import threading

import grpc
import pytest

from test_rpc_support import BIN, EchoServer, Pki, tls_server


class EchoClient:
    """rpc-echo-client as a process."""

    def __init__(self, address, pki=None, client=None, name="localhost", **environment):
        arguments = [address]
        if pki:
            client = client or pki.client
            arguments += [client[0], client[1], pki.ca.file, name]
        self.process = subprocess.Popen(
            [str(BIN / "rpc-echo-client"), *arguments], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, env={**os.environ, **environment})
        self.states = []

    def say(self, *lines):
        self.process.stdin.write("".join(line + "\n" for line in lines))
        self.process.stdin.flush()

    def call(self, number, kind, path, count=1, size=5, timeout=20000, wait=0):
        self.say(f"call {number} {kind} {path} {count} {size} {timeout} {wait}")

    def answer(self):
        """The next "done", as a dict."""
        for line in self.process.stdout:
            word, rest = line.rstrip("\n").split(" ", 1)
            if word == "state":
                self.states.append(rest)
                continue
            assert word == "done", line
            number, code, messages, size, headers, trailers, text = rest.split(" ", 6)
            return {"id": int(number), "code": code, "messages": int(messages),
                    "bytes": int(size), "headers": int(headers),
                    "trailers": int(trailers), "text": text}
        raise AssertionError("the client ended")

    def wait_state(self, name):
        for line in self.process.stdout:
            assert line.startswith("state "), line
            self.states.append(line[6:].rstrip("\n"))
            if line.split()[1] == name:
                return

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        if self.process.poll() is None:
            self.process.stdin.close()
        assert self.process.wait(timeout=20) == 0


class Behaviour(grpc.GenericRpcHandler):
    """What the Python server does, by path; messages are bytes."""

    def __init__(self):
        self.started, self.ended = threading.Event(), threading.Event()
        self.metadata = None

    def unary(self, request, context):
        self.metadata = context.invocation_metadata()
        context.send_initial_metadata((("x-head", "1"),))
        context.set_trailing_metadata((("x-tail-bin", b"\0\1"), ("x-tail", "2")))
        return request

    def hang(self, request, context):
        context.add_callback(self.ended.set)
        self.started.set()
        self.ended.wait(30)
        return b""

    def fail(self, request, context):
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, "第一 100%")

    def count(self, request, context):
        for _ in range(200):
            yield b"x" * 50000

    def collect(self, requests, context):
        return b"%d" % sum(len(request) for request in requests)

    def chat(self, requests, context):
        yield from requests

    def service(self, details):
        handlers = {
            "Unary": grpc.unary_unary_rpc_method_handler(self.unary),
            "Hang": grpc.unary_unary_rpc_method_handler(self.hang),
            "Fail": grpc.unary_unary_rpc_method_handler(self.fail),
            "Count": grpc.unary_stream_rpc_method_handler(self.count),
            "Collect": grpc.stream_unary_rpc_method_handler(self.collect),
            "Chat": grpc.stream_stream_rpc_method_handler(self.chat),
        }
        return handlers.get(details.method.rsplit("/", 1)[1])


class PythonServer:
    def __init__(self, pki, port=0, compression=None):
        self.behaviour = Behaviour()
        self.server = grpc.server(concurrent.futures.ThreadPoolExecutor(16),
                                  options=[("grpc.so_reuseport", 0)],
                                  compression=compression)
        self.server.add_generic_rpc_handlers((self.behaviour,))
        if pki:
            read = lambda name: pathlib.Path(name).read_bytes()
            credentials = grpc.ssl_server_credentials(
                [(read(pki.server[1]), read(pki.server[0]))], read(pki.ca.file), True)
            self.port = self.server.add_secure_port(f"127.0.0.1:{port}", credentials)
        else:
            self.port = self.server.add_insecure_port(f"127.0.0.1:{port}")
        self.server.start()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.behaviour.ended.set()
        self.server.stop(0).wait()


@pytest.fixture(scope="module")
def pki(tmp_path_factory):
    return Pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture
def server(pki):
    with PythonServer(pki) as running:
        yield running


@pytest.fixture
def client(server, pki):
    with EchoClient(f"127.0.0.1:{server.port}", pki) as running:
        yield running


def test_unary_with_metadata(client, server):
    client.call(1, "u", "/test.Echo/Unary", size=5)
    answer = client.answer()
    assert (answer["code"], answer["messages"], answer["bytes"]) == ("OK", 1, 5)
    assert (answer["headers"], answer["trailers"]) == (1, 2)
    assert ("x-raw-bin", b"\0\1\xff") in server.behaviour.metadata
    assert ("x-text", "text") in server.behaviour.metadata


def test_large_messages(client):
    for number, size in enumerate([0, 16379, 65536, 1 << 20, (4 << 20) - 100]):
        client.call(number, "u", "/test.Echo/Unary", size=size)
        answer = client.answer()
        assert (answer["code"], answer["bytes"]) == ("OK", size)


def test_all_kinds(client):
    client.call(1, "s", "/test.Echo/Count")
    answer = client.answer()
    assert (answer["code"], answer["bytes"]) == ("OK", 200 * 50000)
    client.call(2, "c", "/test.Echo/Collect", count=1000, size=10000)
    assert client.answer()["code"] == "OK"
    client.call(3, "b", "/test.Echo/Chat", count=500, size=1000)
    answer = client.answer()
    assert (answer["code"], answer["messages"], answer["bytes"]) == ("OK", 500, 500000)


def test_status_and_unknown_method(client):
    client.call(1, "u", "/test.Echo/Fail")
    answer = client.answer()
    assert (answer["code"], answer["text"]) == ("FAILED_PRECONDITION", "第一 100%")
    client.call(2, "u", "/test.Echo/Nothing")
    assert client.answer()["code"] == "UNIMPLEMENTED"


def test_deadline(client, server):
    client.call(1, "u", "/test.Echo/Hang", timeout=200)
    assert client.answer()["code"] == "DEADLINE_EXCEEDED"
    assert server.behaviour.ended.wait(10)


def test_cancel_reaches_the_server(client, server):
    client.call(1, "u", "/test.Echo/Hang")
    assert server.behaviour.started.wait(10)
    client.say("cancel 1")
    assert client.answer()["code"] == "CANCELLED"
    assert server.behaviour.ended.wait(10)


def test_many_at_once(client):
    for number in range(1000):
        client.call(number, "u", "/test.Echo/Unary", size=number)
    assert all(client.answer()["code"] == "OK" for _ in range(1000))


def test_gzip_from_the_server(pki):
    with PythonServer(pki, compression=grpc.Compression.Gzip) as server:
        with EchoClient(f"127.0.0.1:{server.port}", pki) as client:
            client.call(1, "u", "/test.Echo/Unary", size=100000)
            answer = client.answer()
            assert (answer["code"], answer["bytes"]) == ("OK", 100000)


def test_gzip_to_the_server(client, server):
    client.call(1, "u", "/test.Echo/Unary", size=100000, wait=2)
    answer = client.answer()
    assert (answer["code"], answer["bytes"]) == ("OK", 100000)


def test_lost_connection_is_unavailable(pki):
    server = tls_server(pki)
    with EchoClient(f"127.0.0.1:{server.port}", pki) as client:
        client.call(1, "u", "/test.Echo/Hang")
        client.call(2, "u", "/test.Echo/Unary")
        assert client.answer()["id"] == 2
        server.process.kill()
        server.process.wait()
        assert client.answer()["code"] == "UNAVAILABLE"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_no_server_fails_at_once_or_waits(pki):
    port = free_port()
    with EchoClient(f"127.0.0.1:{port}", pki) as client:
        client.call(1, "u", "/test.Echo/Unary")
        answer = client.answer()
        assert answer["code"] == "UNAVAILABLE" and "refused" in answer["text"]
        client.call(2, "u", "/test.Echo/Unary", wait=1)
        client.call(3, "u", "/test.Echo/Unary", wait=1, timeout=100)
        answer = client.answer()
        assert (answer["id"], answer["code"]) == (3, "DEADLINE_EXCEEDED")
        with PythonServer(pki, port):
            answer = client.answer()
            assert (answer["id"], answer["code"]) == (2, "OK")


def test_the_next_address_is_tried(server, pki):
    addresses = f"127.0.0.1:{free_port()},localhost:{server.port}"
    with EchoClient(addresses, pki) as client:
        client.call(1, "u", "/test.Echo/Unary")
        assert client.answer()["code"] == "OK"


def test_server_certificate_must_fit(server, pki, tmp_path):
    with EchoClient(f"127.0.0.1:{server.port}", pki, name="elsewhere.test") as client:
        client.call(1, "u", "/test.Echo/Unary")
        answer = client.answer()
        assert answer["code"] == "UNAVAILABLE" and "ostname" in answer["text"]
    other = Pki(tmp_path)
    with EchoClient(f"127.0.0.1:{server.port}", other) as client:
        client.call(1, "u", "/test.Echo/Unary")
        assert client.answer()["code"] == "UNAVAILABLE"


def test_a_client_that_the_server_refuses(pki, tmp_path):
    with tls_server(pki) as server:
        stranger = pki.ca.issue("stranger", "spiffe://test/stranger/1",
                                pki.client[2].extensions[1].value._usages[0])
        with EchoClient(f"127.0.0.1:{server.port}", pki, stranger) as client:
            client.call(1, "u", "/test.Echo/Unary")
            assert client.answer()["code"] == "UNAVAILABLE"


def test_goaway_moves_to_a_new_connection(pki):
    with tls_server(pki) as first:
        port = first.port
        client = EchoClient(f"127.0.0.1:{port}", pki)
        client.call(1, "u", "/test.Echo/Unary")
        assert client.answer()["code"] == "OK"
        first.say("drain 5000", answer=False)
        assert first.wait() == 0
    with EchoServer(f"127.0.0.1:{port}", "required", pki.server[0], pki.server[1],
                    pki.ca.file):
        with client:
            client.call(2, "u", "/test.Echo/Unary", wait=1)
            assert client.answer()["code"] == "OK"


def test_a_server_that_never_speaks(pki):
    """It accepts and says nothing: the call ends by its deadline."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with EchoClient(f"127.0.0.1:{silent.getsockname()[1]}") as client:
            client.call(1, "u", "/test.Echo/Unary", timeout=500)
            assert client.answer()["code"] == "DEADLINE_EXCEEDED"


def test_cleartext_on_a_unix_socket(tmp_path):
    path = f"unix:{tmp_path}/echo.sock"
    with EchoServer(path), EchoClient(path) as client:
        client.call(1, "b", "/test.Echo/Chat", count=100, size=30000)
        answer = client.answer()
        assert (answer["code"], answer["bytes"]) == ("OK", 3000000)


def test_close_cancels_what_runs(pki):
    with tls_server(pki) as server, EchoClient(f"127.0.0.1:{server.port}", pki) as client:
        client.call(1, "u", "/test.Echo/Hang")
        client.call(2, "u", "/test.Echo/Unary")
        assert client.answer()["id"] == 2
        client.say("close")
        answer = client.answer()
        assert (answer["id"], answer["code"]) == (1, "CANCELLED")
