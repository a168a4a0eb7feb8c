"""From `tls_server_config` to the context that answers handshakes.

Certificates and keys come as bytes, so that what was checked is what is used, wherever
they were read. What Python's TLS cannot do is a fault, never left out in silence.
"""

import os
import ssl
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from typing import BinaryIO

from collector.settings.web_tls import CURVES, SUITES, TlsServer

_VERSIONS = {"TLS12": ssl.TLSVersion.TLSv1_2, "TLS13": ssl.TLSVersion.TLSv1_3}
_CLIENTS = {
    "NoClientCert": ssl.CERT_NONE,
    "VerifyClientCertIfGiven": ssl.CERT_OPTIONAL,
    "RequireAndVerifyClientCert": ssl.CERT_REQUIRED,
}


class TlsFault(Exception):
    """A key whose value cannot be used."""

    def __init__(self, key: str, fault: str, remedy: str) -> None:
        super().__init__(f"{key} {fault}")
        self.key, self.fault, self.remedy = key, fault, remedy


@dataclass(frozen=True, repr=False)
class Material:
    """What the keys of certificates hold or name, as PEM."""

    cert: bytes
    key: bytes
    client_ca: bytes | None = None


def make_context(tls: TlsServer, material: Material) -> ssl.SSLContext:
    """A context for a server.

    Raises:
        TlsFault: a key's value cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version, context.maximum_version = _VERSIONS[tls.min_version], _VERSIONS[tls.max_version]
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    _show_certificate(context, tls, material)
    _choose_suites(context, tls)
    _choose_curve(context, tls.curve_preferences)
    context.verify_mode = _CLIENTS[tls.client_auth_type]
    if material.client_ca is not None:
        _trust(context, tls, material.client_ca)
    elif tls.asks_clients:
        context.load_default_certs(ssl.Purpose.CLIENT_AUTH)
    return context


def _show_certificate(context: ssl.SSLContext, tls: TlsServer, material: Material) -> None:
    cert, key = ("cert_file" if tls.cert_file else "cert"), ("key_file" if tls.key_file else "key")
    try:
        with _in_memory(material.cert) as cert_path, _in_memory(material.key) as key_path:
            # the password is never asked for at the terminal: a daemon has none
            context.load_cert_chain(cert_path, key_path, password=lambda: "")
    except ssl.SSLError as error:
        raise _what_is_wrong(error, material, cert=cert, key=key) from None


def _what_is_wrong(error: ssl.SSLError, material: Material, *, cert: str, key: str) -> TlsFault:
    """OpenSSL's words do not tell which of the two files it means."""
    if error.reason == "KEY_VALUES_MISMATCH":
        return TlsFault(key, f"does not belong to {cert}", "Replace both together.")
    if b"-----BEGIN CERTIFICATE-----" not in material.cert:
        return TlsFault(cert, "holds no certificate", "Give PEM: -----BEGIN CERTIFICATE-----.")
    if b"PRIVATE KEY-----" not in material.key:
        return TlsFault(key, "holds no private key", "Give PEM: -----BEGIN PRIVATE KEY-----.")
    if b"ENCRYPTED" in material.key:
        return TlsFault(key, "is encrypted", "Give a key without a password, readable for this user only.")
    return TlsFault(cert, f"and its key cannot be used: {_reason(error)}", "Look at both with openssl x509 and pkey.")


def _trust(context: ssl.SSLContext, tls: TlsServer, client_ca: bytes) -> None:
    # as with Go, whoever is named there is trusted, the top of a chain or not
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    key = "client_ca_file" if tls.client_ca_file else "client_ca"
    try:
        context.load_verify_locations(cadata=client_ca.decode("ascii"))
    except (ssl.SSLError, UnicodeDecodeError):
        raise TlsFault(
            key, "holds no certificates that can be read", "Give PEM: -----BEGIN CERTIFICATE-----."
        ) from None


def _choose_suites(context: ssl.SSLContext, tls: TlsServer) -> None:
    if tls.prefer_server_cipher_suites:
        context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE
    else:
        context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
    if not tls.cipher_suites:
        return
    chosen = [SUITES[name] for name in tls.cipher_suites if name in SUITES]
    if not chosen:  # only suites of TLS 1.3 are left
        if tls.max_version == "TLS12":
            raise TlsFault("cipher_suites", "names none of TLS 1.2, and max_version allows no other", "Add one.")
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        return
    try:
        context.set_ciphers(":".join(chosen))
    except ssl.SSLError:
        chosen = []
    offered = {suite["name"] for suite in context.get_ciphers()}
    missing = [name for name in tls.cipher_suites if name in SUITES and SUITES[name] not in offered]
    if not chosen or missing:
        raise TlsFault(
            "cipher_suites", f"names what this OpenSSL does not offer: {', '.join(missing)}", "Leave it out."
        )


def _choose_curve(context: ssl.SSLContext, names: Sequence[str]) -> None:
    if len(names) > 1:
        raise TlsFault("curve_preferences", "names several, and Python's TLS can be told one", "Keep one, or none.")
    for name in names:
        try:
            context.set_ecdh_curve(CURVES[name])
        except (ValueError, ssl.SSLError) as error:
            raise TlsFault("curve_preferences", f"names {name}, which this OpenSSL lacks", "Choose another.") from error


def allowed(sans: Iterable[str], certificate: "dict[str, object] | None") -> bool:
    """Whether a client's certificate has one of these names: DNS, e-mail, IP address or URI."""
    named = certificate.get("subjectAltName", ()) if certificate else ()
    assert isinstance(named, tuple)  # noqa: S101 - what ssl makes it
    return not set(sans).isdisjoint(_san(kind, value) for kind, value in named)


def _san(kind: str, value: str) -> str:
    if kind == "IP Address":
        try:
            return str(ip_address(value.strip()))  # OpenSSL writes IPv6 in capitals and with its zeros
        except ValueError:
            return ""
    return value if kind in ("DNS", "email", "URI") else ""


@contextmanager
def _in_memory(content: bytes) -> Iterator[str]:
    """The path of a file with this content, which has no name and, where the system can, no place on a disk."""
    with ExitStack() as opened:
        if hasattr(os, "memfd_create"):
            file: BinaryIO = opened.enter_context(os.fdopen(os.memfd_create("pem", os.MFD_CLOEXEC), "w+b"))
        else:
            file = opened.enter_context(tempfile.TemporaryFile())
        file.write(content)
        file.seek(0)
        yield f"/dev/fd/{file.fileno()}"


def _reason(error: ssl.SSLError) -> str:
    return (error.reason or "unknown").lower().replace("_", " ")
