"""Measures, read: what the KPI engine asks of the store.

Each function takes the caller's transaction and one project. Values of sums come from
the kept daily roll-up; distincts and medians from the rolled-up entities of exactly the
window. `owner` is the source of a fact's measure, the system (CRM) of an entity's.
Only sources that are configured and live have rows here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import Connection


@dataclass(frozen=True)
class Total:
    """A measure's sum over a window, for one owner, currency and member.

    `member` is None for the whole; `currency` None for what is no money.
    """

    owner: str
    measure: str
    currency: str | None
    member: str | None
    value: Decimal


@dataclass(frozen=True)
class Daily(Total):
    """The same for one day."""

    day: date


def window_totals(
    tx: Connection, project: str, *, measures: Iterable[str], first: date, last: date, by: str | None = None
) -> list[Total]:
    """Sums over the days from `first` to `last`; with `by`, by that dimension's members.

    No row means that nothing happened (or nothing was read: the stream states tell which).
    """


def daily_values(
    tx: Connection, project: str, *, measures: Iterable[str], first: date, last: date, by: str | None = None
) -> list[Daily]:
    """The same day by day: for stocks, given figures, other currencies and histories."""


def distinct_customers(
    tx: Connection, project: str, *, measure: str, first: date, last: date, by: str | None = None
) -> dict[str | None, int]:
    """`active_customers`, `returning_customers` or `repeat_customers` of exactly the window.

    Keys are members, or None for the whole. By `channel` customers are cut by their
    acquisition; by other dimensions each member counts its own.
    """


def seconds_to_win(
    tx: Connection, project: str, *, first: date, last: date, by: str | None = None
) -> dict[str | None, list[int]]:
    """Creation → win of each deal won in the window, by member (None: the whole)."""


def first_entity_day(tx: Connection, project: str, *, kinds: Iterable[str]) -> date | None:
    """The first day on which an entity of these kinds (deal, lead) counts anywhere; None without any."""


def member_titles(tx: Connection, project: str, dimension: str) -> Mapping[str, str]:
    """id → title, as the vendors name them."""
