"""The HTTP client that connectors are given.

Requests go to the source's own host and the connector's declared `hosts` only; refusals
become the errors of `collector.plugin.errors`; bodies are bounded.
"""

import ssl
from collections.abc import Callable, Mapping
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from collector.plugin.client import Json, Query
from collector.plugin.errors import (
    BadResponse,
    CredentialsRefused,
    Forbidden,
    RateLimited,
    SourceError,
    TemporaryFailure,
)
from collector.settings.model import Source

if TYPE_CHECKING:  # 0.3 s to import, and a daemon that reads files never needs it
    import httpx

MOST_BYTES = 256 * 1024 * 1024
"""Of one body, decompressed."""

_DEFAULT_WAIT = timedelta(seconds=60)


class Client:
    """One source's HTTP client; see `collector.plugin.HttpClient`."""

    def __init__(self, connect: Callable[[], "httpx.AsyncClient"], *, base_url: str, hosts: frozenset[str]) -> None:
        self._connect = connect
        self._opened: httpx.AsyncClient | None = None
        self._base = base_url.rstrip("/")
        self._hosts = hosts

    @property
    def _http(self) -> "httpx.AsyncClient":
        """Opened at the first request: a source that reads files never needs it."""
        if self._opened is None:
            self._opened = self._connect()
        return self._opened

    async def get_json(
        self, path: str, *, params: Query | None = None, headers: Mapping[str, str] | None = None
    ) -> Json:
        """GET, and the JSON body."""
        return await self._json("GET", path, params, headers, None)

    async def post_json(
        self, path: str, *, json: Json = None, params: Query | None = None, headers: Mapping[str, str] | None = None
    ) -> Json:
        """POST a JSON body, and the JSON body of the answer."""
        return await self._json("POST", path, params, headers, json)

    async def get_bytes(
        self, path: str, *, params: Query | None = None, headers: Mapping[str, str] | None = None
    ) -> bytes:
        """GET, and the body as it came (decompressed)."""
        return (await self._send("GET", path, params, headers, None)).content

    async def close(self) -> None:
        """Let go of all connections."""
        if self._opened is not None:
            await self._opened.aclose()

    async def _json(
        self, method: str, path: str, params: Query | None, headers: Mapping[str, str] | None, body: Json
    ) -> Json:
        response = await self._send(method, path, params, headers, body)
        try:
            return response.json()
        except ValueError as error:
            raise BadResponse(expected="a JSON body", where=_where(method, response), got=response.text) from error

    async def _send(
        self, method: str, path: str, params: Query | None, headers: Mapping[str, str] | None, body: Json
    ) -> "httpx.Response":
        import httpx

        url = self._url(path)
        request = self._http.build_request(method, url, params=params, headers=headers, json=body)
        try:
            response = await self._http.send(request, stream=True)
            try:
                await _read_bounded(response)
            finally:
                await response.aclose()
        except httpx.TransportError as error:
            raise TemporaryFailure(f"{method} {request.url.host}: {type(error).__name__}: {error}") from error
        refusal = _refusal(method, response)
        if refusal is not None:
            raise refusal
        return response

    def _url(self, path: str) -> str:
        url = path if urlsplit(path).scheme else f"{self._base}/{path.lstrip('/')}"
        host = urlsplit(url).hostname or ""
        if host not in self._hosts:
            raise BadResponse(expected=f"a link to {' or '.join(sorted(self._hosts))}", where="request", got=host)
        return url


async def _read_bounded(response: "httpx.Response") -> None:
    """Read the body, but not for ever: a decompressed bomb must not fill the memory."""
    chunks, size = [], 0
    async for chunk in response.aiter_bytes():
        size += len(chunk)
        if size > MOST_BYTES:
            raise BadResponse(expected=f"at most {MOST_BYTES} bytes", where=_where(response.request.method, response))
        chunks.append(chunk)
    response._content = b"".join(chunks)


def _where(method: str, response: "httpx.Response") -> str:
    """Path only: a query may carry a secret."""
    return f"{method} {response.request.url.host}{response.request.url.path}"


def _refusal(method: str, response: "httpx.Response") -> SourceError | None:
    status, where = response.status_code, _where(method, response)
    if status < 300:
        return None
    if status == 401:
        return CredentialsRefused(f"{where} answered 401: the credentials are not accepted")
    if status == 403:
        return Forbidden(f"{where} answered 403: the credentials lack a right")
    if status == 429:
        return RateLimited(_retry_after(response))
    if status in (408, 425) or status >= 500:
        return TemporaryFailure(f"{where} answered {status}")
    return BadResponse(expected="a 2xx answer", where=f"{where} answered {status}", got=response.text)


def _retry_after(response: "httpx.Response") -> timedelta:
    """Seconds or an HTTP date (RFC 9110, 10.2.3); a minute where neither is told.

    A date is measured against the vendor's own `Date`, so that clocks may differ.
    """
    told = response.headers.get("retry-after", "").strip()
    if told.isdigit():
        return timedelta(seconds=int(told))
    try:
        until, now = parsedate_to_datetime(told), parsedate_to_datetime(response.headers["date"])
    except (ValueError, KeyError):
        return _DEFAULT_WAIT
    return max(timedelta(0), until - now)


def make_client(source: Source) -> Client:
    """The client of one source, as its settings say."""
    base = source.settings.base_url or source.connector.type.base_url or ""
    hosts = {urlsplit(base).hostname or "", *source.connector.type.hosts} - {""}

    def connect() -> "httpx.AsyncClient":
        import httpx

        ca_file = source.settings.ca_file
        return httpx.AsyncClient(
            timeout=min(60.0, source.settings.timeout.total_seconds()),
            proxy=source.settings.proxy,
            verify=ssl.create_default_context(cafile=ca_file) if ca_file else True,
            trust_env=False,
        )

    return Client(connect, base_url=base, hosts=frozenset(hosts))
