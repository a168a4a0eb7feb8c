"""Streams of an Instagram account: followers, who came and went, reactions of each day, reach.

Days that are not over in California, or that Meta has not counted, are untold. Followers are
told of the present alone: those of former days are the present ones without whoever came since.
"""

from collections.abc import AsyncIterator, Callable
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

from collector.plugin import Fact, HttpClient, Instant, Reading, Stream, Untold, Window
from connectors.meta import days, mapping
from connectors.meta.insights import Insights, Params
from connectors.meta.objects import Objects
from connectors.meta.totals import SPAN, TOTALS, Totals

RESTATES = timedelta(days=7)
"""Figures come up to two days late, and change for some more."""

EVERY = timedelta(hours=3)
"""Each day is a call of its own, and small accounts have few."""

REACH = {"instagram_reach_7d": ("reach_7d", 7), "instagram_reach_28d": ("reach_28d", 28)}
_DIMENSIONS = {"network": mapping.INSTAGRAM}
_DAYS_AT_ONCE = 10
_LATE = timedelta(days=3)
"""How long it may take until who came and went is told."""

Rows = AsyncIterator[Fact | Untold]


class Instagram:
    """One account's streams by day."""

    def __init__(
        self, account: str, insights: Insights, objects: Objects, names: list[str], client: Callable[[], HttpClient]
    ) -> None:
        self._account = account
        self._insights = insights
        self._objects = objects
        self._names = names
        self._client = client
        wanted = [TOTALS[name][0] for name in names if name in TOTALS]
        self._totals = Totals(insights, account, wanted, client)

    def streams(self) -> list[Stream]:
        """Those that are not left out; without who came and went, followers are those of the present alone."""
        made = [self._made(name, partial(self._total, name), TOTALS[name][1]) for name in TOTALS]
        made += [self._made(name, partial(self._span, name), REACH[name][0]) for name in REACH]
        made.append(self._made("instagram_reach", self._reach, "reach_1d", days_at_once=SPAN))
        made.append(self._made("instagram_follows", self._follows, "followers_gained", "followers_lost"))
        if "instagram_follows" in self._names:
            made.append(self._made("instagram_followers", self._followers, "followers"))
        else:
            made.append(self._followers_now())
        return [each for each in made if each.name in self._names]

    def _made(
        self, name: str, read: Callable[[Window], Rows], *measures: str, days_at_once: int = _DAYS_AT_ONCE
    ) -> Stream:
        return Stream(
            name=name,
            kind="window",
            every=EVERY,
            read=read,
            yields=frozenset({Fact.type}),
            restates=RESTATES,
            provides=dict.fromkeys(measures, (mapping.CUT,)),
            days_at_once=days_at_once,
        )

    def _followers_now(self) -> Stream:
        provides = {"followers": (mapping.CUT,)}
        return Stream("instagram_followers", "now", EVERY, self._present, frozenset({Reading.type}), provides=provides)

    # ── what they read ───────────────────────────────────────────────────────────────

    async def _total(self, stream: str, window: Window) -> Rows:
        measure = TOTALS[stream][1]
        for day in window.days():
            value = await self._totals.value(stream, day) if self._is_over(day) else None
            yield _told(day, measure, value)

    async def _span(self, stream: str, window: Window) -> Rows:
        measure, length = REACH[stream]
        for day in window.days():
            first = day - timedelta(days=length - 1)
            value = await self._totals.reach(first, day) if self._is_over(day) else None
            self._insights.expect(self._account, "reach", stream=stream)
            yield _told(day, measure, value)

    async def _reach(self, window: Window) -> Rows:
        for run in days.runs(window, SPAN):
            asked: Params = {"period": "day", **days.borders(run.first, run.last)}
            found = await self._insights.asked(self._account, ["reach"], asked)
            self._insights.expect(self._account, "reach", stream="instagram_reach")
            told = dict(mapping.series(found["reach"], self._totals.where)) if "reach" in found else {}
            for day in run.days():
                yield _told(day, "reach_1d", told.get(day) if self._is_over(day) else None)

    async def _follows(self, window: Window) -> Rows:
        for day in window.days():
            told = await self._totals.follows("instagram_follows", day) if self._is_over(day) else None
            if told is None:
                yield Untold(day)
            else:
                yield _told(day, "followers_gained", told.gained)
                yield _told(day, "followers_lost", told.lost)

    async def _followers(self, window: Window) -> Rows:
        """Backwards from the present; what has not been told yet of the latest days leaves a doubt."""
        stream, today = "instagram_followers", days.today(self._client().now())
        count, flags = await self._objects.followers(self._account), frozenset[str]()
        if count is not None and window.last < today:
            count = await self._before(stream, count, Window(window.last + days.A_DAY, today))
        for day in reversed(list(window.days())):
            if count is None or not self._is_over(day):
                yield Untold(day)
            else:
                yield Fact(day, "followers", count, dimensions=_DIMENSIONS, flags=flags)
            if count is not None and day <= today:
                told = await self._totals.follows(stream, day)
                if told is None and today - day < _LATE:
                    flags = frozenset({"partial"})
                elif told is None:
                    count = None
                else:
                    count -= told.gained - told.lost

    async def _before(self, stream: str, count: Decimal, since: Window) -> Decimal | None:
        """The followers before some days."""
        for run in days.runs(since, SPAN):
            net = await self._totals.net(stream, run.first, run.last)
            if net is None and self._client().now().date() - run.first >= _LATE:
                return None
            count -= net or 0
        return count

    async def _present(self, now: Instant) -> AsyncIterator[Reading]:
        del now
        count = await self._objects.followers(self._account)
        if count is not None:
            yield Reading("followers", count, _DIMENSIONS)

    def _is_over(self, day: date) -> bool:
        return days.is_over(day, self._client().now())


def _told(day: date, measure: str, value: Decimal | None) -> Fact | Untold:
    return Untold(day) if value is None else Fact(day, measure, value, dimensions=_DIMENSIONS)
