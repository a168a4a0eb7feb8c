"""What sources of facts state (method, section 1: cuts, several sources; design, section 5).

Beside `entries` one of the two that `measures` is made of. Each cut stands alone; sources of
one measure add up, except in a vendor's own figures.
"""

from calendar import monthrange
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

from tests.kpi.judge import money
from tests.kpi.judge.channels import by_tags
from tests.kpi.judge.entries import Entry
from tests.kpi.judge.windows import Stream
from tests.kpi.judge.world import NOT_SET, Facts, Row, World

GIVEN = {f"{name}_{window}": window for name in ("users", "reach") for window in ("1d", "7d", "28d")}
STOCKS = {"followers"}
COSTS = {"spend", "other_costs", "budget"}
Members = frozenset[str]


class FactBook:
    """All facts of one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.entries, self.streams = cache(self._entries), cache(self._streams)

    def sources(self, measure: str) -> list[Facts]:
        """The live ones: what a pilot states counts nowhere."""
        return [source for source in self.world.facts if measure in source.measures and not source.pilot]

    def _streams(self, measure: str) -> list[Stream]:
        """A source's days go from its first row to its last one, with those that rows are spread over."""
        found = []
        for source in self.sources(measure):
            days = [day for row in source.rows for day in self._days(source, row)]
            found.append(Stream(source.through or max(days), min(days), *source.life, required=source.required))
        return found

    def has(self, measure: str, dimension: str) -> bool:
        wanted = frozenset({dimension})
        return all(_cut_with(source, wanted) is not None for source in self.sources(measure))

    def given(self, measure: str, window: str, day: date, by: str | None) -> dict[str | None, Decimal | str]:
        """A vendor's own figure: for its own window, from the exact cut, of one source alone."""
        wanted = frozenset(filter(None, [by]))
        found: dict[str | None, Decimal | str] = {}
        for entry in self.entries(measure, wanted):
            if entry.day == day:
                member = entry.dimensions[by] if by else None
                found[member] = "not_additive" if member in found else entry.amount
        if GIVEN[measure] != window or (by is None and len(self.sources(measure)) > 1):
            return dict.fromkeys(found or [None], "not_additive")
        return found

    def _entries(self, measure: str, wanted: Members) -> list[Entry]:
        """The rows of the smallest cut that has the dimensions, within each source's life."""
        found: list[Entry] = []
        for source in self.sources(measure):
            cut, (born, ended) = _cut_with(source, wanted), source.life
            for row in source.rows:
                if row.cut == cut and measure in row.values:
                    found += (
                        entry
                        for entry in self._of_row(source, row, measure)
                        if (born or date.min) <= entry.day <= (ended or date.max)
                    )
        return found

    def _of_row(self, source: Facts, row: Row, measure: str) -> Iterator[Entry]:
        dimensions = {**source.constants, **self._members(row)}
        days = self._days(source, row)
        for day in days:
            amount = row.values[measure] / len(days)
            if measure in COSTS:
                yield Entry(day, amount, dimensions, self._worth(source, row.currency, day))
            else:
                yield Entry(day, amount, dimensions)

    def _worth(self, source: Facts, currency: str, day: date):  # type: ignore[no-untyped-def]
        return lambda amount: money.cost_of(
            self.world, money.exchanged(self.world, amount, currency, day), source.vat, day
        )

    def _members(self, row: Row) -> Mapping[str, str]:
        """Empty and `(not set)` are one member; a channel follows from source, medium, campaign."""
        told = {name: row.dimensions.get(name, "").strip() or NOT_SET for name in row.cut}
        if "source_medium" in told:
            told["source_medium"] = told["source_medium"].lower()
            source, _, medium = told["source_medium"].partition(" / ")
            channel = by_tags(self.world.rules, source, medium, told.get("campaign", ""))
            told["channel"] = channel or "Unassigned"
        return told

    def _days(self, source: Facts, row: Row) -> list[date]:
        if not source.spread:
            return [row.day]
        first = row.day.replace(day=1)
        return [first + timedelta(days=number) for number in range(monthrange(first.year, first.month)[1])]


def _dimensions(source: Facts, cut: tuple[str, ...]) -> Members:
    return frozenset({*cut, *source.constants, *(["channel"] if "source_medium" in cut else [])})


def _cut_with(source: Facts, wanted: Members) -> tuple[str, ...] | None:
    having = [cut for cut in source.cuts if wanted <= _dimensions(source, cut)]
    return min(having, key=len) if having else None
