"""What goes wrong: every four weeks one campaign is bad for three, so that lately one always was.

Its spend grows, its clicks grow less, and hardly anybody who comes by it wants to buy; junk
comes instead. So the cost of a customer rises in its channel and nowhere else. The weeks are
counted from the world's beginning, so that no incident moves as the company moves on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from collector.testing.company.calendar import WORLD_BEGINS
from collector.testing.company.dice import dice

EVERY, LASTS = 28, 21
_JITTER = EVERY - LASTS + 1  # no two at once
STRUCK = ("vk-lookalike", "kitchens-network", "pmax-cross-network", "kitchens-search")
"""The campaigns that make most of their channels, in the order in which it is their turn."""

SPEND, VISITS, NEWCOMERS, JUNK = 2.8, 1.7, 0.2, 3.0
"""What the struck campaign's numbers are multiplied by."""


@dataclass(frozen=True, slots=True)
class Incident:
    """A campaign, its first and its last bad day."""

    campaign: str
    first: int
    last: int


@lru_cache(maxsize=1_000)
def _incident(seed: int, number: int) -> Incident:
    first = WORLD_BEGINS.toordinal() + number * EVERY + int(dice(seed, "incident", number).random() * _JITTER)
    return Incident(STRUCK[(seed + number) % len(STRUCK)], first, first + LASTS - 1)


def strikes(seed: int, campaign: str, day: int) -> bool:
    """Whether it is one of the campaign's bad days."""
    found = _incident(seed, (day - WORLD_BEGINS.toordinal()) // EVERY)
    return found.campaign == campaign and found.first <= day <= found.last


def incidents(seed: int, first: int, last: int) -> Iterator[Incident]:
    """Those that were bad on some of the days, the earliest first."""
    begins = WORLD_BEGINS.toordinal()
    for number in range((first - begins) // EVERY, (last - begins) // EVERY + 1):
        found = _incident(seed, number)
        if found.first <= last and found.last >= first:
            yield found
