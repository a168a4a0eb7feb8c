"""Keeps each system's ledger: the postings of its entities, and the rows that are made of them.

Between `entities` (what polls stored and touched) and `measures` (what the KPI engine
reads). Touched entities are posted anew together with all of their customer's; many of
them, or other rules, make a new ledger beside the old one, which then takes its place.
Either way the result is what a rebuild from nothing would give. A ledger has one keeper
at a time. What is touched while it works is still due, and the keeper begins again.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, except_, func, select
from sqlalchemy import Row as SqlRow

from collector.store import parts, streams
from collector.store.connect import Store
from collector.store.customers import members_of, root_of
from collector.store.ledger import owner_of_customer, owner_of_single
from collector.store.rollup import differing
from collector.store.rules import Rules
from collector.store.schema import part, posting, sample, stream, touched, visit
from collector.store.states import KINDS, System, belonged, customer_links, grouped, groups, linked, named, naming
from collector.store.writer import Writer

Settle = Callable[[Connection], None]

MOST_TOUCHED = 5_000
"""More touched entities than this are rebuilt with all the others, which needs no long transaction."""


@dataclass(frozen=True)
class Kept:
    """What keeping a ledger came to; `restated`: daily figures that other rules changed."""

    changed: bool = False
    restated: int = 0


@dataclass(frozen=True)
class _Ledger:
    """The live ledger of a system."""

    stream_id: int
    part_id: int | None
    digest: str


def keep(store: Store, system: System, rules: Rules) -> Kept:
    """Bring a system's ledger up to date."""
    ledger_id = _ledger(store, system).stream_id
    with store.books.keeping(ledger_id):
        parts.remove_hidden(store, ledger_id)  # what a keeper that was killed left behind
        return _keep(store, system, rules)


def rebuild(store: Store, system: System, rules: Rules) -> int:
    """Make a system's ledger anew, whatever it holds, and let it take the old one's place; how many figures differ.

    What is due is settled first, so that it is not counted as a difference.
    """
    ledger_id = _ledger(store, system).stream_id
    with store.books.keeping(ledger_id):
        parts.remove_hidden(store, ledger_id)
        while True:
            _keep(store, system, rules)
            ledger = _ledger(store, system)
            with store.read() as tx:
                if tx.execute(_due(system)).first() is None:
                    number = _written(store, tx, system, ledger, rules)
                    beside = 0 if ledger.part_id is None else _unlike(store, ledger.part_id, number)
                    settle = partial(streams.bump, stream_id=ledger.stream_id)
                    return beside + _take_place(store, ledger, number, settle, counted=True)


def _keep(store: Store, system: System, rules: Rules) -> Kept:
    changed, restated = False, 0
    while True:
        ledger = _ledger(store, system)
        with store.read() as tx:
            due = tx.execute(_due(system)).all()
            last = tx.execute(select(func.max(touched.c.id)).where(*_mine(system))).scalar() or 0
            if ledger.part_id is not None and ledger.digest == rules.digest() and not due:
                return Kept(changed, restated)
            whole = ledger.part_id is None or ledger.digest != rules.digest() or len(due) > MOST_TOUCHED
            settle = partial(_settle, system=system, last=last, ledger=ledger)
            if ledger.part_id is None or whole or any(row.kind == "*" for row in due):
                restated += _rebuild(store, tx, system, ledger, rules, settle)
            else:
                _amend(store, tx, system, ledger.part_id, rules, due, settle)
        changed = True


def _settle(tx: Connection, *, system: System, last: int, ledger: _Ledger) -> None:
    """In the transaction that shows new rows: what was due through `last` is done, and figures are out of date."""
    tx.execute(delete(touched).where(*_mine(system), touched.c.id <= last))
    streams.bump(tx, ledger.stream_id)


def _due(system: System) -> Select[Any]:
    return select(touched.c.id, touched.c.kind, touched.c.key).where(*_mine(system)).limit(MOST_TOUCHED + 1)


def _mine(system: System) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """A system's own touches: the number of another's may be given again when that is settled."""
    return touched.c.project == system.project, touched.c.system == system.name


