"""Where a source's requests may go: its own host, those of its `…_url` settings, and the declared ones.

An address that a vendor's answer names (a next page, a redirect) is checked like any other.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

from pydantic import SecretStr

from collector.plugin.errors import BadResponse
from collector.plugin.settings import ConnectorSettings
from collector.settings.model import Source

_PORTS = {"http": 80, "https": 443}


class Addresses:
    """One source's."""

    def __init__(self, source: Source) -> None:
        self.base = (source.settings.base_url or source.connector.type.base_url or "").rstrip("/")
        self._origins = {_origin(urlsplit(url)) for url in (self.base, *_urls(source.settings)) if url}
        self._hosts = frozenset(source.connector.type.hosts)

    @property
    def host(self) -> str:
        """The source's own host, with its port."""
        parts = urlsplit(self.base)
        return parts.netloc.rpartition("@")[2]

    def full(self, path: str) -> str:
        """A path below the base, or an address that is allowed.

        Raises:
            BadResponse: it leads elsewhere.
        """
        return self.checked(path if urlsplit(path).scheme else f"{self.base}/{path.lstrip('/')}")

    def checked(self, url: str) -> str:
        """The address, if requests may go there.

        Raises:
            BadResponse: they may not.
        """
        parts = urlsplit(url)
        if parts.scheme in _PORTS and _origin(parts) in self._origins:
            return url
        if parts.scheme == "https" and parts.hostname in self._hosts and parts.port in (None, 443):
            return url
        allowed = sorted({host for _, host, _ in self._origins if host} | self._hosts)
        shown = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        raise BadResponse(expected=f"an address at {' or '.join(allowed) or 'base_url'}", where="request", got=shown)


def same_origin(one: str, other: str) -> bool:
    """Whether a token for the one may be shown to the other."""
    return _origin(urlsplit(one)) == _origin(urlsplit(other))


def joined(url: str, location: str) -> str:
    """Where a redirect leads."""
    return urljoin(url, location)


def _origin(parts: SplitResult) -> tuple[str, str, int | None]:
    return (parts.scheme, (parts.hostname or "").lower(), parts.port or _PORTS.get(parts.scheme))


def _urls(settings: ConnectorSettings) -> Iterator[str]:
    """The settings that name further hosts of the vendor's."""
    for name in type(settings).model_fields:
        value: Any = getattr(settings, name)
        plain = value.get_secret_value() if isinstance(value, SecretStr) else value
        if name.endswith("_url") and name != "base_url" and isinstance(plain, str):
            yield plain
