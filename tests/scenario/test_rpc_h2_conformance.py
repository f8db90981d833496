"""The rules of h2_rules.py, in cleartext and over TLS; and the same against nghttpd, which
shows that the cases ask for no more than HTTP/2 does."""

import shutil
import socket
import ssl
import subprocess

import pytest

from h2_rules import CASES, stream
from h2_wire import *
from test_rpc_support import BIN, EchoServer, Pki, until

# Cases in which nghttpd ignores what RFC 9113 calls an error.
BEYOND_NGHTTPD = {"5.1.1-a-smaller-stream", "5.1.1-a-smaller-stream,-later",
                  "5.1.1-DATA-on-a-stream-passed-over"}


@pytest.fixture(scope="module")
def cleartext():
    yield from serve(str(BIN / "rpc-interop-server"), "--port=0")


@pytest.fixture(scope="module")
def over_tls(tmp_path_factory):
    pki = Pki(tmp_path_factory.mktemp("pki"))
    client = ssl.create_default_context(cafile=pki.ca.file)
    client.set_alpn_protocols(["h2"])
    for port, _ in serve(str(BIN / "rpc-interop-server"), "--port=0", "--use_tls=true",
                         f"--tls_cert={pki.server[0]}", f"--tls_key={pki.server[1]}"):
        yield port, client


def serve(*command):
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield int(process.stdout.readline().split()[1]), None
        process.terminate()
        assert process.wait(timeout=20) == 0


@pytest.fixture(scope="module")
def nghttpd(tmp_path_factory):
    program = shutil.which("nghttpd")
    if program is None:
        pytest.skip("nghttpd is not installed")
    folder = tmp_path_factory.mktemp("www")
    (folder / "index.html").write_text("something to be sent\n")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with subprocess.Popen([program, "--no-tls", "-a", "127.0.0.1", "-d", str(folder), str(port)],
                          stdout=subprocess.DEVNULL) as process:
        until(lambda: listens(port), tries=200000)
        yield port, None
        process.terminate()


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def run(server, what, expected, settings):
    port, tls = server
    with Peer(port, tls, settings) as peer:
        what(peer)
        expected.check(peer)


@pytest.mark.parametrize("what, expected, settings", CASES)
def test_cleartext(cleartext, what, expected, settings):
    run(cleartext, what, expected, settings)


@pytest.mark.parametrize("what, expected, settings", CASES)
def test_tls(over_tls, what, expected, settings):
    run(over_tls, what, expected, settings)


@pytest.mark.parametrize("what, expected, settings",
                         [each for each in CASES if each.id not in BEYOND_NGHTTPD])
def test_nghttpd(nghttpd, what, expected, settings):
    run(nghttpd, what, expected, settings)


def test_6_9_1_a_client_that_sends_more_than_the_window():
    """The handler has stopped reading: nothing more may come than what was allowed."""
    with EchoServer("127.0.0.1:0") as server, \
            Peer(server.port, settings=((INITIAL_WINDOW_SIZE, 0),)) as peer:
        peer.headers(1, grpc("/test.Echo/Chat"), END_HEADERS)
        for _ in range(100):
            peer.data(1, message(b"x" * 9995), 0)
        stream(FLOW_CONTROL_ERROR).check(peer)
