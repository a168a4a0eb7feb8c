"""Figures of an Instagram account that are told for one day a call: all of a day at once, each stream its own.

Each metric has a stream of its own, so that one that dies takes none with it. They would all
ask for the same days; so an answer that one of them fetched serves each of the others, once,
for a while. Whoever comes again asks anew.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from collector.plugin import HttpClient
from connectors.meta import days, mapping
from connectors.meta.insights import Insights, Params
from connectors.meta.mapping import Follows, Metrics

TOTALS = {
    "instagram_views": ("views", "social_views"),
    "instagram_likes": ("likes", "likes"),
    "instagram_comments": ("comments", "comments"),
    "instagram_shares": ("shares", "shares"),
    "instagram_saves": ("saves", "saves"),
    "instagram_clicks": ("profile_links_taps", "social_clicks"),
}
"""Stream → Meta's metric and ours."""

FOLLOWS = "follows_and_unfollows"
SPAN = 29
"""Days of one request at most: Meta takes 30 times 24 hours, and one day a year has 25."""

_SERVES = timedelta(minutes=10)
_SERVES_LONG = timedelta(hours=6)
_SETTLED = timedelta(days=9)
_MOST_KEPT = 2_000


@dataclass
class _Answer:
    at: datetime
    metrics: Metrics
    served: set[str] = field(default_factory=set)


class Totals:
    """One account's days."""

    def __init__(self, insights: Insights, account: str, names: list[str], client: Callable[[], HttpClient]) -> None:
        self._insights = insights
        self._account = account
        self._names = names
        self._client = client
        self._answers: dict[tuple[str, date], _Answer] = {}
        self.where = f"GET /{account}/insights"

    async def value(self, stream: str, day: date) -> Decimal | None:
        """A day's figure of one metric; None: it is not told.

        Raises:
            BadResponse: Meta refuses the metric by name.
        """
        metric, _ = TOTALS[stream]
        self._insights.expect(self._account, metric, stream=stream)
        found = await self._shared("totals", stream, day, lambda: self._ask(self._names, day, day))
        self._insights.expect(self._account, metric, stream=stream)
        return mapping.total(found[metric], self.where) if metric in found else None

    async def follows(self, stream: str, day: date) -> Follows | None:
        """Who came and went on a day; None: it is not told."""
        self._insights.expect(self._account, FOLLOWS, stream=stream)
        found = await self._shared("follows", stream, day, lambda: self._follows(day, day))
        self._insights.expect(self._account, FOLLOWS, stream=stream)
        return mapping.follows(found[FOLLOWS], self.where) if FOLLOWS in found else None

    async def net(self, stream: str, first: date, last: date) -> Decimal | None:
        """How many more followers there are after some days; None: it is not told."""
        self._insights.expect(self._account, FOLLOWS, stream=stream)
        found = await self._follows(first, last)
        if FOLLOWS not in found:
            return None
        told = mapping.follows(found[FOLLOWS], self.where)
        return told.gained - told.lost

    async def reach(self, first: date, last: date) -> Decimal | None:
        """Different people reached in some days; None: it is not told."""
        found = await self._ask(["reach"], first, last)
        return mapping.total(found["reach"], self.where) if "reach" in found else None

    async def _ask(self, names: list[str], first: date, last: date) -> Metrics:
        asked: Params = {"period": "day", "metric_type": "total_value", **days.borders(first, last)}
        return await self._insights.asked(self._account, names, asked)

    async def _follows(self, first: date, last: date) -> Metrics:
        asked: Params = {"period": "day", "metric_type": "total_value", "breakdown": "follow_type"}
        return await self._insights.asked(self._account, [FOLLOWS], {**asked, **days.borders(first, last)})

    async def _shared(self, kind: str, stream: str, day: date, ask: Callable[[], Awaitable[Metrics]]) -> Metrics:
        now = self._client().now()
        found = self._answers.get((kind, day))
        lasts = _SERVES_LONG if now.date() - day > _SETTLED else _SERVES
        if found is None or stream in found.served or not timedelta(0) <= now - found.at < lasts:
            found = self._answers[kind, day] = _Answer(now, await ask())
            if len(self._answers) > _MOST_KEPT:
                self._answers.pop(next(iter(self._answers)))
        found.served.add(stream)
        return found.metrics
