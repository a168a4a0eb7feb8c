"""What a stream of posts knows from one poll to the next; it is kept as its cursor, with the posts.

Reactions come alone, without the post they are of; an album's messages one by one; and a
post that is deleted is told by nobody. So the latest posts are remembered.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from collector.plugin import BadResponse, Gone, Instant, Json
from connectors.telegram import mapping
from connectors.telegram.mapping import Known

MOST_POSTS = 2_000
KEPT = timedelta(hours=24)
"""Updates that nobody took by then are dropped."""
SAME_NUMBERING = timedelta(days=6)
"""After a week without updates Telegram numbers them anew; those of before are long dropped then."""


@dataclass
class Memory:
    """Of one bot and one channel. `update`: the last one that was taken, at `taken`; `since`: the first poll."""

    bot: int
    channel: int
    since: int
    update: int | None = None
    taken: int = 0
    posts: dict[int, Known] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str | None, *, bot: int, channel: int, now: datetime) -> "Memory":
        """What `text` kept; another bot's updates are numbered otherwise, another channel's posts are others."""
        at = int(now.timestamp())
        if text is None:
            return cls(bot, channel, at)
        told = json.loads(text)
        kept = told["posts"] if told["channel"] == channel else {}
        known = {int(number): Known(**each) for number, each in kept.items()}
        if told["bot"] != bot:
            return cls(bot, channel, at, posts=known)
        since = told["since"] if told["channel"] == channel else at
        return cls(bot, channel, since, told["update"], told["taken"], known)

    @property
    def listens_since(self) -> datetime:
        """The first poll: of earlier posts some may be unknown."""
        return datetime.fromtimestamp(self.since, UTC)

    def text(self) -> str:
        """To be read again; the latest posts are enough."""
        latest = dict(sorted(self.posts.items())[-MOST_POSTS:])
        kept = {**asdict(self), "posts": {number: _plain(known) for number, known in latest.items()}}
        return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))

    def offset(self, now: datetime) -> int | None:
        """What confirms all that was taken; None: there is nothing to confirm any more."""
        is_old = now.timestamp() - self.taken > SAME_NUMBERING.total_seconds()
        return None if self.update is None or is_old else self.update + 1

    def take(self, updates: Iterable[Mapping[str, Any]], now: datetime) -> Iterator[int]:
        """The numbers of the posts that these updates change, each once; nothing of it is confirmed yet."""
        changed: dict[int, None] = {}
        for update in updates:
            number = update.get("update_id")
            if not isinstance(number, int):
                raise BadResponse(expected="an update with its update_id", where="getUpdates", got=update)
            self.update, self.taken = number, int(now.timestamp())
            changed |= dict.fromkeys(self._changed_by(update))
        return iter(changed)

    def _changed_by(self, update: Mapping[str, Any]) -> Iterator[int]:
        for name in ("channel_post", "edited_channel_post"):
            message = update.get(name)
            if isinstance(message, dict) and _chat(message) == self.channel:
                yield from self._heard(message)
        told = update.get("message_reaction_count")
        if isinstance(told, dict) and _chat(told) == self.channel:
            number, count = mapping.reactions(told)
            known = self.posts.get(number)
            if known is not None:  # else it came out before we listened, and nobody says when
                known.likes, known.counted = count, True
                yield number

    def _heard(self, message: Mapping[str, Any]) -> Iterator[int]:
        found = mapping.published(message)
        if found is None or self._is_of_album(*found):
            return
        number, known = found
        before = self.posts.get(number)
        if before is None:
            if known.at >= self.since:  # we have heard of every reaction since
                known.likes, known.counted = 0, True
            self.posts[number] = known
        else:
            before.kind = known.kind
        yield number

    def _is_of_album(self, number: int, known: Known) -> bool:
        """Whether another message stands for its album already."""
        if known.album is None:
            return False
        return any(each.album == known.album and other != number for other, each in self.posts.items())

    def heard(self, now: Instant) -> None:
        """What is asked for now goes on where the last poll was, or else likes may have changed unheard."""
        if now.previous is not None and now.timestamp() - now.previous.timestamp() >= KEPT.total_seconds():
            for known in self.posts.values():
                known.counted = False

    def gone(self, shown: Iterable[int]) -> list[int]:
        """The posts that stand between two that a page shows, and are not there themselves."""
        seen = set(shown)
        if not seen:
            return []
        return [number for number in self.posts if min(seen) < number < max(seen) and number not in seen]

    def forget(self, number: int) -> Gone:
        """The post was deleted."""
        del self.posts[number]
        return Gone("post", str(number))


def strangers(updates: Iterable[Mapping[str, Any]], channel: int) -> bool:
    """Whether any of these updates is of another channel."""
    found = (each.get(name) for each in updates for name in ("channel_post", "edited_channel_post"))
    return any(isinstance(message, dict) and _chat(message) != channel for message in found)


def _chat(told: Mapping[str, Json]) -> Json:
    chat = told.get("chat")
    return chat.get("id") if isinstance(chat, dict) else None


def _plain(known: Known) -> dict[str, Any]:
    return {name: value for name, value in asdict(known).items() if value is not None and value is not False}
