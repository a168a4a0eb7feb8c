"""A ledger against the entities that it is made of, and its rows against its postings."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, select

from collector.store.connect import Store
from collector.store.customers import members_of, root_of
from collector.store.grouping import post
from collector.store.ledger import Group, owner_of_customer
from collector.store.posting import Numbered, Numbering, Sums, samples, visits
from collector.store.rules import Rules
from collector.store.schema import daily, part, posting, sample, stream, visit
from collector.store.states import KINDS, System, batches, customer_links, grouped, groups, linked, named

POSTINGS = 200
"""How many are a sample."""

_AT_ONCE = 1_000
_CUSTOMER = owner_of_customer("")


@dataclass(frozen=True)
class CheckedLedger:
    """A system's ledger."""

    store: Store
    system: System
    rules: Rules

    @property
    def title(self) -> str:
        """Leads and deals of which system."""
        return f"{self.system.name}, leads and deals"

    def check(self, tx: Connection, faults: list[str], notes: list[str], *, full: bool) -> None:
        """Compare, and tell what differs."""
        ledger = tx.execute(self._ledger()).first()
        if ledger is None or ledger.fingerprint != self.rules.digest():
            notes.append(f"{self.title}: not looked at, other settings are about to change its figures")
            return
        numbering = Numbering(self.store.names, self.rules)
        found = self._wholly(tx, ledger.id, numbering) if full else self._sample(tx, ledger.id, numbering)
        faults += [f"{self.title}: {number} {what}; run `store rebuild`" for what, number in found if number]

    def _ledger(self) -> Select[Any]:
        mine = and_(stream.c.project == self.system.project, stream.c.source == self.system.name)
        query = select(part.c.id, part.c.fingerprint).join(stream, stream.c.id == part.c.stream_id)
        return query.where(mine, stream.c.kind == "ledger", part.c.live)

    # ── a sample ─────────────────────────────────────────────────────────────────────

    def _sample(self, tx: Connection, part_id: int, numbering: Numbering) -> Iterator[tuple[str, int]]:
        most = tx.execute(select(func.max(posting.c.number)).where(posting.c.part_id == part_id)).scalar() or 0
        chosen = random.sample(range(1, most + 1), min(most, POSTINGS))
        here = and_(posting.c.part_id == part_id, posting.c.number.in_(chosen))
        rows = tx.execute(select(posting).where(here)).all()
        expected = dict(_posted(self._groups_of(tx, {row.owner for row in rows}), self.rules, numbering))
        yield _UNLIKE, sum(expected.get(row.owner) != row.body for row in rows)

    def _groups_of(self, tx: Connection, owners: set[str]) -> Iterator[Group]:
        """The groups whose postings these are."""
        links = customer_links(tx, self.system)
        roots = {each.removeprefix(_CUSTOMER) for each in owners if each.startswith(_CUSTOMER)}
        families = members_of(sorted(roots), links)
        theirs = linked(tx, self.system, {each for family in families.values() for each in family})
        singles = {(kind, key) for kind, _, key in (each.partition("/") for each in owners) if kind in KINDS}
        alone = [row for row in named(tx, self.system, singles) if row.link is None]
        mine = [row for row in theirs if root_of(row.link, links) in roots]
        return grouped(tx, self.system, [*alone, *mine], links, self.rules)

    # ── all of it ────────────────────────────────────────────────────────────────────

    def _wholly(self, tx: Connection, part_id: int, numbering: Numbering) -> Iterator[tuple[str, int]]:
        yield _UNLIKE, self._unlike(tx, part_id, numbering)
        sums, theirs, numbers = Sums(numbering.dimension_ids), _Pile(), _Pile()
        rows = tx.execution_options(yield_per=_AT_ONCE).execute(select(posting).where(posting.c.part_id == part_id))
        for row in rows:
            numbered = Numbered.read(row.body)
            sums.add(numbered)
            theirs.add(visits(numbered, numbering, row.number))
            numbers.add(samples(numbered))
        yield "daily figures are not the sums of the postings", _differing(tx, part_id, sums)
        stored_visits = select(*visit.c).where(visit.c.part_id == part_id)
        yield "days on which customers bought are not those of the postings", theirs.differs(tx, stored_visits)
        stored_samples = select(*sample.c).where(sample.c.part_id == part_id)
        yield "samples are not those of the postings", numbers.differs(tx, stored_samples)

    def _unlike(self, tx: Connection, part_id: int, numbering: Numbering) -> int:
        """How many postings are not what the entities come to, are missing, or are too many."""
        wrong = seen = 0
        expected = _posted(groups(tx, self.system, self.rules), self.rules, numbering)
        while some := dict(islice(expected, _AT_ONCE)):
            seen += len(some)
            stored: dict[str, str] = {}
            for owners in batches(sorted(some)):
                here = and_(posting.c.part_id == part_id, posting.c.owner.in_(owners))
                stored |= {row.owner: row.body for row in tx.execute(select(posting).where(here))}
            wrong += sum(stored.get(owner) != body for owner, body in some.items())
        count = tx.execute(select(func.count()).select_from(posting).where(posting.c.part_id == part_id)).scalar_one()
        return wrong + max(0, int(count) - seen)


_UNLIKE = "postings are not what its leads and deals come to"


def _posted(found: Iterable[Group], rules: Rules, numbering: Numbering) -> Iterator[tuple[str, str]]:
    """Each group's owner and posting, as it would be kept."""
    waiting = iter(found)
    while some := list(islice(waiting, _AT_ONCE)):
        numbered = numbering.numbered([post(group, rules) for group in some])
        yield from ((group.owner, each.text()) for group, each in zip(some, numbered, strict=True))


def _differing(tx: Connection, part_id: int, sums: Sums) -> int:
    """How many daily rows are not these sums."""
    expected = {key: (value, entries) for key, value, entries in sums.rows()}
    wrong = 0
    for row in tx.execution_options(yield_per=_AT_ONCE).execute(select(daily).where(daily.c.part_id == part_id)):
        key = (row.measure_id, row.dimension_id, row.day, row.member_id, row.currency)
        wrong += expected.pop(key, None) != (row.value, row.entries)
    return wrong + len(expected)


class _Pile:
    """Rows in any order, by their number and the sum of their hashes: for comparing more than fit into memory."""

    def __init__(self) -> None:
        self._count = 0
        self._sum = 0

    def add(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Add rows."""
        for row in rows:
            self._count += 1
            self._sum += hash(row)

    def differs(self, tx: Connection, query: Select[Any]) -> int:
        """By how many rows the table's are more or fewer; if they are as many but others, 1 at least."""
        other = _Pile()
        for rows in tx.execution_options(yield_per=_AT_ONCE).execute(query).partitions():
            other.add(_without_part(row) for row in rows)
        return abs(self._count - other._count) or int(self._sum != other._sum)


def _without_part(row: Row[Any]) -> tuple[Any, ...]:
    return tuple(row)[1:]
