"""Trends → facts by day; topics → posts."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from collector.plugin import BadResponse, Dimensions, Fact, InvalidRecord, Json, Post, Window

NETWORK = "odnoklassniki"
MOSCOW = ZoneInfo("Europe/Moscow")
BY_NETWORK = Dimensions({"network": NETWORK})

MEASURES: Mapping[str, str] = {
    "followers": "members_count",
    "followers_gained": "new_members",
    "followers_lost": "left_members",
    "reach_1d": "reach",
    "social_views": "renderings",
    "likes": "likes",
    "comments": "comments",
    "shares": "reshares",
    "social_clicks": "link_clicks",
}
"""Measure → the field of a group's trends; `engagement` and `feedback` are sums that nobody defines."""

DIFFERENCE = "members_diff"

COUNTERS: Mapping[str, str] = {
    "likes": "likes",
    "comments": "comments",
    "shares": "reshares",
    "views": "renderings",
    "reach": "reach",
    "clicks": "link_clicks",
}
"""Field of a post → of a topic; a topic's `views` are how often it was opened."""

KINDS: Mapping[str, str] = {"photo": "photo", "movie": "video", "link": "link", "poll": "poll", "music": "music"}
_NOON = timedelta(hours=12)


def borders(window: Window) -> tuple[int, int]:
    """The window's first and last millisecond, by Moscow's days."""
    first = datetime.combine(window.first, time(), MOSCOW)
    end = datetime.combine(window.last + timedelta(days=1), time(), MOSCOW)
    return int(first.timestamp() * 1000), int(end.timestamp() * 1000) - 1


def trends(body: Json, window: Window, where: str) -> Iterator[Fact]:
    """A group's days; a field or a day that is not there has had nothing.

    Raises:
        BadResponse: a value is none.
    """
    if not isinstance(body, dict):
        raise BadResponse(expected="the days of each field", where=where, got=body)
    for measure, field in MEASURES.items():
        for day, value in _points(body, field, where):
            if day in window:
                yield _fact(day, measure, value, where)


def unlike_days(body: Mapping[str, Any], where: str) -> list[date]:
    """The days whose members do not add up: those who came, less those who went."""
    came, went, apart = (
        dict(_points(body, field, where))
        for field in (MEASURES["followers_gained"], MEASURES["followers_lost"], DIFFERENCE)
    )
    return sorted(day for day, value in apart.items() if came.get(day, 0) - went.get(day, 0) != value)


def _points(body: Mapping[str, Any], field: str, where: str) -> Iterator[tuple[date, Any]]:
    rows = body.get(field) or []
    if not isinstance(rows, list):
        raise BadResponse(expected=f"days under {field}", where=where, got=rows)
    for row in rows:
        at, value = (row.get("time"), row.get("value")) if isinstance(row, dict) else (None, None)
        if value is not None:
            # days begin at midnight of Moscow or of UTC: noon of either lies in the same day
            yield (_instant(at, f"{where}, {field}") + _NOON).date(), value


def _fact(day: date, measure: str, value: Any, where: str) -> Fact:
    try:
        return Fact(day, measure, value, dimensions=BY_NETWORK)
    except InvalidRecord as error:
        raise BadResponse(expected=f"a number of {MEASURES[measure]}", where=where, got=error) from error


def post(topic: Json, kind: str, group_id: str, where: str) -> Post:
    """A topic with its counters as they stand; one that is not told is unknown.

    Raises:
        BadResponse: it cannot be read.
    """
    if not isinstance(topic, dict) or topic.get("id") in (None, ""):
        raise BadResponse(expected="a topic with an id", where=where, got=topic)
    try:
        return Post(
            id=str(topic["id"]),
            network=NETWORK,
            kind=kind,
            published_at=_instant(topic.get("created_ms"), f"{where}, topic {topic['id']}"),
            permalink=f"https://ok.ru/group/{group_id}/topic/{topic['id']}",
            **{name: topic.get(field) for name, field in COUNTERS.items()},
        )
    except InvalidRecord as error:
        raise BadResponse(expected="a topic", where=f"{where}, topic {topic['id']}", got=error) from error


def kind_of(media_topic: Json) -> str:
    """What a topic is made of, beside its text; a topic in a topic is a repost."""
    media = media_topic.get("media") if isinstance(media_topic, dict) else None
    types = [str(each.get("type")) for each in media if isinstance(each, dict)] if isinstance(media, list) else []
    if "topic" in types:
        return "repost"
    return next((KINDS[each] for each in types if each in KINDS), "text")


def _instant(millis: Any, where: str) -> datetime:
    """Milliseconds since 1970, as a number or in a text."""
    try:
        return datetime.fromtimestamp(int(Decimal(str(millis))) / 1000, UTC)
    except (ArithmeticError, ValueError, OSError) as error:
        raise BadResponse(expected="an instant in milliseconds", where=where, got=millis) from error
