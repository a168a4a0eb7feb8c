"""The Graph API's JSON → records. A counter that is missing is unknown; but no `shares` of a page's post is none."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from collector.plugin import BadResponse, InvalidRecord, Json, Post
from connectors.meta.days import closed_by

INSTAGRAM, FACEBOOK = "instagram", "facebook"
CUT = ("network",)

GAINED, LOST = "FOLLOWER", "NON_FOLLOWER"
"""Whoever follows by now was won, whoever does not was lost; UNKNOWN is neither."""

_INSTAGRAM_KINDS = {"CAROUSEL_ALBUM": "carousel", "VIDEO": "video", "IMAGE": "image"}
_PRODUCTS = {"REELS": "reel", "STORY": "story"}
_PAGE_KINDS = {
    "added_photos": "photo",
    "added_video": "video",
    "mobile_status_update": "text",
    "wall_post": "text",
    "shared_story": "link",
}

Metrics = Mapping[str, Json]
"""By name, the metric's entry of an answer; those that are not told are missing."""


class Follows(NamedTuple):
    """Who came and who went."""

    gained: Decimal
    lost: Decimal


def metrics(body: Json, where: str) -> Metrics:
    """The entries under `data` of an answer to `insights`.

    Raises:
        BadResponse: it is none.
    """
    data = body.get("data") if isinstance(body, dict) else None
    if not isinstance(data, list) or not all(isinstance(each, dict) and "name" in each for each in data):
        raise BadResponse(expected="metrics under data", where=where, got=body)
    return {str(each["name"]): each for each in data}


def series(entry: Json, where: str) -> Iterator[tuple[date, Decimal]]:
    """The days of a metric by day (or, of several days, by their last one); what has no value is not told."""
    values = entry.get("values")
    if not isinstance(values, list):
        raise BadResponse(expected=f"values of {entry.get('name')} by day", where=where, got=entry)
    for each in values:
        if not isinstance(each, dict) or "end_time" not in each:
            raise BadResponse(expected="a value with its end_time", where=where, got=each)
        if each.get("value") is not None:
            yield closed_by(instant(each["end_time"], where)), number(each["value"], where)


def total(entry: Json, where: str) -> Decimal | None:
    """A metric's total_value; None: it is not told."""
    told = entry.get("total_value")
    if not isinstance(told, dict):
        raise BadResponse(expected=f"a total_value of {entry.get('name')}", where=where, got=entry)
    return None if told.get("value") is None else number(told["value"], where)


def follows(entry: Json, where: str) -> Follows:
    """follows_and_unfollows by follow_type; a break-down with nothing in it says that nobody came or went."""
    told = entry.get("total_value")
    breakdowns = told.get("breakdowns") if isinstance(told, dict) else None
    if not isinstance(breakdowns, list):
        raise BadResponse(expected="follows by follow_type", where=where, got=entry)
    found = {GAINED: Decimal(0), LOST: Decimal(0)}
    for breakdown in breakdowns:
        for each in breakdown.get("results") or () if isinstance(breakdown, dict) else ():
            kind = (each.get("dimension_values") or [""])[0] if isinstance(each, dict) else ""
            if kind in found:
                found[kind] += number(each.get("value"), where)
    return Follows(found[GAINED], found[LOST])


def lifetime(found: Metrics, where: str) -> dict[str, int]:
    """A post's insights: one value each; those by type are added up by nobody here."""
    told = {}
    for name, entry in found.items():
        values = entry.get("values")
        value = values[0].get("value") if isinstance(values, list) and values and isinstance(values[0], dict) else None
        if value is not None and not isinstance(value, dict):
            told[name] = int(number(value, where))
    return told


def instagram_post(node: Json, insights: Mapping[str, int], where: str) -> Post:
    """A media of an account; likes are missing where the owner hides them."""
    kind = _INSTAGRAM_KINDS.get(str(node.get("media_type")), str(node.get("media_type") or "post").lower())
    return _post(
        node,
        where,
        network=INSTAGRAM,
        kind=_PRODUCTS.get(str(node.get("media_product_type")), kind),
        published_at=node.get("timestamp"),
        permalink=node.get("permalink"),
        likes=_count(node.get("like_count"), where),
        comments=_count(node.get("comments_count"), where),
        shares=insights.get("shares"),
        saves=insights.get("saved"),
        views=insights.get("views"),
        reach=insights.get("reach"),
    )


def facebook_post(node: Json, insights: Mapping[str, int], where: str) -> Post:
    """A post of a page."""
    shares = node.get("shares")
    return _post(
        node,
        where,
        network=FACEBOOK,
        kind=_page_kind(node),
        published_at=node.get("created_time"),
        permalink=node.get("permalink_url"),
        likes=_summary(node.get("reactions"), where),
        comments=_summary(node.get("comments"), where),
        shares=0 if shares is None else _count(shares.get("count") if isinstance(shares, dict) else None, where),
        views=insights.get("post_media_view"),
        reach=insights.get("post_total_media_view_unique"),
        clicks=insights.get("post_clicks"),
    )


def published(node: Json, name: str, where: str) -> datetime:
    """When a post came out."""
    told = node.get(name) if isinstance(node, dict) else None
    if not isinstance(node, dict) or not node.get("id"):
        raise BadResponse(expected="a post with its id", where=where, got=node)
    return instant(told, where)


def instant(told: Json, where: str) -> datetime:
    """An instant as Meta writes it, such as 2026-09-08T10:00:00+0000."""
    try:
        found = datetime.fromisoformat(str(told))
    except ValueError as error:
        raise BadResponse(expected="an instant such as 2026-09-08T10:00:00+0000", where=where, got=told) from error
    if found.tzinfo is None:
        raise BadResponse(expected="an instant with its offset", where=where, got=told)
    return found


def number(told: Json, where: str) -> Decimal:
    """A count."""
    try:
        found = Decimal(str(told))
    except InvalidOperation as error:
        raise BadResponse(expected="a number", where=where, got=told) from error
    if isinstance(told, bool) or not found.is_finite():
        raise BadResponse(expected="a number", where=where, got=told)
    return found


def _page_kind(node: Json) -> str:
    status = str(node.get("status_type") or "")
    attached = node.get("attachments")
    rows = attached.get("data") if isinstance(attached, dict) else None
    media = rows[0].get("media_type") if isinstance(rows, list) and rows and isinstance(rows[0], dict) else None
    return _PAGE_KINDS.get(status) or status or str(media or "text")


def _summary(told: Json, where: str) -> int | None:
    """`total_count` of a summary; None: hidden, or a right is lacking."""
    summary = told.get("summary") if isinstance(told, dict) else None
    return _count(summary.get("total_count") if isinstance(summary, dict) else None, where)


def _count(told: Json, where: str) -> int | None:
    return None if told is None else int(number(told, where))


def _post(node: Json, where: str, *, published_at: Json, permalink: Json, **counters: object) -> Post:
    try:
        return Post(
            id=str(node["id"]),
            published_at=instant(published_at, where),
            permalink=str(permalink) if permalink else None,
            **counters,  # type: ignore[arg-type]
        )
    except InvalidRecord as error:
        raise BadResponse(expected="a post", where=where, got=error) from error
