"""What retention takes of facts and readings.

First an old day is not covered any more, then its rows go: a window that reaches before
what is kept is too short, and never a smaller figure.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, exists, func, or_, select, update

from collector.store import bites, growth, streams
from collector.store.care.task import Place
from collector.store.codec import to_instant
from collector.store.connect import Store
from collector.store.schema import covered, daily, fact, part, post_reading, reading

_FACTS_AT_ONCE = bites.ROWS_AT_ONCE // 4  # with each go the figures that it is a part of


@dataclass(frozen=True)
class OldFacts:
    """A stream's facts of days before `first`."""

    project: str
    source: str
    stream_id: int
    first: date
    what: str = "facts"

    def count(self, tx: Connection) -> int:
        """How many there are."""
        old = fact.c.part_id.in_(_parts(self.stream_id)) & (fact.c.day < self._day)
        return int(tx.execute(select(func.count()).select_from(fact).where(old)).scalar_one())

    def take(self, place: Place) -> int:
        """First the days are not covered any more, then their rows go."""
        with place.store.read() as tx:
            if not self._is_due(tx):
                return 0
            has_facts = exists().where(fact.c.part_id == part.c.id, fact.c.day < self._day)
            has_figures = exists().where(daily.c.part_id == part.c.id, daily.c.day < self._day)
            numbers = list(tx.execute(_parts(self.stream_id).where(or_(has_facts, has_figures))).scalars())
        with place.store.write() as tx:
            tx.execute(delete(covered).where(covered.c.stream_id == self.stream_id, covered.c.day < self._day))
            reaching = and_(part.c.stream_id == self.stream_id, part.c.first_day < self._day)
            tx.execute(update(part).where(reaching).values(first_day=self._day))
            streams.bump(tx, self.stream_id)
        return sum(self._take_part(place.store, number) for number in numbers)

    @property
    def _day(self) -> int:
        return self.first.toordinal()

    def _is_due(self, tx: Connection) -> bool:
        """Whether anything is left of days before the first that is kept."""
        mine = _parts(self.stream_id)
        old = (
            exists().where(covered.c.stream_id == self.stream_id, covered.c.day < self._day),
            exists().where(part.c.stream_id == self.stream_id, part.c.first_day < self._day),
            exists().where(fact.c.part_id.in_(mine), fact.c.day < self._day),
            exists().where(daily.c.part_id.in_(mine), daily.c.day < self._day),
        )
        return bool(tx.execute(select(or_(*old))).scalar())

    def _take_part(self, store: Store, part_id: int) -> int:
        """Facts go together with the figures that are their sums, so that these are right at every instant."""
        views = select(daily.c.measure_id, daily.c.dimension_id).where(daily.c.part_id == part_id).distinct()
        with store.read() as tx:
            found = [(row.measure_id, row.dimension_id) for row in tx.execute(views)]
            runs = list(self._runs(tx, part_id))
        taken = 0
        for first, last in runs:
            with store.write() as tx:
                days = and_(fact.c.part_id == part_id, fact.c.day.between(first, last))
                taken += tx.execute(delete(fact).where(days)).rowcount
                for measure_id, dimension_id in found:  # as the table is sorted, by view and then by day
                    view = and_(daily.c.measure_id == measure_id, daily.c.dimension_id == dimension_id)
                    here = and_(daily.c.part_id == part_id, view, daily.c.day.between(first, last))
                    tx.execute(delete(daily).where(here))
            bites.pause()
        return taken

    def _runs(self, tx: Connection, part_id: int) -> Iterator[tuple[int, int]]:
        """All days before the first that is kept, in runs with about as many facts as one bite may take."""
        old = and_(fact.c.part_id == part_id, fact.c.day < self._day)
        counts = select(fact.c.day, func.count()).where(old).group_by(fact.c.day).order_by(fact.c.day)
        first, rows = 1, 0
        for day, count in tx.execute(counts):
            if rows and rows + count > _FACTS_AT_ONCE:
                yield first, day - 1
                first, rows = day, 0
            rows += count
        yield first, self._day - 1


@dataclass(frozen=True)
class OldReadings:
    """A stream's readings before the start of a day; their days' values are facts, which stay."""

    project: str
    source: str
    stream_id: int
    before: datetime
    what: str = "readings"

    def count(self, tx: Connection) -> int:
        """How many there are."""
        mine = _parts(self.stream_id)
        plain = select(func.count()).select_from(reading).where(reading.c.part_id.in_(mine), self._old)
        posts = (
            select(func.count()).select_from(post_reading).where(post_reading.c.part_id.in_(mine), self._old_of_posts)
        )
        return int(tx.execute(plain).scalar_one() + tx.execute(posts).scalar_one())

    def take(self, place: Place) -> int:
        """Remove them."""
        with place.store.read() as tx:
            numbers = list(tx.execute(_parts(self.stream_id)).scalars())
        with place.store.write() as tx:
            growth.keep_from(tx, self.stream_id, self.before)
        taken = 0
        for number in numbers:
            keys = (reading.c.measure_id, reading.c.dimset_id, reading.c.at)
            taken += bites.remove(place.store, reading, and_(reading.c.part_id == number, self._old), by=keys)
            of_posts = and_(post_reading.c.part_id == number, self._old_of_posts)
            taken += bites.remove(place.store, post_reading, of_posts, by=(post_reading.c.key, post_reading.c.at))
        return taken

    @property
    def _old(self) -> ColumnElement[bool]:
        return reading.c.at < to_instant(self.before)

    @property
    def _old_of_posts(self) -> ColumnElement[bool]:
        """Of each post the last one before stays: what it gathered later is counted from there."""
        later = post_reading.alias()
        same = and_(later.c.part_id == post_reading.c.part_id, later.c.key == post_reading.c.key)
        return exists().where(same, later.c.at > post_reading.c.at, later.c.at < to_instant(self.before))


def _parts(stream_id: int) -> Select[Any]:
    return select(part.c.id).where(part.c.stream_id == stream_id, part.c.live)
