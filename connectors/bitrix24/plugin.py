"""The bitrix24 connector: a portal's CRM as leads, deals, their stages, customers and names.

Read on: `settings`, `oauth` (who asks), `refusals`, `pace` (what answers mean), `portal`
(calls, batches), `listing`, `walking` (pages by id), `mapping` (rows to records),
`answering` (first responses), `directory` (names and rates), `checking` (for `check`).
"""

from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from collector.plugin import (
    Checkpoint,
    Concurrency,
    Connector,
    Customer,
    Deal,
    Grant,
    HttpClient,
    Instant,
    Lead,
    Member,
    Quota,
    QuotaExhausted,
    Rate,
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
from connectors.bitrix24 import checking, mapping, oauth, refusals
from connectors.bitrix24.answering import DEAL, LEAD, Answering, Asked
from connectors.bitrix24.directory import Directory
from connectors.bitrix24.listing import Chunk, Listing
from connectors.bitrix24.mapping import Meaning, checked
from connectors.bitrix24.pace import Pace
from connectors.bitrix24.portal import Portal, Row
from connectors.bitrix24.settings import INCOMING_CALLS, Bitrix24Settings
from connectors.bitrix24.walking import Walker

BUCKETS = {
    "standard": RateLimit(2, per="1s", burst=50, key="portal"),
    "enterprise": RateLimit(5, per="1s", burst=250, key="portal"),
}
"""By plan: of a portal and the address that asks. Vendor's docs, "Limits"; a refusal is a 503 without Retry-After."""

REREADS = timedelta(days=7)
"""Imports, restored items and activities may leave the date of change as it was. Comparing dates would take
as many requests as reading all fields, for a page has 50 rows whatever is asked of them."""

MODE_HOLDS = timedelta(hours=1)
"""How long it is taken for granted that a portal works with leads, or without."""

CONTACTS = Listing(
    "crm.item.list", ("id", "companyId", "updatedTime"), "id", "updatedTime", {"entityTypeId": 3}, wrapped="items"
)
COMPANIES = Listing("crm.item.list", ("id", "updatedTime"), "id", "updatedTime", {"entityTypeId": 4}, wrapped="items")
LEAD_STEPS = Listing(
    "crm.stagehistory.list",
    mapping.LEAD_STEP_FIELDS,
    changed="CREATED_TIME",
    fixed={"entityTypeId": LEAD},
    wrapped="items",
)
DEAL_STEPS = Listing(
    "crm.stagehistory.list",
    mapping.DEAL_STEP_FIELDS,
    changed="CREATED_TIME",
    fixed={"entityTypeId": DEAL},
    wrapped="items",
)


class Bitrix24(Connector[Bitrix24Settings]):
    """A Bitrix24 portal's CRM, cloud or self-hosted."""

    name = "bitrix24"
    title = "Bitrix24"
    stability = "beta"
    base_url = "https://NAME.bitrix24.ru"  # each portal has its own: the settings take it from webhook_url or portal

    def __init__(self, settings: Bitrix24Settings, context: SourceContext, client: HttpClient) -> None:
        super().__init__(settings, context, client)
        self.limits = (BUCKETS[settings.plan], Concurrency(7, key="portal"))
        self._pace = Pace()
        self._portal = Portal(lambda: self.client, self._explain)
        self._walker = Walker(self._portal, lambda: self._pace.at_once(self.client.now()), lambda: self._pace.pages)
        # leads are asked for beside the activities of those before them: that is two requests under way,
        # as many as the portal takes for long, and more ahead would only be held in memory
        self._ahead_of_answers = Walker(self._portal, lambda: 1, lambda: self._pace.pages)
        self._directory = Directory(self._portal)
        self._meaning = _meaning(settings, context)
        self._dictionary_read = False
        self._simple: tuple[bool, datetime] | None = None
        self._answering = Answering(
            self._walker, context.zone, calls_in=INCOMING_CALLS in (settings.response_counts or ())
        )
        custom = self._meaning.fields
        self._leads = Listing("crm.lead.list", (*mapping.LEAD_FIELDS, *custom))
        self._deals = Listing("crm.deal.list", (*mapping.DEAL_FIELDS, *custom))

    # ── streams ──────────────────────────────────────────────────────────────────────

    @stream(every="15m", rereads=REREADS)
    async def leads(self, since: Since) -> AsyncIterator[Lead | Checkpoint]:
        """Leads with their first answer; where the portal works without leads, its deals."""
        simple = await self._is_simple()
        listing, owner = (self._deals, DEAL) if simple else (self._leads, LEAD)
        async with aclosing(self._entities(self._ahead_of_answers, listing, owner, since)) as chunks:
            async for chunk in chunks:
                for lead in await self._made_leads(chunk, owner, simple=simple):
                    yield lead
                if not chunk.ended or chunk.reached:
                    yield Checkpoint(str(chunk.reached))

    @stream(every="15m", rereads=REREADS)
    async def deals(self, since: Since) -> AsyncIterator[Deal | Checkpoint]:
        """Deals of all pipelines, in their present state."""
        async with aclosing(self._entities(self._walker, self._deals, DEAL, since)) as chunks:
            async for chunk in chunks:
                meaning = await self._meaning_of(chunk.rows, "STAGE_SEMANTIC_ID", "CURRENCY_ID")
                for row in chunk.taken():
                    if not mapping.is_template(row):
                        yield checked(mapping.deal, row, meaning, "deal")
                yield Checkpoint(str(chunk.reached))

    @stream(every="15m")
    async def stages(self, since: Since) -> AsyncIterator[StageChange | Checkpoint]:
        """The steps of leads and deals: when they were qualified, won, lost."""
        simple = await self._is_simple()
        histories = [(DEAL_STEPS, "STAGE_SEMANTIC_ID", (mapping.deal_step, mapping.lead_step_of_deal)[: 1 + simple])]
        if not simple:
            histories.append((LEAD_STEPS, "STATUS_SEMANTIC_ID", (mapping.lead_step,)))
        begins = _place(since.cursor)
        for number, (listing, semantic, steps) in enumerate(histories):
            if number < begins[0]:
                continue
            above = begins[1] if number == begins[0] else 0
            async with aclosing(self._walker.read(listing, since, above)) as chunks:
                async for chunk in chunks:
                    meaning = await self._meaning_of(chunk.rows, semantic)
                    for row in chunk.taken():
                        for made in steps:
                            step = checked(made, row, meaning, "step")
                            if step is not None:
                                yield step
                    yield Checkpoint(f"{number}:{chunk.reached}")

    @stream(every="1h", rereads=REREADS)
    async def customers(self, since: Since) -> AsyncIterator[Customer | Checkpoint]:
        """Contacts with their companies, and companies."""
        begins = _place(since.cursor)
        for number, (listing, made) in enumerate(((COMPANIES, mapping.company), (CONTACTS, mapping.contact))):
            if number < begins[0]:
                continue
            above = begins[1] if number == begins[0] else 0
            async with aclosing(self._walker.read(listing, since, above)) as chunks:
                async for chunk in chunks:
                    for row in chunk.taken():
                        yield made(row)
                    yield Checkpoint(f"{number}:{chunk.reached}")

    @stream(every="6h")
    async def directory(self, now: Instant) -> AsyncIterator[Member | Rate]:
        """Names of managers, pipelines, stages and sources; the portal's rates."""
        del now
        async with aclosing(self._directory.members(self._meaning)) as members:
            async for each in members:
                yield each

    # ── what exists ──────────────────────────────────────────────────────────────────

    @sweep(of="leads")
    async def lead_ids(self) -> AsyncIterator[str]:
        """Leads that exist."""
        listing = self._deals if await self._is_simple() else self._leads
        async with aclosing(self._ids(listing, "")) as found:
            async for each in found:
                yield each

    @sweep(of="deals")
    async def deal_ids(self) -> AsyncIterator[str]:
        """Deals that exist."""
        async with aclosing(self._ids(self._deals, "")) as found:
            async for each in found:
                yield each

    @sweep(of="customers")
    async def customer_ids(self) -> AsyncIterator[str]:
        """Contacts and companies that exist."""
        for listing, kind in ((COMPANIES, "company:"), (CONTACTS, "contact:")):
            async with aclosing(self._ids(listing, kind)) as found:
                async for each in found:
                    yield each

    async def check(self) -> Sequence[str]:
        """Ask for the scopes, and for a row of each kind."""
        return await checking.check(self._portal, self.settings, self.context)

    # ── what the client asks ─────────────────────────────────────────────────────────

    def grant(self) -> Grant | None:
        """An application's tokens; a webhook has none."""
        return oauth.grant(self.settings)

    def authorize(self, request: Request, token: Token | None) -> None:
        """A webhook is a part of the address; a token is a parameter."""
        base = (self.settings.base_url or "").rstrip("/")
        method = request.url.removeprefix(base).lstrip("/")
        webhook = self.settings.webhook
        if webhook is not None:
            request.url = f"{base}/rest/{webhook.user}/{webhook.code}/{method}"
            return
        request.url = f"{base}/rest/{method}"
        if token is not None:
            request.json = {**(request.json or {}), "auth": token.access.get_secret_value()}

    def refusal(self, response: Response) -> SourceError | None:
        """By the codes of the portal."""
        now = self.client.now()
        renews = self.settings.webhook_url is None
        error = refusals.refusal(response, renews=renews, resets_at=self._pace.resets_at, now=now)
        if isinstance(error, QuotaExhausted):
            self._pace.strained(now)
        return error

    def quotas(self, response: Response) -> Iterable[Quota]:
        """The run time that is left of ten minutes'."""
        return self._pace.heard(response, self.client.now())

    def limit_key(self, name: str) -> str | None:
        """All who ask one portal share its bucket, whoever made their webhooks."""
        if name == "portal":
            return (self.settings.base_url or "").partition("://")[2].rstrip("/").lower()
        return super().limit_key(name)

    # ── how ──────────────────────────────────────────────────────────────────────────

    async def _entities(
        self, walker: Walker, listing: Listing, owner: int, since: Since
    ) -> AsyncGenerator[Chunk, None]:
        """What a run is to read; of changes also those whose activities changed, which they do not tell."""
        async with aclosing(walker.read(listing, since, _number(since.cursor))) as chunks:
            async for chunk in chunks:
                yield chunk
        if since.after is None:
            return
        reached = chunk.reached
        async with aclosing(self._answering.touched(owner, since.after)) as found:
            async for ids in found:
                async with aclosing(self._walker.named(listing, "ID", sorted(ids))) as lists:
                    async for rows in lists:
                        yield Chunk(rows, reached, ended=True)

    async def _made_leads(self, chunk: Chunk, owner: int, *, simple: bool) -> list[Lead]:
        semantic = "STAGE_SEMANTIC_ID" if simple else "STATUS_SEMANTIC_ID"
        made = mapping.lead_of_deal if simple else mapping.lead
        meaning = await self._meaning_of(chunk.rows, semantic)
        kept = (row for row in chunk.taken() if not mapping.is_template(row))
        leads = [checked(made, row, meaning, "lead") for row in kept]
        asked = [Asked(int(each.id), each.created_at, each.status == "converted") for each in leads]
        answers = await self._answering.first(owner, asked)
        return [replace(each, first_response_at=answers.get(int(each.id))) for each in leads]

    async def _ids(self, listing: Listing, prefix: str) -> AsyncGenerator[str, None]:
        async with aclosing(self._walker.whole(listing.ids())) as chunks:
            async for chunk in chunks:
                for row in chunk.rows:
                    yield f"{prefix}{row[listing.key]}"

    async def _meaning_of(self, rows: Sequence[Row], *names: str) -> Meaning:
        """What rows mean; the dictionaries are asked for where a row needs them."""
        if self._dictionary_read or all(self._meaning.is_told(row, *names) for row in rows):
            return self._meaning
        currency, semantics = await self._directory.dictionary()
        self._dictionary_read = True
        self._meaning = replace(self._meaning, base_currency=currency or self.context.currency, semantics=semantics)
        return self._meaning

    async def _is_simple(self) -> bool:
        now = self.client.now()
        if self._simple is None or now - self._simple[1] >= MODE_HOLDS:
            self._simple = (await self._directory.is_simple(), now)
        return self._simple[0]

    def _explain(self, told: refusals.Told) -> SourceError:
        renews = self.settings.webhook_url is None
        return refusals.error_of(told, renews=renews, resets_at=self._pace.resets_at, now=self.client.now())


def _meaning(settings: Bitrix24Settings, context: SourceContext) -> Meaning:
    junk = mapping.JUNK if settings.junk_stages is None else settings.junk_stages
    return Meaning(
        zone=context.zone,
        qualified=frozenset(settings.qualified_stages or ()),
        junk=frozenset(junk),
        converted=frozenset(settings.deal_stages or ()),
        loss_reason_field=settings.loss_reason_field,
        won_date_field=settings.won_date_field,
        dimensions=dict(context.dimensions),
        click_ids=settings.click_ids,
    )


def _number(cursor: str | None) -> int:
    """The id that a run goes on above; what is none begins anew."""
    return int(cursor) if cursor is not None and cursor.isdigit() else 0


def _place(cursor: str | None) -> tuple[int, int]:
    """Which of several lists a run goes on in, and above which id."""
    place, _, above = (cursor or "").partition(":")
    return (_number(place), _number(above)) if above else (0, 0)


@hookimpl
def register_connectors() -> list[type[Connector[Any]]]:
    """The connector that this folder holds."""
    return [Bitrix24]
