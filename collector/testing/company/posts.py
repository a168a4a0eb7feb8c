"""Posts: published on a day, seen and liked by and by, some recounted, some deleted.

Told by network and day of publication; `audience` adds their growth up to days. A counter is a
function of the post's age, so that it can be read at any instant.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from math import exp

from collector.testing.company.calendar import DAY, HOUR, midnight, moment
from collector.testing.company.dice import count, dice, one_of
from collector.testing.company.networks import Network

GROWS = 30
"""Days after which a post's counters hardly move; then they stand still."""
COUNTERS = ("views", "likes", "comments", "shares", "saves", "clicks", "reach")
_IDS = 32


@dataclass(frozen=True, slots=True)
class Post:
    """A post as it stands; a counter that the network does not tell is None."""

    id: int
    network: str
    kind: str
    published: int
    updated: int
    deleted: int | None
    views: int | None
    likes: int
    comments: int
    shares: int | None
    saves: int | None
    clicks: int
    reach: int

    @property
    def published_at(self) -> datetime:
        """When it came out."""
        return moment(self.published)


@dataclass(frozen=True, slots=True)
class PostLife:
    """A post and what its counters will come to; at `recounted` the network takes a tenth of them away."""

    id: int
    network: Network
    kind: str
    published: int
    ends: dict[str, int]
    slowness: float
    recounted: int | None
    deleted: int | None

    def counter(self, name: str, at: int) -> int:
        """A counter at an instant."""
        age = min(at - self.published, GROWS * DAY)
        if age <= 0:
            return 0
        grown = int(self.ends[name] * (1 - exp(-age / self.slowness)))
        return grown - grown // 10 if self.recounted is not None and at >= self.recounted else grown

    def at(self, at: int) -> Post:
        """As it stands; a deleted one as it last did."""
        gone = self.deleted if self.deleted is not None and self.deleted <= at else None
        then = at if gone is None else gone
        told = {name: self.counter(name, then) for name in COUNTERS}
        network = self.network
        return Post(
            id=self.id,
            network=network.key,
            kind=self.kind,
            published=self.published,
            updated=then,
            deleted=gone,
            views=told["views"] if network.has_views else None,
            likes=told["likes"],
            comments=told["comments"],
            shares=told["shares"] if network.has_shares else None,
            saves=told["saves"] if network.has_saves else None,
            clicks=told["clicks"],
            reach=told["reach"],
        )


def posts_of(seed: int, network: Network, number: int, day: int) -> Iterator[PostLife]:
    """The posts that a network's page publishes on a day; `number` is the network's place among all."""
    random = dice(seed, "posts", network.key, day)
    for place in range(min(_IDS // 6, count(random, network.posts / 7))):
        views = int(network.views * random.lognormvariate(0, 0.5))
        liked = 0.03 * random.lognormvariate(0, 0.4)
        ends = {
            "views": views,
            "likes": int(views * liked),
            "comments": int(views * liked * 0.12),
            "shares": int(views * liked * 0.2),
            "saves": int(views * liked * 0.25),
            "clicks": int(views * 0.02),
            "reach": int(views * 0.8),
        }
        published = midnight(day) + int((9 + 12 * random.random()) * HOUR)
        slowness = (0.8 + 2.5 * random.random()) * DAY
        is_recounted, is_deleted = random.random() < 0.06, random.random() < 0.04
        recounted = published + int((2 + 20 * random.random()) * DAY)
        deleted = published + int((0.1 + 25 * random.random()) * DAY)
        yield PostLife(
            id=(day - 730_000) * _IDS + number * (_IDS // 6) + place + 1,
            network=network,
            kind=one_of(random, network.kinds),
            published=published,
            ends=ends,
            slowness=slowness,
            recounted=recounted if is_recounted else None,
            deleted=deleted if is_deleted else None,
        )
