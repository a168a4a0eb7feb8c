"""Chance, seeded by name: the same names give the same numbers in any process, on any day.

Each part of the world throws dice of its own for each day, so that no part has to be told
before another can be, and a later day never changes an earlier one.
"""

from collections.abc import Sequence
from math import exp
from random import Random
from typing import TypeVar

T = TypeVar("T")

_MANY = 40


def dice(*names: object) -> Random:
    """A stream of chance of these names."""
    return Random("/".join(map(str, names)))  # noqa: S311 - a made-up company keeps no secrets


def count(random: Random, mean: float) -> int:
    """How often something happens that happens `mean` times on average (Poisson)."""
    if mean <= 0:
        return 0
    if mean > _MANY:  # the normal distribution is as good, and quick
        return max(0, round(random.gauss(mean, mean**0.5)))
    left, found, throw = exp(-mean), 0, random.random()
    while throw > left:
        found += 1
        throw *= random.random()
    return found


def one_of(random: Random, choices: Sequence[T]) -> T:
    """One of them, all alike."""
    return choices[int(random.random() * len(choices))]


def around(random: Random, mean: float, share: float) -> float:
    """A number near `mean`, at least half of it."""
    return mean * max(0.5, 1 + share * random.gauss(0, 1))
