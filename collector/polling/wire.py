"""One request of one source, sent once: its turn, its redirects, its counts, what it teaches.

Below `client`, which decides what an answer means and whether to ask again.
"""

import asyncio
import copy
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from collector.plugin.client import Request, Response
from collector.plugin.connector import Connector
from collector.plugin.errors import BadResponse, SourceError, TemporaryFailure
from collector.plugin.limits import Quota
from collector.polling.addresses import Addresses, joined, same_origin
from collector.polling.network import Exchange, Network
from collector.polling.redaction import Redaction
from collector.polling.refusals import http_date
from collector.polling.retry import Calls
from collector.polling.throttle import Throttle
from collector.polling.transport import exchange, open_http
from collector.settings.model import Source

if TYPE_CHECKING:  # 0.3 s to import, and a daemon that reads files never needs it
    import httpx

MOST_REDIRECTS = 5
Authorize = Callable[[Request], None]


class Wire:
    """A source's connections."""

    def __init__(self, source: Source, connector: Connector[Any], network: Network) -> None:
        """Raises TypeError where the connector declares a limit that means nothing."""
        self.addresses = Addresses(source)
        self.redact = Redaction(source.settings)
        self.ahead = timedelta(0)
        """How far this machine's clock is ahead of the vendor's, by its last answer."""
        self._source = source
        self._follows = connector.follows_redirects
        self._network = network
        self._opened: httpx.AsyncClient | None = None
        self.throttle = Throttle(
            connector, network.shared, project=source.project, source=source.name, host=self.addresses.host
        )

    def now(self) -> datetime:
        """The present instant."""
        return self._network.shared.clock.now()

    @property
    def sleep(self) -> Callable[[float], Any]:
        """How to wait."""
        return self._network.shared.sleep

    async def send(self, request: Request, authorize: Authorize, cost: Mapping[str, float], calls: Calls) -> Response:
        """The answer, whatever its status; redirects of a GET are followed, without a token to another origin.

        Raises:
            SourceError: there is none, or it leads where no request may go.
        """
        first = request.url
        for _ in range(MOST_REDIRECTS + 1):
            sent = _copied(request)  # authorize may write anywhere in it, and what it writes goes out once
            if request.url == first or same_origin(first, sent.url):
                authorize(sent)
            calls.requests += 1
            response = await self._turn(sent, cost)
            location = response.headers.get("location")
            is_redirect = response.status in (301, 302, 303, 307, 308) and location and request.method == "GET"
            if not (is_redirect and self._follows and location):
                return response
            there = self.addresses.checked(joined(request.url, location))
            request = Request("GET", there, headers=request.headers if same_origin(request.url, there) else {})
        raise BadResponse(expected="an answer", where=response.where, got=f"over {MOST_REDIRECTS} redirects")

    async def close(self) -> None:
        """Let go of all connections."""
        if self._opened is not None:
            opened, self._opened = self._opened, None
            await opened.aclose()

    async def _turn(self, request: Request, cost: Mapping[str, float]) -> Response:
        path = request.url.removeprefix(self.addresses.base)
        key = (self._source.project, self._source.name)
        try:
            http = self._http  # which may take long: a turn that was taken is to be used at once
        except SourceError as error:
            self._tell(Exchange(request, None, str(error)))
            raise
        async with self.throttle.turn(path, cost) as waited:
            if waited > timedelta(milliseconds=1):
                self._network.counters.throttled(*key, waited)
            try:
                response = await self._exchanged(http, request)
            except SourceError as error:
                self._network.counters.requested(*key, code=None)
                self._tell(Exchange(request, None, str(error)))
                raise
            except asyncio.CancelledError:  # the poll's time is over: the vendor has counted it all the same
                self._network.counters.requested(*key, code=None)
                raise
        self._network.counters.requested(*key, code=response.status)
        self._tell(Exchange(request, response))
        return response

    async def _exchanged(self, http: "httpx.AsyncClient", request: Request) -> Response:
        try:
            url, params = _beside(request)
            built = http.build_request(
                request.method,
                url,
                params=params,
                headers=request.headers,
                json=request.json,
                data=request.form,
            )
        except (ValueError, TypeError) as error:
            told = self.redact(f"{type(error).__name__}: {error}")
            raise TemporaryFailure(f"a request that cannot be written: {told}", retry=False) from error
        where = self.redact(f"{request.method} {built.url.host}{built.url.path}")  # no query: it may carry a secret
        answer, body = await exchange(http, built, where=where)
        headers = {name.lower(): value for name, value in answer.headers.items()}
        if (told_at := http_date(headers.get("date", ""))) is not None:
            self.ahead = self.now() - told_at
        return Response(answer.status_code, headers, body, where)

    @property
    def _http(self) -> "httpx.AsyncClient":
        """Opened at the first request: a source that reads files never needs it."""
        if self._opened is None:
            settings = self._source.settings
            try:
                tls = self._network.tls(settings.ca_file)
            except OSError as error:  # an SSLError is one
                raise TemporaryFailure(f"ca_file: {settings.ca_file}: no certificate: {error}", retry=False) from error
            self._opened = open_http(proxy=settings.proxy, tls=tls, timeout=settings.timeout)
        return self._opened

    def learn(self, quotas: Iterable[Quota]) -> None:
        """Show what the vendor says is left, and hold at the reserve until it is whole again."""
        reserve = self._source.settings.reserve
        for quota in quotas:
            left = quota.remaining / quota.limit if quota.limit > 0 else 0.0
            self._network.counters.quota(self._source.project, self._source.name, name=quota.name, left=left)
            if quota.resets_at is not None and (quota.remaining <= 0 or left <= reserve):
                self.throttle.block(quota.resets_at, key=quota.key)

    def _tell(self, exchanged: Exchange) -> None:
        if self._network.observe is not None:
            self._network.observe(exchanged)


def _copied(request: Request) -> Request:
    body = None if request.json is None else copy.deepcopy(request.json)
    form = None if request.form is None else dict(request.form)
    return Request(request.method, request.url, dict(request.params), dict(request.headers), body, form)


def _beside(request: Request) -> "tuple[str | httpx.URL, dict[str, Any] | None]":
    """Address and parameters; where the address has some (a next page's link), httpx would replace them."""
    if "?" not in request.url or not request.params:
        return request.url, request.params or None
    import httpx

    return httpx.URL(request.url).copy_merge_params(request.params), None
