"""duban ca: what an operator loses if it fails is the right to say who is who."""
import json
import os
import stat
import subprocess

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

from harness import BIN

DOMAIN = "duban.changsha.example"


def duban(*arguments, check=0):
    done = subprocess.run([BIN / "duban", *map(str, arguments)], capture_output=True, text=True,
                          env=dict(os.environ, DUBAN_LANG="zh"))
    assert done.returncode == check, done.stdout + done.stderr
    return done


@pytest.fixture
def ca(tmp_path):
    duban("ca", "init", tmp_path / "ca", "--trust-domain", DOMAIN)
    return tmp_path / "ca"


def issue(ca, path, *options, check=0):
    return duban("ca", "issue", ca, path, "--out", ca.parent / "out", *options, check=check)


def certificate(ca, stem):
    return x509.load_pem_x509_certificate((ca.parent / "out" / f"{stem}.pem").read_bytes())


def usages(cert):
    try:
        return set(cert.extensions.get_extension_for_oid(ExtensionOID.EXTENDED_KEY_USAGE).value)
    except x509.ExtensionNotFound:
        return set()


def uris(cert):
    names = cert.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME).value
    return names.get_values_for_type(x509.UniformResourceIdentifier)


def test_keys_are_private(ca):
    """A key that others can read is no key."""
    issue(ca, "district/430102/agent/1")
    for key in (ca / "ca.key.pem", ca.parent / "out" / "district-430102-agent-1.key.pem"):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600


@pytest.mark.parametrize("path, options, expected", [
    ("district/430102/agent/1", (), {ExtendedKeyUsageOID.CLIENT_AUTH}),
    ("department/gengxin/person/li", (), {ExtendedKeyUsageOID.CLIENT_AUTH}),
    ("operator/ops", (), {ExtendedKeyUsageOID.CLIENT_AUTH}),
    ("node/1", ("--dns", "localhost"),
     {ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH}),
    ("district/430102/signer/1", (), set()),
    ("node/1/signer/1", (), set()),
])
def test_each_identity_gets_its_usages_only(ca, path, options, expected):
    """A signer that could serve TLS, or an agent that could be a centre, breaks the whole."""
    issue(ca, path, *options)
    cert = certificate(ca, path.replace("/", "-"))
    assert usages(cert) == expected
    assert uris(cert) == [f"spiffe://{DOMAIN}/{path}"]


@pytest.mark.parametrize("algorithm", ["ed25519", "ecdsa-p256-sha256", "sm2-sm3"])
def test_signers_of_every_algorithm(ca, algorithm):
    issue(ca, "district/430102/signer/1", "--algorithm", algorithm)
    assert (ca.parent / "out" / "district-430102-signer-1.pem").exists()


@pytest.mark.parametrize("path, options, word", [
    ("district/430102", (), "应为下列之一"),
    ("district/4301 02/agent/1", (), "应为下列之一"),
    ("district/430102/agent/../1", (), "应为下列之一"),
    ("node/1", (), "--dns"),
    ("node/1", ("--dns", "local host"), "DNS"),
    ("district/430102/agent/1", ("--dns", "localhost"), "--dns"),
    ("district/430102/agent/1", ("--algorithm", "ed25519"), "签名人"),
    ("district/430102/signer/1", ("--algorithm", "rsa"), "--algorithm rsa"),
    ("district/430102/agent/1", ("--days", "0"), "--days 0"),
])
def test_bad_requests_say_what_is_allowed(ca, path, options, word):
    done = issue(ca, path, *options, check=2)
    assert word in done.stderr
    assert not (ca.parent / "out").exists() or not list((ca.parent / "out").iterdir())


def test_revoked_certificates_are_on_the_list(ca):
    """Otherwise a stolen machine goes on reporting."""
    issue(ca, "district/430102/agent/1")
    issue(ca, "district/430103/agent/1")
    duban("ca", "revoke", ca, ca.parent / "out" / "district-430102-agent-1.pem")
    crl = x509.load_pem_x509_crl((ca / "crl.pem").read_bytes())
    serial = certificate(ca, "district-430102-agent-1").serial_number
    assert [r.serial_number for r in crl] == [serial]
    number = crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    states = {r["path"]: r["state"]
              for r in json.loads(duban("ca", "list", ca, "--json").stdout)}
    assert states == {"district/430102/agent/1": "revoked", "district/430103/agent/1": "valid"}
    # Again: not an error, a newer list with the same entry.
    duban("ca", "revoke", ca, f"{serial:032x}")
    again = x509.load_pem_x509_crl((ca / "crl.pem").read_bytes())
    assert again.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number > number
    assert [r.serial_number for r in again] == [serial]


def test_a_stranger_cannot_be_revoked(ca, tmp_path):
    duban("ca", "init", tmp_path / "other", "--trust-domain", DOMAIN)
    duban("ca", "issue", tmp_path / "other", "operator/ops", "--out", tmp_path / "x")
    done = duban("ca", "revoke", ca, tmp_path / "x" / "operator-ops.pem", check=1)
    assert "不是这个颁发机构" in done.stderr
    duban("ca", "revoke", ca, tmp_path / "nothing", check=2)


def test_an_authority_is_never_overwritten(ca):
    key = (ca / "ca.key.pem").read_bytes()
    done = duban("ca", "init", ca, "--trust-domain", DOMAIN, check=1)
    assert "不会覆盖" in done.stderr
    assert (ca / "ca.key.pem").read_bytes() == key


@pytest.mark.parametrize("arguments, word", [
    ((), "用法"),
    (("ca",), "duban ca issue"),
    (("nonsense",), "没有命令 nonsense"),
    (("ca", "init"), "参数个数"),
    (("ca", "init", "x"), "--trust-domain"),
    (("ca", "init", "x", "--trust-domain", "Bad Domain"), "Bad Domain"),
    (("ca", "list", "x", "--nonsense"), "--nonsense"),
    (("board", "--config", "/nonexistent"), "/nonexistent"),
])
def test_wrong_usage_gives_2_and_says_why(arguments, word, tmp_path):
    assert word in duban(*arguments, check=2).stderr


def test_help_and_language():
    assert "用法" in duban("--help").stdout
    assert "吊销" in duban("ca", "revoke", "--help").stdout
    assert duban("--version").stdout.startswith("duban ")
