"""Sessions that are taken up again: by another server, under new keys, and never by a peer that
would not be let in now."""

import datetime
import os
import pathlib
import socket
import ssl
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

from test_rpc_support import (BIN, CLIENT, DAY, NOW, SERVER, Authority, Pki, tls_server, until)

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0] + 4 * [0])
FULL, RESUMED, REFUSED = "full", "resumed", "refused"
VERSIONS = pytest.mark.parametrize(
    "version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])


@pytest.fixture
def pki(tmp_path):
    return Pki(tmp_path)


@pytest.fixture
def keys(tmp_path):
    """A file of one ticket key."""
    file = tmp_path / "tickets.key"
    file.write_bytes(os.urandom(80))
    return file


def context(client, *authorities, version=ssl.TLSVersion.TLSv1_3):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = made.maximum_version = version
    for authority in authorities:
        made.load_verify_locations(authority.file)
    made.load_cert_chain(*client[:2])
    made.set_alpn_protocols(["h2"])
    return made


def connect(made, server, session=None):
    """(how it went, the session for the next time)"""
    with socket.create_connection(("127.0.0.1", server.port)) as raw:
        raw.settimeout(10)
        try:
            with made.wrap_socket(raw, server_hostname="localhost", session=session) as secure:
                secure.sendall(PREFACE)
                if not secure.recv(1000):
                    return REFUSED, None
                return RESUMED if secure.session_reused else FULL, secure.session
        except (ssl.SSLError, ConnectionResetError, BrokenPipeError):
            return REFUSED, None


def shared(pki, keys, **environment):
    return tls_server(pki, ECHO_TICKET_KEYS=str(keys), ECHO_TLS12="1", **environment)


@VERSIONS
def test_servers_with_one_key_file_take_up_each_others_sessions(pki, keys, version):
    made = context(pki.client, pki.ca, version=version)
    with shared(pki, keys) as a, shared(pki, keys) as b:
        how, session = connect(made, a)
        assert how == FULL
        how, session = connect(made, b, session)
        assert how == RESUMED
        assert connect(made, a, session)[0] == RESUMED


@VERSIONS
def test_servers_with_other_keys_shake_hands_in_full(pki, keys, tmp_path, version):
    other = tmp_path / "other.key"
    other.write_bytes(os.urandom(80))
    made = context(pki.client, pki.ca, version=version)
    with shared(pki, keys) as a, shared(pki, other) as b:
        assert connect(made, b, connect(made, a)[1])[0] == FULL


@VERSIONS
def test_a_key_that_was_put_in_second_place_still_opens_and_a_removed_one_does_not(
        pki, keys, version):
    made = context(pki.client, pki.ca, version=version)
    old, new = keys.read_bytes(), os.urandom(80)
    with shared(pki, keys) as server:
        session = connect(made, server)[1]
        keys.write_bytes(new + old)
        assert server.say("reload") == "reloaded 0"
        how, renewed = connect(made, server, session)
        assert how == RESUMED
        keys.write_bytes(new)
        assert server.say("reload") == "reloaded 0"
        assert connect(made, server, session)[0] == FULL
        assert connect(made, server, renewed)[0] == RESUMED


@VERSIONS
def test_a_session_never_outlives_the_other_servers_revocation_list(pki, keys, tmp_path, version):
    made = context(pki.other, pki.ca, version=version)
    with shared(pki, keys) as a:
        session = connect(made, a)[1]
        pki.ca.revoke(pki.other[2])
        with shared(pki, keys) as b:
            assert connect(made, b, session)[0] == REFUSED
            assert connect(made, a, session)[0] == RESUMED  # it has not reloaded yet
            assert a.say("reload") == "reloaded 0"
            assert connect(made, a, session)[0] == REFUSED


@VERSIONS
def test_a_session_of_another_ca_is_not_admitted(pki, keys, tmp_path, version):
    (tmp_path / "b").mkdir()
    elsewhere = Pki(tmp_path / "b")
    made = context(pki.client, pki.ca, elsewhere.ca, version=version)
    with shared(pki, keys) as a, shared(elsewhere, keys) as b:
        session = connect(made, a)[1]
        assert connect(made, b, session)[0] == REFUSED
        assert connect(made, a, session)[0] == RESUMED


@VERSIONS
def test_a_session_does_not_outlive_its_ca(pki, keys, tmp_path, version):
    (tmp_path / "b").mkdir()
    other = Authority(tmp_path / "b")
    made = context(pki.client, pki.ca, version=version)
    with tls_server(pki, crl=False, ECHO_TICKET_KEYS=str(keys), ECHO_TLS12="1") as server:
        session = connect(made, server)[1]
        pathlib.Path(pki.ca.file).write_bytes(pathlib.Path(other.file).read_bytes())
        assert server.say("reload") == "reloaded 0"
        assert connect(made, server, session)[0] == REFUSED


@VERSIONS
def test_a_session_does_not_outlive_its_certificate(pki, keys, version):
    end = datetime.datetime.utcnow() + datetime.timedelta(seconds=4)
    short = pki.ca.issue("short", "spiffe://test/client/3", CLIENT, until=end)
    made = context(short, pki.ca, version=version)
    with shared(pki, keys) as server:
        session = connect(made, server)[1]
        assert connect(made, server, session)[0] == RESUMED
        until(lambda: connect(made, server, session)[0] == REFUSED, tries=20000)
        assert datetime.datetime.utcnow() > end - datetime.timedelta(seconds=1)


@VERSIONS
def test_a_session_without_a_certificate_is_none_where_one_is_required(pki, keys, version):
    made = context(pki.client, pki.ca, version=version)
    anonymous = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    anonymous.maximum_version = version
    anonymous.load_verify_locations(pki.ca.file)
    anonymous.set_alpn_protocols(["h2"])
    with tls_server(pki, "none", ECHO_TICKET_KEYS=str(keys), ECHO_TLS12="1") as open_to_all, \
            shared(pki, keys) as strict:
        session = connect(anonymous, open_to_all)[1]
        assert connect(anonymous, open_to_all, session)[0] == RESUMED
        assert connect(anonymous, strict, session)[0] == REFUSED
        assert connect(made, strict, connect(made, open_to_all)[1])[0] == FULL


@VERSIONS
def test_own_keys_are_replaced_and_old_tickets_end(pki, version):
    made = context(pki.client, pki.ca, version=version)
    with tls_server(pki, ECHO_TICKET_ROTATE="1", ECHO_TLS12="1") as server:
        first = connect(made, server)[1]
        names = set()
        until(lambda: names.add(key_name(pki, server, version)) or len(names) > 1)
        assert connect(made, server, first)[0] == RESUMED  # the replaced key still opens
    with tls_server(pki, ECHO_TICKET_ROTATE="1", ECHO_TICKET_LIFE="1", ECHO_TLS12="1") as server:
        first = connect(made, server)[1]
        until(lambda: connect(made, server, first)[0] == FULL)


def key_name(pki, server, version):
    """Of the key that sealed a new ticket: its first bytes, by the openssl command."""
    file = pathlib.Path(pki.ca.file).parent / "session.pem"
    file.unlink(missing_ok=True)
    client = s_client(pki, server, "-sess_out", str(file),
                      "-tls1_2" if version == ssl.TLSVersion.TLSv1_2 else "-tls1_3")
    try:
        client.stdin.write(PREFACE)
        client.stdin.flush()
        client.stdout.read1(1)  # it has begun
        until(lambda: file.exists() and b"END SSL" in file.read_bytes(), tries=1000000)
    finally:
        client.kill()
        client.communicate()
    text = subprocess.run(["openssl", "sess_id", "-in", str(file), "-noout", "-text"],
                          capture_output=True, text=True, check=True).stdout
    return next(line for line in text.splitlines() if line.lstrip().startswith("0000 - "))


def s_client(pki, server, *arguments):
    return subprocess.Popen(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-alpn", "h2",
         "-CAfile", pki.ca.file, "-cert", pki.client[0], "-key", pki.client[1], *arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


@VERSIONS
def test_the_openssl_command_resumes_at_another_server(pki, keys, version):
    flag = "-tls1_2" if version == ssl.TLSVersion.TLSv1_2 else "-tls1_3"
    with shared(pki, keys) as a, shared(pki, keys) as b:
        key_name(pki, a, version)
        file = str(pathlib.Path(pki.ca.file).parent / "session.pem")
        client = s_client(pki, b, "-sess_in", file, flag)
        said = b""
        while b"Reused, " not in said:
            assert b"New, " not in said
            part = client.stdout.read1(4096)
            assert part, said
            said += part
        client.kill()
        client.communicate()


def test_the_operator_hears_which_key_file_is_wrong(pki, keys):
    def start():
        return subprocess.run(
            [str(BIN / "rpc-echo-server"), "127.0.0.1:0", "required", pki.server[0],
             pki.server[1], pki.ca.file], stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=20, env={**os.environ, "ECHO_TICKET_KEYS": str(keys)})

    good = keys.read_bytes()
    for wrong, words in ((good[:48], "80 bytes"), (b"", "80 bytes"), (9 * good, "80 bytes"),
                         (good + good, "one name")):
        keys.write_bytes(wrong)
        ended = start()
        assert ended.returncode != 0
        assert str(keys) in ended.stderr and words in ended.stderr, ended.stderr
    keys.unlink()
    assert f"{keys}: cannot read" in start().stderr


def test_a_wrong_key_file_at_a_reload_changes_nothing(pki, keys):
    made = context(pki.client, pki.ca)
    with shared(pki, keys) as server:
        session = connect(made, server)[1]
        keys.write_bytes(b"nonsense")
        said = server.say("reload")
        assert said.startswith("reloaded -3 ") and str(keys) in said
        assert connect(made, server, session)[0] == RESUMED


KINDS = {"p256": ec.generate_private_key(ec.SECP256R1()),
         "p384": ec.generate_private_key(ec.SECP384R1()),
         "rsa": rsa.generate_private_key(65537, 2048),
         "ed25519": ed25519.Ed25519PrivateKey.generate()}


def issue(authority, name, uri, usage, key):
    """As Authority.issue(), for any kind of key. (certificate file, key file)"""
    names = [x509.UniformResourceIdentifier(uri), x509.DNSName("localhost")]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(authority.subject).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - DAY).not_valid_after(NOW + DAY)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        .sign(authority.key, hashes.SHA256()))
    key_file = authority.folder / f"{name}.key"
    own = not isinstance(key, ed25519.Ed25519PrivateKey)
    key_file.write_bytes(key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL if own else serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption()))
    return authority.write(f"{name}.crt", certificate), str(key_file)


