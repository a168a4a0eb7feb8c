"""Loads: records on their way into the store, one class for each kind of stream.

A load is given records as they arrive and writes them where nobody sees them (parts and
windows) or where writing twice is the same as once (entities); its last step shows them
and moves the cursor, in one transaction. Sync code: the poll runs it in a thread.
"""

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from collector.clock import day_of
from collector.plugin.connector import Stream
from collector.plugin.errors import BadResponse
from collector.plugin.measure import Measure
from collector.plugin.records import (
    RECORD_TYPES,
    Customer,
    Deal,
    Fact,
    Gone,
    Lead,
    Member,
    Post,
    Rate,
    Reading,
    Record,
    StageChange,
)
from collector.plugin.window import Begins, Part, Window
from collector.settings.retention import first_kept
from collector.store import entities, facts, growth, parts, readings, streams
from collector.store.codec import to_micros
from collector.store.collapses import Collapse, comparable, keep_old_rows
from collector.store.connect import Store
from collector.store.growth import Growing
from collector.store.rates import replace_rates, store_rates
from collector.store.rollup import roll_up_facts
from collector.store.views import Views
from collector.vocabulary.channels import ChannelRules

ROWS_AT_ONCE = 50_000
"""Rows that one transaction writes or rolls up at most."""

MOST_TOUCHED = 20_000


_Grow = Callable[[Connection, Window, Sequence[str]], Window]


@dataclass(frozen=True)
class Target:
    """Where a stream's records go, and what they must look like."""

    stream_id: int
    where: str
    """`source/stream`, for messages."""
    stream: Stream
    measures: Mapping[str, Measure]
    zone: ZoneInfo
    """The source's days: those of its own facts, and of the project's instants."""
    channels: ChannelRules = field(default_factory=ChannelRules)
    facts_kept: timedelta | None = None
    """How long facts are kept; None: for ever."""


@dataclass(frozen=True)
class Loaded:
    """What a load came to."""

    records: int = 0
    restated: int = 0
    span: tuple[date, date] | None = None
    collapses: tuple[Collapse, ...] = ()
    """Break-downs whose former rows were kept, or that have none."""


class _Load:
    """What all loads share: checks, and records that are no facts."""

    def __init__(self, store: Store, target: Target, at: datetime) -> None:
        self.store = store
        self.target = target
        self.at = at
        self.records = 0
        self._types = target.stream.yields
        self._views = Views.of(target.stream, target.measures, target.channels, target.zone)

    def _sorted(self, records: Iterable[object]) -> dict[type, list[Record]]:
        """Records by type; what the stream did not announce is refused."""
        by_type: dict[type, list[Record]] = {}
        for kind, run in groupby(records, key=type):
            found: list[Any] = list(run)
            if RECORD_TYPES.get(getattr(kind, "type", "")) is not kind or kind.type not in self._types:
                expected = f"records of type {' or '.join(sorted(self._types))}"
                raise BadResponse(expected=expected, where=self.target.where, got=repr(found[0]))
            by_type.setdefault(kind, []).extend(found)
            self.records += len(found)
        return by_type

    def _encoder(self) -> facts.FactEncoder:
        provides, measures = self.target.stream.provides, self.target.measures
        return facts.FactEncoder(self.store, where=self.target.where, provides=provides, measures=measures)

    def _beside(
        self, tx: Connection, part_id: int, by_type: Mapping[type, Sequence[Record]], dimensions: Mapping[str, int]
    ) -> None:
        """Titles and rates; `dimensions` are numbered before the transaction, see `Names`."""
        members = [each for each in by_type.get(Member, ()) if isinstance(each, Member)]
        if members:
            readings.store_titles(tx, self.target.stream_id, members, dimensions)
        store_rates(tx, part_id, [each for each in by_type.get(Rate, ()) if isinstance(each, Rate)])

    def _dimensions(self, by_type: Mapping[type, Sequence[Record]]) -> Mapping[str, int]:
        """The numbers of the dimensions whose members have names here."""
        wanted = {each.dimension for each in by_type.get(Member, ()) if isinstance(each, Member)}
        return self.store.names.dimensions(wanted) if wanted else {}


def _entities(by_type: Mapping[type, Sequence[Record]]) -> list[entities.Entity]:
    kinds = (Lead, Deal, Customer, Post, StageChange)
    return [each for found in by_type.values() for each in found if isinstance(each, kinds)]


