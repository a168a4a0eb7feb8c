"""What went in: each measure's figures for the days of a window, whole or by member.

Reads the store for the engine, once for all sums of a window and once for each distinct
and median. Missing members of a complete window are true zeros; what cannot be said has
a reason instead of a figure. Figures whose streams have not changed since they were last
asked for are taken from `Memory`.
"""

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import TypeVar

from sqlalchemy import Connection

from collector.kpi.campaigns import CAMPAIGN, Campaigns
from collector.kpi.entities import EntityFigures
from collector.kpi.gathering import NOTHING, Figure, Gathered
from collector.kpi.meaning import given_window
from collector.kpi.memory import Memory, Stamp
from collector.kpi.money import Exchange, Vat
from collector.kpi.supply import VIRTUAL, Supply
from collector.kpi.windows import Days
from collector.plugin.measure import Measure
from collector.settings.model import Project
from collector.store import measures as store
from collector.store import streams
from collector.store.ledger import LACKING, UNSTAGED

STATED_AT_MOST = timedelta(days=31)
"""A stock that facts state keeps its value until it is stated anew, at most so long."""

DUE = "leads_response_due"
_VAT_UNSET = frozenset({"vat_unset"})
R = TypeVar("R", store.Total, store.Daily)
D = TypeVar("D", bound=store.Daily)
Delivered = store.Total | store.Daily
"""An amount as somebody delivered it: of all days together, or of one."""


