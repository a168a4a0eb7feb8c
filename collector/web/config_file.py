"""The web configuration file read: what it says, ready to be used.

`read` tells all that is wrong with the file and the certificates that it names, as
`collector.settings.load` does of the configuration. Nothing of it is expanded: it is the
file that other exporters read too. What must stay secret is hidden from logs here.
"""

import os
import ssl
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr, ValidationError

from collector import log
from collector.settings.documents import read_document
from collector.settings.entries import Entry, Origin
from collector.settings.errors import ConfigError, ConfigErrors
from collector.settings.faults import tell
from collector.settings.findings import Findings
from collector.settings.web_file import WebFile
from collector.settings.web_tls import TlsServer
from collector.web.tls import Material, TlsFault, make_context

MOST_BYTES = 1024 * 1024
"""Of a certificate or key; bundles of public authorities have a fifth of it."""

_TLS = "tls_server_config"

Stamp = tuple[tuple[int, ...] | None, ...]
"""What tells that files were replaced or written; None for one that is not there."""


@dataclass(frozen=True)
class WebConfig:
    """What the file says, and the context for handshakes where there is TLS."""

    file: WebFile = field(default_factory=WebFile)
    context: ssl.SSLContext | None = None
    paths: tuple[Path, ...] = ()
    """The files that it was made from, itself first."""
    stamp: Stamp = ()
    """Theirs, from before they were read."""

    @property
    def unchanged(self) -> bool:
        """Whether the files are still those that it was made from."""
        return stamp(self.paths) == self.stamp


def read(path: Path) -> WebConfig:
    """Read and check the file at `path`, and the certificates it names.

    Raises:
        ConfigErrors: all that is wrong with it.
    """
    findings = Findings()
    own = stamp((path,))
    entry = _document(path, findings)
    file = _shaped(entry, findings) if entry is not None else None
    made = None
    if entry is not None and file is not None:
        named = _named(path, file.tls_server_config)
        stamps = (*own, *stamp(named))
        context = _context(file.tls_server_config, entry, findings)
        made = WebConfig(file, context, (path, *named), stamps)
    if made is None or findings.errors:
        raise ConfigErrors(sorted(findings.errors))
    return made


def faults(path: str | None) -> tuple[ConfigError, ...]:
    """All that is wrong with the file, where one is configured."""
    if path:
        try:
            read(Path(path))
        except ConfigErrors as errors:
            return errors.errors
    return ()


def _named(path: Path, tls: TlsServer) -> tuple[Path, ...]:
    """The files that it names; relative paths start at its folder."""
    named = (tls.cert_file, tls.key_file, tls.client_ca_file)
    return tuple(path.absolute().parent / name for name in named if name)


def stamp(paths: tuple[Path, ...]) -> Stamp:
    """What changes when one of the files does."""
    return tuple(map(_stamp, paths))


def _stamp(path: Path) -> tuple[int, ...] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - links are followed: mounted secrets change by theirs
    except OSError:
        return None
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def _document(path: Path, findings: Findings) -> Entry | None:
    origin = Origin(str(path), path.absolute().parent)
    try:
        entry = read_document(path, origin, findings)
    except OSError as error:
        fault = f"cannot be read: {error.strerror or error}"
        findings.file_fault(origin, 0, fault, "Name it with web.config_file or --web.config.file.")
        return None
    if entry is None or isinstance(entry.value, dict):
        return entry
    if entry.value is None:
        return Entry({}, origin, 1, 1)
    findings.file_fault(origin, entry.line, "holds no keys", "Begin with tls_server_config: or basic_auth_users:.")
    return None


def _shaped(entry: Entry, findings: Findings) -> WebFile | None:
    try:
        file = WebFile.model_validate(entry.plain())
    except ValidationError as error:
        tell(error, WebFile, entry, findings)
        return None
    hashes = [hashed.get_secret_value() for hashed in file.basic_auth_users.values()]
    key = file.tls_server_config.key
    lines = key.get_secret_value().split("\n") if key is not None else []
    log.hide([*hashes, *(line for line in lines if line and not line.startswith("-----"))])
    return file


def _context(tls: TlsServer, entry: Entry, findings: Findings) -> ssl.SSLContext | None:
    """None where there is no TLS, or it cannot be, which is told then."""
    if not tls.on:
        return None
    contradictions = list(tls.contradictions())
    for fault, remedy in contradictions:
        findings.fault(entry, (_TLS,), fault, remedy)
    material = _material(tls, entry, findings)
    if material is None or contradictions:
        return None
    try:
        return make_context(tls, material)
    except TlsFault as error:
        findings.fault(entry, (_TLS, error.key), error.fault, error.remedy)
        return None


def _material(tls: TlsServer, entry: Entry, findings: Findings) -> Material | None:
    """Certificates and key, from the file itself or those that it names; None where one cannot be had."""
    told = len(findings.errors)
    cert, key, client_ca = (_pem(tls, name, entry, findings) for name in ("cert", "key", "client_ca"))
    if cert is None or key is None or len(findings.errors) > told:
        return None
    return Material(cert, key, client_ca)


def _pem(tls: TlsServer, name: str, entry: Entry, findings: Findings) -> bytes | None:
    file = getattr(tls, f"{name}_file")
    if file:
        return _content(entry, f"{name}_file", file, findings)
    inline = getattr(tls, name)
    text = inline.get_secret_value() if isinstance(inline, SecretStr) else inline
    return None if text is None else str(text).encode()


def _content(entry: Entry, key: str, name: str, findings: Findings) -> bytes | None:
    path = entry.origin.folder / name
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        fault = f"{name} cannot be read: {error.strerror or error}"
        findings.fault(entry, (_TLS, key), fault, f"A relative path starts at {entry.origin.folder}.")
        return None
    if len(content) > MOST_BYTES:
        findings.fault(entry, (_TLS, key), f"{name} is too large for certificates", "Name a PEM file.")
        return None
    return content
