"""Break-downs that fall far behind the whole of the same day: the vendor's mistake, not the world's.

Runs on staged facts, before they take the place of what was there: the old rows of a
collapsed cut are kept, the whole and the other cuts are taken over. It is seen in the
wild: googleapis/google-cloud-python#17380.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, delete, func, insert, literal, select

from collector.plugin.measure import Measure
from collector.plugin.window import Window
from collector.store.codec import MILLION
from collector.store.facts import of_days
from collector.store.schema import dimset, fact, measure

FALL = 0.2
"""How far a break-down may lie below the whole."""

AT_LEAST = 30
"""A whole of less is too small to tell."""

Cuts = Mapping[str, Sequence[Sequence[str]]]


@dataclass(frozen=True)
class Collapse:
    """A cut of a measure that came to much less than the whole of its day."""

    day: date
    measure: str
    cut: str
    share: float
    """Of the whole, 0 to 1."""

    def __str__(self) -> str:
        return f"{self.measure} by {self.cut.replace(',', ', ')} came to {self.share:.0%} of the whole of {self.day}"


def comparable(provides: Cuts, measures: Mapping[str, Measure]) -> dict[str, tuple[str, ...]]:
    """The sums that are given whole and broken down as well: measure → its break-downs."""
    found = {}
    for name, cuts in provides.items():
        if measures[name].aggregation == "sum" and () in map(tuple, cuts):
            found[name] = tuple(",".join(sorted(cut)) for cut in cuts if cut)
    return {name: cuts for name, cuts in found.items() if cuts}


def keep_old_rows(
    tx: Connection, *, staged: int, live: int | None, window: Window, cuts: Mapping[str, Sequence[str]]
) -> list[Collapse]:
    """Put the live rows of collapsed cuts in the place of the staged ones; what collapsed.

    A cut that has no earlier rows of its day keeps the new ones: little is more than nothing.
    """
    collapses = _find(tx, staged, window, cuts)
    for day, cut in sorted({(each.day, each.cut) for each in collapses}):
        if live is not None:
            _restore(tx, staged, live, day, cut)
    return collapses


def _find(tx: Connection, part_id: int, window: Window, cuts: Mapping[str, Sequence[str]]) -> list[Collapse]:
    query = (
        select(fact.c.day, measure.c.name, dimset.c.cut, func.sum(fact.c.value / MILLION))
        .join(measure, measure.c.id == fact.c.measure_id)
        .join(dimset, dimset.c.id == fact.c.dimset_id)
        .where(fact.c.part_id == part_id, of_days(window), measure.c.name.in_(list(cuts)))
        .group_by(fact.c.day, measure.c.name, dimset.c.cut)
    )
    sums = {(day, name, cut): float(total) for day, name, cut, total in tx.execute(query)}
    return [
        Collapse(date.fromordinal(day), name, other, share)
        for (day, name, cut), whole in sorted(sums.items())
        if cut == "" and whole >= AT_LEAST
        for other in cuts[name]
        if (share := sums.get((day, name, other), 0.0) / whole) < 1 - FALL
    ]


def _restore(tx: Connection, staged: int, live: int, day: date, cut: str) -> None:
    of_cut = fact.c.dimset_id.in_(select(dimset.c.id).where(dimset.c.cut == cut))
    here = (fact.c.day == day.toordinal()) & of_cut
    if tx.execute(select(fact.c.day).where(fact.c.part_id == live, here).limit(1)).first() is None:
        return
    columns: Iterable[str] = [column.name for column in fact.c if column.name != "part_id"]
    tx.execute(delete(fact).where(fact.c.part_id == staged, here))
    old = select(literal(staged), *(fact.c[name] for name in columns)).where(fact.c.part_id == live, here)
    tx.execute(insert(fact).from_select(["part_id", *columns], old))
