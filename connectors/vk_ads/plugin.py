"""The vk_ads connector: spend, impressions and clicks by day and ad plan.

Read on: `tokens` (five may live), `mapping` (rows to records), `refusals` (what answers and
their headers mean).
"""

from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from collector.plugin import (
    BadResponse,
    Concurrency,
    Connector,
    Fact,
    Grant,
    HttpClient,
    Json,
    Member,
    Quota,
    Response,
    SourceContext,
    SourceError,
    Window,
    hookimpl,
    stream,
)
from connectors.vk_ads import mapping, refusals
from connectors.vk_ads.settings import VkAdsSettings
from connectors.vk_ads.tokens import tokens_of

USER = "/api/v2/user.json"
PLANS = "/api/v2/ad_plans.json"
STATISTICS = "/api/v2/statistics/ad_plans/day.json"
PLANS_AT_ONCE = 50
IDS_AT_ONCE = 200
STATUSES = "active,blocked,deleted"  # else what deleted plans have cost would be missing
LISTED_FOR = timedelta(minutes=10)
"""How long a list of plans serves; windows of history come one after the other."""


class VkAds(Connector[VkAdsSettings]):
    """A cabinet's ad plans in VK Ads."""

    name = "vk_ads"
    title = "VK Ads"
    stability = "beta"
    # How many requests an account may make is told by each answer; see `quotas`
    limits = (Concurrency(2, key="client_id"),)

    def __init__(self, settings: VkAdsSettings, context: SourceContext, client: HttpClient) -> None:
        super().__init__(settings, context, client)
        self._currency: str | None = None
        self._listed: tuple[datetime, dict[str, Json]] | None = None

    # Clicks that prove to be none are taken off for some days
    @stream(
        every="1h",
        restates="7d",
        provides={name: [mapping.CUT] for name in mapping.MEASURES},
    )
    async def campaigns(self, window: Window) -> AsyncIterator[Fact | Member]:
        """Spend, impressions and clicks of all ad plans, deleted ones too."""
        currency = await self._account_currency()
        plans = await self._plans()
        names: dict[str, str] = {}
        unfinished = self._unfinished(window)
        for plan in plans.values():
            if (named := mapping.member(plan)) is not None:
                names[named.id] = named.title
                yield named
        for ids in _batches(list(plans), IDS_AT_ONCE):
            async for item in self._items(ids, window):
                name = names.get(str(item.get("id"))) if isinstance(item, dict) else None
                for fact in mapping.facts(item, name, currency, f"GET {STATISTICS}", unfinished=unfinished):
                    yield fact

    def _unfinished(self, window: Window) -> Collection[str]:
        """Days that are over here and go on in Moscow."""
        now = self.client.now()
        there, here = now.astimezone(refusals.MOSCOW).date(), now.astimezone(self.context.zone).date()
        return frozenset(str(day) for day in window.days() if there <= day < here)

    async def _items(self, ids: Sequence[str], window: Window) -> AsyncIterator[Json]:
        """The statistics of these plans; what is too much for one request is asked for in halves."""
        answer = await self._asked(ids, window)
        if answer.status == 400 and refusals.told(answer)[0] == refusals.WRONG_PLANS:
            known = await self._plans(anew=True)
            ids = [each for each in ids if each in known]
            if not ids:
                return
            answer = await self._asked(ids, window)
        if answer.status >= 400:
            if refusals.told(answer)[0] == refusals.WRONG_PLANS:
                raise BadResponse(expected="statistics of the plans that it lists", where=answer.where, got=answer.text)
            for fewer, days in _halves(ids, window, answer):
                async for item in self._items(fewer, days):
                    yield item
            return
        body = answer.json()
        items = body.get("items") if isinstance(body, dict) else None
        if not isinstance(items, list):
            raise BadResponse(expected="statistics under items", where=answer.where, got=body)
        for item in items:
            yield item

    async def _asked(self, ids: Sequence[str], window: Window) -> Response:
        return await self.client.request(
            "GET",
            STATISTICS,
            params={
                "id": ",".join(ids),
                "date_from": str(window.first),
                "date_to": str(window.last),
                "metrics": "base",
                "attribution": "impression",
            },
            accept=(400, 413),
        )

    async def _plans(self, *, anew: bool = False) -> Mapping[str, Json]:
        """All ad plans by id, as they were listed not long ago."""
        now = self.client.now()
        if anew or self._listed is None or not timedelta(0) <= now - self._listed[0] < LISTED_FOR:
            self._listed = (now, {str(plan["id"]): plan async for plan in self._listed_plans()})
        return self._listed[1]

    async def _listed_plans(self) -> AsyncIterator[Json]:
        seen = 0
        while True:
            asked = {"fields": "id,name,status", "limit": str(PLANS_AT_ONCE), "offset": str(seen), "sorting": "id"}
            body = await self.client.get_json(PLANS, params={**asked, "_status__in": STATUSES})
            items, count = (body.get("items"), body.get("count")) if isinstance(body, dict) else (None, None)
            if not isinstance(items, list) or not isinstance(count, int):
                raise BadResponse(expected="ad plans under items, and their count", where=f"GET {PLANS}", got=body)
            for plan in items:
                if not isinstance(plan, dict) or plan.get("id") in (None, ""):
                    raise BadResponse(expected="an ad plan with an id", where=f"GET {PLANS}", got=plan)
                yield plan
            seen += len(items)
            if not items or seen >= count:
                return

    async def _account_currency(self) -> str:
        """The cabinet's; it never changes."""
        if self._currency is None:
            body = await self.client.get_json(USER)
            currency = body.get("currency") if isinstance(body, dict) else None
            if not isinstance(currency, str) or not currency:
                raise BadResponse(expected="the cabinet's currency", where=f"GET {USER}", got=body)
            self._currency = currency
        return self._currency

    async def check(self) -> Sequence[str]:
        """Ask for the cabinet, and its plans."""
        currency = await self._account_currency()
        plans = await self._plans()
        told = [] if plans else ["the cabinet has no ad plans"]
        if currency != self.context.currency:
            told.append(f"the cabinet is in {currency}, the project in {self.context.currency}: it needs rates")
        if self.context.zone.key != refusals.MOSCOW.key:
            told.append(f"VK Ads' days are those of {refusals.MOSCOW.key}, the project's of {self.context.zone.key}")
        return told

    # ── what the client asks ─────────────────────────────────────────────────────────

    def grant(self) -> Grant | None:
        """By the client's id and secret."""
        return tokens_of(self.settings)

    def refusal(self, response: Response) -> SourceError | None:
        """By VK Ads' codes, and what its headers say is used up."""
        return refusals.refusal(response, self.client.now())

    def quotas(self, response: Response) -> Iterable[Quota]:
        """What is left of this second, hour and day."""
        return refusals.quotas(response, self.client.now())


def _batches(ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def _halves(ids: Sequence[str], window: Window, answer: Response) -> Iterator[tuple[Sequence[str], Window]]:
    """The plans in two halves; of a single one the days."""
    if len(ids) > 1:
        middle = len(ids) // 2
        yield from ((ids[:middle], window), (ids[middle:], window))
    elif len(window) > 1:
        last = window.first + timedelta(days=len(window) // 2 - 1)
        yield from ((ids, Window(window.first, last)), (ids, Window(last + timedelta(days=1), window.last)))
    else:
        raise BadResponse(expected="statistics of one plan's day", where=answer.where, got=answer.text)


@hookimpl
def register_connectors() -> list[type[Connector[Any]]]:
    """The connector that this folder holds."""
    return [VkAds]
