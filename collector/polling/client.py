"""The HTTP client that connectors are given: see `collector.plugin.HttpClient`.

A request goes to the source's own host and the connector's declared ones only, waits for
its turn under the vendor's limits, carries the source's credentials, is made again where
that helps, and comes back whole or as an error of the taxonomy, with no secret in it.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt

from collector.log import mask
from collector.plugin.client import Request, Response
from collector.plugin.connector import Connector
from collector.plugin.credentials import Token
from collector.plugin.errors import (
    CredentialsExpired,
    CredentialsRefused,
    NotReady,
    RateLimited,
    SourceError,
    TemporaryFailure,
)
from collector.polling import refusals
from collector.polling.network import Network
from collector.polling.quotas import told_quotas
from collector.polling.retry import (
    MOST_ATTEMPTS,
    Calls,
    asked_pause,
    current_calls,
    out_of_budget,
    pause,
    worth_retrying,
)
from collector.polling.verbs import Verbs
from collector.polling.wire import Wire
from collector.settings.model import Source

_SHORTEST_PAUSE = timedelta(seconds=1)
"""Between two looks at an answer that is being made, whatever the vendor says."""


class Access(Protocol):
    """The source's tokens; the vault brings it."""

    async def token(self) -> Token:
        """The present one, renewed if it has run out."""

    async def renewed(self, refused: Token) -> Token:
        """Another one, since the vendor took this one for expired."""

    def secrets(self) -> Collection[str]:
        """What nobody may see of them."""


class Client(Verbs):
    """One source's client. It knows its connector by `speak_for`, before the first request."""

    def __init__(self, source: Source, network: Network) -> None:
        self._source = source
        self._network = network
        self._own_calls = Calls()
        self._refused = 0
        self._parts: tuple[Connector[Any], Wire] | None = None
        self._access: Access | None = None

    def speak_for(self, connector: Connector[Any]) -> None:
        """Use this connector's limits, its way to authorize and its reading of refusals.

        Raises:
            TypeError: it declares a limit that means nothing.
        """
        self._parts = connector, Wire(self._source, connector, self._network)

    def use(self, access: Access) -> None:
        """Authorize by these tokens from now on."""
        self._access = access

    @property
    def _connector(self) -> Connector[Any]:
        return self._known[0]

    @property
    def _wire(self) -> Wire:
        return self._known[1]

    @property
    def _known(self) -> tuple[Connector[Any], Wire]:
        if self._parts is None:
            raise RuntimeError("a request before the client knew its connector")
        return self._parts

    def redact(self, text: str) -> str:
        """The text without the source's secrets."""
        covered = self._wire.redact(text)
        return covered if self._access is None else mask(covered, self._access.secrets())

    @property
    def ahead(self) -> timedelta:
        """How far this machine's clock is ahead of the vendor's, by its last answer."""
        return timedelta(0) if self._parts is None else self._wire.ahead

    def now(self) -> datetime:
        """The present instant."""
        return self._network.shared.clock.now()

    def for_tokens(self) -> "TokenClient":
        """The client that a grant is given: it sends no token, and repeats nothing."""
        return TokenClient(self._wire)

    async def close(self) -> None:
        """Let go of all connections; a later request opens new ones."""
        if self._parts is not None:
            await self._wire.close()

    async def _answer(self, asked: Request, cost: Mapping[str, float], accept: Collection[int]) -> Response:
        asked.url = self._wire.addresses.full(asked.url)
        token = None if self._access is None else await self._access.token()
        try:
            return await self._when_ready(asked, token, cost, accept)
        except CredentialsExpired:
            if self._access is None or token is None:
                raise
            token = await self._access.renewed(token)
        try:
            return await self._when_ready(asked, token, cost, accept)
        except CredentialsExpired as error:
            raise CredentialsRefused(f"{error}, not even a new one") from error

    async def _when_ready(
        self, asked: Request, token: Token | None, cost: Mapping[str, float], accept: Collection[int]
    ) -> Response:
        """An answer that the vendor has to make first is waited for, but no longer than for a turn."""
        waited = timedelta(0)
        while True:
            try:
                return await self._tried(asked, token, cost, accept)
            except NotReady as error:
                seconds = max(error.retry_after, _SHORTEST_PAUSE)
                waited += seconds
                if waited > self._wire.throttle.patience:
                    raise
            await self._wire.sleep(seconds.total_seconds())

    async def _tried(
        self, asked: Request, token: Token | None, cost: Mapping[str, float], accept: Collection[int]
    ) -> Response:
        calls = current_calls(self._own_calls)
        authorize = partial(self._connector.authorize, token=token)

        async def once() -> Response:
            response = await self._wire.send(asked, authorize, cost, calls)
            self._wire.learn(told_quotas(response, self.now(), self._connector.quotas(response)))
            error = self._connector.refusal(response)
            if error is None:
                error = refusals.refusal(response, accept=accept, expires=self._access is not None, now=self.now())
            self._heed(error)
            if error is not None:
                raise error
            return response

        def again(state: RetryCallState) -> None:
            error = state.outcome.exception() if state.outcome else None
            if not calls.may_retry and isinstance(error, SourceError):
                raise out_of_budget(error, calls) from error
            calls.retries += 1

        try:
            return await once()
        except (TemporaryFailure, RateLimited) as error:
            failed = [error]

        async def first_or_once() -> Response:
            if failed:  # the machinery of repetition is set up only where it is needed: it takes its time
                raise failed.pop()
            return await once()

        retrying = AsyncRetrying(
            retry=retry_if_exception(worth_retrying),
            stop=stop_after_attempt(MOST_ATTEMPTS),
            wait=pause,
            before_sleep=again,
            sleep=self._wire.sleep,
            reraise=True,
        )
        return await retrying(first_or_once)

    def _heed(self, error: SourceError | None) -> None:
        """A vendor that asks to wait is left alone by all that share the account."""
        if isinstance(error, RateLimited):
            self._wire.throttle.refused()
            self._wire.throttle.block(self.now() + asked_pause(error, self._refused))
            self._refused += 1
        else:
            self._refused = 0


class TokenClient(Verbs):
    """Asks token endpoints: what was spent once must not be spent again."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._calls = Calls()

    def now(self) -> datetime:
        """The present instant."""
        return self._wire.now()

    async def _answer(self, asked: Request, cost: Mapping[str, float], accept: Collection[int]) -> Response:
        asked.url = self._wire.addresses.full(asked.url)
        response = await self._wire.send(asked, lambda _: None, cost, self._calls)
        error = refusals.refusal(response, accept=accept, expires=False, now=self.now())
        if error is not None:
            raise error
        return response
