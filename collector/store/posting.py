"""Postings, written: what each owner adds is kept, so that it can be taken back exactly.

Between `grouping` (what a group comes to) and the rows that are read: `daily` sums,
`visit`s and `sample`s. A posting's body holds numbers only: entries, purchases and
samples, each with the place of its members in a list of sets of them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
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

    Hundreds of thousands are held at once, and met millions of times. So they stand in cells:
    one for a day and a member, named by one whole number in the order of the table's key,
    with a place for each measure and currency; and a row's value and entries are one number.
    """

    def __init__(self, dimension_ids: Sequence[int]) -> None:
        self._dimensions = dimension_ids
        self._places: dict[tuple[int, str], int] = {}
        """Measure and currency → place in every cell."""
        self._cells: dict[int, list[int]] = {}

    def __len__(self) -> int:
        """How many cells there are."""
        return len(self._cells)

    def add(self, posting: Numbered, *, sign: int = 1) -> None:
        """Add a posting's entries, or (`sign` -1) take them away."""
        of_days: dict[tuple[int, int], list[tuple[int, int]]] = {}
        for day, measure, currency, value, members in posting.entries:
            place = self._places.get((measure, currency))
            if place is None:
                place = self._widen(measure, currency)
            of_days.setdefault((day, members), []).append((place, sign * ((value << _ENTRIES) + 1)))
        shown = [self._shown(members) for members in posting.sets]
        cells, width = self._cells, len(self._places)
        for (day, members), added in of_days.items():
            base = day << _DAY
            for view in shown[members]:
                cell = cells.get(base + view)
                if cell is None:
                    cell = cells[base + view] = [0] * width
                for place, number in added:
                    cell[place] += number

    def _widen(self, measure: int, currency: str) -> int:
        """A place more in every cell."""
        for cell in self._cells.values():
            cell.append(0)
        return self._places.setdefault((measure, currency), len(self._places))

    def _shown(self, members: Sequence[int]) -> list[int]:
        """The whole, and each dimension with its member."""
        pairs = zip(self._dimensions, members, strict=True)
        return [0, *[(dimension << _DIMENSION) + member for dimension, member in pairs if member]]

    def rows(self) -> Iterator[tuple[SumKey, int, int]]:
        """Each row that is not without any change, in the order of the table's key."""
        half = 1 << _ENTRIES - 1
        cells = [
            (key >> _DIMENSION, key >> _DAY & _ALL_DAYS, key & _ALL_MEMBERS, self._cells[key])
            for key in sorted(self._cells)
        ]
        for measure, of_measure in groupby(sorted(self._places), key=itemgetter(0)):
            places = [(currency, self._places[measure, currency]) for _, currency in of_measure]
            for dimension, day, member, cell in cells:
                for currency, place in places:
                    if row := cell[place]:
                        entries = (row + half & _ALL_ENTRIES) - half
                        yield (measure, dimension, day, member, currency), row - entries >> _ENTRIES, entries

    def clear(self) -> None:
        """Begin anew."""
        self._cells = {}


# where each part of a cell's name begins: 32 bits of member, 22 of day, the dimension
_DAY, _DIMENSION = 32, 54
_ALL_MEMBERS, _ALL_DAYS = (1 << 32) - 1, (1 << 22) - 1
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
