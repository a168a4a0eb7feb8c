"""Both sides of checks, day by day: read from the store at once for all of them.

One question to the store for each dimension, of the days that the rule looks at; amounts of
money are what the project counts: by VAT, and at the rate of their day.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import partial

from collector.kpi.engine import Engine
from collector.kpi.memory import Memory
from collector.kpi.reconciliation.checks import Check, Side
from collector.kpi.reconciliation.rule import Series
from collector.kpi.supply import VIRTUAL
from collector.store.sums import DailySum, StreamName, daily_sums, versions_of
from collector.vocabulary.channels import NOT_WEB, UNASSIGNED

Days = list[float]
Members = dict[str | None, Days]
Columns = Mapping[tuple[StreamName, str], Members]
"""By stream and measure."""
MOST_MEMBERS = 300
"""Of a dimension whose members are only judged one by one, such as campaigns: the biggest."""

SITE = "site"


@dataclass
class Sides:
    """The days from `first` to `last` (ordinals) of all streams that checks are about."""

    engine: Engine
    first: int
    last: int
    _rows: dict[str | None, Columns] = field(default_factory=dict)
    _sites: dict[StreamName, str] = field(default_factory=dict)
    unrated: set[str] = field(default_factory=set)
    """The currencies that have no rate on some day."""

    def read(self, checks: Iterable[Check], memory: Memory | None = None) -> None:
        """Ask the store; of dimensions whose streams have not changed since, what it answered then stands."""
        wanted: dict[str | None, list[Side]] = {}
        for check in checks:
            for side in (check.a, check.b):
                self._sites |= {(feed.source.name, feed.stream.name): feed.source.site for feed in side.feeds}
                for by in {side.by, *(None if each in VIRTUAL else each for each in check.members)}:
                    wanted.setdefault(by, []).append(side)
        for by, sides in wanted.items():
            streams = {name for side in sides for name in side.streams}
            versions = versions_of(self.engine.tx, self.engine.project.name, streams | self._rates())
            stamp = (self.first, self.last, sorted(versions.items()), self.engine.figures.campaigns.mark)
            read = partial(self._read, sides, by, streams)
            self._rows[by], unrated = (memory or Memory()).once(f"sides {by}", stamp, read)
            self.unrated |= unrated

    def _read(self, sides: list[Side], by: str | None, streams: set[StreamName]) -> tuple[Columns, set[str]]:
        found: dict[tuple[StreamName, str], Members] = {}
        unrated: set[str] = set()
        rows = daily_sums(
            self.engine.tx,
            self.engine.project.name,
            streams,
            measures={side.measure for side in sides},
            first=self.first,
            last=self.last,
            by=by,
            most=None if by is None or any(side.by == by for side in sides) else MOST_MEMBERS,
        )
        for row in rows:
            of = found.setdefault((row.stream, row.measure), {})
            member = self.engine.figures.campaigns.joined(by, row.member)
            if member not in of:
                of[member] = [0.0] * (self.last - self.first + 1)
            amount = self._amount(row)
            if amount is None:
                unrated.add(row.currency)
            of[member][row.day - self.first] += amount or 0.0
        return found, unrated

    def _amount(self, row: DailySum) -> float | None:
        """As the project counts it; what is no money is taken as it is, for there is much of it."""
        if not row.currency:
            return row.value
        owner, day = row.stream[0], date.fromordinal(row.day)
        figures, value = self.engine.figures, Decimal(row.value)
        own = figures.amount(value, row.currency, measure=row.measure, owner=owner, day=day)
        return None if own is None else float(own)

    def _rates(self) -> set[StreamName]:
        """The streams that rates come from."""
        sources = self.engine.project.sources.values()
        return {
            (source.name, stream.name) for source in sources for stream in source.streams if "rate" in stream.yields
        }

    # ── series ───────────────────────────────────────────────────────────────────────

    def whole(self, check: Check, first: int, last: int) -> Series:
        """Both sides of a check."""
        keep = self._advertised(check)
        a, b = (self._summed(self._of(side, side.by, _kept(side, keep))) for side in (check.a, check.b))
        return self._series(a, b, first, last)

    def members(self, check: Check, dimension: str, first: int, last: int) -> Iterator[tuple[str, Series]]:
        """Both sides by member: of those that both of them know of."""
        a, b = (self._by(side, dimension) for side in (check.a, check.b))
        for member in sorted(a.keys() & b.keys()):
            yield member, self._series(a[member], b[member], first, last)

    def _by(self, side: Side, dimension: str) -> dict[str, Days]:
        if dimension == SITE:
            found: dict[str, list[Days]] = {}
            for name in side.streams:
                days = self._summed(self._rows[side.by].get((name, side.measure), {}).values())
                found.setdefault(self._sites[name], []).append(days)
            return {site: self._summed(each) for site, each in found.items()}
        members: dict[str, list[Days]] = {}
        for member, days in self._of_members(side, dimension):
            if member is not None:
                members.setdefault(member, []).append(days)
        return {member: self._summed(each) for member, each in members.items()}

    def _of_members(self, side: Side, by: str | None) -> Iterator[tuple[str | None, Days]]:
        for name in side.streams:
            yield from self._rows[by].get((name, side.measure), {}).items()

    def _of(self, side: Side, by: str | None, keep: Callable[[str | None], bool]) -> Iterator[Days]:
        return (days for member, days in self._of_members(side, by) if keep(member))

    def _advertised(self, check: Check) -> frozenset[str | None]:
        """The channels of the check's other side, which has the clicks."""
        if check.b.keep != "advertised":
            return frozenset()
        return frozenset(member for member, days in self._of_members(check.b, check.b.by) if any(days)) - {UNASSIGNED}

    def _summed(self, found: Iterable[Days]) -> Days:
        return [sum(day) for day in zip([0.0] * (self.last - self.first + 1), *found, strict=True)]

    def _series(self, a: Days, b: Days, first: int, last: int) -> Series:
        begin, end = first - self.first, last - self.first + 1
        return Series(first, a[begin:end], b[begin:end])


def _kept(side: Side, advertised: frozenset[str | None]) -> Callable[[str | None], bool]:
    left_out: frozenset[str | None] = frozenset()
    if side.keep == "advertised":
        return advertised.__contains__
    if side.keep == "online":
        left_out = NOT_WEB
    elif side.keep == "assigned":
        left_out = frozenset({UNASSIGNED})
    return lambda member: member not in left_out
