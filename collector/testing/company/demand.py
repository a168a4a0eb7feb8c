"""How many people come on a day, by which way, and how many of them ask for something.

Before `visits`, `ads` and `lives`, which all begin here, so that visits, clicks and leads of one
day and way hang together.
"""

from functools import lru_cache
from typing import NamedTuple

from collector.testing.company import incident
from collector.testing.company.calendar import busyness
from collector.testing.company.dice import count, dice
from collector.testing.company.ways import WAYS, Way

ASKING = 0.38
"""What the ways' shares are multiplied by, so that 400 days at size 1 bring some 2,000 deals."""
LOYAL = 0.15
"""The share of those who ask that will come again and again."""


class Coming(NamedTuple):
    """What one way brought on one day."""

    way: Way
    visits: int
    guests: int
    loyals: int
    junk: float


class Demand:
    """The world's demand; the same for the same seed and size."""

    def __init__(self, seed: int, size: int) -> None:
        self._seed, self._size = seed, size
        self.day = lru_cache(maxsize=4_000)(self._day)

    def _day(self, day: int) -> tuple[Coming, ...]:
        random = dice(self._seed, self._size, "demand", day)
        scale = busyness(day) * self._size
        found = []
        for way in WAYS:
            is_struck = incident.strikes(self._seed, way.key, day)
            visits = count(random, way.visits * scale * (incident.VISITS if is_struck else 1))
            asking = ASKING * (visits if way.visits else scale) * way.share
            if is_struck:
                asking *= incident.NEWCOMERS * (1 + incident.JUNK) / incident.VISITS
            junk = min(0.85, way.junk + (0.65 if is_struck else 0))
            loyals = count(random, asking * LOYAL * (0.2 if is_struck else 1))
            guests = count(random, asking * (1 - LOYAL))
            found.append(Coming(way, visits, guests, loyals, junk))
        return tuple(found)
