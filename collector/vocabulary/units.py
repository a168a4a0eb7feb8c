"""Units and how they combine: what a formula's result is measured in.

A unit is `money`, a count's noun (`lead`), `second`, `month`, one of these per another
(`money/customer`), or `ratio`. A user writes it; `formula` derives it; both must agree.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

RATIO = "ratio"
_UNIT = re.compile(r"[a-z][a-z0-9_]*(/[a-z][a-z0-9_]*)?")
_NO_COUNTS = frozenset({"money", "second", "month", RATIO})


@dataclass(frozen=True)
class Unit:
    """Nouns with their powers: money/customer is `{money: 1, customer: -1}`, a ratio has none."""

    powers: tuple[tuple[str, int], ...] = ()

    def times(self, other: "Unit") -> "Unit":
        """The unit of a product."""
        return _unit(self, other, 1)

    def per(self, other: "Unit") -> "Unit":
        """The unit of a quotient."""
        return _unit(self, other, -1)

    @property
    def is_share(self) -> bool:
        """Whether it is a ratio: X/X, or a count per count; never money per count."""
        nouns = dict(self.powers)
        counts = not nouns.keys() & _NO_COUNTS
        return not nouns or (counts and sorted(nouns.values()) == [-1, 1])

    def fits(self, other: "Unit") -> bool:
        """Whether the two may be added up, or one be declared as the other."""
        return self == other or (self.is_share and other.is_share and RATIO_UNIT in (self, other))

    def __str__(self) -> str:
        above = "·".join(noun for noun, power in self.powers for _ in range(power))
        below = "·".join(noun for noun, power in self.powers for _ in range(-power))
        return f"{above or '1'}/{below}" if below else above or RATIO


RATIO_UNIT = Unit()


def is_unit(text: str) -> bool:
    """Whether this can be written as a unit."""
    return _UNIT.fullmatch(text) is not None


def parse_unit(text: str) -> Unit:
    """A unit as a user or a measure writes it.

    Raises:
        ValueError: it is neither a noun nor a noun per noun.
    """
    if not is_unit(text):
        raise ValueError(f"{text!r} is no unit; write a noun or one per another, such as lead, ratio, money/customer")
    above, _, below = text.partition("/")
    return _from({above: 1}).per(_from({below: 1} if below else {}))


def _from(powers: Mapping[str, int]) -> Unit:
    return Unit(tuple(sorted((noun, power) for noun, power in powers.items() if power and noun != RATIO)))


def _unit(left: Unit, right: Unit, sign: int) -> Unit:
    powers = Counter(dict(left.powers))
    for noun, power in right.powers:
        powers[noun] += sign * power
    return _from(powers)
