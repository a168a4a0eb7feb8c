"""The web configuration file, in the format that Prometheus exporters share.

Who may ask, and how: TLS, basic auth, headers, a rate limit. Keys, values and defaults are
those of the exporter-toolkit, so that one file can serve all exporters of a machine; what
would leave a gap is a mistake here. Shapes only: `collector.web.config_file` reads it.
"""

import re
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, field_validator, model_validator

from collector.settings.faults import mistake
from collector.settings.sections import Section
from collector.settings.web_tls import TlsServer, none_if_empty

_HASH = re.compile(r"\$2[aby]\$(?:0[4-9]|[12][0-9]|3[01])\$[./A-Za-z0-9]{53}")
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


def _interval(value: object) -> object:
    """A duration as Go writes it: `1s`, `1m30s`, `500ms`; 0 needs no unit."""
    text = str(value).strip()
    if text == "0":
        return timedelta(0)
    if not text or _PART.sub("", text):
        raise mistake(f"{text!r} is no duration", "Write a number with ms, s, m or h, such as 1s; 0 for no limit.")
    return timedelta(seconds=sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(text)))


def _hash(value: SecretStr) -> SecretStr:
    if not _HASH.fullmatch(value.get_secret_value()):
        raise mistake("is no bcrypt hash", "Make one with: htpasswd -nBC 10 '' | tr -d ':\\n'")
    return value


def _header(value: str | None) -> str | None:
    if value is not None and not (value.isascii() and value.isprintable()):
        raise mistake("holds what no header may hold", "Write it on one line, in ASCII.")
    return value


_Header = Annotated[str | None, BeforeValidator(none_if_empty), AfterValidator(_header)]


class Headers(Section):
    """Headers that every answer gets; those that are left out stay as they are."""

    strict_transport_security: _Header = Field(
        default=None, alias="Strict-Transport-Security", description="Whether browsers must come by TLS"
    )
    x_content_type_options: Literal["nosniff"] | None = Field(
        default=None, alias="X-Content-Type-Options", description="nosniff, or left out"
    )
    x_frame_options: Literal["deny", "sameorigin"] | None = Field(
        default=None, alias="X-Frame-Options", description="deny or sameorigin, or left out"
    )
    x_xss_protection: _Header = Field(default=None, alias="X-XSS-Protection", description="For old browsers")
    content_security_policy: _Header = Field(
        default=None, alias="Content-Security-Policy", description="What pages may load"
    )


class HttpServer(Section):
    """How answers are given."""

    http2: bool = Field(default=True, description="Changes nothing: HTTP/1.1 is served, with TLS too")
    headers: Headers = Field(default=Headers(), description="Headers of answers")

    _no_headers = field_validator("headers", mode="before")(lambda value: {} if value is None else value)


class RateLimit(Section):
    """How many requests are answered; those beyond are refused with 429."""

    interval: Annotated[timedelta, BeforeValidator(_interval)] = Field(
        default=timedelta(0), description="Time between two requests, such as 1s; 0 for no limit"
    )
    burst: int = Field(default=0, ge=0, description="Requests that may come at once")

    @model_validator(mode="after")
    def _lets_something_through(self) -> "RateLimit":
        if self.interval and not self.burst:
            raise mistake("has no burst, which would refuse every request", "Add burst: 1, or more.")
        return self


class WebFile(Section):
    """The whole of it; an empty one protects nothing."""

    tls_server_config: TlsServer = Field(default=TlsServer(), description="TLS, and clients' certificates")
    http_server_config: HttpServer = Field(default=HttpServer(), description="How answers are given")
    basic_auth_users: dict[str, Annotated[SecretStr, AfterValidator(_hash)]] = Field(
        default={}, description="Who may ask: name → bcrypt hash of the password"
    )
    rate_limit: RateLimit = Field(default=RateLimit(), description="How many requests are answered")

    @field_validator("*", mode="before")
    @classmethod
    def _no_section(cls, value: Any) -> Any:
        return {} if value is None else value

    @field_validator("basic_auth_users")
    @classmethod
    def _named(cls, value: dict[str, SecretStr]) -> dict[str, SecretStr]:
        if any(":" in name for name in value):
            raise mistake("has a name with a colon in it, which basic auth cannot send", "Choose another name.")
        return value

    @property
    def protections(self) -> frozenset[str]:
        """What keeps others from reading along, or from asking."""
        there = {
            "TLS": self.tls_server_config.on,
            "client certificates": self.tls_server_config.client_auth_type == "RequireAndVerifyClientCert",
            "names of clients": self.tls_server_config.client_allowed_sans is not None,
            "basic auth": bool(self.basic_auth_users),
        }
        return frozenset(name for name, on in there.items() if on)

    @property
    def headers(self) -> dict[str, str]:
        """The headers that every answer gets."""
        return self.http_server_config.headers.model_dump(by_alias=True, exclude_none=True)
