"""Posts as VK writes them: counters in objects of their own, what is hidden left out."""

from collections.abc import Mapping
from typing import Any

from collector.testing.company.posts import Post
from connectors.vk.simulator.switches import Switches

_TEXTS = (
    "Новая коллекция уже в магазине 🎉👨‍👩‍👧‍👦",
    "مرحبا بكم في متجرنا \u202eabc\u202c",
    "\ud83d",  # half of an emoji, as texts that VK has cut end
    'Скидки «до 50 %» & <b>больше</b> "сегодня"\n\nподробности по ссылке',
    "",
)


def written(post: Post, group: int, switches: Switches, *, is_pinned: bool) -> dict[str, Any]:
    """An item of the wall."""
    owner = -group
    comments: dict[str, Any] = {"can_post": 1, "groups_can_post": True}
    if not switches.hides_comments:
        comments["count"] = post.comments
    item: dict[str, Any] = {
        "inner_type": "wall_wallpost",
        "comments": comments,
        "marked_as_ads": 0,
        "hash": f"h{post.id}AAAA",
        "type": "post",
        "carousel_offset": 0,
        "attachments": _attachments(post, owner),
        "date": post.published,
        "from_id": owner,
        "id": post.id,
        "is_favorite": False,
        "likes": {
            "can_like": 1,
            "count": post.likes,
            "user_likes": 0,
            "can_publish": 1,
            "repost_disabled": False,
        },
        "owner_id": owner,
        "post_source": {"platform": "", "type": "vk"},
        "post_type": "post",
        "reposts": {"count": post.shares or 0, "user_reposted": 0},
        "text": _TEXTS[post.id % len(_TEXTS)] if switches.strange_texts else f"Post {post.id}",
    }
    if post.views and not switches.hides_views:  # just after publication there are none
        item["views"] = {"count": post.views}
    if is_pinned:
        item["is_pinned"] = 1
    return item


def placeholder(post: Post, group: int) -> dict[str, Any]:
    """What is left of a deleted post."""
    return {
        "inner_type": "wall_wallpost",
        "id": post.id,
        "owner_id": -group,
        "from_id": -group,
        "date": post.published,
        "is_deleted": True,
        "deleted_reason": "Post deleted",
        "type": "post",
        "post_type": "post",
    }


def reach(post: Post) -> dict[str, int]:
    """A row of stats.getPostReach: clicks lead to a link or to the community."""
    to_group = post.clicks // 3
    known = {
        "post_id": post.id,
        "reach_total": post.reach,
        "reach_subscribers": post.reach * 7 // 10,
        "reach_viral": post.reach - post.reach * 7 // 10,
        "links": post.clicks - to_group,
        "to_group": to_group,
    }
    zeros = ("reach_ads", "join_group", "hide", "report", "unsubscribe", *_OF_ADS)
    return known | dict.fromkeys(zeros, 0)


_OF_ADS = (
    *("ad_views", "ad_subscribers", "ad_hide", "ad_unsubscribe", "ad_links", "ad_to_group"),
    *("ad_join_group", "ad_coverage", "ad_report"),
)


def _attachments(post: Post, owner: int) -> list[Mapping[str, Any]]:
    if post.kind == "photo":
        size = {"height": 130, "type": "m", "width": 130, "url": f"https://example.invalid/p{post.id}.jpg"}
        photo = {"album_id": -7, "date": post.published, "id": post.id, "owner_id": owner, "has_tags": False}
        return [{"type": "photo", "photo": {**photo, "sizes": [size], "text": ""}}]
    if post.kind == "video":
        video = {"id": post.id, "owner_id": owner, "title": "Видео", "duration": 31, "views": 0, "date": post.published}
        return [{"type": "video", "video": video}]
    if post.kind == "link":
        link = {"url": "https://shop.example.invalid/", "title": "Магазин", "caption": "example.invalid"}
        return [{"type": "link", "link": link}]
    return []
