"""The books as lines: `{day|window, measure|kpi, value, currency, <dimensions>}`.

What `kpi-collector simulate --truth` prints.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from decimal import Decimal

from collector.testing.company.books.books import Books, Outcome
from collector.testing.company.books.figures import DIMENSIONS, MONEY
from collector.testing.company.books.kpis import KPIS
from collector.testing.company.terms import CURRENCY

KNOWN = frozenset(name for names in DIMENSIONS.values() for name in names)
"""All dimensions of the books."""

WINDOWS = ("1d", "7d", "28d", "30d", "90d", "365d", "wtd", "mtd", "qtd", "ytd", "all")

Line = Mapping[str, object]


def daily_lines(books: Books, by: Collection[str] = ()) -> Iterator[Line]:
    """Each measure of each shown day, money in rubles without VAT."""
    for measure, day, key, value in books.daily(by):
        currency = CURRENCY if measure in MONEY else None
        yield {"day": day, "measure": measure, "value": value, "currency": currency, **_members(by, key)}


def kpi_lines(books: Books, at: date, window: str | None = None, by: Collection[str] = ()) -> Iterator[Line]:
    """Each KPI of the catalogue for its own windows, or for one; `undefined` says why there is no value."""
    for name, kpi in KPIS.items():
        for asked in (window,) if window else kpi.windows:
            outcome = books.kpi(name, asked, at, by)
            for line in _outcome_lines(outcome, by):
                yield {
                    "window": asked,
                    "kpi": name,
                    "from": outcome.first,
                    "through": outcome.last,
                    "currency": CURRENCY if kpi.is_money else None,
                    **line,
                }


def _outcome_lines(outcome: Outcome, by: Collection[str]) -> Iterator[Line]:
    if outcome.undefined:
        yield {"value": None, "undefined": outcome.undefined}
    for key, value in outcome.values.items():
        if isinstance(value, Decimal):
            yield {"value": value, "undefined": None, **_members(by, key)}
        else:
            yield {"value": None, "undefined": value, **_members(by, key)}


def _members(by: Collection[str], key: tuple[str, ...]) -> Mapping[str, str]:
    return dict(zip(by, key, strict=False))
