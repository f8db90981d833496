"""Certificates, keys and revocation lists are read again while everybody works."""
import signal
import socket
import ssl

from alerts_support import Watching
from faults_support import Code, check_all_stored_once, wide_units
from harness import wait_for
from pki import pem
from reports_support import TIMEOUT


def presented(centre, identity, session=None):
    """Connect as @identity: (the centre's certificate, resumed?, the session); None when
    it was not let in."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(centre.authority.file)
    context.load_cert_chain(identity.certificate_file, identity.key_file)
    context.set_alpn_protocols(["h2"])
    return knock(centre, session[0] if session else context, session and session[1])


def knock(centre, context, session):
    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
    with socket.create_connection(("127.0.0.1", centre.port), timeout=TIMEOUT) as raw:
        try:
            with context.wrap_socket(raw, server_hostname="localhost",
                                     session=session) as line:
                line.sendall(preface)
                if not line.recv(1000):
                    return None
                return (line.getpeercert(True), line.session_reused,
                        (context, line.session))
        except (ssl.SSLError, ConnectionError):
            return None


def test_certificates_are_renewed_while_everybody_works(wide):
    """Renewal costs no call: new connections see the new certificate, old ones go on."""
    agent = wide.districts.agents[wide_units(1)[0]]
    before = presented(wide, agent)
    renewed = wide.authority.issue("renewed", "/node/1", ("server", "client"),
                                   dns=("localhost",))

    def renew():
        wide.node.certificate_file.write_bytes(renewed.certificate_file.read_bytes())
        wide.node.key_file.write_bytes(renewed.key_file.read_bytes())
        wide.process.popen.send_signal(signal.SIGHUP)

    wide.districts.send(wide, wide.sents, 20, renew)
    assert not [sent for sent in wide.sents if sent.codes]
    wide.process.wait_line("credentials_reloaded")
    assert before[0] == wide.node.der
    assert presented(wide, agent)[0] == renewed.der
    assert presented(wide, agent, before[2]) is not None
    assert check_all_stored_once(wide, wide.sents) == len(wide.sents)


def test_a_key_that_does_not_fit_its_certificate_changes_nothing(wide):
    """Half of a renewal was copied: the centre goes on with what it has, and says so."""
    agent = wide.districts.agents[wide_units(1)[0]]
    wide.node.key_file.write_bytes(pem(wide.receipts.key))
    wide.process.popen.send_signal(signal.SIGHUP)
    wide.process.wait_line("credentials_kept")
    assert presented(wide, agent)[0] == wide.node.der


def test_revoked_at_once_also_with_a_session_from_before(wide):
    """A stolen machine is out the moment that the list says so: on the line that it has
    open, on a new one, and with a session that it kept."""
    unit = wide_units(1)[0]
    thief = wide.authority.agent(unit, 9)
    with wide.client(thief) as client:
        watching = Watching(client)
        wait_for(lambda: watching.clocks, "the stream")
        kept = presented(wide, thief)[2]
        assert presented(wide, thief, kept)[1]  # it does resume
        wide.authority.revoke(thief)
        wide.process.popen.send_signal(signal.SIGHUP)
        assert watching.wait_error().code() == Code.UNAVAILABLE
        assert "closed=0" not in wide.process.wait_line("credentials_reloaded")
        assert presented(wide, thief) is None
        assert presented(wide, thief, kept) is None
    assert presented(wide, wide.districts.agents[unit])
