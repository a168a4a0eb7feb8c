"""Answers to `insights`: of the account by day or as totals, of the page by day, of a post for its life."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.responses import JSONResponse, Response

from connectors.meta import days
from connectors.meta.simulator import feed, refusals
from connectors.meta.simulator.asked import Span, names, span
from connectors.meta.simulator.feed import Item
from connectors.meta.simulator.figures import INSTAGRAM, PAGE, PAGE_REACH, REACH

if TYPE_CHECKING:
    from connectors.meta.simulator.simulator import MetaSimulator

Query = Mapping[str, str]

THIRTY_DAYS, NINETY_DAYS = 2_592_000, 7_776_000
FOLLOWS = "follows_and_unfollows"
SERIES = ("reach", "follower_count")
ACCOUNT = (*INSTAGRAM, "reach", "follower_count", FOLLOWS)
PAGE_UNIQUE = "page_total_media_view_unique"
MEDIA = (
    *("views", "reach", "likes", "comments", "shares", "saved", "total_interactions", "follows", "profile_visits"),
    *feed.FEED_ONLY, *feed.REELS_ONLY,
)  # fmt: skip
POST = (
    *("post_media_view", "post_total_media_view_unique", "post_clicks", "post_clicks_by_type"),
    *("post_reactions_by_type_total", "post_video_views"),
)


def account_insights(vendor: "MetaSimulator", wanted: Sequence[str], query: Query, url: str) -> Response:
    """Of the Instagram account."""
    known = [name for name in ACCOUNT if name not in vendor.switches.retired]
    if any(name not in known for name in wanted):
        place = next(place for place, name in enumerate(wanted) if name not in known)
        words = f"(#100) metric[{place}] must be one of the following values: {', '.join(known)}"
        return refusals.refused(400, 100, words)
    is_total = query.get("metric_type") == "total_value"
    if not is_total and (wrong := [name for name in wanted if name not in SERIES]):
        words = f"The following metrics ({', '.join(wrong)}) should be specified with parameter metric_type=total_value"
        return refusals.refused(400, 100, f"(#100) {words}")
    asked = span(query, vendor.now(), most_seconds=THIRTY_DAYS)
    if isinstance(asked, Response):
        return asked
    if "follower_count" in wanted and (days.today(vendor.now()) - asked.first).days > 30:
        words = "metric only supports querying data for the last 30 days excluding the current day"
        return refusals.refused(400, 100, f"(#100) (follower_count) {words}")
    by_day = {day: row for day in asked.days() if (row := vendor.figure_of("instagram", day)) is not None}
    rows = []
    for name in wanted:
        if is_total:
            total = _total(name, by_day, asked)
            rows += [] if total is None else [_row(vendor.instagram_id, name, "day", {"total_value": total})]
        else:
            over = {day: row for day, row in by_day.items() if days.is_over(day, vendor.now())}
            figure = REACH[1] if name == "reach" else (lambda row: row.gained)
            values = [{"value": figure(row), "end_time": _end(day)} for day, row in over.items()]
            rows += [_row(vendor.instagram_id, name, "day", {"values": values})] if values else []
    return _answer(rows, query, url, asked)


def _total(name: str, by_day: Mapping[date, Any], asked: Span) -> dict[str, Any] | None:
    if name == "reach":
        length = len(asked.days())
        last = by_day.get(asked.last)
        return None if last is None else {"value": REACH.get(length, REACH[1])(last)}
    if not by_day:
        return None
    if name == FOLLOWS:
        gained, lost = (sum(getattr(row, what) for row in by_day.values()) for what in ("gained", "lost"))
        breakdown: dict[str, Any] = {"dimension_keys": ["follow_type"]}
        if gained or lost:
            found = {"FOLLOWER": gained, "NON_FOLLOWER": lost, "UNKNOWN": 1}
            breakdown["results"] = [{"dimension_values": [kind], "value": value} for kind, value in found.items()]
        return {"breakdowns": [breakdown]}
    if name == "follower_count":
        return {"value": sum(row.gained for row in by_day.values())}
    return {"value": sum(INSTAGRAM[name](row) or 0 for row in by_day.values())}


def page_insights(vendor: "MetaSimulator", wanted: Sequence[str], query: Query, url: str) -> Response:
    """Of the page."""
    known = {*PAGE, PAGE_UNIQUE} - vendor.switches.retired
    period = (names(query.get("period")) or ["day"])[0]
    if any(name not in known for name in wanted):
        return refusals.refused(400, 100, "(#100) The value must be a valid insights metric")
    asked = span(query, vendor.now(), most_seconds=NINETY_DAYS)
    if isinstance(asked, Response):
        return asked
    rows = []
    for name in wanted:
        figure = PAGE_REACH.get(period) if name == PAGE_UNIQUE else PAGE[name] if period == "day" else None
        over = [day for day in asked.days() if days.is_over(day, vendor.now())]
        told = {day: row for day in over if (row := vendor.figure_of("facebook", day)) is not None}
        if figure is not None and told:
            values = [{"value": figure(row), "end_time": _end(day)} for day, row in told.items()]
            rows.append(_row(vendor.page_id, name, period, {"values": values}))
    return _answer(rows, query, url, asked)


def post_answer(vendor: "MetaSimulator", network: str, item: Item, wanted: Sequence[str]) -> Response:
    """Of one post, for its life."""
    switches = vendor.switches
    known = [name for name in (MEDIA if network == "instagram" else POST) if name not in switches.retired]
    if item.id in switches.before_business:
        return refusals.before_business()
    if any(name not in known for name in wanted):
        if network == "facebook":
            return refusals.refused(400, 100, "(#100) The value must be a valid insights metric")
        place = next(place for place, name in enumerate(wanted) if name not in known)
        words = f"(#100) metric[{place}] must be one of the following values: {', '.join(known)}"
        return refusals.refused(400, 100, words)
    told = feed.media_insights(item.post) if network == "instagram" else feed.post_insights(item.post)
    foreign = [name for name in wanted if name not in told]
    if "views" in wanted and item.id in switches.without_views:
        foreign.append("views")
    if foreign:
        words = f"The Media Insights API does not support the {foreign[0]} metric for this media product type."
        return refusals.refused(400, 100, f"(#100) {words}")
    rows = [
        _row(item.id, name, "lifetime", {"values": [{"value": told[name]}]})
        for name in wanted
        if told[name] is not None
    ]
    if network == "instagram":
        return JSONResponse({"data": rows})
    paging = {"previous": "https://graph.facebook.com/v26.0/p", "next": "https://graph.facebook.com/v26.0/n"}
    return JSONResponse({"data": rows, **({"paging": paging} if rows else {})})


def _row(number: str, name: str, period: str, told: Mapping[str, Any]) -> dict[str, Any]:
    known = {"name": name, "period": period, "title": name, "description": "Sample description"}
    return {**known, **told, "id": f"{number}/insights/{name}/{period}"}


def _end(day: date) -> str:
    """The instant that closes a day, in UTC."""
    return datetime.fromtimestamp(days.begins(day + days.A_DAY), UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def _answer(rows: Iterable[dict[str, Any]], query: Query, url: str, asked: Span) -> Response:
    """With addresses of the days before and after, which never end."""
    found = list(rows)
    if not found:
        return JSONResponse({"data": []})
    begins, ends = days.begins(asked.first), days.begins(asked.last + days.A_DAY)
    base = url.partition("?")[0]
    moved = {"previous": (2 * begins - ends, begins), "next": (ends, 2 * ends - begins)}
    paging = {
        name: f"{base}?{urlencode({**query, 'since': since, 'until': until})}" for name, (since, until) in moved.items()
    }
    return JSONResponse({"data": found, "paging": paging})
