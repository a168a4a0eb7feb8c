"""The company's group: its days and its topics, as Odnoklassniki has them."""

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from collector.testing.company import Company
from collector.testing.company.audience import Followers
from collector.testing.company.calendar import midnight
from collector.testing.company.posts import Post

NETWORK = "odnoklassniki"
GROUP_ID = "50000000000001"
_FIRST_ID = 150_000_000_000_000

TRENDS: Mapping[str, Callable[[Followers], int]] = {
    "reach": lambda day: day.reach_1d,
    "reach_own": lambda day: day.reach_1d * 2 // 3,
    "reach_earned": lambda day: day.reach_1d - day.reach_1d * 2 // 3,
    "renderings": lambda day: day.views,
    "engagement": lambda day: day.likes + day.comments + (day.shares or 0) + day.clicks,
    "feedback": lambda day: day.likes + day.comments + (day.shares or 0),
    "likes": lambda day: day.likes,
    "comments": lambda day: day.comments,
    "reshares": lambda day: day.shares or 0,
    "members_count": lambda day: day.followers,
    "members_diff": lambda day: day.gained - day.lost,
    "new_members": lambda day: day.gained,
    "left_members": lambda day: day.lost,
    "page_visits": lambda day: day.reach_1d // 20,
    "link_clicks": lambda day: day.clicks,
}

TOPICS: Mapping[str, Callable[[Post], Any]] = {
    "id": lambda post: topic_id(post),
    "created_ms": lambda post: post.published * 1000,
    "reach": lambda post: post.reach,
    "renderings": lambda post: post.views,
    "views": lambda post: (post.views or 0) // 5,
    "engagement": lambda post: post.likes + post.comments + (post.shares or 0) + post.clicks,
    "feedback": lambda post: post.likes + post.comments + (post.shares or 0),
    "likes": lambda post: post.likes,
    "comments": lambda post: post.comments,
    "reshares": lambda post: post.shares or 0,
    "link_clicks": lambda post: post.clicks,
}

_MEDIA = {"photo": "photo", "video": "movie", "link": "link"}


def topic_id(post: Post) -> str:
    """Its number at the vendor."""
    return str(_FIRST_ID + post.id)


class Group:
    """What is told of the company's group; days that are over are told once."""

    def __init__(self) -> None:
        self._days: dict[int, Followers] = {}
        self._topics: tuple[object, list[Post]] = (None, [])

    def days(self, company: Company, first: int, last: int) -> list[Followers]:
        """The days that are over, from one to another."""
        since, until = max(first, company.since.toordinal()), min(last, company.yesterday.toordinal())
        return [self._day(company, day) for day in range(since, until + 1)]

    def _day(self, company: Company, day: int) -> Followers:
        if day not in self._days:
            told = company.world.audience.day(day)
            self._days[day] = next(each for each in told if each.network == NETWORK)
        return self._days[day]

    def topics(self, company: Company) -> list[Post]:
        """The topics that exist, as they stand, newest first."""
        if self._topics[0] != company.now:
            found = [each for each in company.posts() if each.network == NETWORK and each.deleted is None]
            self._topics = company.now, sorted(found, key=lambda post: (-post.published, -post.id))
        return self._topics[1]


def trends(days: Iterable[Followers], fields: Sequence[str]) -> dict[str, Any]:
    """A list for each field that has any day; times are those at which Moscow's days begin."""
    told = list(days)
    rows = {
        field: [{"time": midnight(day.day) * 1000, "value": TRENDS[field](day)} for day in told] for field in fields
    }
    return {field: points for field, points in rows.items() if points}


def media_topic(post: Post) -> dict[str, Any]:
    """A topic as it stands on the wall."""
    media: list[dict[str, Any]] = [{"type": "text", "text": "Sosna"}]
    if post.kind in _MEDIA:
        media.append({"type": _MEDIA[post.kind]})
    group = f"group:{GROUP_ID}"
    return {
        "id": topic_id(post),
        "created_ms": post.published * 1000,
        "author_ref": group,
        "owner_ref": group,
        "media": media,
        "discussion_summary": {"discussion_type": "GROUP_TOPIC", "comments_count": post.comments},
        "like_summary": {"count": post.likes, "self": False},
        "reshare_summary": {"count": post.shares or 0, "self": False},
        "views_count": (post.views or 0) // 5,
    }


def anchor_of(post: Post) -> str:
    """Where a page ended."""
    return base64.urlsafe_b64encode(f"{post.published}-{post.id}".encode()).decode().rstrip("=")


def after_anchor(anchor: str) -> tuple[int, int] | None:
    """Publication and number of the topic that a page ended with; None: it is no anchor."""
    try:
        published, _, number = base64.urlsafe_b64decode(anchor + "=" * (-len(anchor) % 4)).decode().partition("-")
        return int(published), int(number)
    except (ValueError, binascii.Error):
        return None
