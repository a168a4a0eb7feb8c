"""What the networks tell of each day: followers who came and went, views and reactions gained, reach.

Reactions of a day are the growth of the posts' own counters (`posts`) over it: rises add up, a
recount downwards takes nothing away. Followers are counted from the world's beginning on.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from collector.testing.company.calendar import WORLD_BEGINS, busyness, midnight
from collector.testing.company.dice import around, count, dice
from collector.testing.company.networks import NETWORKS, Network
from collector.testing.company.posts import GROWS, Post, PostLife, posts_of

People = tuple[int, int, int]
_GAINED = ("views", "likes", "comments", "shares", "saves", "clicks")


@dataclass(frozen=True, slots=True)
class Followers:
    """One network's day. Reactions that it does not tell are None."""

    day: int
    network: str
    followers: int
    gained: int
    lost: int
    views: int
    likes: int
    comments: int
    shares: int | None
    saves: int | None
    clicks: int
    reach_1d: int
    reach_7d: int
    reach_28d: int


class Audience:
    """All pages of one world; its size does not matter here."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._told: dict[tuple[str, int], list[PostLife]] = {}
        self._counted: list[dict[str, People]] = []

    def posts(self, since: int, at: int) -> Iterator[Post]:
        """Those that were published since a day, by an instant."""
        day = since
        while midnight(day) <= at:
            for number, network in enumerate(NETWORKS):
                for life in self._posts(number, network, day):
                    if life.published <= at:
                        yield life.at(at)
            day += 1

    def day(self, day: int) -> Iterator[Followers]:
        """What each network tells of a day that is over."""
        for number, network in enumerate(NETWORKS):
            followers, gained, lost = self._people(day)[network.key]
            growth = self._growth(number, network, day)
            random = dice(self._seed, "reach", network.key, day)
            reach = int(growth["views"] * around(random, 0.7, 0.1) + followers * around(random, 0.03, 0.2))
            yield Followers(
                day=day,
                network=network.key,
                followers=followers,
                gained=gained,
                lost=lost,
                views=growth["views"],
                likes=growth["likes"],
                comments=growth["comments"],
                shares=growth["shares"] if network.has_shares else None,
                saves=growth["saves"] if network.has_saves else None,
                clicks=growth["clicks"],
                reach_1d=reach,
                reach_7d=int(reach * around(random, 3.6, 0.1)),
                reach_28d=int(reach * around(random, 8.2, 0.1)),
            )

    def _posts(self, number: int, network: Network, day: int) -> list[PostLife]:
        if (network.key, day) not in self._told:
            self._told[network.key, day] = list(posts_of(self._seed, network, number, day))
        return self._told[network.key, day]

    def _growth(self, number: int, network: Network, day: int) -> dict[str, int]:
        begins, ends = midnight(day), midnight(day + 1)
        found = dict.fromkeys(_GAINED, 0)
        for published in range(day - GROWS, day + 1):
            for life in self._posts(number, network, published):
                if life.deleted is None or life.deleted >= ends:
                    for name in _GAINED:
                        found[name] += max(0, life.counter(name, ends - 1) - life.counter(name, begins - 1))
        return found

    def _people(self, day: int) -> dict[str, People]:
        """Each network's followers at the day's end, and who came and went on it."""
        first = WORLD_BEGINS.toordinal()
        while len(self._counted) <= day - first:
            then = first + len(self._counted)
            random, found = dice(self._seed, "followers", then), {}
            for network in NETWORKS:
                held = self._counted[-1][network.key][0] if self._counted else network.base
                gained = count(random, network.gains * busyness(then))
                lost = min(held, count(random, network.losses))
                found[network.key] = (held + gained - lost, gained, lost)
            self._counted.append(found)
        return self._counted[day - first]
