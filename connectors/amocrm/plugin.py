"""amoCRM and Kommo: the vendor's leads as leads and deals, with their steps; customers; names.

A lead is read with what events tell of it, in the order of changes: see `reading` and `pages`.
"""

import hashlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from collector.plugin import (
    Checkpoint,
    Concurrency,
    Connector,
    Customer,
    Deal,
    Gone,
    Grant,
    HttpClient,
    Instant,
    Json,
    Lead,
    Member,
    RateLimit,
    Request,
    Response,
    Since,
    SourceContext,
    SourceError,
    StageChange,
    Token,
    hookimpl,
    stream,
    sweep,
)
from connectors.amocrm import mapping, refusals
from connectors.amocrm.access import AmoGrant, expires_at
from connectors.amocrm.bodies import seconds_of
from connectors.amocrm.checking import checked
from connectors.amocrm.history import History
from connectors.amocrm.pages import ROWS, changed, numbered
from connectors.amocrm.reading import BEGINNING, Place, Reading
from connectors.amocrm.settings import AmoSettings


class AmoCrm(Connector[AmoSettings]):
    """Leads and deals, their steps, customers; names of managers, pipelines, stages and sources."""

    name = "amocrm"
    title = "amoCRM"
    stability = "beta"
    base_url = "https://example.amocrm.ru"  # the settings bring the account's own
    follows_redirects = False  # one means that the account has moved, and no token is to go there
    # The vendor allows 7 a second of an integration, or of an address, and 50 of an account. With the usual
    # reserve these are 5, one after the other: a call too many comes alone, and the next one waits a minute.
    limits = (
        RateLimit(6.25, per="1s", key="integration"),
        RateLimit(6.25, per="1s", key="account"),
        Concurrency(1, key="account"),
    )

    def __init__(self, settings: AmoSettings, context: SourceContext, client: HttpClient) -> None:
        super().__init__(settings, context, client)
        self._history = History(client, settings.response_counts or ())

    @stream(every="15m")
    async def leads(self, since: Since) -> AsyncIterator[Lead | Deal | StageChange | Gone | Member | Checkpoint]:
        """Leads and deals in one, since one row makes both."""
        reading = Reading(self.client, self.settings, self.context, self._history, self.warn)
        async for found in reading.records(since):
            yield found

    @sweep(of="leads")
    async def lead_ids(self) -> AsyncIterator[str]:
        """A row that is changed meanwhile comes again, so that none is missed."""
        async for _, page in changed(self.client, "leads", since=BEGINNING, until=None):
            for row in page:
                if row.get("is_deleted") is not True:
                    yield str(row["id"])

    @stream(every="1h")
    async def contacts(self, since: Since) -> AsyncIterator[Customer | Checkpoint]:
        """Each with its company."""
        async for found in self._customers("contacts", mapping.contact, since):
            yield found

    @stream(every="1h")
    async def companies(self, since: Since) -> AsyncIterator[Customer | Checkpoint]:
        """Those that buy without a contact too."""
        async for found in self._customers("companies", mapping.company, since):
            yield found

    @stream(every="6h")
    async def managers(self, now: Instant) -> AsyncIterator[Member]:
        """Names of users; only an administrator's token may read them."""
        del now
        async for member in self._members("users", "users", "manager", limit=ROWS):
            yield member

    @stream(every="6h")
    async def names(self, now: Instant) -> AsyncIterator[Member]:
        """Names of pipelines and their stages, and of the integration's own sources."""
        del now
        async for page in numbered(self.client, "leads/pipelines", "pipelines", limit=None):
            for member in mapping.pipelines_and_stages(page):
                yield member
        async for member in self._members("sources", "sources", "lead_source", limit=None):
            yield member

    async def check(self) -> Sequence[str]:
        """Each right, and whether the settings name what is there."""
        return await checked(self.client, self.settings, self.context)

    # ── what the engine's client asks ────────────────────────────────────────────────

    def grant(self) -> Grant | None:
        """By consent, where there is no long-lived token."""
        own = self.settings
        if own.access_token is not None or own.client_id is None or own.client_secret is None:
            return None
        return AmoGrant(self._address, own.account, own.client_id, own.client_secret, own.redirect_uri or "")

    def authorize(self, request: Request, token: Token | None) -> None:
        """A bearer in both cases."""
        if self.settings.access_token is not None:
            request.headers["Authorization"] = f"Bearer {self.settings.access_token.get_secret_value()}"
        super().authorize(request, token)

    def refusal(self, response: Response) -> SourceError | None:
        """See `refusals`."""
        return refusals.refusal(response, account=self.settings.account, has_grant=self.settings.access_token is None)

    def limit_key(self, name: str) -> str | None:
        """An integration is known by its id or its token, an account by its address."""
        match name:
            case "account":
                return self._address
            case "integration" if self.settings.access_token is not None:
                return hashlib.sha256(self.settings.access_token.get_secret_value().encode()).hexdigest()
            case "integration":
                return self.settings.client_id
        return super().limit_key(name)

    def credentials_expire_at(self) -> datetime | None:
        """A long-lived token says it itself."""
        return None if self.settings.access_token is None else expires_at(self.settings.access_token)

    # ── what streams have in common ──────────────────────────────────────────────────

    @property
    def _address(self) -> str:
        return self.settings.base_url or f"https://{self.settings.account}"

    async def _customers(
        self, key: str, record: Callable[[Mapping[str, Json]], Customer], since: Since
    ) -> AsyncIterator[Customer | Checkpoint]:
        first = BEGINNING if since.after is None else seconds_of(since.after)
        begin = max(first, Place.of(since.cursor).number)
        async for following, page in changed(self.client, key, since=begin, until=seconds_of(since.until)):
            for row in page:
                if row.get("is_deleted") is not True:
                    yield record(row)
            yield Place("leads", following).checkpoint

    async def _members(self, path: str, key: str, dimension: str, *, limit: int | None) -> AsyncIterator[Member]:
        async for page in numbered(self.client, path, key, limit=limit):
            for row in page:
                for member in mapping.named(row, dimension):
                    yield member


@hookimpl
def register_connectors() -> list[type[Connector[Any]]]:
    """The connector that this folder holds."""
    return [AmoCrm]