class Figures:
    """The figures of one project in one transaction."""

    def __init__(
        self,
        tx: Connection,
        project: Project,
        supplied: Mapping[str, Supply],
        wanted: Iterable[str],
        memory: Memory | None = None,
    ) -> None:
        """`wanted`: the measures that are going to be asked for."""
        self._tx = tx
        self._project = project
        self._supplied = supplied
        self.exchange = Exchange(tx, project)
        self.vat = Vat(project)
        self.campaigns = Campaigns(store.member_titles(tx, project.name, CAMPAIGN))
        self.entities = EntityFigures(tx, project, supplied, self.campaigns)
        self._wanted = [supplied[name].measure for name in sorted(set(wanted)) if name in supplied]
        self._memory = Memory() if memory is None else memory
        self._titles: dict[str, Mapping[str, str]] = {}
        self._opens: dict[frozenset[str], date | None] = {}

    def of(self, measure: Measure, *, window: str, days: Days, by: str | None = None) -> Figure:
        """A measure's figure for the days of a window; `by`: by the members of a dimension."""
        return self.remembered(measure, window, days, by, lambda own: self._found(measure, own, by))

    def remembered(
        self, measure: Measure, window: str, days: Days, by: Hashable, find: Callable[[Days], Mapping[str, Figure]]
    ) -> Figure:
        """A measure's figure, found once for as long as its streams do not change.

        `by`: all that its members depend on. `find` may give those of other measures too.
        """
        if not self._fits(measure, window, days):
            return Figure(reason="not_additive")
        if measure.aggregation == "last":
            days = Days(days.last, days.last)  # all windows that end together share a stock
        if not self.is_known(measure.name, days, by):
            for name, figure in find(days).items():
                self._memory.keep(name, days, by, self._stamps[name], figure)
        known = self._memory.figure(measure.name, days, by, self._stamps[measure.name])
        return NOTHING if known is None else known

    def is_known(self, name: str, days: Days, by: Hashable) -> bool:
        """Whether a measure's figure is remembered and still holds."""
        return self._memory.figure(name, days, by, self._stamps[name]) is not None

    def _fits(self, measure: Measure, window: str, days: Days) -> bool:
        """Whether the figure can be said of these days: what cannot be added up has its own only."""
        if measure.aggregation == "given":
            return window == given_window(measure)
        if measure.aggregation in ("distinct", "median") and not self._supplied[measure.name].is_of_entities:
            return days.first == days.last
        return True

    def _found(self, measure: Measure, days: Days, by: str | None) -> Mapping[str, Figure]:
        """The figure of a measure, and of all others that the same question of the store answers."""
        if self._supplied[measure.name].is_summed:
            return self._sums(measure, days, by)
        if not self._supplied[measure.name].is_of_entities:
            return self._stated(measure, days, by) if measure.aggregation == "last" else self._given(measure, days, by)
        if measure.aggregation == "median":
            return {measure.name: self.entities.median(measure, days, by)}
        return self.entities.customers(days, by)

    @cached_property
    def _stamps(self) -> Mapping[str, Stamp]:
        """Of each measure, the versions of its streams and of those that give rates."""
        versions = streams.versions(self._tx, self._project.name)
        rates = tuple(
            versions.get((source.name, stream.name), 0)
            for source in self._project.sources.values()
            for stream in source.streams
            if "rate" in stream.yields
        )
        return {
            name: (
                tuple((key, versions.get(key, 0)) for key in sorted(supply.keys)),
                rates if supply.measure.is_money else (),
                tuple(self.entities.asked_at.items()) if name == DUE else (),
                self.campaigns.mark,
            )
            for name, supply in self._supplied.items()
        }

    def titles(self, dimension: str) -> Mapping[str, str]:
        """What people call the members of a dimension; campaigns are members by what they are called."""
        if dimension == CAMPAIGN:
            return {}
        if dimension not in self._titles:
            self._titles[dimension] = store.member_titles(self._tx, self._project.name, dimension)
        return self._titles[dimension]

    def opens(self, kinds: frozenset[str]) -> date | None:
        """The day of the first entity of these kinds."""
        if kinds and kinds not in self._opens:
            self._opens[kinds] = store.first_entity_day(self._tx, self._project.name, kinds=kinds)
        return self._opens.get(kinds)

    # ── sums ─────────────────────────────────────────────────────────────────────────

    def alike(self, measure: Measure) -> list[Measure]:
        """The measures that are summed up over the same days: flows, or stocks that entities come to."""
        is_stock = measure.aggregation == "last"
        return [
            each
            for each in {each.name: each for each in (*self._wanted, measure)}.values()
            if self._supplied[each.name].is_summed and (each.aggregation == "last") is is_stock
        ]

    def _sums(self, measure: Measure, days: Days, by: str | None) -> dict[str, Figure]:
        """All sums, or all stocks that entities come to."""
        asked = [each for each in self.alike(measure) if not self.is_known(each.name, days, by)]
        totals = self.totals(with_lacking(asked), days, by)
        found = self.summed(asked, totals, days, lambda names: self.daily(names, days.first, days.last, by))
        if DUE in found:
            found[DUE] = self.entities.with_unanswered(found[DUE], days, by)
        return found

    def summed(
        self,
        asked: Collection[Measure],
        totals: Collection[store.Total],
        days: Days,
        daily: Callable[[Iterable[str]], Iterable[store.Daily]],
    ) -> dict[str, Figure]:
        """What delivered amounts come to; `daily` gives those whose days each have rates of their own."""
        by_day = self._daily_rated(asked, totals, days)
        gathered = Gathered()
        for row in totals:
            name, _, lacks = row.measure.partition(":")
            if lacks:
                gathered.refuse(name, row.member, "not_configured" if row.measure == UNSTAGED else "no_margin")
            elif name not in by_day:
                self.gather(gathered, row, days.last)
        for each in daily(by_day) if by_day else ():
            self.gather(gathered, each, each.day)
        return dict.fromkeys((each.name for each in asked), NOTHING) | gathered.figures()

    def _daily_rated(self, asked: Iterable[Measure], totals: Iterable[store.Total], days: Days) -> set[str]:
        """The flows whose days each have rates of their own: of another currency, or of VAT that changed."""
        flows = {each.name for each in asked if each.is_money and each.aggregation == "sum"}
        foreign = {row.measure for row in totals if row.currency not in (None, self._project.currency)}
        return flows & foreign if self.vat.is_steady(days.first, days.last) else flows

    def totals(self, names: Iterable[str], days: Days, by: str | None) -> list[store.Total]:
        """The sums of measures as they were delivered, by owner and currency."""
        rows = store.window_totals(
            self._tx, self._project.name, measures=names, first=days.first, last=days.last, by=_stored(by)
        )
        return list(self._placed(rows, by))

    def daily(self, names: Iterable[str], first: date, last: date, by: str | None) -> list[store.Daily]:
        """The same day by day."""
        rows = store.daily_values(self._tx, self._project.name, measures=names, first=first, last=last, by=_stored(by))
        return list(self._placed(rows, by))

    def _placed(self, rows: Iterable[R], by: str | None) -> Iterator[R]:
        """The rows whose owner gives the measure (of two sources of one site only the primary one does).

        By source or site the owner tells the member.
        """
        for row in rows:
            supply = self._supplied.get(row.measure.partition(":")[0])
            if supply is None or row.owner not in supply.owners:
                continue
            if by in VIRTUAL:
                row = replace(row, member=supply.owners[row.owner][by])
            elif by == CAMPAIGN:
                row = replace(row, member=self.campaigns.joined(by, row.member))
            yield row

    def gather(self, gathered: Gathered, row: Delivered, day: date) -> None:
        """Add what a delivered amount comes to, by VAT and rates of a day."""
        flags = row.flags
        if row.currency is not None and self.vat.is_doubtful(row.measure, row.owner):
            flags |= _VAT_UNSET
        gathered.add(row.measure, row.member, self.counted(row, day), flags)

    def counted(self, row: Delivered, day: date) -> Decimal | None:
        """What a delivered amount comes to, by VAT and rates of a day; None: there is no rate."""
        return self.amount(row.value, row.currency, measure=row.measure, owner=row.owner, day=day)

    def amount(self, value: Decimal, currency: str | None, *, measure: str, owner: str, day: date) -> Decimal | None:
        """The same, of what an owner delivered for a measure."""
        if currency is not None:
            value = self.vat.applied(value, measure, owner, day)
        return self.exchange.in_own(value, currency=currency, day=day)

    def rows(self, measure: Measure, days: Days, by: str | None = None) -> list[tuple[Delivered, date]]:
        """What a figure is added up from, as it was delivered, each with the day whose VAT and rates it takes.

        Different customers and medians are no sums: they have none.
        """
        supply = self._supplied[measure.name]
        if supply.is_summed:
            totals = self.totals([measure.name], days, by)
            if measure.name in self._daily_rated([measure], totals, days):
                return [(row, row.day) for row in self.daily([measure.name], days.first, days.last, by)]
            return [(row, days.last) for row in totals]
        if supply.is_of_entities:
            return []
        if measure.aggregation == "last":
            return [(row, days.last) for row in self._latest([measure.name], days, by)]
        return [(row, row.day) for row in self.daily([measure.name], days.last, days.last, by)]

    # ── what facts state of a day ────────────────────────────────────────────────────

    def _stated(self, measure: Measure, days: Days, by: str | None) -> dict[str, Figure]:
        """Stocks: of each source its last statement."""
        names = [
            each.name
            for each in {each.name: each for each in (*self._wanted, measure)}.values()
            if each.aggregation == "last" and not self._supplied[each.name].is_of_entities
        ]
        gathered = Gathered()
        for row in self._latest(names, days, by):
            self.gather(gathered, row, days.last)
        return {name: self.unstated(name, days) for name in names} | gathered.figures()

    def unstated(self, name: str, days: Days) -> Figure:
        """A stock that no source stated: a true zero where none of them lives on the window's last day."""
        is_over = not any(feed.is_alive(days.last) for feed in self._supplied[name].feeds)
        return NOTHING if is_over else Figure(reason="no_data")

    def _latest(self, names: Iterable[str], days: Days, by: str | None) -> list[store.Daily]:
        return self.latest(self.daily(names, days.last - STATED_AT_MOST, days.last, by), days)

    def latest(self, rows: Iterable[D], days: Days) -> list[D]:
        """Each owner's statements of its last day with any."""
        rows = [
            row
            for row in rows
            if any(
                feed.is_alive(days.last) for feed in self._supplied[row.measure].feeds if feed.source.name == row.owner
            )
        ]
        latest: dict[tuple[str, str], date] = {}
        for row in rows:
            key = (row.owner, row.measure)
            latest[key] = max(latest.get(key, row.day), row.day)
        return [row for row in rows if row.day == latest[row.owner, row.measure]]

    def _given(self, measure: Measure, days: Days, by: str | None) -> dict[str, Figure]:
        """The vendor's own figure of the window's last day; it cannot be added up."""
        supply = self._supplied[measure.name]
        if not supply.has_cut(_stored(by)) or (len(supply.feeds) > 1 and by is None):
            return {measure.name: Figure(reason="not_additive")}
        gathered = Gathered()
        rows = self.daily([measure.name], days.last, days.last, by)
        by_owner = Counter(member for member, _ in {(row.member, row.owner) for row in rows})
        for row in rows:
            if by_owner[row.member] == 1:  # one whom two sources count may be the same person twice
                self.gather(gathered, row, row.day)
        found = gathered.figures().get(measure.name, NOTHING)
        if measure.aggregation == "median":
            nothing = by is None and not found.by_member and found.reason is None
            found = replace(found, missing="no_events", reason="no_events" if nothing else found.reason)
        return {measure.name: found}


def with_lacking(measures: Iterable[Measure]) -> list[str]:
    """The names of measures, and of what says where they cannot be said."""
    names = [each.name for each in measures]
    return [*names, *(LACKING[name] for name in names if name in LACKING)]


def _stored(by: str | None) -> str | None:
    """The dimension that the store is asked for: sources and sites are told by the owners of rows."""
    return None if by in VIRTUAL else by
