"""Postings, written: what each owner adds is kept, so that it can be taken back exactly.

Between `grouping` (what a group comes to) and the rows that are read: `daily` sums,
`visit`s and `sample`s. A posting's body holds numbers only: entries, purchases and
samples, each with the place of its members in a list of sets of them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from collector.store.codec import json_of, of_json
from collector.store.ledger import LACKING, MEASURES, SAMPLED, Members, Posting
from collector.store.names import Names
from collector.store.rules import Rules
from collector.store.schema import WHOLE

SumKey = tuple[int, int, int, int, str]
"""measure, dimension, day, member, currency: a row of `daily` within its part."""

Visit = tuple[int, int, int, int, int, int, int]
"""dimension, day, customer, member, previous, first, second"""

SampleRow = tuple[int, int, str, int, str]
"""measure, day, key, value, members"""

_MOST_SETS = 20_000
"""Sets of members that are remembered at once."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """A posting in numbers. `sets`: members by dimension, 0 where there is no such dimension."""

    sets: Sequence[Sequence[int]]
    entries: Sequence[Sequence[Any]]
    """day, measure, currency, value, set"""
    purchases: Sequence[Sequence[int]]
    """day, set, acquired set"""
    samples: Sequence[Sequence[Any]]
    """measure, day, key, value, set"""

    def text(self) -> str:
        """As it is kept."""
        return json_of((self.sets, self.entries, self.purchases, self.samples))

    @staticmethod
    def read(text: str) -> "Numbered":
        """What `text` gave."""
        return Numbered(*of_json(text))


class Numbering:
    """Puts numbers in the place of a ledger's names."""

    def __init__(self, names: Names, rules: Rules) -> None:
        self._names = names
        self.dimensions = rules.all_dimensions
        numbers = names.dimensions(self.dimensions)
        self.dimension_ids = tuple(numbers[name] for name in self.dimensions)
        self._measures = names.measures([*MEASURES, *LACKING.values(), *SAMPLED])
        self.channel = self.dimensions.index("channel")
        self._sets: dict[Members, list[int]] = {}

    def numbered(self, postings: Sequence[Posting]) -> Iterator[Numbered]:
        """Each posting in numbers; names that are new get theirs first, in transactions of their own."""
        self._learn(postings)
        for posting in postings:
            yield self._of(posting)

    def _learn(self, postings: Iterable[Posting]) -> None:
        """The numbers of all sets of members that these postings use; many are met again and again."""
        if len(self._sets) > _MOST_SETS:
            self._sets = {}
        used: set[Members] = set()
        for posting in postings:
            used.update([each[4] for each in posting.entries])
            used.update([each[4] for each in posting.samples])
            used.update([each[2] for each in posting.purchases])
        new = list(used - self._sets.keys())
        columns = zip(*new, strict=True) if new else [()] * len(self.dimensions)
        known = [
            self._names.members(name, {member for member in column if member})
            for name, column in zip(self.dimensions, columns, strict=True)
        ]
        for members in new:
            numbers = [of[member] if member else WHOLE for of, member in zip(known, members, strict=True)]
            self._sets[members] = numbers

    def _of(self, posting: Posting) -> Numbered:
        """One posting; equal sets of members stand once."""
        measures, places = self._measures, dict[Members, int]()
        place = places.setdefault
        entries = [
            (day, measures[measure], currency, value, place(members, len(places)))
            for day, measure, currency, value, members in posting.entries
        ]
        purchases = [
            (day, place(members, len(places)), place(acquired, len(places)))
            for day, members, acquired in posting.purchases
        ]
        samples = [
            (measures[measure], day, key, value, place(members, len(places)))
            for measure, day, key, value, members in posting.samples
        ]
        return Numbered([self._sets[members] for members in places], entries, purchases, samples)


class Sums:
    """Rows of `daily` that gather, or what changes in them: value and number of entries.

    Hundreds of thousands are held at once, and met millions of times. So a row is one whole
    number for its key, in the order of the table's key, and one for its value and entries:
    objects would take three times as long, most of it in the garbage collector.
    """

    def __init__(self, dimension_ids: Sequence[int]) -> None:
        self._dimensions = dimension_ids
        self._currencies: dict[str, int] = {}
        self._rows: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, posting: Numbered, *, sign: int = 1) -> None:
        """Add a posting's entries, or (`sign` -1) take them away."""
        shown = [self._shown(members) for members in posting.sets]
        rows, currencies = self._rows, self._currencies
        known = rows.get
        for day, measure, currency, value, place in posting.entries:
            code = currencies.setdefault(currency, len(currencies))
            base = (measure << _MEASURE) + (day << _DAY) + code
            added = sign * ((value << _ENTRIES) + 1)
            for view in shown[place]:
                key = base + view
                rows[key] = known(key, 0) + added

    def _shown(self, members: Sequence[int]) -> list[int]:
        """The whole, and each dimension with its member."""
        pairs = zip(self._dimensions, members, strict=True)
        return [0, *((dimension << _DIMENSION) + (member << _MEMBER) for dimension, member in pairs if member)]

    def rows(self) -> Iterator[tuple[SumKey, int, int]]:
        """Each row that is not without any change, in the order of the table's key."""
        names = list(self._currencies)
        half = 1 << _ENTRIES - 1
        for key in sorted(self._rows):
            if row := self._rows[key]:
                entries = (row + half & _ALL_ENTRIES) - half
                of_row = (
                    key >> _MEASURE,
                    key >> _DIMENSION & _ALL_DIMENSIONS,
                    key >> _DAY & _ALL_DAYS,
                    key >> _MEMBER & _ALL_MEMBERS,
                    names[key & _ALL_CURRENCIES],
                )
                yield of_row, row - entries >> _ENTRIES, entries

    def clear(self) -> None:
        """Begin anew."""
        self._rows = {}


# where each part of a key begins: 10 bits of currency, 32 of member, 22 of day, 20 of dimension, the measure
_MEMBER, _DAY, _DIMENSION, _MEASURE = 10, 42, 64, 84
_ALL_CURRENCIES, _ALL_MEMBERS, _ALL_DAYS, _ALL_DIMENSIONS = (1 << 10) - 1, (1 << 32) - 1, (1 << 22) - 1, (1 << 20) - 1
_ENTRIES = 40
_ALL_ENTRIES = (1 << _ENTRIES) - 1


def visits(posting: Numbered, numbering: Numbering, customer: int) -> set[Visit]:
    """The days on which a customer bought, whole and by each dimension.

    By channel a customer belongs to that of the first purchase; by other dimensions each
    member has its own visits.
    """
    if not posting.purchases:
        return set()
    days = sorted({day for day, _, _ in posting.purchases})
    first, second = days[0], days[1] if len(days) > 1 else 0
    by_member: dict[tuple[int, int], set[int]] = {(WHOLE, WHOLE): set(days)}
    for day, own, acquired in posting.purchases:
        members = list(posting.sets[own])
        members[numbering.channel] = posting.sets[acquired][numbering.channel]
        for each in zip(numbering.dimension_ids, members, strict=True):
            if each[1]:
                by_member.setdefault(each, set()).add(day)
    found: set[Visit] = set()
    for (dimension, member), visited in by_member.items():
        previous = 0
        for day in sorted(visited):
            found.add((dimension, day, customer, member, previous, first, second))
            previous = day
    return found


def samples(posting: Numbered) -> set[SampleRow]:
    """A posting's rows of `sample`."""
    return {
        (measure, day, key, value, ",".join(map(str, posting.sets[place])))
        for measure, day, key, value, place in posting.samples
    }
