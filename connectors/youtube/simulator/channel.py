"""A channel of the company's: its videos and their counters, and its days as Analytics tells them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from collector.testing.company import Company
from collector.testing.company.audience import Followers
from collector.testing.company.calendar import DAY, day_of, moment
from collector.testing.company.networks import NETWORKS
from collector.testing.company.posts import PostLife, posts_of

NETWORK = "youtube"
_PLACE = next(place for place, each in enumerate(NETWORKS) if each.key == NETWORK)
_GROWN_SECONDS = 97
"""Between two videos of a channel that was made large."""

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_CHANNELS = 8

TITLES = ("Обзор куртки 🔥", "سترة الشتاء — مراجعة", "Лайфхаки ❄️ מעיל", "Winter jackets, reviewed")
MINUTES = 3
"""Each view is watched so long."""

HELD_BACK, RESTATED = 3, 7
"""Days that are not told yet, and days that are told too high at first."""


@dataclass(frozen=True)
class Video:
    """A video at an instant. A private one keeps its place in the playlist; a deleted one does not."""

    life: PostLife
    id: str

    def is_listed(self, at: int) -> bool:
        """Whether it stands in the playlist."""
        return self.life.published <= at and (self.is_there(at) or self.life.id // 32 % 2 == 1)

    def is_there(self, at: int) -> bool:
        """Whether everybody may see it."""
        return self.life.published <= at and (self.life.deleted is None or at < self.life.deleted)

    @property
    def title(self) -> str:
        """In any script."""
        return TITLES[self.life.id % len(TITLES)]

    def published_at(self) -> str:
        """As Google writes instants."""
        return moment(self.life.published).strftime("%Y-%m-%dT%H:%M:%SZ")


class Channel:
    """One channel, at whatever instant."""

    def __init__(self, company: Company, *, number: int, title: str) -> None:
        self.company, self.title, self._number = company, title, number
        self.id = f"UC{'a' * 20}{number:02}"
        self.uploads = f"UU{'a' * 20}{number:02}"
        self._days: dict[int, list[Video]] = {}
        self._made: list[Video] = []

    def of_day(self, day: int) -> Sequence[Video]:
        """The videos of a day, oldest first."""
        if day not in self._days:
            lives = sorted(posts_of(self.company.seed, NETWORKS[_PLACE], _PLACE, day), key=lambda life: life.published)
            self._days[day] = [Video(life, self._id_of(life.id)) for life in lives]
        return self._days[day]

    def newest_first(self, at: int) -> list[Video]:
        """All that are listed, back to the first shown day."""
        first = self.company.since.toordinal()
        days = range(day_of(at), first - 1, -1)
        own = [each for day in days for each in reversed(self.of_day(day)) if each.is_listed(at)]
        return own + self._made

    def grow(self, videos: int) -> None:
        """So many more, all from before the first shown day."""
        like = next(each for back in range(400) for each in self.of_day(self.company.since.toordinal() + back))
        begin = like.life.published
        self._made = [
            Video(_older(like.life, number, begin - number * _GROWN_SECONDS), self._id_of(10_000_000 + number))
            for number in range(1, videos + 1)
        ]

    def _id_of(self, number: int) -> str:
        """Eleven letters, of this channel alone."""
        left, told = number * _CHANNELS + self._number, ""
        for _ in range(11):
            left, rest = divmod(left, len(_LETTERS))
            told = _LETTERS[rest] + told
        return told

    def found(self, number: str, at: int) -> Video | None:
        """A video by its id."""
        return self._by_id(at).get(number)

    def _by_id(self, at: int) -> dict[str, Video]:
        key = (at // DAY, len(self._made))
        if getattr(self, "_index_key", None) != key:
            self._index_key, self._index = key, {each.id: each for each in self._all(at)}
        return self._index

    def _all(self, at: int) -> Iterator[Video]:
        for day in range(self.company.since.toordinal(), day_of(at) + 2):
            yield from self.of_day(day)
        yield from self._made

    def subscribers(self, at: int) -> int:
        """At an instant: as of the end of the day before, and by the evening those of the day."""
        day = date.fromordinal(day_of(at + DAY // 4) - 1)
        return self.day(day).followers

    def day(self, day: date) -> Followers:
        """All that happened on a day, as the books have it."""
        return next(each for each in self.company.followers(day, day) if each.network == NETWORK)

    def told(self, first: date, last: date, today: date) -> Iterator[tuple[Followers, bool]]:
        """The days of a report that are counted, and whether a day is still told too high."""
        day = max(first, self.company.since)
        while day <= min(last, today - timedelta(days=HELD_BACK)):
            yield self.day(day), (today - day).days <= RESTATED
            day += timedelta(days=1)


def rounded_down(count: int) -> int:
    """Three places, from a thousand on."""
    unit = int(10 ** max(0, len(str(count)) - 3))
    return count // unit * unit


def _older(life: PostLife, number: int, published: int) -> PostLife:
    return PostLife(
        id=(10_000_000 + number) * 2,
        network=life.network,
        kind=life.kind,
        published=published,
        ends=life.ends,
        slowness=life.slowness,
        recounted=None,
        deleted=None,
    )
