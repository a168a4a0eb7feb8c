"""Reports of the Analytics API: by day, or of the videos that were seen most."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from collector.testing.company.audience import Followers
from connectors.youtube.simulator.channel import MINUTES, Channel
from connectors.youtube.simulator.refusals import Refusal
from connectors.youtube.simulator.switches import Switches

_METRICS: Mapping[str, Callable[[Followers], int]] = {
    "views": lambda day: day.views,
    "estimatedMinutesWatched": lambda day: day.views * MINUTES,
    "likes": lambda day: day.likes,
    "comments": lambda day: day.comments,
    "shares": lambda day: day.shares or 0,
    "subscribersGained": lambda day: day.gained,
    "subscribersLost": lambda day: day.lost,
}
_OF_MONEY = frozenset({"estimatedRevenue", "grossRevenue", "cpm", "adImpressions"})
_TOO_HIGH = 50
"""Of what is counted, one in so many is taken off later."""


def by_day(
    channel: Channel, metrics: Sequence[str], first: date, last: date, today: date, switches: Switches
) -> dict[str, Any]:
    """A row for each day on which anything happened, and none for the latest days."""
    if set(metrics) & _OF_MONEY:
        raise Refusal.forbidden()
    if not metrics or not set(metrics) <= _METRICS.keys():
        raise Refusal.unsupported()
    rows = []
    for day, is_restated in channel.told(first, last, today):
        values = [_value(day, name, switches, is_restated=is_restated) for name in metrics]
        if any(values):
            rows.append([date.fromordinal(day.day).isoformat(), *values])
    return table(["day"], metrics, rows)


def of_videos(channel: Channel, metrics: Sequence[str], at: int, most: int) -> dict[str, Any]:
    """The videos that were seen most, all of their views."""
    if not metrics or not set(metrics) <= {"views", "likes", "comments", "estimatedMinutesWatched"}:
        raise Refusal.unsupported()
    found = [each for each in channel.newest_first(at)[:2_000] if each.is_there(at)]
    rows: list[list[Any]] = []
    for each in found:
        told = {name: each.life.counter(name, at) for name in ("views", "likes", "comments")}
        told["estimatedMinutesWatched"] = told["views"] * MINUTES
        rows.append([each.id, *(told[name] for name in metrics)])
    return table(["video"], metrics, sorted(rows, key=lambda row: -row[1])[:most])


def table(dimensions: Sequence[str], metrics: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """A report; without rows it has no such key."""
    headers = [{"name": name, "columnType": "DIMENSION", "dataType": "STRING"} for name in dimensions]
    headers += [{"name": name, "columnType": "METRIC", "dataType": "INTEGER"} for name in metrics]
    told: dict[str, Any] = {"kind": "youtubeAnalytics#resultTable", "columnHeaders": headers}
    return told | ({"rows": list(rows)} if rows else {})


def _value(day: Followers, name: str, switches: Switches, *, is_restated: bool) -> int:
    value = _METRICS[name](day)
    if name == "likes" and switches.falls and day.day % 3 == 0:
        return -value
    return value + value // _TOO_HIGH + 1 if is_restated and name == "views" and value else value