@pytest.mark.parametrize("kind", KINDS)
def test_certificates_of_each_kind_of_key_are_taken(pki, keys, kind):
    pki.server = issue(pki.ca, "server", "spiffe://test/node/1", SERVER, KINDS[kind])
    client = issue(pki.ca, "client", "spiffe://test/client/1", CLIENT, KINDS[kind])
    made = context(client, pki.ca)
    with shared(pki, keys) as server:
        how, session = connect(made, server)
        assert how == FULL
        assert connect(made, server, session)[0] == RESUMED


def test_a_key_of_another_certificate_is_told(pki):
    ended = subprocess.run(
        [str(BIN / "rpc-echo-server"), "127.0.0.1:0", "required", pki.server[0],
         pki.client[1], pki.ca.file], stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=20)
    assert ended.returncode != 0
    assert "E_CERTIFICATE" in ended.stderr and pki.client[1] in ended.stderr


def test_providers_of_the_operators_choice_are_used(pki, keys, tmp_path):
    """openssl.cnf may ask for others than the default one; ours steps back then."""
    (tmp_path / "openssl.cnf").write_text(
        "openssl_conf = all\n[all]\nproviders = chosen\n[chosen]\ndefault = on\nbase = on\n"
        "[on]\nactivate = 1\n")
    made = context(pki.client, pki.ca)
    with shared(pki, keys, OPENSSL_CONF=str(tmp_path / "openssl.cnf")) as server:
        how, session = connect(made, server)
        assert how == FULL
        assert connect(made, server, session)[0] == RESUMED