class _FactLoad(_Load):
    """Facts (and more) staged under a hidden part."""

    def __init__(self, store: Store, target: Target, at: datetime) -> None:
        super().__init__(store, target, at)
        self.days: Counter[int] = Counter()
        self.part_id = 0
        self._encode = self._encoder()
        self._comparable = comparable(target.stream.provides, target.measures)
        self._collapses: list[Collapse] = []

    def _stage(self, records: Iterable[object], window: Window | None) -> None:
        by_type = self._sorted(records)
        rows = self._encode.rows([each for each in by_type.get(Fact, ()) if isinstance(each, Fact)], window)
        self.days.update(row[0] for row in rows)
        add_up = self.target.stream.repeated == "sum" or self._encode.merges
        dimensions = self._dimensions(by_type)
        with self.store.write() as tx:
            facts.stage(tx, self.part_id, rows, add_up=add_up, where=self.target.where)
            entities.stage_rows(tx, self.part_id, _entities(by_type), seen=self.at)
            self._beside(tx, self.part_id, by_type, dimensions)

    def _keep_collapsed(self, tx: Connection, window: Window, live: int | None) -> None:
        if self._comparable:
            found = keep_old_rows(tx, staged=self.part_id, live=live, window=window, cuts=self._comparable)
            self._collapses += found

    def _bites(self) -> Iterator[Window]:
        """The days with rows, in runs of about as many rows as one transaction may hold."""
        first, rows = None, 0
        for day in sorted(self.days):
            if first is not None and rows + self.days[day] > ROWS_AT_ONCE:
                yield Window(date.fromordinal(first), date.fromordinal(day - 1))
                first, rows = None, 0
            first = day if first is None else first
            rows += self.days[day]
        if first is not None:
            yield Window(date.fromordinal(first), date.fromordinal(max(self.days)))


class PartLoad(_FactLoad):
    """One part of a part stream: staged, then shown in place of its former self."""

    def __init__(self, store: Store, target: Target, part: Part, at: datetime) -> None:
        super().__init__(store, target, at)
        self._part = part
        with store.write() as tx:
            self.part_id = parts.begin(
                tx, target.stream_id, name=part.name, fingerprint=part.fingerprint, modified_at=part.modified_at
            )
        self._span: list[date] = []
        self._kept_from = first_kept(target.facts_kept, day_of(at, target.zone))
        self._left_out: date | None = None

    def add(self, records: Sequence[object]) -> None:
        """Stage records, unseen; facts that retention would take again are left out."""
        if self._kept_from is not None:
            records = list(self._young(records, self._kept_from))
        self._stage(records, None)
        days = [
            day_of(each.closed_at if isinstance(each, Deal) and each.closed_at else each.created_at, self.target.zone)
            for each in records
            if isinstance(each, Deal | Lead)
        ]
        days += [day_of(each.published_at, self.target.zone) for each in records if isinstance(each, Post)]
        days += [each.day for each in records if isinstance(each, Rate)]
        if days:
            self._span = [min([*self._span, *days]), max([*self._span, *days])]

    def _young(self, records: Iterable[object], kept_from: date) -> Iterator[object]:
        """The records without facts of days before `kept_from`."""
        for each in records:
            if isinstance(each, Fact) and each.day < kept_from:
                self._left_out = each.day if self._left_out is None else max(self._left_out, each.day)
                self.records += 1
            else:
                yield each

    def _reach(self) -> tuple[date, date] | None:
        """The first and last day of the part; where facts were left out it begins with the first that is kept."""
        if self.days:
            self._span += [date.fromordinal(min(self.days)), date.fromordinal(max(self.days))]
        if self._left_out is not None and self._kept_from is not None:
            return self._kept_from, max([*self._span, self._left_out])
        return (min(self._span), max(self._span)) if self._span else None

    def publish(self) -> Loaded:
        """Roll up what was staged, then show it and hide what it replaces: one transaction."""
        numbered = self._views.numbered(self.store)
        with self.store.read() as tx:
            before = parts.live_parts(tx, self.target.stream_id).get(self._part.name)
        for window in self._bites():
            with self.store.write() as tx:
                self._keep_collapsed(tx, window, None if before is None else before.id)
                roll_up_facts(tx, numbered, self.part_id, window, self._views.projections)
        span = self._reach()
        with self.store.read() as tx:
            restated = self._restated(tx, before)
        with self.store.write() as tx:
            parts.publish(tx, self.part_id, records=self.records, span=span, rolled=self._views.digest)
            streams.bump(tx, self.target.stream_id)
            replaced = [self.part_id] if before is None else [self.part_id, before.id]
            entities.touch_parts(tx, self.target.stream_id, replaced, most=MOST_TOUCHED)
        return Loaded(self.records, restated, span, tuple(self._collapses))

    def _restated(self, tx: Connection, before: parts.LivePart | None) -> int:
        if before is None or before.first_day is None or before.last_day is None:
            return 0
        if before.last_day < before.first_day:  # retention took all of its days
            return 0
        among = facts.of_days(Window(before.first_day, before.last_day))
        return facts.differences(tx, new_part=self.part_id, old_part=before.id, among=among)


