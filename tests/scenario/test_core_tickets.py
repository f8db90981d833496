"""TLS sessions across several duband of one bureau, as an operator sets them up."""
import os
import signal
import subprocess

import pytest

from harness import BIN, Duband
from test_rpc_tickets import FULL, REFUSED, RESUMED, connect, context


@pytest.fixture
def pair(postgres, tmp_path):
    """Two centres on one database, with one ticket key."""
    keys = tmp_path / "tickets.key"
    keys.write_bytes(os.urandom(80))
    settings = {"tls": {"ticket_keys": str(keys)}}
    a = Duband(tmp_path, postgres.create(), settings=settings)
    b = Duband(tmp_path / "b", a.config["database"]["conninfo"], a.authority, settings=settings)
    yield a.start(), b.start(migrate=False), keys
    a.stop()
    b.stop()


def reload(centre, said):
    centre.process.popen.send_signal(signal.SIGHUP)
    centre.process.wait_line(said)


def test_a_client_resumes_at_another_duband_until_it_is_revoked(pair):
    a, b, _ = pair
    person = a.authority.person("gengxin", "leaver")
    made = context((person.certificate_file, person.key_file), a.authority)
    how, session = connect(made, a)
    assert how == FULL
    assert connect(made, b, session)[0] == RESUMED
    a.authority.revoke(person)
    reload(b, "credentials_reloaded")
    assert connect(made, b, session)[0] == REFUSED


def test_new_ticket_keys_are_in_force_after_sighup_and_wrong_ones_are_not(pair):
    a, _, keys = pair
    person = a.authority.person("gengxin", "li")
    made = context((person.certificate_file, person.key_file), a.authority)
    session = connect(made, a)[1]
    whole = keys.read_bytes()
    keys.write_bytes(whole[:40])
    reload(a, "credentials_kept")
    assert str(keys) in a.process.lines("credentials_kept")[0]
    assert connect(made, a, session)[0] == RESUMED
    keys.write_bytes(os.urandom(80))
    reload(a, "credentials_reloaded")
    assert connect(made, a, session)[0] == FULL


def test_a_start_without_the_key_file_says_which(pair, tmp_path):
    a, _, keys = pair
    a.stop()
    keys.unlink()
    ended = subprocess.run([BIN / "duband", "--config", a.config_file], capture_output=True,
                           text=True, timeout=60)
    assert ended.returncode != 0
    assert str(keys) in ended.stderr
