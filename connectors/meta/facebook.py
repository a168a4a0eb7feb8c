"""Streams of a Facebook page by day: followers, who came and went, views, reactions, clicks, reach.

A metric is a request for up to 89 days. Days without a value are untold: those that are not
over in California, those that Meta has not counted yet, and those of which it keeps nothing.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

from collector.plugin import Fact, HttpClient, Stream, Untold, Window
from connectors.meta import days, mapping
from connectors.meta.insights import Insights, Params

RESTATES = timedelta(days=7)
EVERY = timedelta(hours=1)
SPAN = 89
"""Days of one request at most: Meta takes 90, and one day a year has an hour more."""

REACTIONS = tuple(f"page_actions_post_reactions_{kind}_total" for kind in
                  ("like", "love", "wow", "haha", "sorry", "anger"))  # fmt: skip

_DIMENSIONS = {"network": mapping.FACEBOOK}


@dataclass(frozen=True)
class Figure:
    """One of our measures, and what is added up for it."""

    measure: str
    metrics: Sequence[str]
    period: str = "day"


FIGURES = {
    "facebook_followers": Figure("followers", ("page_follows",)),
    "facebook_gained": Figure("followers_gained", ("page_daily_follows_unique",)),
    "facebook_lost": Figure("followers_lost", ("page_daily_unfollows_unique",)),
    "facebook_views": Figure("social_views", ("page_media_view",)),
    "facebook_likes": Figure("likes", REACTIONS),
    "facebook_clicks": Figure("social_clicks", ("page_total_actions",)),
    "facebook_reach": Figure("reach_1d", ("page_total_media_view_unique",)),
    "facebook_reach_7d": Figure("reach_7d", ("page_total_media_view_unique",), "week"),
    "facebook_reach_28d": Figure("reach_28d", ("page_total_media_view_unique",), "days_28"),
}
"""By stream."""


class Facebook:
    """One page's streams by day."""

    def __init__(
        self, page: str, insights: Insights, client: Callable[[], HttpClient], warn: Callable[[str], None]
    ) -> None:
        self._page = page
        self._insights = insights
        self._client = client
        self._warn = warn

    def streams(self, names: Sequence[str]) -> list[Stream]:
        """Those that are asked for."""
        return [
            Stream(
                name=name,
                kind="window",
                every=EVERY,
                read=partial(self._read, name),
                yields=frozenset({Fact.type}),
                restates=RESTATES,
                provides={figure.measure: (mapping.CUT,)},
                days_at_once=SPAN,
            )
            for name, figure in FIGURES.items()
            if name in names
        ]

    async def _read(self, stream: str, window: Window) -> AsyncIterator[Fact | Untold]:
        figure, now = FIGURES[stream], self._client().now()
        for run in days.runs(window, SPAN):
            told = await self._told(stream, figure, run) if days.is_over(run.first, now) else {}
            for day in run.days():
                if day in told and days.is_over(day, now):
                    yield Fact(day, figure.measure, told[day], dimensions=_DIMENSIONS)
                else:
                    yield Untold(day)
        self._tell_of_refused(stream, figure)

    async def _told(self, stream: str, figure: Figure, run: Window) -> dict[date, Decimal]:
        asked: Params = {"period": figure.period, **days.borders(run.first, run.last)}
        found = await self._insights.asked(self._page, figure.metrics, asked)
        if len(self._insights.refused(self._page, figure.metrics)) == len(figure.metrics):
            self._insights.expect(self._page, figure.metrics[0], stream=stream)
        told: dict[date, Decimal] = {}
        for name in figure.metrics:
            for day, value in mapping.series(found[name], f"GET /{self._page}/insights") if name in found else ():
                told[day] = told.get(day, Decimal(0)) + value
        return told

    def _tell_of_refused(self, stream: str, figure: Figure) -> None:
        """Of several that are added up, some may be refused: the others go on without them."""
        if refused := self._insights.refused(self._page, figure.metrics):
            self._warn(f"{stream}: Meta tells no {', '.join(refused)} any more: left out of {figure.measure}")
