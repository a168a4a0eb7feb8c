"""Daily figures of facts against the facts that they are sums of."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, func, select

from collector.plugin.window import Window
from collector.store import growth
from collector.store.rollup import NumberedPlan, rolled_up
from collector.store.schema import fact, part
from collector.store.views import ROWS_AT_ONCE, Figures, Views, differences, figures

DAYS = 20
"""Of a part, how many of its newest days, and how many others, are a sample."""

PARTS = 20
"""The same of a stream's parts."""


@dataclass(frozen=True)
class CheckedFacts:
    """A stream with facts."""

    title: str
    stream_id: int
    views: Views
    numbered: NumberedPlan

    def check(self, tx: Connection, faults: list[str], notes: list[str], *, full: bool) -> None:
        """Compare, and tell how many figures differ."""
        live = select(part.c.id, part.c.rolled).where(part.c.stream_id == self.stream_id, part.c.live)
        rows = tx.execute(live.order_by(part.c.id)).all()
        due = [row for row in rows if row.rolled != self.views.digest]
        if due:
            notes.append(f"{self.title}: not looked at, other settings are about to change its figures")
            return
        differing = sum(
            differences(self._expected(tx, number, window), figures(tx, number, window))
            for number in _sample([row.id for row in rows], PARTS, full=full)
            for window in _windows(tx, number, full=full)
        )
        if differing:
            faults.append(f"{self.title}: {differing} daily figures are not the sums of its facts; run `store rebuild`")
        if full and self.views.growing is not None:
            apart = sum(growth.apart(tx, self.stream_id, row.id, self.views.growing) for row in rows)
            if apart:
                faults.append(f"{self.title}: {apart} facts are not the growth of its posts; run `store rebuild`")

    def _expected(self, tx: Connection, part_id: int, window: Window) -> Figures:
        found: Figures = {}
        for projection in self.views.projections:
            for row in tx.execute(rolled_up(self.numbered, part_id, window, projection)):
                _, measure, dimension, day, member, currency, value, _ = row
                found[measure, dimension, day, member, currency] = value
        return found


def _windows(tx: Connection, part_id: int, *, full: bool) -> Iterator[Window]:
    """Windows to be compared: of a sample a day each; else all days, with about as many facts as fit into memory."""
    query = select(fact.c.day, func.count()).where(fact.c.part_id == part_id).group_by(fact.c.day)
    days = [(row[0], row[1]) for row in tx.execute(query.order_by(fact.c.day))]
    if not full:
        for day in _sample([day for day, _ in days], DAYS, full=False):
            yield Window(date.fromordinal(day), date.fromordinal(day))
        return
    first, rows = 1, 0
    for day, count in days:
        if rows and rows + count > ROWS_AT_ONCE:
            yield Window(date.fromordinal(first), date.fromordinal(day - 1))
            first, rows = day, 0
        rows += count
    yield Window(date.fromordinal(first), date.max)


def _sample(numbers: list[int], size: int, *, full: bool) -> list[int]:
    """The last ones, and some of the others."""
    if full or len(numbers) <= 2 * size:
        return numbers
    return [*numbers[-size:], *random.sample(numbers[:-size], size)]
