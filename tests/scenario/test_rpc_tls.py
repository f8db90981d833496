"""Who may connect: rpc's TLS against Python's ssl, gRPC's client and the openssl command."""

import pathlib
import socket
import ssl

import grpc
import pytest

from test_rpc_support import (CLIENT, DAY, NOW, SERVER, Authority, EchoServer, Pki, channel,
                              tls_server, unary)


@pytest.fixture
def pki(tmp_path):
    return Pki(tmp_path)


def is_refused(chan):
    with chan:
        try:
            unary(chan, "Unary")(b"x", timeout=10)
        except grpc.RpcError as error:
            return error.code() == grpc.StatusCode.UNAVAILABLE
    return False


def works(chan):
    with chan:
        return unary(chan, "Unary")(b"x", timeout=10) == b"x"


def own(options=()):
    """Channels that share no connection with others."""
    return [("grpc.use_local_subchannel_pool", 1), *options]


def test_who_is_refused(pki, tmp_path):
    (tmp_path / "b").mkdir()
    stranger = Authority(tmp_path / "b", "other-ca")
    cases = {
        "no certificate": None,
        "another CA": stranger.issue("x", "spiffe://test/client/1", CLIENT),
        "outdated": pki.ca.issue("old", "spiffe://test/client/1", CLIENT, until=NOW - DAY),
        "for servers": pki.ca.issue("wrong", "spiffe://test/client/1", SERVER),
        "not admitted": pki.ca.issue("s", "spiffe://test/stranger/1", CLIENT),
    }
    with tls_server(pki) as server:
        for what, client in cases.items():
            assert is_refused(channel(server.port, pki, client, options=own())), what
        assert works(channel(server.port, pki, pki.client, options=own()))


def test_a_revoked_client_is_refused(pki):
    pki.ca.revoke(pki.other[2])
    with tls_server(pki) as server:
        assert is_refused(channel(server.port, pki, pki.other, options=own()))
        assert works(channel(server.port, pki, pki.client, options=own()))


def test_reload_and_recheck_close_the_newly_revoked_at_once(pki):
    with tls_server(pki) as server, \
            channel(server.port, pki, pki.other, options=own()) as other, \
            channel(server.port, pki, pki.client, options=own()) as client:
        hanging = unary(other, "Hang").future(b"", timeout=30)
        assert unary(client, "Unary")(b"x", timeout=10) == b"x"
        assert unary(other, "Unary")(b"x", timeout=10) == b"x"
        assert server.say("recheck") == "closed 0"
        pki.ca.revoke(pki.other[2])
        assert server.say("reload") == "reloaded 0"
        assert server.say("recheck") == "closed 1"
        assert hanging.exception().code() == grpc.StatusCode.UNAVAILABLE
        assert unary(client, "Unary")(b"x", timeout=10) == b"x"


def test_a_bad_reload_changes_nothing(pki):
    crl = pathlib.Path(pki.crl)
    good = crl.read_bytes()
    with tls_server(pki) as server:
        crl.write_text("nonsense")
        assert server.say("reload").startswith("reloaded -3 ")
        forged = Authority(crl.parent, "forger")
        forged.subject = pki.ca.subject
        forged.name = "ca"
        forged.revoke(pki.client[2])
        assert server.say("reload").startswith("reloaded -3 ")
        crl.unlink()
        assert server.say("reload").startswith("reloaded -2 ")
        assert works(channel(server.port, pki, pki.client, options=own()))
        crl.write_bytes(good)
        assert server.say("reload") == "reloaded 0"


def test_a_hard_list_that_is_lost_refuses_everybody(pki):
    with tls_server(pki, hard=True) as server:
        assert works(channel(server.port, pki, pki.client, options=own()))
        good = pathlib.Path(pki.crl).read_bytes()
        pathlib.Path(pki.crl).unlink()
        assert server.say("reload").startswith("reloaded -2 ")
        assert is_refused(channel(server.port, pki, pki.client, options=own()))
        pathlib.Path(pki.crl).write_bytes(good)
        assert server.say("reload") == "reloaded 0"
        assert works(channel(server.port, pki, pki.client, options=own()))


@pytest.mark.parametrize("hard", [False, True])
def test_an_outdated_list(pki, hard):
    pki.ca.revoke(pki.other[2], until=NOW - DAY / 2)
    with tls_server(pki, hard=hard) as server:
        assert is_refused(channel(server.port, pki, pki.other, options=own()))
        assert is_refused(channel(server.port, pki, pki.client, options=own())) == hard


def context(pki, client=None, **settings):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.load_verify_locations(pki.ca.file)
    made.load_cert_chain(*(client or pki.client)[:2])
    for name, value in settings.items():
        setattr(made, name, value)
    return made


def connect(made, port, session=None):
    """(was the session taken up?, was the connection kept?, the new session)"""
    with socket.create_connection(("127.0.0.1", port)) as raw:
        raw.settimeout(10)
        try:
            with made.wrap_socket(raw, server_hostname="localhost", session=session) as secure:
                secure.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0] + 4 * [0]))
                kept = secure.recv(1000) != b""  # the server's SETTINGS
                return secure.session_reused, kept, secure.session
        except (ssl.SSLError, ConnectionResetError):
            return False, False, None


