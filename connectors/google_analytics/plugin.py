"""The google_analytics connector: a GA4 property's traffic, users, key events, purchases and ad cost by day.

Read on: `settings`, `access` (who asks), `reports` (what is asked for), `asking` (pages, halves),
`answers` (bodies, sparingly), `mapping` (rows to facts, doubts), `refusals`, `quotas` (what answers
mean and tell), `checking` (for `check`).
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import aclosing
from datetime import timedelta
from functools import cached_property, partial
from typing import Any

from collector.plugin import (
    Concurrency,
    Connector,
    Fact,
    Grant,
    HttpClient,
    Quota,
    Response,
    SourceContext,
    SourceError,
    Stream,
    Window,
    hookimpl,
)
from connectors.google_analytics import access, checking
from connectors.google_analytics.asking import Asking
from connectors.google_analytics.quotas import KEY, Quotas
from connectors.google_analytics.refusals import Refusals
from connectors.google_analytics.reports import Report, ad_cost_reports, provides, traffic_reports
from connectors.google_analytics.settings import GoogleAnalyticsSettings

EVERY = timedelta(hours=1)
RESTATES = timedelta(days=4)
"""Figures change for two days, and events that are sent late come within three: on the fourth day after, a day is
whole. Data API docs, "Data freshness"."""
COST_EVERY, COST_RESTATES = timedelta(hours=6), timedelta(days=7)
"""Cost comes up to a day late, and clicks that were invalid are credited back."""
DAYS_AT_ONCE = 90


class GoogleAnalytics(Connector[GoogleAnalyticsSettings]):
    """One GA4 property, by the Data API v1beta."""

    name = "google_analytics"
    title = "Google Analytics 4"
    stability = "beta"
    limits = (Concurrency(10, key=KEY),)  # Data API docs, "Quotas"; tokens are told in each answer

    def __init__(self, settings: GoogleAnalyticsSettings, context: SourceContext, client: HttpClient) -> None:
        """Raises ValueError, its key first, where a name means nothing or something else already."""
        super().__init__(settings, context, client)
        _check_names(settings, context)
        self._traffic, self._cost = traffic_reports(settings), ad_cost_reports(settings)
        self._quotas = Quotas()
        self._refusals = Refusals(settings.property_id, self._account, self._quotas)

    def streams(self) -> Sequence[Stream]:
        """Traffic; ad cost, where the settings ask for it."""
        traffic = self._stream("traffic", self._traffic, every=EVERY, restates=RESTATES)
        if not self._cost:
            return [traffic]
        instead = frozenset(self.settings.ad_cost)
        cost = self._stream("ad_cost", self._cost, every=COST_EVERY, restates=COST_RESTATES, instead_of=instead)
        return [traffic, cost]

    def _stream(self, name: str, reports: Sequence[Report], **more: Any) -> Stream:
        return Stream(
            name=name,
            kind="window",
            read=partial(self._read, reports),
            yields=frozenset({Fact.type}),
            provides=provides(reports),
            repeated="sum",  # an empty member and (not set) are one
            days_at_once=DAYS_AT_ONCE,
            **more,
        )

    async def _read(self, reports: Sequence[Report], window: Window) -> AsyncIterator[Fact]:
        asking = Asking(self.client, self.settings.property_id, self.context, tell=self.warn, account=self._account)
        for report in reports:
            async with aclosing(asking.facts(report, window)) as facts:
                async for fact in facts:
                    yield fact

    async def check(self) -> Sequence[str]:
        """Ask for the property's fields, whether they go together, and for a row."""
        return await checking.check(self.client, self.settings, self.context, [*self._traffic, *self._cost])

    # ── what the client asks ─────────────────────────────────────────────────────────

    @cached_property
    def _access(self) -> Grant:
        return access.grant_of(self.settings, self.context.folder)

    def _account(self) -> str:
        return access.account_of(self._access)

    def grant(self) -> Grant:
        """A service account's, or a person's."""
        return self._access

    def refusal(self, response: Response) -> SourceError | None:
        """Google's own, with what to do."""
        return self._refusals.refusal(response, self.context.now())

    def quotas(self, response: Response) -> Iterable[Quota]:
        """Those of the property; errors of the server's are counted."""
        return tuple(self._quotas.heard(response, self.context.now()))


def _check_names(settings: GoogleAnalyticsSettings, context: SourceContext) -> None:
    given = provides([*traffic_reports(settings.model_copy(update={"metrics": {}, "dimensions": {}}))])
    taken = {name for cuts in given.values() for cut in cuts for name in cut} | {"channel", "source", "site"}
    for name in settings.dimensions:
        if name in taken:
            raise ValueError(f"dimensions.{name}: is read from GA4 already; choose another name")
    for name in settings.metrics:
        if name in given or name in ("spend", "clicks", "impressions"):
            raise ValueError(f"metrics.{name}: is read from GA4 already; choose another name")
        if name not in context.measures:
            raise ValueError(f"metrics.{name}: there is no such measure; define it under `measures`, with its unit")


@hookimpl
def register_connectors() -> list[type[Connector[Any]]]:
    """Announce it."""
    return [GoogleAnalytics]
