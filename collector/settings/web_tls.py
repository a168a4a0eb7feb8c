"""`tls_server_config`: the certificate that the server shows, and those that it asks clients for.

The part of the web configuration file (`web_file`) that is about TLS; `collector.web.tls`
makes it a context. Go's names for suites and curves, which Prometheus exporters use, stand
here beside OpenSSL's.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from collector.settings.faults import mistake
from collector.settings.findings import suggestion
from collector.settings.sections import Section

SUITES: Mapping[str, str] = {
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": "ECDHE-ECDSA-AES128-GCM-SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": "ECDHE-ECDSA-AES256-GCM-SHA384",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": "ECDHE-RSA-AES128-GCM-SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": "ECDHE-RSA-AES256-GCM-SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-ECDSA-CHACHA20-POLY1305",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-RSA-CHACHA20-POLY1305",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA": "ECDHE-ECDSA-AES128-SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA": "ECDHE-ECDSA-AES256-SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA": "ECDHE-RSA-AES128-SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA": "ECDHE-RSA-AES256-SHA",
}
"""Suites of TLS 1.2."""

SUITES_13 = ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256")
"""Those of TLS 1.3, which are always served; naming them changes nothing, as with Go."""

CURVES: Mapping[str, str] = {
    "CurveP256": "prime256v1",
    "CurveP384": "secp384r1",
    "CurveP521": "secp521r1",
    "X25519": "X25519",
}

_POLICIES = ("NoClientCert", "VerifyClientCertIfGiven", "RequireAndVerifyClientCert")
_UNVERIFIED = ("RequestClientCert", "RequireAnyClientCert", "RequireClientCert")
_BROKEN = ("TLS10", "TLS11")

Contradiction = tuple[str, str]
"""Fault and remedy."""


def none_if_empty(value: object) -> object:
    """An empty text is as good as none."""
    return None if value == "" else value


def _no_list(value: object) -> object:
    return [] if value is None else value


def _policy(value: object) -> object:
    if value in (None, ""):
        return "NoClientCert"
    if value in _UNVERIFIED:
        fault = "asks for certificates that nobody verifies, which Python's TLS cannot do"
        raise mistake(fault, "Write RequireAndVerifyClientCert, or NoClientCert.")
    if value not in _POLICIES:
        raise mistake("is no policy for clients' certificates", f"Write one of {', '.join(_POLICIES)}.")
    return value


def _version(value: object) -> object:
    if value in _BROKEN:
        raise mistake(f"{value} is not served: it is broken, and OpenSSL leaves it out", "Write TLS12 or TLS13.")
    return value


def _suite(value: str) -> str:
    known = (*SUITES, *SUITES_13)
    if value not in known:
        raise mistake(f"{value!r} is no cipher suite that is served", suggestion(value, known, what="Suites"))
    return value


Policy = Annotated[
    Literal["NoClientCert", "VerifyClientCertIfGiven", "RequireAndVerifyClientCert"], BeforeValidator(_policy)
]
Version = Annotated[Literal["TLS12", "TLS13"], BeforeValidator(_version)]
Curve = Literal["CurveP256", "CurveP384", "CurveP521", "X25519"]
_Text = Annotated[str | None, BeforeValidator(none_if_empty)]
_Secret = Annotated[SecretStr | None, BeforeValidator(none_if_empty)]


class TlsServer(Section):
    """TLS; without any key there is none."""

    cert: _Text = Field(default=None, description="The server's certificate, as PEM text")
    key: _Secret = Field(default=None, description="Its key, as PEM text")
    cert_file: _Text = Field(default=None, description="File of the server's certificate and those above it, PEM")
    key_file: _Text = Field(default=None, description="File of its key, PEM, not encrypted")
    client_auth_type: Policy = Field(default="NoClientCert", description="Whether clients show a certificate")
    client_ca: _Text = Field(default=None, description="Who signs clients' certificates, as PEM text")
    client_ca_file: _Text = Field(default=None, description="File of those who sign clients' certificates, PEM")
    client_allowed_sans: list[str] | None = Field(default=None, description="Names, one of which a client must have")
    min_version: Version = Field(default="TLS12", description="Oldest version that is served, TLS12 or TLS13")
    max_version: Version = Field(default="TLS13", description="Newest version that is served, TLS12 or TLS13")
    cipher_suites: Annotated[list[Annotated[str, AfterValidator(_suite)]], BeforeValidator(_no_list)] = Field(
        default=[], description="Suites of TLS 1.2, by Go's names"
    )
    prefer_server_cipher_suites: bool = Field(default=True, description="Whether our order of suites counts")
    curve_preferences: Annotated[list[Curve], BeforeValidator(_no_list)] = Field(
        default=[], description="One curve: CurveP256, CurveP384, CurveP521 or X25519"
    )

    @property
    def on(self) -> bool:
        """Whether there is TLS."""
        return bool(self.model_fields_set)

    @property
    def asks_clients(self) -> bool:
        """Whether clients' certificates are looked at."""
        return self.client_auth_type != "NoClientCert"

    def contradictions(self) -> Iterator[Contradiction]:
        """What its keys say against each other."""
        for key in ("cert", "key", "client_ca"):
            if getattr(self, key) and getattr(self, f"{key}_file"):
                yield f"has both {key} and {key}_file", "Keep one of the two."
        for key in ("cert", "key"):
            if self.on and not getattr(self, key) and not getattr(self, f"{key}_file"):
                yield f"has neither {key} nor {key}_file", "TLS needs a certificate and its key."
        if self.min_version > self.max_version:
            yield "allows no version: min_version lies above max_version", "Leave max_version out."
        yield from self._about_clients()

    def _about_clients(self) -> Iterator[Contradiction]:
        signers = self.client_ca or self.client_ca_file
        ask = "Add client_auth_type: RequireAndVerifyClientCert."
        if self.client_auth_type == "RequireAndVerifyClientCert" and not signers:
            # Go would take the machine's own authorities, and so let in whoever bought a certificate
            yield "requires clients' certificates, but names nobody who signs them", "Add client_ca_file."
        if signers and not self.asks_clients:
            yield "names who signs clients' certificates, but asks clients for none", ask
        if self.client_allowed_sans is not None and not self.asks_clients:
            yield "has client_allowed_sans, but asks clients for no certificate", ask
