"""The views of a stream's facts that are kept rolled up: which, by which rules; made anew where these changed.

A part remembers the digest of the views that its daily rows are of. `refresh` brings
those of other views up to date, some days at a time, and tells how many figures differ.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select, update

from collector.plugin.connector import Stream
from collector.plugin.measure import Measure
from collector.plugin.window import Window
from collector.store import channels, readings, streams
from collector.store.connect import Store
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

    @staticmethod
    def of(stream: Stream, measures: Mapping[str, Measure], rules: ChannelRules, zone: ZoneInfo) -> "Views":
        """The views of a stream; the days of present-only figures are those of the zone."""
        projections = plan(stream.provides, measures, by_campaign=rules.uses_campaigns)
        found = digest(projections, rules.digest())
        return Views(projections, rules, f"{found} {zone.key}" if stream.kind == "now" else found)

    def numbered(self, store: Store) -> NumberedPlan:
        """The plan in numbers, and every known set of dimensions with its channel (in transactions of their own)."""
        grouping = channels.group(store, self.rules, self.projections)
        return NumberedPlan.of(store.names, self.projections, grouping)


def refresh(store: Store, stream_id: int, stream: Stream, views: Views, zone: ZoneInfo) -> int:
    """Roll up anew the parts whose rows are of other views; how many figures came out otherwise."""
    live = select(part.c.id, part.c.rolled).where(part.c.stream_id == stream_id, part.c.live)
    with store.read() as tx:
        stale = [row for row in tx.execute(live) if row.rolled != views.digest]
    if not stale:
        return 0
    restated = 0
    with store.books.keeping(CHANNELS):  # nobody removes a channel between its being looked up and used
        numbered = views.numbered(store)
        for row in stale:
            if stream.kind == "now":
                with store.write() as tx:
                    readings.place(tx, row.id, zone=zone)
            restated += _roll_up_part(store, row.id, numbered, views, compared=row.rolled is not None)
            with store.write() as tx:
                forget_other_views(tx, row.id, numbered, views.projections)
                tx.execute(update(part).where(part.c.id == row.id).values(rolled=views.digest))
                streams.bump(tx, stream_id)
    return restated


def _roll_up_part(store: Store, part_id: int, numbered: NumberedPlan, views: Views, *, compared: bool) -> int:
    """Roll a part up; how many figures differ from those before, where there were any of the kind."""
    changed = 0
    for window in _bites(store, part_id):
        with store.write() as tx:
            before = _rows(tx, part_id, window) if compared else set()
            roll_up_facts(tx, numbered, part_id, window, views.projections)
            if compared:
                changed += len(before ^ _rows(tx, part_id, window))
    return changed


def _rows(tx: Connection, part_id: int, window: Window) -> set[tuple[Any, ...]]:
    """The daily rows of these days, for comparing."""
    days = daily.c.day.between(window.first.toordinal(), window.last.toordinal())
    columns = (daily.c.measure_id, daily.c.dimension_id, daily.c.day, daily.c.member_id, daily.c.currency)
    return {tuple(row) for row in tx.execute(select(*columns, daily.c.value).where(daily.c.part_id == part_id, days))}


def _bites(store: Store, part_id: int) -> Iterator[Window]:
    """The days with facts, in runs of about as many as one transaction may roll up."""
    query = select(fact.c.day, func.count()).where(fact.c.part_id == part_id).group_by(fact.c.day)
    with store.read() as tx:
        found = tx.execute(query.order_by(fact.c.day)).all()
    first, last, rows = None, 0, 0
    for day, count in found:
        if first is not None and rows + count > ROWS_AT_ONCE:
            yield Window(date.fromordinal(first), date.fromordinal(last))
            first, rows = None, 0
        first, last, rows = day if first is None else first, day, rows + count
    if first is not None:
        yield Window(date.fromordinal(first), date.fromordinal(last))
