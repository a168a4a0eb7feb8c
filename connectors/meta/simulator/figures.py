"""The company's figures by day, in Meta's metrics. Its days are told as if they were California's.

Of the day that it is there so much of the figures as of the day has passed.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from collector.testing.company import Company
from collector.testing.company.audience import Followers
from connectors.meta import days

Figure = Callable[[Followers], Any]

_KINDS = ("like", "love", "wow", "haha", "sorry", "anger")


def _engaged(row: Followers) -> int:
    return row.likes + row.comments + (row.shares or 0) + (row.saves or 0)


def reactions(likes: int) -> list[int]:
    """So many reactions by kind; most are likes."""
    love, wow, haha = likes // 7, likes // 20, likes // 25
    sorry, anger = likes // 60, likes // 90
    return [likes - love - wow - haha - sorry - anger, love, wow, haha, sorry, anger]


def _reactions_of(place: int) -> Figure:
    return lambda row: reactions(row.likes)[place]


INSTAGRAM: Mapping[str, Figure] = {
    "views": lambda row: row.views,
    "likes": lambda row: row.likes,
    "comments": lambda row: row.comments,
    "shares": lambda row: row.shares,
    "saves": lambda row: row.saves,
    "replies": lambda row: row.comments // 5,
    "reposts": lambda row: (row.shares or 0) // 3,
    "accounts_engaged": lambda row: _engaged(row) * 3 // 4,
    "total_interactions": _engaged,
    "profile_links_taps": lambda row: row.clicks,
}
"""Told as total_value."""

PAGE: Mapping[str, Figure] = {
    "page_follows": lambda row: row.followers,
    "page_daily_follows": lambda row: row.gained,
    "page_daily_follows_unique": lambda row: row.gained,
    "page_daily_unfollows_unique": lambda row: row.lost,
    "page_media_view": lambda row: row.views,
    "page_post_engagements": lambda row: _engaged(row) + row.clicks,
    "page_views_total": lambda row: row.clicks * 3,
    "page_video_views": lambda row: row.views // 9,
    "page_total_actions": lambda row: row.clicks,
    **{f"page_actions_post_reactions_{kind}_total": _reactions_of(place) for place, kind in enumerate(_KINDS)},
}
"""Told by day."""

PAGE_REACH: Mapping[str, Figure] = {
    "day": lambda row: row.reach_1d,
    "week": lambda row: row.reach_7d,
    "days_28": lambda row: row.reach_28d,
}
"""page_total_media_view_unique by period."""

REACH: Mapping[int, Figure] = {1: PAGE_REACH["day"], 7: PAGE_REACH["week"], 28: PAGE_REACH["days_28"]}
"""Of an Instagram account, by the days that are asked for."""


class Figures:
    """One network's days."""

    def __init__(self, network: str) -> None:
        self._network = network
        self._known: dict[date, Followers] = {}

    def of(self, company: Company, day: date, now: datetime) -> Followers:
        """A day as it is told at an instant."""
        found = self._whole(company, day)
        if days.is_over(day, now):
            return found
        begins, ends = days.begins(day), days.begins(day + days.A_DAY)
        share = max(0.0, (now.timestamp() - begins) / (ends - begins))
        before = self._whole(company, day - days.A_DAY).followers
        gained, lost = int(found.gained * share), int(found.lost * share)
        return replace(
            found,
            followers=before + gained - lost,
            gained=gained,
            lost=lost,
            views=int(found.views * share),
            likes=int(found.likes * share),
            comments=int(found.comments * share),
            shares=None if found.shares is None else int(found.shares * share),
            saves=None if found.saves is None else int(found.saves * share),
            clicks=int(found.clicks * share),
        )

    def _whole(self, company: Company, day: date) -> Followers:
        if day not in self._known:
            rows = company.followers(day, day)
            self._known[day] = next(row for row in rows if row.network == self._network)
        return self._known[day]


def nothing(row: Followers) -> Followers:
    """The day without anything on it, as when all of it was taken back."""
    return replace(
        row, followers=0, gained=0, lost=0, views=0, likes=0, comments=0, shares=0, saves=0, clicks=0,
        reach_1d=0, reach_7d=0, reach_28d=0,
    )  # fmt: skip
