"""Different customers of whom only some purchases count: those from kept members of a dimension.

Beside `measures`, which counts all of them. By `channel`, and of it, a purchase stands
under that of the customer's first one; whether a customer is a returning or a repeat one
is told by all purchases, whoever made them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, case, func, select

from collector.store.measures import Customers, member_names
from collector.store.pairs import Crossing, Life, lives, postings
from collector.store.posting import Numbered
from collector.store.rollup import CHANNEL
from collector.store.schema import dimension, member, visit

Keep = Callable[[str], bool]
"""Whether a member counts."""


def buyers(tx: Connection, project: str, asked: Crossing, keep: Keep) -> dict[str, Customers]:
    """Customers by system, whatever their members of `by`: from the days on which each bought."""
    kept = _kept(tx, asked.of, keep)
    end, found = asked.last.toordinal(), {}
    for life in lives(tx, project, asked.first, asked.last, ledgers=True):
        mine = (
            select(func.min(visit.c.first).label("first"), func.max(visit.c.second).label("second"))
            .where(
                visit.c.part_id.in_(life.parts),
                visit.c.dimension_id == select(dimension.c.id).where(dimension.c.name == asked.of).scalar_subquery(),
                visit.c.day.between(life.first, life.last),
                visit.c.member_id.in_(kept),
            )
            .group_by(visit.c.part_id, visit.c.customer)
            .subquery()
        )
        earlier = func.coalesce(func.sum(case((mine.c.first < life.first, 1), else_=0)), 0)
        again = func.coalesce(func.sum(case((mine.c.second.between(1, end), 1), else_=0)), 0)
        row = tx.execute(select(func.count(), earlier, again).select_from(mine)).one()
        found[life.source] = Customers(*map(int, row))
    return found


def buyers_by(
    tx: Connection, project: str, asked: Crossing, keep: Keep, *, dimensions: Mapping[str, Sequence[str]]
) -> dict[tuple[str, str], Customers]:
    """Customers by system and member of `by`; `dimensions`: by system those of its ledger, in its order."""
    kept = set(_kept(tx, asked.of, keep))
    counts: dict[tuple[str, int], Customers] = {}
    for life, numbered in postings(tx, project, asked.first, asked.last, dimensions):
        one = _Buyer(numbered, dimensions[life.source])
        for number in one.members(life, asked, kept):
            key = (life.source, number)
            counts[key] = counts.get(key, Customers()) + one.counted(life, asked)
    names = member_names(tx, (number for _, number in counts))
    return {(owner, names[number]): customers for (owner, number), customers in counts.items()}


@dataclass(frozen=True)
class _Buyer:
    """The purchases of one customer."""

    numbered: Numbered
    dimensions: Sequence[str]

    def members(self, life: Life, asked: Crossing, kept: set[int]) -> set[int]:
        """The members of `by` in the purchases of these days that are of a kept member."""
        of_days = [each for each in self.numbered.purchases if life.first <= each[0] <= life.last]
        return {self._member(each, asked.by) for each in of_days if self._member(each, asked.of) in kept} - {0}

    def _member(self, purchase: Sequence[int], name: str) -> int:
        _, own, acquired = purchase
        members = self.numbered.sets[acquired if name == CHANNEL else own]
        return int(members[self.dimensions.index(name)])

    def counted(self, life: Life, asked: Crossing) -> Customers:
        """The customer as one of each kind."""
        days = sorted({day for day, _, _ in self.numbered.purchases})
        return Customers(1, int(days[0] < life.first), int(len(days) > 1 and days[1] <= asked.last.toordinal()))


def _kept(tx: Connection, of: str, keep: Keep) -> list[int]:
    """The numbers of the members that count."""
    query = select(member.c.id, member.c.value).join(dimension, dimension.c.id == member.c.dimension_id)
    return [row.id for row in tx.execute(query.where(dimension.c.name == of)) if keep(row.value)]
