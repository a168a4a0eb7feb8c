"""The views of a stream's facts that are kept rolled up: which, by which rules; made anew where these changed.

A part remembers the digest of the views that its daily rows are of. `refresh` brings
those of other views up to date, some days at a time, and tells how many figures differ.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select, update

from collector.plugin.connector import Stream
from collector.plugin.measure import Measure
from collector.plugin.window import Window
from collector.store import channels, growth, readings, streams
from collector.store.connect import Store
from collector.store.growth import Growing
from collector.store.locks import CHANNELS
from collector.store.rollup import (
    NumberedPlan,
    Projection,
    digest,
    forget_other_views,
    plan,
    roll_up_facts,
)
from collector.store.schema import daily, fact, part
from collector.vocabulary.channels import ChannelRules

ROWS_AT_ONCE = 50_000
"""Facts that one transaction rolls up at most."""


@dataclass(frozen=True)
class Views:
    """What is made of a stream's facts, and by which rules."""

    projections: tuple[Projection, ...]
    rules: ChannelRules
    digest: str
    growing: Growing | None = None

    @staticmethod
    def of(stream: Stream, measures: Mapping[str, Measure], rules: ChannelRules, zone: ZoneInfo) -> "Views":
        """The views of a stream; the days of present-only figures are those of the zone."""
        projections = plan(stream.provides, measures, by_campaign=rules.uses_campaigns)
        found = digest(projections, rules.digest())
        if stream.kind != "now":
            return Views(projections, rules, found)
        if not stream.grows:
            return Views(projections, rules, f"{found} {zone.key}")
        return Views(projections, rules, f"{found} {zone.key} {growth.VERSION}", Growing(stream.grows, zone))

    def numbered(self, store: Store) -> NumberedPlan:
        """The plan in numbers, and every known set of dimensions with its channel (in transactions of their own)."""
        grouping = channels.group(store, self.rules, self.projections)
        return NumberedPlan.of(store.names, self.projections, grouping)


def refresh(store: Store, stream_id: int, stream: Stream, views: Views, zone: ZoneInfo) -> int:
    """Roll up anew the parts whose rows are of other views; how many figures came out otherwise."""
    stale = [(number, rolled) for number, rolled in _live(store, stream_id) if rolled != views.digest]
    if not stale:
        return 0
    restated = 0
    with store.books.keeping(CHANNELS):  # nobody removes a channel between its being looked up and used
        numbered = views.numbered(store)
        for number, rolled in stale:
            if stream.kind == "now":
                grown = _numbers(store, views.growing)
                with store.write() as tx:
                    readings.place(tx, number, zone=zone, besides=grown)
                _grow_anew(store, stream_id, number, views)
            changed = _roll_up_anew(store, stream_id, number, numbered, views)
            restated += 0 if rolled is None else changed
    return restated


def rebuild(store: Store, stream_id: int, views: Views) -> int:
    """Find the channels anew, and roll up all parts, whatever they hold; how many figures came out otherwise."""
    with store.books.keeping(CHANNELS):
        channels.renew(store, views.rules, views.projections)
        numbered = views.numbered(store)
        found = _live(store, stream_id)
        for number, _ in found:
            _grow_anew(store, stream_id, number, views)
        return sum(_roll_up_anew(store, stream_id, number, numbered, views) for number, _ in found)


def _numbers(store: Store, growing: Growing | None) -> list[int]:
    """Those of the measures that come of growth."""
    if growing is None:
        return []
    known = store.names.measures(sorted(growing.told))
    return [known[name] for name in growing.told]


def _grow_anew(store: Store, stream_id: int, part_id: int, views: Views) -> None:
    if views.growing is not None:
        growth.place(store, stream_id, part_id, views.growing)


def _live(store: Store, stream_id: int) -> list[tuple[int, str | None]]:
    """The stream's parts, and what their rows are of."""
    live = select(part.c.id, part.c.rolled).where(part.c.stream_id == stream_id, part.c.live)
    with store.read() as tx:
        return [(row.id, row.rolled) for row in tx.execute(live)]


def _roll_up_anew(store: Store, stream_id: int, part_id: int, numbered: NumberedPlan, views: Views) -> int:
    changed = 0
    for window in bites(store, part_id):
        with store.write() as tx:
            before = figures(tx, part_id, window)
            roll_up_facts(tx, numbered, part_id, window, views.projections)
            changed += differences(before, figures(tx, part_id, window))
    with store.write() as tx:
        forget_other_views(tx, part_id, numbered, views.projections)
        tx.execute(update(part).where(part.c.id == part_id).values(rolled=views.digest))
        streams.bump(tx, stream_id)
    return changed


Figures = dict[tuple[Any, ...], int]
"""Values by measure, dimension, day, member and currency."""


def figures(tx: Connection, part_id: int, window: Window) -> Figures:
    """The daily figures of these days."""
    days = daily.c.day.between(window.first.toordinal(), window.last.toordinal())
    columns = (daily.c.measure_id, daily.c.dimension_id, daily.c.day, daily.c.member_id, daily.c.currency)
    rows = tx.execute(select(*columns, daily.c.value).where(daily.c.part_id == part_id, days))
    return {tuple(row[:-1]): row[-1] for row in rows}


def differences(one: Figures, other: Figures) -> int:
    """How many figures are new, gone or changed."""
    return sum(one.get(key) != other.get(key) for key in one.keys() | other.keys())


def bites(store: Store, part_id: int) -> Iterator[Window]:
    """All days there are, in runs with about as many facts as one transaction may roll up."""
    query = select(fact.c.day, func.count()).where(fact.c.part_id == part_id).group_by(fact.c.day)
    with store.read() as tx:
        found = tx.execute(query.order_by(fact.c.day)).all()
    first, rows = date.min, 0
    for day, count in found:
        if rows and rows + count > ROWS_AT_ONCE:
            last = date.fromordinal(day - 1)
            yield Window(first, last)
            first, rows = last + timedelta(days=1), 0
        rows += count
    yield Window(first, date.max)
