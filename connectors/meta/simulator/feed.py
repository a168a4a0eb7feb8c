"""The company's posts as media of an account and posts of a page, newest first; and their insights."""

import base64
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from collector.testing.company.posts import Post
from connectors.meta.simulator.figures import reactions

FIRST_MEDIA = 18_000_000_000_000_000
CAPTIONS = (
    "Новая кухня для семьи из Твери",
    "Скидка до конца недели 🔥🛋️",
    "מטבח חדש, עשוי מעץ אורן",
    "مطبخ جديد من خشب الصنوبر ✨",
    '=HYPERLINK("x"), a title that would be a formula',
    "Sample",
)
_MEDIA = {"image": ("IMAGE", "FEED"), "carousel": ("CAROUSEL_ALBUM", "FEED"), "reel": ("VIDEO", "REELS")}
_STATUS = {"photo": "added_photos", "link": "shared_story", "video": "added_video", "text": "mobile_status_update"}

REELS_ONLY = ("ig_reels_avg_watch_time", "ig_reels_video_view_total_time", "reels_skip_rate", "reposts")
FEED_ONLY = ("profile_activity",)


@dataclass(frozen=True)
class Item:
    """A post that is listed, by the id that Meta gives it."""

    id: str
    post: Post

    @property
    def place(self) -> tuple[int, int]:
        """Newest first."""
        return (-self.post.published, -self.post.id)


@dataclass(frozen=True)
class Page:
    """Some of them, with the cursors of the first and the last; `more`: whether others follow."""

    items: Sequence[Item]
    before: str = ""
    after: str = ""
    more: bool = False


def page_of(items: Sequence[Item], size: int, after: str | None, before: str | None = None) -> Page:
    """Those that come after a cursor: whatever was deleted meanwhile, nothing is told twice or left out."""
    start = 0 if not after else bisect_right(items, _place(after), key=lambda item: item.place)
    if before:
        end = bisect_right(items, _place(before), key=lambda item: item.place) - 1
        start = max(0, end - size)
    found = items[start : start + size]
    if not found:
        return Page(())
    return Page(found, _cursor(found[0]), _cursor(found[-1]), start + size < len(items))


def _cursor(item: Item) -> str:
    return base64.urlsafe_b64encode(f"{item.post.published}/{item.post.id}".encode()).decode().rstrip("=")


def _place(cursor: str) -> tuple[int, int]:
    try:
        told = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        published, _, number = told.partition("/")
        return (-int(published), -int(number))
    except ValueError:
        return (1, 1)  # after all of them


def media(item: Item, *, hides_likes: bool) -> dict[str, Any]:
    """A media of an Instagram account, with all of its fields."""
    post, (kind, product) = item.post, _MEDIA[item.post.kind]
    told = {
        "id": item.id,
        "caption": CAPTIONS[post.id % len(CAPTIONS)],
        "media_type": kind,
        "media_product_type": product,
        "permalink": f"https://www.instagram.com/p/S{post.id}/",
        "timestamp": post.published_at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
        "comments_count": post.comments,
    }
    if not hides_likes:
        told["like_count"] = post.likes
    if product == "REELS":
        told["is_shared_to_feed"] = True
    return told


def page_post(item: Item) -> dict[str, Any]:
    """A post of a page, with all of its fields; `shares` are missing where there are none."""
    post = item.post
    told = {
        "id": item.id,
        "created_time": post.published_at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
        "message": CAPTIONS[post.id % len(CAPTIONS)],
        "permalink_url": f"https://www.facebook.com/{item.id.replace('_', '/posts/')}",
        "status_type": _STATUS[post.kind],
        "is_published": True,
        "reactions": {"data": [], "summary": {"total_count": post.likes}},
        "comments": {"data": [], "summary": {"total_count": post.comments}},
        "attachments": {"data": [{"media_type": post.kind}]},
    }
    if post.shares:
        told["shares"] = {"count": post.shares}
    return told


def media_insights(post: Post) -> Mapping[str, Any]:
    """By metric; those of reels are told of reels alone."""
    interactions = post.likes + post.comments + (post.shares or 0) + (post.saves or 0)
    told = {
        "views": post.views,
        "reach": post.reach,
        "likes": post.likes,
        "comments": post.comments,
        "shares": post.shares,
        "saved": post.saves,
        "total_interactions": interactions,
        "follows": post.likes // 50,
        "profile_visits": post.clicks,
        "profile_activity": post.clicks // 3,
        "ig_reels_avg_watch_time": 7321,
        "ig_reels_video_view_total_time": 7321 * (post.views or 0),
        "reels_skip_rate": 41,
        "reposts": (post.shares or 0) // 3,
    }
    left_out = FEED_ONLY if post.kind == "reel" else REELS_ONLY
    return {name: value for name, value in told.items() if name not in left_out}


def post_insights(post: Post) -> Mapping[str, Any]:
    """By metric; what the network does not count is None, and not told."""
    kinds = ("like", "love", "wow", "haha", "sorry", "anger")
    return {
        "post_media_view": post.views,
        "post_total_media_view_unique": post.reach,
        "post_clicks": post.clicks,
        "post_clicks_by_type": {"other clicks": post.clicks},
        "post_reactions_by_type_total": dict(zip(kinds, reactions(post.likes), strict=True)),
        "post_video_views": 0,
    }
