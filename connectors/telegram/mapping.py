"""Messages and reaction counts of the Bot API → what is known of a post, and that → records."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from collector.plugin import BadResponse, Json, Post, Reading

NETWORK = "telegram"
FOLLOWERS = "followers"
CUT = ("network",)

_KINDS: Mapping[str, str] = {
    "forward_origin": "repost",
    "story": "story",
    "paid_media": "paid_media",
    "poll": "poll",
    "video": "video",
    "animation": "video",
    "video_note": "video",
    "photo": "photo",
    "audio": "audio",
    "voice": "audio",
    "document": "document",
    "sticker": "sticker",
    "text": "text",
} | dict.fromkeys(
    ("checklist", "contact", "dice", "game", "giveaway", "giveaway_winners", "location", "venue"), "other"
)
"""What a message holds → the kind of post, the first that fits; one that holds none of it is a service message."""


@dataclass
class Known:
    """What is known of one post."""

    at: int
    """When it came out, in seconds since 1970."""
    kind: str
    album: str | None = None
    """What the messages of one album have in common."""
    likes: int | None = None
    counted: bool = False
    """The likes are the Bot API's, which are exact."""
    views: int | None = None


def reading(count: Json) -> Reading:
    """The channel's members now.

    Raises:
        BadResponse: it is no number.
    """
    members = _whole(count)
    if members is None or members < 0:
        raise BadResponse(expected="a number of members", where="getChatMemberCount", got=count)
    return Reading(FOLLOWERS, Decimal(members), {"network": NETWORK})


def published(message: Mapping[str, Any]) -> tuple[int, Known] | None:
    """A message's number and what it tells; None: it is a service message (a pin, a new title).

    Raises:
        BadResponse: it has no number or date.
    """
    number, at = _whole(message.get("message_id")), _whole(message.get("date"))
    if number is None or at is None:
        raise BadResponse(expected="a message with its message_id and date", where="getUpdates", got=message)
    kind = next((kind for name, kind in _KINDS.items() if name in message), None)
    if kind is None:
        return None
    album = message.get("media_group_id")
    return number, Known(at, kind, None if album is None else str(album))


def reactions(told: Mapping[str, Any]) -> tuple[int, int]:
    """The number of a message, and how many reactions it has now; the list is the whole state.

    Raises:
        BadResponse: it is no such list.
    """
    number, found = _whole(told.get("message_id")), told.get("reactions")
    if number is None or not isinstance(found, list):
        raise BadResponse(expected="reactions of a message", where="getUpdates", got=told)
    counts = [_whole(each.get("total_count")) if isinstance(each, dict) else None for each in found]
    if None in counts:
        raise BadResponse(expected="reactions with their total_count", where="getUpdates", got=found)
    return number, sum(count for count in counts if count is not None)


def post(number: int, known: Known, link: str) -> Post:
    """The post as it stands. What a repost was viewed is the original's, and not told."""
    return Post(
        id=str(number),
        network=NETWORK,
        kind=known.kind,
        published_at=datetime.fromtimestamp(known.at, UTC),
        permalink=f"{link}/{number}",
        likes=known.likes,
        views=None if known.kind == "repost" else known.views,
    )


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