def test_a_revoked_client_that_resumes_is_refused(pki):
    made = context(pki, pki.other)
    made.set_alpn_protocols(["h2"])
    with tls_server(pki) as server:
        reused, kept, session = connect(made, server.port)
        assert (reused, kept) == (False, True)
        assert connect(made, server.port, session)[:2] == (True, True)
        pki.ca.revoke(pki.other[2])
        assert server.say("reload") == "reloaded 0"
        assert connect(made, server.port, session)[:2] == (False, False)


def tls12(pki, client=None, **settings):
    made = context(pki, client, maximum_version=ssl.TLSVersion.TLSv1_2, **settings)
    made.set_alpn_protocols(["h2"])
    return made


def test_tls_1_2_when_it_is_allowed(pki):
    cbc = tls12(pki)
    cbc.set_ciphers("ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA")
    with tls_server(pki, ECHO_TLS12="1") as server:
        assert connect(tls12(pki), server.port)[1]
        assert not connect(cbc, server.port)[1]
        assert works(channel(server.port, pki, pki.client, options=own()))
    with tls_server(pki) as server:
        assert not connect(tls12(pki), server.port)[1]


def test_a_revoked_client_that_resumes_tls_1_2_is_refused(pki):
    made = tls12(pki, pki.other)
    with tls_server(pki, ECHO_TLS12="1") as server:
        reused, kept, session = connect(made, server.port)
        assert (reused, kept) == (False, True)
        assert connect(made, server.port, session)[:2] == (True, True)
        pki.ca.revoke(pki.other[2])
        assert server.say("reload") == "reloaded 0"
        assert connect(made, server.port, session)[:2] == (False, False)


def test_a_reload_keeps_good_sessions(pki):
    made = context(pki)
    made.set_alpn_protocols(["h2"])
    with tls_server(pki) as server:
        _, kept, session = connect(made, server.port)
        assert kept
        assert server.say("reload") == "reloaded 0"
        assert connect(made, server.port, session)[:2] == (True, True)


def test_old_tls_and_no_alpn_are_refused(pki):
    with tls_server(pki) as server:
        for alpn, maximum in ((["h2"], ssl.TLSVersion.TLSv1_1), (["h2"], ssl.TLSVersion.TLSv1_2),
                              (["http/1.1"], ssl.TLSVersion.TLSv1_3),
                              ([], ssl.TLSVersion.TLSv1_3)):
            made = context(pki, maximum_version=maximum)
            if alpn:
                made.set_alpn_protocols(alpn)
            with socket.create_connection(("127.0.0.1", server.port)) as raw:
                raw.settimeout(10)
                try:
                    with made.wrap_socket(raw, server_hostname="localhost") as secure:
                        assert secure.recv(100) == b""  # no ALPN: seen after the handshake
                except (ssl.SSLError, ConnectionResetError):
                    pass
        assert works(channel(server.port, pki, pki.client, options=own()))


@pytest.mark.parametrize("noise", [b"GET / HTTP/1.1\r\n\r\n", b"\0" * 1000,
                                   bytes(range(256)) * 40, b"\x16\x03\x01\xff\xff" + b"a" * 70000,
                                   b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
                         ids=["http1", "zeros", "bytes", "long record", "http2"])
def test_what_is_not_tls_gets_at_most_an_alert(pki, noise):
    with tls_server(pki) as server:
        with socket.create_connection(("127.0.0.1", server.port)) as raw:
            raw.settimeout(10)
            answer = b""
            try:
                raw.sendall(noise)
                while part := raw.recv(1000):
                    answer += part
            except (ConnectionResetError, BrokenPipeError):
                pass
            assert len(answer) <= 7
        assert works(channel(server.port, pki, pki.client, options=own()))


def test_a_silent_connection_is_closed(pki):
    with tls_server(pki, ECHO_HANDSHAKE_MS="200") as server:
        with socket.create_connection(("127.0.0.1", server.port)) as raw:
            raw.settimeout(10)
            assert raw.recv(1) == b""
        made = context(pki)
        made.set_alpn_protocols(["h2"])
        with socket.create_connection(("127.0.0.1", server.port)) as raw:
            raw.settimeout(10)
            with made.wrap_socket(raw, server_hostname="localhost") as secure:
                while secure.recv(1000):  # its SETTINGS, then the end: we send no preface
                    pass


def test_rules_none_and_optional(pki):
    with tls_server(pki, rule="none") as server:
        with channel(server.port, pki, None, options=own()) as chan:
            assert unary(chan, "Peer")(b"", timeout=10).startswith(b"- ")
    with tls_server(pki, rule="optional") as server:
        assert works(channel(server.port, pki, None, options=own()))
        with channel(server.port, pki, pki.client, options=own()) as chan:
            assert unary(chan, "Peer")(b"", timeout=10).startswith(b"spiffe://test/client/1 ")
        pki.ca.revoke(pki.other[2])
        server.say("reload")
        assert is_refused(channel(server.port, pki, pki.other, options=own()))


def test_cleartext_is_for_loopback_only():
    with pytest.raises(AssertionError):
        EchoServer("0.0.0.0:0")
    with EchoServer("127.0.0.1:0") as server, channel(server.port) as chan:
        assert unary(chan, "Unary")(b"x", timeout=10) == b"x"


def test_over_the_connection_limit_new_ones_are_closed(pki):
    with tls_server(pki, ECHO_CONNECTIONS="1") as server:
        with channel(server.port, pki, pki.client, options=own()) as first:
            assert unary(first, "Unary")(b"x", timeout=10) == b"x"
            assert is_refused(channel(server.port, pki, pki.other, options=own()))
            assert unary(first, "Unary")(b"x", timeout=10) == b"x"
