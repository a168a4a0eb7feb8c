"""VK's JSON → records: pure functions, a test with sample bodies for each.

What is missing is unknown (None); only of `activity`, which VK leaves out on quiet days,
it is zero.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from collector.plugin import BadResponse, Dimensions, Fact, Gone, Json, Post, Reading

NETWORK = "vk"
MEMBERS = Dimensions({"network": NETWORK})
HALF_A_DAY = 43_200
"""Into a period, it is the same day whether VK's days are those of UTC or of Moscow."""

ACTIVITY: Mapping[str, str] = {
    "likes": "likes",
    "comments": "comments",
    "shares": "copies",
    "followers_gained": "subscribed",
    "followers_lost": "unsubscribed",
}
"""Measure → its name in a period's `activity`."""

REACH = "reach_1d"
_HIDDEN = ("suggest", "postpone")
LATEST = 253_402_300_800
"""The year 10000: no post is of it."""


# ── the wall ─────────────────────────────────────────────────────────────────────────


def post(item: Json, told: Mapping[int, Json], where: str) -> Post | Gone | None:
    """An item of the wall; `told` is what is known of posts' reach, by number. None: it is not published.

    Raises:
        BadResponse: it has no number, or no instant.
    """
    if item.get("is_deleted") is True:
        return Gone("post", post_id(item))
    if item.get("post_type") in _HIDDEN:
        return None
    if type(item.get("date")) is not int or not 0 < item["date"] < LATEST:
        raise BadResponse(expected="a post with its date in seconds", where=where, got=item)
    reach = told.get(item["id"], {})
    return Post(
        id=post_id(item),
        network=NETWORK,
        kind=kind(item),
        published_at=datetime.fromtimestamp(item["date"], UTC),
        permalink=f"https://vk.com/wall{post_id(item)}",
        likes=_counter(item, "likes"),
        comments=_counter(item, "comments"),
        shares=_counter(item, "reposts"),
        views=_counter(item, "views"),
        reach=_whole(reach.get("reach_total")),
        clicks=_clicks(reach),
    )


def post_id(item: Mapping[str, Any]) -> str:
    """Posts are numbered within a wall."""
    return f"{item['owner_id']}_{item['id']}"


def newest(items: Sequence[Json], *, among: int) -> list[int]:
    """The numbers of the newest posts, newest first; the wall has `among` posts in all.

    The pinned one is among them where it is not older than all others, or no others are left out.
    """
    dates = {item["id"]: _whole(item.get("date")) or 0 for item in items if item.get("is_deleted") is not True}
    in_order = [dates[item["id"]] for item in items if item["id"] in dates and item.get("is_pinned") != 1]
    oldest = min(in_order, default=0) if len(items) < among else 0
    return sorted((number for number, date in dates.items() if date >= oldest), key=dates.__getitem__, reverse=True)


def by_post(rows: Json, where: str) -> dict[int, Json]:
    """An answer of stats.getPostReach; its order means nothing.

    Raises:
        BadResponse: it is none.
    """
    if not isinstance(rows, list):
        raise BadResponse(expected="a list of posts' reach", where=where, got=rows)
    for row in rows:
        if not isinstance(row, dict) or type(row.get("post_id")) is not int:
            raise BadResponse(expected="a post's reach, with its post_id", where=where, got=row)
    return {row["post_id"]: row for row in rows}


def kind(item: Mapping[str, Any]) -> str:
    """What a post is: a repost, an advertisement, else its first attachment, else text."""
    if item.get("copy_history"):
        return "repost"
    if is_ad(item):
        return "ad"
    attached = item.get("attachments")
    first = attached[0].get("type") if isinstance(attached, list) and attached and isinstance(attached[0], dict) else ""
    return first if isinstance(first, str) and first else "text"


def is_ad(item: Mapping[str, Any]) -> bool:
    """Whether VK marks it as advertising."""
    return item.get("marked_as_ads") in (1, True) or item.get("post_type") == "post_ads"


def _counter(item: Mapping[str, Any], name: str) -> int | None:
    """A counter; hidden ones are missing, whole or in part."""
    told = item.get(name)
    return _whole(told.get("count")) if isinstance(told, dict) else None


def _clicks(reach: Mapping[str, Any]) -> int | None:
    """Clicks on the post's links and through to the community."""
    told = [_whole(reach.get(name)) for name in ("links", "to_group")]
    known = [each for each in told if each is not None]
    return sum(known) if known else None


def _whole(value: object) -> int | None:
    return value if type(value) is int and value >= 0 else None


# ── daily statistics ─────────────────────────────────────────────────────────────────


def facts(period: Json, where: str) -> Iterator[Fact]:
    """A day of stats.get.

    Raises:
        BadResponse: it is no day, or what it counts is no number.
    """
    day = day_of(period, where)
    reach, activity = (_group(period, name, where) for name in ("reach", "activity"))
    if reach:
        yield Fact(day, REACH, _number(reach, "reach", where), None, MEMBERS)
    for measure, name in ACTIVITY.items():
        yield Fact(day, measure, _number(activity, name, where), None, MEMBERS)


def day_of(period: Json, where: str) -> date:
    """The day that a period is of.

    Raises:
        BadResponse: it is of another length, or has no beginning.
    """
    begins = period.get("period_from") if isinstance(period, dict) else None
    ends = period.get("period_to", begins) if isinstance(period, dict) else None
    if type(begins) is not int or type(ends) is not int or ends - begins > 86_400:
        raise BadResponse(expected="a day, from period_from to period_to", where=where, got=period)
    return datetime.fromtimestamp(begins + HALF_A_DAY, UTC).date()


def span(first: date, last: date, now: datetime) -> tuple[int, int]:
    """Between which seconds to ask for days, be they Moscow's or UTC's; neighbours that come too are left out."""
    begins = datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(seconds=HALF_A_DAY)
    ends = datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=1, seconds=-1)
    return int(begins.timestamp()), int(max(min(ends, now), begins).timestamp())


def zone_of(periods: Sequence[Json]) -> str | None:
    """By where days begin, whose they are; None: that is not known."""
    begins = next((each.get("period_from") for each in periods if isinstance(each, dict)), None)
    if type(begins) is not int:
        return None
    return {0: "UTC", 75_600: "Europe/Moscow"}.get(begins % 86_400)


def _group(period: Mapping[str, Any], name: str, where: str) -> Mapping[str, Any]:
    told = period.get(name)
    if told in (None, []):
        return {}
    if not isinstance(told, dict):
        raise BadResponse(expected=f"figures in {name}", where=where, got=told)
    return told


def _number(group: Mapping[str, Any], name: str, where: str) -> int:
    told = group.get(name, 0)
    if type(told) is not int:
        raise BadResponse(expected=f"a whole number in {name}", where=where, got=told)
    return told


# ── the community ────────────────────────────────────────────────────────────────────


def community(body: Json, where: str) -> Mapping[str, Any]:
    """The one that was asked for, in the form of this version of the API or of a former one.

    Raises:
        BadResponse: there is none.
    """
    found = body.get("groups") if isinstance(body, dict) else body
    if not isinstance(found, list) or not found or not isinstance(found[0], dict):
        raise BadResponse(expected="the community under groups", where=where, got=body)
    return found[0]


def followers(group: Mapping[str, Any]) -> Reading | None:
    """How many there are now; None where VK does not tell."""
    count = _whole(group.get("members_count"))
    return None if count is None else Reading("followers", count, MEMBERS)  # type: ignore[arg-type]