def test_a_chain_that_the_peer_sent_is_kept_for_a_recheck(pki, tmp_path):
    """An open connection must outlive a reload that its certificate survives, and no other."""
    (tmp_path / "b").mkdir()
    between = Authority(tmp_path / "b", "between")
    certificate = (
        x509.CertificateBuilder()
        .subject_name(between.subject).issuer_name(pki.ca.subject)
        .public_key(between.key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(NOW - DAY).not_valid_after(NOW + DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(pki.ca.key, hashes.SHA256()))
    client = between.issue("below", "spiffe://test/client/9", CLIENT)
    chain = pathlib.Path(client[0])
    chain.write_bytes(chain.read_bytes() + certificate.public_bytes(serialization.Encoding.PEM)
                      + pathlib.Path(between.file).read_bytes()  # of no use to anybody
                      + pathlib.Path(pki.ca.file).read_bytes())
    made = context(client, pki.ca)
    ca = pathlib.Path(pki.ca.file)
    with tls_server(pki, crl=False) as server:
        with socket.create_connection(("127.0.0.1", server.port)) as raw, \
                made.wrap_socket(raw, server_hostname="localhost") as secure:
            secure.settimeout(10)
            secure.sendall(PREFACE)
            assert secure.recv(1000)
            assert server.say("reload") == "reloaded 0"
            assert server.say("recheck") == "closed 0"
            ca.write_bytes(pathlib.Path(between.file).read_bytes())  # another with that key
            assert server.say("reload") == "reloaded 0"
            assert server.say("recheck") == "closed 0"
            (tmp_path / "c").mkdir()
            ca.write_bytes(pathlib.Path(Authority(tmp_path / "c", "other").file).read_bytes())
            assert server.say("reload") == "reloaded 0"
            assert server.say("recheck") == "closed 1"
