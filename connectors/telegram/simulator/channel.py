"""A channel of the company's: its posts as messages, with the numbers that Telegram gives them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil, log
from typing import Any

from collector.testing.company import Company
from collector.testing.company.calendar import HOUR, day_of
from collector.testing.company.networks import NETWORKS
from collector.testing.company.posts import GROWS, PostLife, posts_of

NETWORK = "telegram"
_PLACE = next(place for place, each in enumerate(NETWORKS) if each.key == NETWORK)
_SPACE = 4
"""Message numbers for each post: an album takes three, and a pin the fourth."""
_DAY = 86_400

TITLES = ("Скидки дня 🔥", "Новинки: السلام עולם", "Выбор недели 👍", "Plain text post")
"""Texts of posts: emoji, and scripts that run from right to left."""

EVENTS = ("channel_post", "edited_channel_post", "message_reaction_count")
Event = tuple[int, str, Mapping[str, Any]]
"""When, what kind of update, and its content."""


@dataclass(frozen=True)
class Posted:
    """A post and its first message's number."""

    life: PostLife
    number: int

    @property
    def is_album(self) -> bool:
        """Several photos."""
        return self.life.kind == "photo" and self.life.id % 2 == 0

    @property
    def is_edited(self) -> bool:
        """An hour later."""
        return self.life.id % 5 == 0

    @property
    def is_pinned(self) -> bool:
        """Half an hour later, by a service message."""
        return self.life.id % 7 == 0

    def is_there(self, at: int) -> bool:
        """Published and not deleted."""
        return self.life.published <= at and (self.life.deleted is None or at < self.life.deleted)


class Channel:
    """One channel, at whatever instant."""

    def __init__(self, company: Company, *, number: int, name: str, title: str) -> None:
        self.company, self.id, self.name, self.title = company, -1_000_000_000_000 - number, name, title
        self._days: dict[int, list[Posted]] = {}

    def of_day(self, day: int) -> Sequence[Posted]:
        """The posts of a day, oldest first."""
        if day not in self._days:
            lives = posts_of(self.company.seed, NETWORKS[_PLACE], _PLACE, day)
            made = sorted(lives, key=lambda life: life.published)
            numbers = sorted(life.id * _SPACE for life in made)
            self._days[day] = [Posted(life, number) for life, number in zip(made, numbers, strict=True)]
        return self._days[day]

    def newest_first(self, at: int) -> Iterator[Posted]:
        """All posts that are there, back to the first shown day."""
        for day in range(day_of(at), self.company.since.toordinal() - 1, -1):
            yield from (each for each in reversed(self.of_day(day)) if each.is_there(at))

    def members(self, at: int) -> int:
        """At an instant: as of the end of the day before, and by the evening those of the day."""
        day = day_of(at + 6 * HOUR) - 1
        found = self.company.followers(date.fromordinal(day), date.fromordinal(day))
        return next(each.followers for each in found if each.network == NETWORK)

    # ── what happened ────────────────────────────────────────────────────────────────

    def events(self, after: int, until: int) -> list[Event]:
        """What a bot hears of, from after an instant through another, in order."""
        found: list[Event] = []
        for day in range(day_of(after) - GROWS, day_of(until) + 1):
            for each in self.of_day(day):
                found += [event for event in self._of_post(each, after, until) if after < event[0] <= until]
        return sorted(found, key=lambda event: event[0])

    def _of_post(self, post: Posted, after: int, until: int) -> Iterator[Event]:
        life = post.life
        if after < life.published <= until:
            yield from ((life.published, "channel_post", message) for message in self.messages(post))
        edited, pinned = life.published + HOUR, life.published + HOUR // 2
        if post.is_edited and post.is_there(edited):
            yield edited, "edited_channel_post", {**self.messages(post)[0], "edit_date": edited}
        if post.is_pinned and post.is_there(pinned):
            yield pinned, "channel_post", self.pin(post, pinned)
        for at in _changes(life, after, until):
            if post.is_there(at):
                yield at, "message_reaction_count", self.reactions(post, at)

    # ── as Telegram writes it ────────────────────────────────────────────────────────

    def chat(self) -> dict[str, Any]:
        """The channel, short."""
        return {"id": self.id, "title": self.title, "username": self.name, "type": "channel"}

    def messages(self, post: Posted) -> list[dict[str, Any]]:
        """The post; an album is three messages."""
        text, first = TITLES[post.life.id % len(TITLES)], self._message(post.number, post.life.published)
        if post.life.kind == "photo":
            first |= {"photo": [_photo(post.number)], "caption": text}
        elif post.life.kind == "video":
            first |= {"video": _video(post.number), "caption": text}
        else:
            first["text"] = text
        if not post.is_album:
            return [first]
        album = str(13_900_000_000_000_000 + post.number)
        others = [
            {**self._message(number, post.life.published), "photo": [_photo(number)]}
            for number in (post.number + 1, post.number + 2)
        ]
        return [{**each, "media_group_id": album} for each in (first, *others)]

    def pin(self, post: Posted, at: int) -> dict[str, Any]:
        """The service message that tells of a pinned post."""
        return {**self._message(post.number + 3, at), "pinned_message": self.messages(post)[0]}

    def reactions(self, post: Posted, at: int) -> dict[str, Any]:
        """All reactions to a post, of two kinds."""
        count = post.life.counter("likes", at)
        kinds = {"👍": count - count // 3, "🔥": count // 3}
        told = [{"type": {"type": "emoji", "emoji": emoji}, "total_count": n} for emoji, n in kinds.items() if n]
        return {"chat": self.chat(), "message_id": post.number, "date": at, "reactions": told}

    def _message(self, number: int, at: int) -> dict[str, Any]:
        return {"message_id": number, "sender_chat": self.chat(), "chat": self.chat(), "date": at}


def _changes(life: PostLife, after: int, until: int) -> Iterator[int]:
    """The instants in a span at which the likes change: they grow towards an end, and are recounted."""
    end, oldest = life.ends["likes"], life.published + GROWS * _DAY
    begin = life.counter("likes", after) if life.recounted is None else 0
    for count in range(max(1, begin), end + 1):
        share = count / end
        if share >= 1:
            break
        at = life.published + max(1, ceil(-life.slowness * log(1 - share)))
        if at > min(until, oldest):
            break
        if at > after:
            yield at
    if life.recounted is not None and after < life.recounted <= until:
        yield life.recounted


def _photo(number: int) -> dict[str, Any]:
    return {
        "file_id": f"AgAC{number}",
        "file_unique_id": f"AQAD{number}",
        "file_size": 1_200,
        "width": 90,
        "height": 90,
    }


def _video(number: int) -> dict[str, Any]:
    ids = {"file_id": f"BAAC{number}", "file_unique_id": f"AgAD{number}"}
    return {**ids, "width": 1_280, "height": 720, "duration": 42, "mime_type": "video/mp4", "file_size": 9_000_000}
