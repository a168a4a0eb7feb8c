"""What went in: each measure's figures for the days of a window, whole or by member.

Reads the store for the engine, once for all sums of a window and once for each distinct
and median. Missing members of a complete window are true zeros; what cannot be said has
a reason instead of a figure.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from statistics import median

from sqlalchemy import Connection

from collector.kpi.meaning import given_window
from collector.kpi.money import Exchange
from collector.kpi.supply import Supply
from collector.kpi.values import Undefined
from collector.kpi.windows import Days
from collector.plugin.measure import Measure
from collector.settings.model import Project
from collector.store import measures as store

STATED_AT_MOST = timedelta(days=31)
"""A stock that facts state keeps its value until it is stated anew, at most so long."""

Members = dict[str | None, Decimal]


@dataclass(frozen=True)
class Figure:
    """A measure in a window: its value by member (None: the whole), or why there is none."""

    by_member: Mapping[str | None, Decimal] = field(default_factory=dict)
    reason: Undefined | None = None
    flags: frozenset[str] = frozenset()
    missing: Undefined | None = None
    """What a member that is not there means; None: zero."""


class Figures:
    """The figures of one project in one transaction."""

    def __init__(self, tx: Connection, project: Project, supplied: Mapping[str, Supply], wanted: Iterable[str]) -> None:
        """`wanted`: the measures that are going to be asked for."""
        self._tx = tx
        self._project = project
        self._supplied = supplied
        self._exchange = Exchange(tx, project)
        self._wanted = [supplied[name].measure for name in sorted(set(wanted)) if name in supplied]
        self._batches: dict[tuple[str, Days, str | None], Mapping[str, Figure]] = {}
        self._titles: dict[str, Mapping[str, str]] = {}
        self._opens: dict[frozenset[str], date | None] = {}

    def of(self, measure: Measure, *, window: str, days: Days, by: str | None = None) -> Figure:
        """A measure's figure for the days of a window; `by`: by the members of a dimension."""
        match measure.aggregation:
            case "sum":
                return self._batch("sum", days, by).get(measure.name, Figure())
            case "last" if measure.of:
                return self._batch("sum", days, by).get(measure.name, Figure())
            case "last":
                return self._batch("stated", days, by).get(measure.name, Figure(reason="no_data"))
            case "distinct" if measure.of:
                return self._distinct(measure, days, by)
            case "median" if measure.of:
                return self._median(days, by)
            case "given":
                return self._given(measure, days, by, fits=window == given_window(measure))
            case _:  # distinct or median as facts tell it: of one day
                return self._given(measure, days, by, fits=days.first == days.last)

    def titles(self, dimension: str) -> Mapping[str, str]:
        """What people call the members of a dimension."""
        if dimension not in self._titles:
            self._titles[dimension] = store.member_titles(self._tx, self._project.name, dimension)
        return self._titles[dimension]

    def opens(self, kinds: frozenset[str]) -> date | None:
        """The day of the first entity of these kinds."""
        if kinds and kinds not in self._opens:
            self._opens[kinds] = store.first_entity_day(self._tx, self._project.name, kinds=kinds)
        return self._opens.get(kinds)

    def _batch(self, kind: str, days: Days, by: str | None) -> Mapping[str, Figure]:
        key = (kind, days, by)
        if key not in self._batches:
            self._batches[key] = self._sums(days, by) if kind == "sum" else self._stated(days, by)
        return self._batches[key]

    # ── sums ─────────────────────────────────────────────────────────────────────────

    def _sums(self, days: Days, by: str | None) -> dict[str, Figure]:
        names = [
            each.name for each in self._wanted if each.aggregation == "sum" or (each.aggregation == "last" and each.of)
        ]
        totals = store.window_totals(
            self._tx, self._project.name, measures=names, first=days.first, last=days.last, by=by
        )
        foreign = {each.measure for each in totals if each.currency not in (None, self._project.currency)}
        stocks = {each.name for each in self._wanted if each.aggregation == "last"}
        gathered = _Gathered()
        for total in totals:
            if total.measure in stocks or total.measure not in foreign:
                amount = self._exchange.in_own(total.value, currency=total.currency, day=days.last)
                gathered.add(total.measure, total.member, amount, total.flags)
        flows = foreign - stocks
        if flows:  # each day at its own rate
            for row in store.daily_values(
                self._tx, self._project.name, measures=flows, first=days.first, last=days.last, by=by
            ):
                amount = self._exchange.in_own(row.value, currency=row.currency, day=row.day)
                gathered.add(row.measure, row.member, amount, row.flags)
        return gathered.figures()

    # ── what facts state of a day ────────────────────────────────────────────────────

    def _stated(self, days: Days, by: str | None) -> dict[str, Figure]:
        """Stocks: of each source its last statement."""
        names = [each.name for each in self._wanted if each.aggregation == "last" and not each.of]
        rows = store.daily_values(
            self._tx, self._project.name, measures=names, first=days.last - STATED_AT_MOST, last=days.last, by=by
        )
        latest: dict[tuple[str, str], date] = {}
        for row in rows:
            key = (row.owner, row.measure)
            latest[key] = max(latest.get(key, row.day), row.day)
        gathered = _Gathered()
        for row in rows:
            if row.day == latest[row.owner, row.measure]:
                amount = self._exchange.in_own(row.value, currency=row.currency, day=days.last)
                gathered.add(row.measure, row.member, amount, row.flags)
        return gathered.figures()

    def _given(self, measure: Measure, days: Days, by: str | None, *, fits: bool) -> Figure:
        """The vendor's own figure of the window's last day; it cannot be added up."""
        supply = self._supplied[measure.name]
        if not fits or not supply.has_cut(by) or len(supply.feeds) > 1:
            return Figure(reason="not_additive")
        rows = store.daily_values(
            self._tx, self._project.name, measures=[measure.name], first=days.last, last=days.last, by=by
        )
        gathered = _Gathered()
        for row in rows:
            amount = self._exchange.in_own(row.value, currency=row.currency, day=row.day)
            gathered.add(measure.name, row.member, amount, row.flags)
        found = gathered.figures().get(measure.name, Figure())
        none = "no_events" if measure.aggregation == "median" else None
        if none and by is None and not found.by_member and found.reason is None:
            return Figure(reason="no_events")
        return Figure(found.by_member, found.reason, found.flags, missing="no_events" if none else None)

    # ── what entities of exactly the window come to ──────────────────────────────────

    def _distinct(self, measure: Measure, days: Days, by: str | None) -> Figure:
        found = self._batches.get((measure.name, days, by))
        if found is None:
            counts = store.distinct_customers(
                self._tx, self._project.name, measure=measure.name, first=days.first, last=days.last, by=by
            )
            figure = Figure({member: Decimal(count) for member, count in counts.items()})
            found = self._batches[measure.name, days, by] = {measure.name: figure}
        return found[measure.name]

    def _median(self, days: Days, by: str | None) -> Figure:
        found = self._batches.get(("seconds_to_win", days, by))
        if found is None:
            all_seconds = store.seconds_to_win(self._tx, self._project.name, first=days.first, last=days.last, by=by)
            medians: Members = {
                member: Decimal(median(map(Decimal, seconds))) for member, seconds in all_seconds.items() if seconds
            }
            reason: Undefined | None = None if medians or by else "no_events"
            figure = Figure(medians, reason, missing="no_events")
            found = self._batches["seconds_to_win", days, by] = {"seconds_to_win": figure}
        return found["seconds_to_win"]


class _Gathered:
    """Amounts by measure and member; one without a rate leaves its measure without a figure."""

    def __init__(self) -> None:
        self._amounts: dict[str, Members] = defaultdict(dict)
        self._flags: dict[str, frozenset[str]] = defaultdict(frozenset)
        self._no_rate: set[str] = set()

    def add(self, measure: str, member: str | None, amount: Decimal | None, flags: frozenset[str]) -> None:
        if amount is None:
            self._no_rate.add(measure)
            return
        of_measure = self._amounts[measure]
        of_measure[member] = of_measure.get(member, Decimal(0)) + amount
        self._flags[measure] |= flags

    def figures(self) -> dict[str, Figure]:
        found = {name: Figure(members, None, self._flags[name]) for name, members in self._amounts.items()}
        return found | {name: Figure(reason="no_rate") for name in self._no_rate}
