"""What the rpc scenario tests share: a test CA, the echo server, gRPC's own Python client."""

import datetime
import os
import pathlib
import subprocess

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("DUBAN_BIN", ROOT / "build" / "bin"))
NOW = datetime.datetime.utcnow()
DAY = datetime.timedelta(days=1)
CLIENT, SERVER = ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH


class Authority:
    """A CA in a directory: certificates and CRLs as PEM files."""

    def __init__(self, folder, name="ca"):
        self.folder, self.name = folder, name
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(self.subject).issuer_name(self.subject)
            .public_key(self.key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(NOW - DAY).not_valid_after(NOW + 30 * DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(x509.KeyUsage(False, False, False, False, False, True, True,
                                         False, False), critical=True)
            .sign(self.key, hashes.SHA256()))
        self.file = self.write(f"{name}.crt", self.certificate)

    def write(self, name, thing):
        path = self.folder / name
        path.write_bytes(thing.public_bytes(serialization.Encoding.PEM))
        return str(path)

    def issue(self, name, uri, usage, until=NOW + 10 * DAY):
        """Returns (certificate file, key file, certificate)."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = [x509.UniformResourceIdentifier(uri)] if uri else []
        if usage == SERVER:
            names.append(x509.DNSName("localhost"))
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(self.subject).public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - 2 * DAY).not_valid_after(until)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .sign(self.key, hashes.SHA256()))
        key_file = self.folder / f"{name}.key"
        key_file.write_bytes(key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption()))
        return self.write(f"{name}.crt", certificate), str(key_file), certificate

    def revoke(self, *certificates, until=NOW + 5 * DAY):
        """Writes a CRL of exactly these."""
        builder = (x509.CertificateRevocationListBuilder().issuer_name(self.subject)
                   .last_update(NOW - 2 * DAY).next_update(until))
        for certificate in certificates:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder().serial_number(certificate.serial_number)
                .revocation_date(NOW - DAY).build())
        return self.write(f"{self.name}.crl", builder.sign(self.key, hashes.SHA256()))


class Pki:
    """A CA, a server, two clients, and a CRL that revokes nobody."""

    def __init__(self, folder):
        self.ca = Authority(folder)
        self.server = self.ca.issue("server", "spiffe://test/node/1", SERVER)
        self.client = self.ca.issue("client", "spiffe://test/client/1", CLIENT)
        self.other = self.ca.issue("other", "spiffe://test/client/2", CLIENT)
        self.crl = self.ca.revoke()


class EchoServer:
    """rpc-echo-server as a process."""

    def __init__(self, *arguments, **environment):
        self.process = subprocess.Popen(
            [str(BIN / "rpc-echo-server"), *arguments], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, env={**os.environ, **environment})
        ready = self.process.stdout.readline().split()
        assert ready and ready[0] == "ready", ready
        self.port = int(ready[1])

    def say(self, line, answer=True):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip() if answer else None

    def wait(self):
        """Its exit code; sanitizers make it other than 0."""
        return self.process.wait(timeout=20)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        if self.process.poll() is None:
            self.process.stdin.close()
        assert self.wait() == 0


def tls_server(pki, rule="required", crl=True, hard=False, **environment):
    arguments = ["127.0.0.1:0", rule, pki.server[0], pki.server[1], pki.ca.file]
    if crl:
        arguments.append(pki.crl)
    if hard:
        arguments.append("hard")
    return EchoServer(*arguments, **environment)


def channel(port, pki=None, client=None, ca=None, options=()):
    """gRPC's own client: with @client's certificate, or none."""
    if pki is None:
        return grpc.insecure_channel(f"127.0.0.1:{port}", options=options)
    read = lambda name: pathlib.Path(name).read_bytes()
    credentials = grpc.ssl_channel_credentials(
        root_certificates=read(ca or pki.ca.file),
        private_key=read(client[1]) if client else None,
        certificate_chain=read(client[0]) if client else None)
    return grpc.secure_channel(f"localhost:{port}", credentials, options=options)


def unary(chan, method):
    return chan.unary_unary(f"/test.Echo/{method}")


def counts(chan):
    text = unary(chan, "Counts")(b"", timeout=10).decode()
    return {k: int(v) for k, v in (pair.split("=") for pair in text.split())}


def until(condition, tries=2000):
    """Asks until the answer is true: waits for a condition, not for a time."""
    for _ in range(tries):
        answer = condition()
        if answer:
            return answer
    raise AssertionError("the condition never came true")