def _ledger(store: Store, system: System) -> _Ledger:
    mine = and_(stream.c.project == system.project, stream.c.source == system.name, stream.c.kind == "ledger")
    query = select(stream.c.id, part.c.id, part.c.fingerprint)
    query = query.outerjoin(part, and_(part.c.stream_id == stream.c.id, part.c.live)).where(mine)
    with store.read() as tx:
        row = tx.execute(query).first()
    if row is None:
        with store.write() as tx:
            streams.add_ledger(tx, system.project, system.name)
        return _ledger(store, system)
    return _Ledger(row[0], row[1], row[2] or "")


def _rebuild(store: Store, tx: Connection, system: System, ledger: _Ledger, rules: Rules, settle: Settle) -> int:
    """A new ledger in the place of the old one. Returns the figures that other rules changed."""
    number = _written(store, tx, system, ledger, rules)
    return _take_place(store, ledger, number, settle, counted=ledger.digest != rules.digest())


def _written(store: Store, tx: Connection, system: System, ledger: _Ledger, rules: Rules) -> int:
    """A new ledger beside the old one, hidden, in chunks; its number."""
    with store.write() as writing:
        number = parts.begin(writing, ledger.stream_id, name="", fingerprint=rules.digest())
    writer = Writer(store, number, rules)
    for group in groups(tx, system, rules):
        writer.add(group)
    writer.finish()
    return number


def _take_place(store: Store, ledger: _Ledger, number: int, settle: Settle, *, counted: bool) -> int:
    """Show the new ledger by one flip; `counted`: in how many figures it differs from the old one."""
    differences = 0
    if ledger.part_id is not None and counted:
        with store.read() as tx:
            differences = differing(tx, ledger.part_id, number)
    with store.write() as tx:
        parts.publish(tx, number, records=0, span=None)
        settle(tx)
    parts.remove_hidden(store, ledger.stream_id)
    return differences


def _unlike(store: Store, old: int, new: int) -> int:
    """How many visits and samples only one of two ledgers has."""
    with store.read() as tx:
        counts = [
            tx.execute(select(func.count()).select_from(except_(rows(one), rows(other)).subquery())).scalar_one()
            for rows in (_visits, _samples)
            for one, other in ((old, new), (new, old))
        ]
    return max(counts[:2]) + max(counts[2:])


def _visits(part_id: int) -> Select[Any]:
    """With their customers by name, for each ledger gives its own numbers."""
    owner = and_(posting.c.part_id == visit.c.part_id, posting.c.number == visit.c.customer)
    columns = (visit.c.dimension_id, visit.c.day, visit.c.member_id, visit.c.previous, visit.c.first, visit.c.second)
    return select(posting.c.owner, *columns).join_from(visit, posting, owner).where(visit.c.part_id == part_id)


def _samples(part_id: int) -> Select[Any]:
    columns = (sample.c.measure_id, sample.c.day, sample.c.key, sample.c.value, sample.c.members)
    return select(*columns).where(sample.c.part_id == part_id)


def _amend(
    store: Store,
    tx: Connection,
    system: System,
    part_id: int,
    rules: Rules,
    due: Iterable[SqlRow[Any]],
    settle: Settle,
) -> None:
    """Post the touched entities anew, with all of their customers'."""
    known = customer_links(tx, system)
    keys = {(row.kind, row.key) for row in due if row.kind in KINDS}
    keys |= {(row.kind, row.key) for row in naming(tx, system, {key for kind, key in keys if kind == "lead"})}
    customers = {row.key for row in due if row.kind == "customer"}
    customers |= belonged(tx, system, keys | {("customer", key) for key in customers})
    roots = {root_of(each, known) for each in customers}
    families = members_of(sorted(roots), known)
    theirs = linked(tx, system, {each for family in families.values() for each in family})
    alone = [row for row in named(tx, system, keys) if row.link is None]
    owners = [owner_of_single(kind, key) for kind, key in sorted(keys)]
    owners += [owner_of_customer(each) for each in sorted(roots | customers)]
    Writer(store, part_id, rules).replace(owners, grouped(tx, system, [*alone, *theirs], known, rules), settle)
