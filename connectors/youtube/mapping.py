"""Bodies of the Data API and the Analytics API → records. The former writes numbers as texts, the latter as numbers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from collector.plugin import BadResponse, Fact, Json, Post, Reading

NETWORK = "youtube"
CUT = ("network",)
FOLLOWERS, WATCHED = "followers", "watch_time"

METRICS: Mapping[str, str] = {
    "social_views": "views",
    WATCHED: "estimatedMinutesWatched",
    "likes": "likes",
    "comments": "comments",
    "shares": "shares",
    "followers_gained": "subscribersGained",
    "followers_lost": "subscribersLost",
}
"""By measure, the metric of the Analytics API."""

COUNTED = ("social_views", "likes", "comments")
"""What a video's own counters tell."""

_MEMBERS = {"network": NETWORK}
_MINUTE = 60


@dataclass(frozen=True)
class Channel:
    """A channel as it is now."""

    title: str
    uploads: str | None
    """The playlist of its videos."""
    subscribers: int | None
    """None: its owner hides them."""


@dataclass(frozen=True)
class Listed:
    """A video in the playlist. `published` None: it is private, or gone, and only its place is left."""

    id: str
    published: datetime | None


def items(body: Json, where: str) -> Sequence[Mapping[str, Any]]:
    """The items of a list; an empty one may lack them altogether.

    Raises:
        BadResponse: it is no list.
    """
    found = body.get("items", []) if isinstance(body, dict) and "error" not in body else None
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise BadResponse(expected="a list of items", where=where, got=body)
    return found


def channel(item: Mapping[str, Any]) -> Channel:
    """An item of channels.list."""
    playlists = _part(_part(item, "contentDetails"), "relatedPlaylists")
    statistics, title = _part(item, "statistics"), _part(item, "snippet").get("title")
    hidden = statistics.get("hiddenSubscriberCount") is True
    return Channel(
        str(title or ""),
        str(playlists["uploads"]) if playlists.get("uploads") else None,
        None if hidden else _count(statistics, "subscriberCount", "channels"),
    )


def subscribers(count: int) -> Reading:
    """How many there are now, as YouTube rounds them."""
    return Reading(FOLLOWERS, Decimal(count), _MEMBERS)


def listed(item: Mapping[str, Any]) -> Listed:
    """An item of playlistItems.list.

    Raises:
        BadResponse: it names no video.
    """
    details = _part(item, "contentDetails")
    told, at = details.get("videoId"), details.get("videoPublishedAt")
    if not isinstance(told, str) or not told:
        raise BadResponse(expected="an item with its videoId", where="playlistItems", got=item)
    return Listed(told, None if at is None else _instant(at))


def post(item: Mapping[str, Any], published: datetime) -> Post:
    """An item of videos.list; a counter that is hidden or switched off is unknown.

    Raises:
        BadResponse: it has no id, or a counter that is none.
    """
    number, statistics = item.get("id"), _part(item, "statistics")
    if not isinstance(number, str) or not number:
        raise BadResponse(expected="a video with its id", where="videos", got=item)
    return Post(
        id=number,
        network=NETWORK,
        kind="video",
        published_at=published,
        permalink=f"https://www.youtube.com/watch?v={number}",
        likes=_count(statistics, "likeCount", "videos"),
        comments=_count(statistics, "commentCount", "videos"),
        views=_count(statistics, "viewCount", "videos"),
    )


def days(body: Json) -> Iterator[tuple[date, list[Fact]]]:
    """The days of a report with what happened on them, by the names of its columns.

    Raises:
        BadResponse: it is no report by day.
    """
    headers = body.get("columnHeaders") if isinstance(body, dict) else None
    if not isinstance(headers, list):
        raise BadResponse(expected="a report with columnHeaders", where="reports", got=body)
    names = [each.get("name") if isinstance(each, dict) else None for each in headers]
    if lacking := [name for name in ("day", *METRICS.values()) if name not in names]:
        raise BadResponse(expected=f"a column {lacking[0]}", where="reports", got=names)
    for row in body.get("rows") or []:
        if not isinstance(row, list) or len(row) != len(names):
            raise BadResponse(expected=f"a row of {len(names)} values", where="reports", got=row)
        told = dict(zip(names, row, strict=True))
        day = _day(told["day"])
        yield day, [_fact(day, measure, told[name]) for measure, name in METRICS.items()]


def _fact(day: date, measure: str, told: Json) -> Fact:
    try:
        value = Decimal(str(0 if told is None else told))
    except InvalidOperation as error:
        raise BadResponse(expected="a number", where=f"reports, {measure}", got=told) from error
    return Fact(day, measure, value * _MINUTE if measure == WATCHED else value, dimensions=_MEMBERS)


def _part(told: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A part of an item; a missing one is empty."""
    found = told.get(name)
    return found if isinstance(found, dict) else {}


def _count(statistics: Mapping[str, Any], name: str, where: str) -> int | None:
    told = statistics.get(name)
    if told is None:
        return None
    if not str(told).isdecimal():
        raise BadResponse(expected=f"a number in {name}", where=where, got=told)
    return int(told)


def _instant(told: Json) -> datetime:
    try:
        return datetime.fromisoformat(str(told))
    except ValueError as error:
        raise BadResponse(expected="an instant", where="playlistItems", got=told) from error


def _day(told: Json) -> date:
    try:
        return date.fromisoformat(str(told))
    except ValueError as error:
        raise BadResponse(expected="a day", where="reports", got=told) from error
