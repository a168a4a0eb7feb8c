"""One line of the books: an amount of a measure on a day, and whose it is.

Made by `of_leads`, `of_deals`, `of_facts`, `of_posts`; added up by `figures`.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

Members = Mapping[str, str]
"""Dimension → member; a dimension that is missing is not told."""

ONE = Decimal(1)


class Entry(NamedTuple):
    """Money is in rubles, without VAT."""

    day: int
    amount: Decimal
    members: Members


class Ones:
    """Entries that count one; those of a day and the same members are the same entry, for there are very many."""

    def __init__(self) -> None:
        self._made: dict[tuple[int, int], Entry] = {}

    def of(self, day: int, members: Members) -> Entry:
        """The one of a day; `members` are known by identity, and are kept by the entry."""
        made = self._made.get((day, id(members)))
        if made is None:
            made = self._made[day, id(members)] = Entry(day, ONE, members)
        return made


class Purchase(NamedTuple):
    """A sale to a known customer, for counting different ones: `acquired` are the members of their first."""

    day: int
    customer: str
    members: Members
    acquired: Members


def told(value: object) -> str:
    """A member; nothing is `(not set)`."""
    return str(value) if value else "(not set)"