class WindowLoad(_FactLoad):
    """Some days of a window stream: staged, then put in place of what was there."""

    def __init__(self, store: Store, target: Target, window: Window, at: datetime) -> None:
        super().__init__(store, target, at)
        self._window = window
        with store.write() as tx:
            self._live = parts.only_part(tx, target.stream_id, rolled=self._views.digest)
            self.part_id = parts.begin(tx, target.stream_id, name="#staged")

    def add(self, records: Sequence[object]) -> None:
        """Stage records, unseen.

        Raises:
            BadResponse: one is of another day.
        """
        for each in records:
            if isinstance(each, Rate) and each.day not in self._window:
                expected = f"days from {self._window.first} to {self._window.last}"
                raise BadResponse(expected=expected, where=self.target.where, got=f"{each.currency} on {each.day}")
        self._stage(records, self._window)

    def commit(self, *, ended: date, untold: Container[date] = frozenset()) -> Loaded:
        """Replace the window's days exactly; those through `ended` were over when they were read.

        Days that are `untold` stay as they are, read or not.
        More rows than one transaction may hold are replaced a few days at a time, each
        with its mark, newest first: a crash in between leaves days to be read again.
        """
        both = [day for number in self.days if (day := date.fromordinal(number)) in untold]
        if both:
            raise BadResponse(expected="one or the other", where=self.target.where, got=f"{both[0]} is told and untold")
        restated = 0
        numbered = self._views.numbered(self.store)
        for window in self._slices(untold):
            with self.store.write() as tx:
                self._keep_collapsed(tx, window, self._live)
                among = facts.in_covered(self.target.stream_id, window)
                restated += facts.differences(tx, new_part=self.part_id, old_part=self._live, among=among)
                facts.replace_window(tx, self._live, window, from_part=self.part_id)
                replace_rates(tx, self._live, window, from_part=self.part_id)
                roll_up_facts(tx, numbered, self._live, window, self._views.projections)
                streams.mark_covered(tx, self.target.stream_id, window.days(), read_at=self.at, ended=ended)
                streams.bump(tx, self.target.stream_id)
        span = (self._window.first, self._window.last)
        return Loaded(self.records, restated, span, tuple(self._collapses))

    def _slices(self, untold: Container[date]) -> list[Window]:
        """The window, cut where its rows need it; every day of it that is told is in one slice."""
        bites = list(self._bites())
        edges = [self._window.first, *(bite.first for bite in bites[1:])]
        ends = [date.fromordinal(edge.toordinal() - 1) for edge in edges[1:]] + [self._window.last]
        whole = [Window(first, last) for first, last in zip(edges, ends, strict=True)]
        return [run for each in whole for run in _runs(each, untold)][::-1]


def _runs(window: Window, untold: Container[date]) -> Iterator[Window]:
    """The unbroken runs of its days that are not among these."""
    for is_untold, days in groupby(window.days(), key=lambda day: day in untold):
        if not is_untold:
            run = list(days)
            yield Window(run[0], run[-1])


class ChangeLoad(_Load):
    """A run of a since stream: slices of entities, each committed with its cursor."""

    def __init__(self, store: Store, target: Target, at: datetime, *, anew: bool = False) -> None:
        """`anew`: all is read again that was read before."""
        super().__init__(store, target, at)
        self._anew = anew
        with store.write() as tx:
            self._part = parts.only_part(tx, target.stream_id)

    def commit(self, records: Sequence[object], *, cursor: str | None) -> None:
        """Store a slice; with `cursor`, a later run may go on after it."""
        by_type = self._sorted(records)
        dimensions = self._dimensions(by_type)
        with self.store.write() as tx:
            changed = entities.upsert(tx, self._part, _entities(by_type), seen=self.at, anew=self._anew)
            changed |= entities.mark_gone(tx, self._part, [e for e in by_type.get(Gone, ()) if isinstance(e, Gone)])
            entities.touch(tx, self.target.stream_id, changed)
            self._beside(tx, self._part, by_type, dimensions)
            streams.bump(tx, self.target.stream_id)
            if cursor is not None:
                streams.move_cursor(tx, self.target.stream_id, run_start=self.at, cursor=cursor)

    def complete(self, records: Sequence[object], *, ahead: timedelta = timedelta(0), whole: bool = False) -> Loaded:
        """Store the last slice: all that changed before this run began is in; `ahead`: by a clock so far ahead.

        `whole`: and all that did not change.
        """
        self.commit(records, cursor=None)
        with self.store.write() as tx:
            streams.complete_run(tx, self.target.stream_id, run_start=self.at - ahead, whole=whole)
        return Loaded(self.records)


