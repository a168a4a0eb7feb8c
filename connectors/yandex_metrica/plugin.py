"""The yandex_metrica connector: visits by day and by where they came from, and users.

Read on: `settings`; `reports` (pages; less at a time, by `effort`); `mapping` and `traffic`
(rows to facts); `counter` (its days, its money); `refusals`.
"""

from collections import Counter as Counts
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from collector.plugin import (
    Concurrency,
    Connector,
    Fact,
    HttpClient,
    Json,
    RateLimit,
    Request,
    Response,
    SourceContext,
    SourceError,
    Token,
    Window,
    hookimpl,
    stream,
)
from connectors.yandex_metrica import mapping, refusals
from connectors.yandex_metrica.counter import Counter, in_other_days, read_counter
from connectors.yandex_metrica.mapping import ZERO
from connectors.yandex_metrica.reports import PATH, Reports, Told, in_parts
from connectors.yandex_metrica.settings import FORMER, MetricaSettings

COUNTER_HOLDS = timedelta(hours=1)
"""How long it is taken for granted that a counter's zone and currency are what they were."""

SPANS = {"users_7d": 7, "users_28d": 28}
"""Users of several days are counted by the vendor: they are no sum."""


class YandexMetrica(Connector[MetricaSettings]):
    """One counter of Yandex Metrica."""

    name = "yandex_metrica"
    title = "Yandex Metrica"
    stability = "beta"
    base_url = "https://api-metrika.yandex.net"
    limits = (  # API docs, "Quotas"
        # 200 in any 5 minutes; so many at once and the rest evenly, or a day of history would wait for minutes
        RateLimit(160, per="5m", burst=40, key="access_token", name="reports", paths=PATH),
        RateLimit(5000, per="1d", key="access_token", name="day"),
        RateLimit(30, per="1s", key="ip"),
        Concurrency(3, key="access_token"),
    )

    def __init__(self, settings: MetricaSettings, context: SourceContext, client: HttpClient) -> None:
        super().__init__(settings, context, client)
        self._told: set[str] = set()
        self._reports = Reports(
            lambda: self.client, counter=settings.counter_id, attribution=settings.attribution, tell=self._once
        )
        self._known: tuple[Counter, datetime] | None = None

    # ── streams ──────────────────────────────────────────────────────────────────────

    # counted anew until three days after the day is over; with offline conversions for 21 (settle_delay)
    @stream(every="1h", restates="4d", provides=dict.fromkeys(mapping.MEASURES, (mapping.CUT,)), repeated="sum")
    async def traffic(self, window: Window) -> AsyncIterator[Fact]:
        """Visits, page views, key events and purchases, by source, medium and campaign."""
        counter = await self._counter()
        currency = self.settings.currency or counter.currency or self.context.currency
        unknown: Counts[str] = Counts()
        report = mapping.traffic_report(self.settings.attribution, currency)
        async with aclosing(self._reports.days(report, window)) as days:
            async for day in days:
                unknown += mapping.unknown_sources(day)
                flags = self._flags(counter, day.day, day.told)
                for fact in mapping.visits(day, currency, flags, all_goals=not self.settings.goals):
                    yield fact
        for metrics in in_parts([mapping.goal_metric(goal) for goal in self.settings.goals]):
            goals = mapping.goals_report(self.settings.attribution, metrics)
            async with aclosing(self._reports.days(goals, window)) as days:
                async for day in days:
                    for fact in mapping.reaches(day, self._flags(counter, day.day, day.told)):
                        yield fact
        for source, visits in sorted(unknown.items()):
            self._once(
                f"{visits} visits came by the traffic source {source!r}, which is new to us: they are Unassigned"
            )

    @stream(every="3h", restates="4d", provides=dict.fromkeys(("users_1d", *SPANS), ((),)))
    async def users(self, window: Window) -> AsyncIterator[Fact]:
        """Different visitors of each day, and of the 7 and 28 days that end with it."""
        counter = await self._counter()
        async with aclosing(self._reports.days(mapping.USERS, window)) as days:
            async for day in days:
                (users,) = day.rows[()]
                for fact in mapping.users(day.day, "users_1d", users or ZERO, self._flags(counter, day.day, day.told)):
                    yield fact
        for last in window.days():
            for measure, length in SPANS.items():
                first = last - timedelta(days=length - 1)
                found, told = await self._reports.total(mapping.USERS, first, last)
                for fact in mapping.users(last, measure, found, self._flags(counter, last, told)):
                    yield fact

    async def check(self) -> Sequence[str]:
        """Ask for the counter and its goals."""
        self._known = None
        counter = await self._counter()
        told = [*self.take_warnings()]
        if self.settings.goals:
            told += self._goals_missing(await self.client.get_json(f"{self._place}/goals"))
        if self.settings.attribution in FORMER:
            told.append(f"attribution: Metrica answers {self.settings.attribution} by its nearest kin since June 2026")
        if counter.currency is None and self.settings.currency is None:
            told.append(f"the counter tells no currency: revenue is read in {self.context.currency}; see `currency`")
        return told

    # ── what the client asks ─────────────────────────────────────────────────────────

    def authorize(self, request: Request, token: Token | None) -> None:
        """`OAuth`, not `Bearer`."""
        del token
        request.headers["Authorization"] = f"OAuth {self.settings.access_token.get_secret_value()}"

    def refusal(self, response: Response) -> SourceError | None:
        """By the vendor's types of errors."""
        return refusals.refusal(response, counter=self.settings.counter_id, now=self.client.now())

    def credentials_expire_at(self) -> datetime | None:
        """The day in the settings: the token does not tell."""
        day = self.settings.access_token_expires
        return None if day is None else datetime.combine(day, time(), tzinfo=UTC)

    # ── how ──────────────────────────────────────────────────────────────────────────

    @property
    def _place(self) -> str:
        return f"/management/v1/counter/{self.settings.counter_id}"

    async def _counter(self) -> Counter:
        """The counter, asked for anew at times: its owner may change its zone."""
        now = self.client.now()
        if self._known is None or not timedelta(0) <= now - self._known[1] < COUNTER_HOLDS:
            former = None if self._known is None else self._known[0]
            found = read_counter(await self.client.get_json(self._place), self.settings.counter_id)
            self._known = (found, now)
            if former is not None and former.zone != found.zone:
                self._once(f"the counter's zone is now {found.zone}, was {former.zone}: days read before are others")
        counter, zone = self._known[0], self.context.zone
        if counter.zone is None:
            self._once(f"the counter tells no zone that is known: its days are taken for those of {zone}")
        elif in_other_days(counter.zone, zone, now):
            self._once(f"the counter's days are those of {counter.zone}, the project's those of {zone}")
        return counter

    def _flags(self, counter: Counter, day: date, told: Told) -> frozenset[str]:
        over = counter.is_over(day, now=self.client.now(), lag=told.lag, otherwise=self.context.zone)
        flags = {"sampled": told.sampled, "thresholded": told.withheld, "partial": not over}
        return frozenset(name for name, is_set in flags.items() if is_set)

    def _goals_missing(self, body: Json) -> list[str]:
        goals = body.get("goals") if isinstance(body, dict) else None
        known = {str(each.get("id")) for each in goals or () if isinstance(each, dict)}
        return [f"goals: the counter has no goal {goal}" for goal in self.settings.goals if goal not in known]

    def take_warnings(self) -> tuple[str, ...]:
        """The warnings since the last call."""
        self._told.clear()
        return super().take_warnings()

    def _once(self, message: str) -> None:
        """Tell it once a poll, though each page and window may say it."""
        if message not in self._told:
            self._told.add(message)
            self.warn(message)


@hookimpl
def register_connectors() -> list[type[Connector[Any]]]:
    """The connector that this folder holds."""
    return [YandexMetrica]
