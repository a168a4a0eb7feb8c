"""Exchange rates: what `Rate` records said, and which one a day takes."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sqlalchemy import ColumnElement, Connection, delete, insert, literal, select

from collector.plugin.records import Rate
from collector.plugin.window import Window
from collector.store.bulk import insert_rows
from collector.store.schema import part, rate, stream

MOST_DAYS_OLD = 10
"""A day without a rate takes the last earlier one, at most this old."""


@dataclass
class Rates:
    """The price of one currency in another, by day."""

    by_pair: dict[tuple[str, str], list[tuple[date, Decimal]]] = field(default_factory=dict)

    def add(self, currency: str, per: str, day: date, value: Decimal) -> None:
        """One more rate; for a pair and day the last one added counts."""
        self.by_pair.setdefault((currency, per), []).append((day, value))

    def settle(self) -> "Rates":
        """Sort; call it when all are added."""
        self.by_pair = {pair: sorted(dict(rates).items()) for pair, rates in self.by_pair.items()}
        return self

    def on(self, day: date, *, currency: str, per: str) -> Decimal | None:
        """What one `currency` costs in `per` on a day, also by the prices of both in a third; None: no rate is near."""
        if currency == per:
            return Decimal(1)
        direct = self._latest(day, currency, per)
        if direct is not None:
            return direct
        inverse = self._latest(day, per, currency)
        return self._crossed(day, currency, per) if inverse is None else 1 / inverse

    def _crossed(self, day: date, currency: str, per: str) -> Decimal | None:
        """By the first currency in which both have a price: central banks tell prices in their own money only."""
        for third in sorted(third for priced, third in self.by_pair if priced == currency):
            one, other = self._latest(day, currency, third), self._latest(day, per, third)
            if one is not None and other is not None:
                return one / other
        return None

    def _latest(self, day: date, currency: str, per: str) -> Decimal | None:
        rates = self.by_pair.get((currency, per), [])
        index = bisect_right(rates, day, key=lambda each: each[0]) - 1
        if index < 0 or (day - rates[index][0]).days > MOST_DAYS_OLD:
            return None
        return rates[index][1]


def store_rates(tx: Connection, part_id: int, records: Iterable[Rate]) -> None:
    """Store rates; of two for one pair and day the later one counts."""
    rows = [(part_id, each.currency, each.per, each.day.toordinal(), str(each.value)) for each in records]
    insert_rows(tx, rate, rows, on_conflict="ON CONFLICT DO UPDATE SET value = excluded.value")


def replace_rates(tx: Connection, part_id: int, window: Window, *, from_part: int) -> None:
    """Hold exactly the rates of the hidden `from_part` for the days in `window`."""
    days = rate.c.day.between(window.first.toordinal(), window.last.toordinal())
    tx.execute(delete(rate).where(rate.c.part_id == part_id, days))
    columns = [column for column in rate.c if column.name != "part_id"]
    moved = select(literal(part_id), *columns).where(rate.c.part_id == from_part, days)
    tx.execute(insert(rate).from_select([column.name for column in rate.c], moved))


def rates(tx: Connection, project: str) -> Rates:
    """All rates that the project's sources of rates gave."""
    return _given(tx, project, stream.c.kind != "now")


def present_rates(tx: Connection, project: str) -> Rates:
    """Those that its sources, such as a CRM, show as the rates in use at present."""
    return _given(tx, project, stream.c.kind == "now")


def _given(tx: Connection, project: str, of_kind: ColumnElement[bool]) -> Rates:
    query = (
        select(rate.c.currency, rate.c.per, rate.c.day, rate.c.value)
        .join(part, part.c.id == rate.c.part_id)
        .join(stream, stream.c.id == part.c.stream_id)
        .where(stream.c.project == project, stream.c.counted, part.c.live, of_kind)
        .order_by(part.c.id)
    )
    found = Rates()
    for currency, per, day, value in tx.execute(query):
        found.add(currency, per, date.fromordinal(day), Decimal(value))
    return found.settle()