class ReadingLoad(_Load):
    """A run of a now stream: readings and posts as they are at this instant."""

    def __init__(self, store: Store, target: Target, at: datetime) -> None:
        super().__init__(store, target, at)
        with store.write() as tx:
            self._part = parts.only_part(tx, target.stream_id, rolled=self._views.digest)

    def commit_slice(self, records: Sequence[object], *, cursor: str) -> None:
        """Append some of them, with where the stream goes on; the day is not read before the rest is in.

        Each slice is an instant of its own, lest what it tells of a post be taken for what the next one does.
        """
        self._append(records, cursor=cursor)
        self.at += timedelta(microseconds=1)

    def commit(self, records: Sequence[object], *, begins: Begins | None = None) -> Loaded:
        """Append all that are left in one transaction: the day is read. `begins`: since when all posts are known."""
        day = self._append(records, cursor=None)
        if begins is not None:
            first = None if begins.at is None else day_of(begins.at, self.target.zone) + timedelta(days=1)
            with self.store.write() as tx:
                streams.whole_from(tx, self.target.stream_id, first)
        return Loaded(self.records, 0, (day.first, day.last))

    def _append(self, records: Sequence[object], *, cursor: str | None) -> Window:
        by_type = self._sorted(records)
        dimensions = self._dimensions(by_type)
        found = [each for each in by_type.get(Reading, ()) if isinstance(each, Reading)]
        self._refuse_grown(found)
        rows = [(row[1], row[2], to_micros(each.value)) for each, row in zip(found, self._rows(found), strict=True)]
        numbered, grow = self._views.numbered(self.store), self._growth(by_type)
        with self.store.write() as tx:
            day = readings.append(tx, self._part, rows, at=self.at, zone=self.target.zone)
            changed = entities.upsert(tx, self._part, _entities(by_type), seen=self.at)
            days = grow(tx, day, [key for kind, key in changed if kind == "post"])
            roll_up_facts(tx, numbered, self._part, days, self._views.projections)
            streams.bump(tx, self.target.stream_id)
            changed |= entities.mark_gone(tx, self._part, [e for e in by_type.get(Gone, ()) if isinstance(e, Gone)])
            entities.touch(tx, self.target.stream_id, changed)
            self._beside(tx, self._part, by_type, dimensions)
            if cursor is None:
                streams.mark_covered(tx, self.target.stream_id, day.days(), read_at=self.at, ended=day.first)
            else:
                streams.keep_cursor(tx, self.target.stream_id, cursor)
        return day

    def _refuse_grown(self, found: Iterable[Reading]) -> None:
        for each in found:
            if each.measure in self.target.stream.grows:
                expected = f"{each.measure} by the counters of posts alone, as the stream yields posts"
                raise BadResponse(expected=expected, where=self.target.where, got="a reading of it")

    def _growth(self, by_type: Mapping[type, Sequence[Record]]) -> "_Grow":
        """What adds the growth of these posts to the day, and returns the days that it changes.

        Its names are numbered here, before the transaction.
        """
        growing, stream_id, part_id = self._views.growing, self.target.stream_id, self._part
        if growing is None:
            return lambda _tx, day, _keys: day
        networks = {each.network for each in by_type.get(Post, ()) if isinstance(each, Post)}
        with self.store.read() as tx:
            late = growth.is_late(tx, stream_id, at=self.at)
            networks |= growth.networks_of(tx, part_id) if late else frozenset()
        numbers = growth.Numbers.of(self.store.names, growing, networks)

        def grow(tx: Connection, day: Window, keys: Sequence[str]) -> Window:
            growth.begin(tx, stream_id, at=self.at)
            if self._bridges:
                growth.cover_between(tx, stream_id, day.first, at=self.at)
            if late:
                growth.place_here(tx, stream_id, part_id, growing, numbers)
                return Window(date.min, date.max)
            growth.add(tx, part_id, keys, growing, numbers, at=self.at)
            return day

        return grow

    @property
    def _bridges(self) -> bool:
        """Whether a day without a poll can be told nevertheless: what grew on it is told later, stocks stay."""
        stream, measures = self.target.stream, self.target.measures
        told = Growing(stream.grows, self.target.zone).told
        return all(name in told or measures[name].aggregation == "last" for name in stream.provides)

    def _rows(self, found: Sequence[Reading]) -> list[facts.FactRow]:
        """Checked and encoded as facts of the day are."""
        day = day_of(self.at, self.target.zone)
        return self._encoder().rows(
            [Fact(day=day, measure=each.measure, value=each.value, dimensions=each.dimensions) for each in found]
        )
