"""A certificate authority for tests: good certificates, and every kind of bad one.

`duban ca` has tests of its own; this one can also make what `duban ca` refuses to.
Certificate dates are wall time.
"""
import datetime
import pathlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DOMAIN = "changsha.test"
DAY = datetime.timedelta(days=1)


def now():
    return datetime.datetime.utcnow().replace(microsecond=0)


def pem(thing):
    if hasattr(thing, "private_bytes"):
        return thing.private_bytes(serialization.Encoding.PEM,
                                   serialization.PrivateFormat.PKCS8,
                                   serialization.NoEncryption())
    return thing.public_bytes(serialization.Encoding.PEM)


class Identity:
    """A key with its certificate, and the files that hold them."""

    def __init__(self, key, certificate, folder, name):
        self.key, self.certificate = key, certificate
        self.key_file = folder / f"{name}.key.pem"
        self.certificate_file = folder / f"{name}.pem"
        self.key_file.write_bytes(pem(key))
        self.key_file.chmod(0o600)
        self.certificate_file.write_bytes(pem(certificate))

    @property
    def der(self):
        return self.certificate.public_bytes(serialization.Encoding.DER)


class Authority:
    def __init__(self, folder, name="ca"):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Duban test {name}")])
        self.certificate = (
            x509.CertificateBuilder().subject_name(subject).issuer_name(subject)
            .public_key(self.key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(now() - DAY).not_valid_after(now() + 365 * DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
            .add_extension(x509.KeyUsage(False, False, False, False, False, True, True,
                                         False, False), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()),
                           critical=False)
            .sign(self.key, hashes.SHA256()))
        self.file = self.folder / f"{name}.pem"
        self.file.write_bytes(pem(self.certificate))
        self.crl_file = self.folder / f"{name}.crl.pem"
        self.revoked, self.crl_number = [], 0
        self.write_crl()

    def write_crl(self, valid=30 * DAY):
        self.crl_number += 1
        crl = (x509.CertificateRevocationListBuilder()
               .issuer_name(self.certificate.subject)
               .last_update(now() - DAY).next_update(now() + valid)
               .add_extension(x509.CRLNumber(self.crl_number), critical=False)
               .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(
                   self.key.public_key()), critical=False))
        for serial in self.revoked:
            crl = crl.add_revoked_certificate(
                x509.RevokedCertificateBuilder().serial_number(serial)
                .revocation_date(now() - DAY).build())
        self.crl_file.write_bytes(pem(crl.sign(self.key, hashes.SHA256())))

    def revoke(self, identity):
        self.revoked.append(identity.certificate.serial_number)
        self.write_crl()

    def issue(self, name, path, usages=(), dns=(), ed25519_key=False, days=(-1, 90),
              uris=None, key=None):
        """path: "/district/430112/agent/1". usages: any of "client", "server"."""
        key = key or (ed25519.Ed25519PrivateKey.generate() if ed25519_key
                      else ec.generate_private_key(ec.SECP256R1()))
        uris = uris if uris is not None else [f"spiffe://{DOMAIN}{path}"]
        names = [x509.UniformResourceIdentifier(u) for u in uris]
        names += [x509.DNSName(d) for d in dns]
        oids = {"client": ExtendedKeyUsageOID.CLIENT_AUTH,
                "server": ExtendedKeyUsageOID.SERVER_AUTH}
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(self.certificate.subject).public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now() + days[0] * DAY).not_valid_after(now() + days[1] * DAY)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.KeyUsage(True, False, False, False, False, False, False,
                                         False, False), critical=True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(
                self.key.public_key()), critical=False))
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        if usages:
            builder = builder.add_extension(
                x509.ExtendedKeyUsage([oids[u] for u in usages]), critical=False)
        return Identity(key, builder.sign(self.key, hashes.SHA256()), self.folder, name)

    def node(self, number=1):
        return self.issue(f"node-{number}", f"/node/{number}", ("server", "client"),
                          dns=("localhost",))

    def receipt_signer(self, number=1):
        return self.issue(f"node-{number}-signer", f"/node/{number}/signer/1")

    def agent(self, unit, number=1):
        return self.issue(f"agent-{unit}-{number}", f"/district/{unit}/agent/{number}",
                          ("client",))

    def signer(self, unit, number=1, **options):
        return self.issue(f"signer-{unit}-{number}", f"/district/{unit}/signer/{number}",
                          **options)

    def person(self, department, name):
        return self.issue(f"{department}-{name}", f"/department/{department}/person/{name}",
                          ("client",))

    def operator(self, name="ops"):
        return self.issue(f"operator-{name}", f"/operator/{name}", ("client",))
