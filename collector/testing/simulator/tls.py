"""A certificate authority for the occasion, and a certificate of this machine."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

LIFE = timedelta(days=7)


@dataclass(frozen=True)
class Authority:
    """`ca_file` is what a source's setting of this name should hold."""

    ca_file: Path
    certificate: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        """For a server."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.certificate, self.key)
        return context


def make_authority(folder: Path, *, now: datetime | None = None) -> Authority:
    """Write an authority's certificate, and one by it for localhost with its key, into `folder`."""
    from cryptography import x509  # costs 0.1 s, and few need it
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    from collector.clock import SystemClock

    begin = (now or SystemClock().now()).astimezone(UTC) - timedelta(hours=1)

    def named(name: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])

    def builder(name: str, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        made = x509.CertificateBuilder(issuer_name=named("simulator authority"), subject_name=named(name))
        made = made.public_key(key).serial_number(x509.random_serial_number())
        return made.not_valid_before(begin).not_valid_after(begin + LIFE)

    root, own = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    by_root = x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key())
    signs = x509.KeyUsage(
        digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    ca = (
        builder("simulator authority", root.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(root.public_key()), critical=False)
        .add_extension(signs, critical=True)
        .sign(root, hashes.SHA256())
    )
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    leaf = (
        builder("localhost", own.public_key())
        .add_extension(names, critical=False)
        .add_extension(by_root, critical=False)
        .sign(root, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = own.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    made = Authority(folder / "ca.pem", folder / "localhost.pem", folder / "localhost.key")
    made.ca_file.write_bytes(ca.public_bytes(pem))
    made.certificate.write_bytes(leaf.public_bytes(pem))
    made.key.touch(mode=0o600)
    made.key.write_bytes(plain)
    return made
