"""Keeps each system's ledger: the entries of its entities and their daily roll-up.

Between `entities` (what polls stored and touched) and `measures` (what the KPI engine
reads). Touched entities are posted anew together with all of their customer's; many of
them, or other rules, make a new ledger beside the old one, which then takes its place.
Either way the result is what a rebuild from nothing would give. A ledger has one keeper
at a time. The states are read in one transaction and the entries written in another;
what was touched in between is still due, and the keeper begins again.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, func, select
from sqlalchemy import Row as SqlRow

from collector.store import parts, streams
from collector.store.connect import Store
from collector.store.customers import members_of, root_of
from collector.store.ledger import Rules
from collector.store.posting import ENTRIES_AT_ONCE, Ledger, Writer, is_current, settled
from collector.store.rollup import roll_up_entries
from collector.store.schema import entry, holder, part, stream, touched
from collector.store.states import Key, System, batches, customer_links, grouped, groups, linked, named

MOST_TOUCHED = 20_000
"""More touched entities than this are quicker rebuilt with all the others."""


def keep(store: Store, system: System, rules: Rules) -> bool:
    """Bring a system's ledger up to date; True if anything changed."""
    ledger_id = _ledger(store, system).stream_id
    with store.books.keeping(ledger_id):
        parts.remove_hidden(store, ledger_id)  # what a keeper that was killed left behind
        return _keep(store, system, rules)


def _keep(store: Store, system: System, rules: Rules) -> bool:
    changed = False
    while True:
        ledger = _ledger(store, system)
        with store.read() as tx:
            due = tx.execute(_due(system)).all()
            last = tx.execute(select(func.max(touched.c.id)).where(*_mine(system))).scalar() or 0
            if ledger.part_id is not None and ledger.digest == rules.digest() and not due:
                return changed
            whole = ledger.part_id is None or ledger.digest != rules.digest() or len(due) > MOST_TOUCHED
            if whole or any(row.kind == "*" for row in due):
                changed = _rebuild(store, tx, system, ledger, rules, last) or changed
            else:
                changed = _amend(store, tx, system, ledger, rules, due, last) or changed


def _due(system: System) -> Select[Any]:
    return select(touched.c.id, touched.c.kind, touched.c.key).where(*_mine(system)).limit(MOST_TOUCHED + 1)


def _mine(system: System) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """A system's own touches: the number of another's may be given again when that is settled."""
    return touched.c.project == system.project, touched.c.system == system.name


def _ledger(store: Store, system: System) -> Ledger:
    mine = and_(stream.c.project == system.project, stream.c.source == system.name, stream.c.kind == "ledger")
    query = select(stream.c.id, part.c.id, part.c.fingerprint, part.c.records)
    query = query.outerjoin(part, and_(part.c.stream_id == stream.c.id, part.c.live)).where(mine)
    with store.read() as tx:
        row = tx.execute(query).first()
    if row is None:
        with store.write() as tx:
            streams.add_ledger(tx, system.project, system.name)
        return _ledger(store, system)
    return Ledger(row[0], row[1], row[2] or "", row[3] or 0)


def _rebuild(store: Store, tx: Connection, system: System, ledger: Ledger, rules: Rules, last: int) -> bool:
    """A new ledger beside the old one, in chunks; then one flip."""
    with store.write() as writing:
        number = parts.begin(writing, ledger.stream_id, name="", fingerprint=rules.digest())
    writer = Writer(store, number)
    for customer, states in groups(tx, system):
        writer.add(customer, states, rules)
    writer.flush()
    dimensions = [store.names.dimensions(rules.all_dimensions)[name] for name in rules.all_dimensions]
    for days in _bites(store, number):
        with store.write() as writing:
            roll_up_entries(writing, number, days, dimensions)
    with store.write() as writing:
        if not is_current(writing, ledger):
            parts.hide(writing, number)
            return False
        parts.publish(writing, number, records=ledger.version + 1, span=None)
        writing.execute(delete(touched).where(settled(system, last)))
    parts.remove_hidden(store, ledger.stream_id)
    return True


def _bites(store: Store, part_id: int) -> Iterator[list[int]]:
    """The days with entries, in runs of about as many entries as one transaction may roll up."""
    query = select(entry.c.day, func.count()).where(entry.c.part_id == part_id).group_by(entry.c.day)
    with store.read() as tx:
        found = tx.execute(query.order_by(entry.c.day)).all()
    days: list[int] = []
    entries = 0
    for day, count in found:
        if days and entries + count > ENTRIES_AT_ONCE:
            yield days
            days, entries = [], 0
        days.append(day)
        entries += count
    if days:
        yield days


def _amend(
    store: Store,
    tx: Connection,
    system: System,
    ledger: Ledger,
    rules: Rules,
    due: Iterable[SqlRow[Any]],
    last: int,
) -> bool:
    """Post the touched entities anew, with all of their customers'."""
    if ledger.part_id is None:
        return False
    known = customer_links(tx, system)
    keys = {(row.kind, row.key) for row in due if row.kind in ("lead", "deal")}
    moved = members_of({row.key for row in due if row.kind == "customer"}, known)
    by_customer = linked(tx, system, {each for family in moved.values() for each in family})
    keys |= {(row.kind, row.key) for row in by_customer}
    roots = _held_for(tx, ledger.part_id, keys)
    roots |= {root_of(row.link, known) for row in (*named(tx, system, keys), *by_customer) if row.link}
    families = members_of(roots, known)
    theirs = linked(tx, system, {each for family in families.values() for each in family})
    rows = {(row.kind, row.key): row for row in (*named(tx, system, keys), *theirs)}
    keys |= rows.keys() | _held_keys(tx, ledger.part_id, roots)
    writer = Writer(store, ledger.part_id)
    for customer, states in grouped(tx, system, list(rows.values()), known):
        writer.collect(customer, states, rules)
    return writer.replace(system, ledger, keys, rules, last)


def _held_for(tx: Connection, part_id: int, keys: Iterable[tuple[str, str]]) -> set[str]:
    """The customers for whom these entities were counted."""
    found: set[str] = set()
    for kind in ("lead", "deal"):
        for some in batches(sorted(key for of, key in keys if of == kind)):
            here = and_(holder.c.part_id == part_id, holder.c.kind == kind, holder.c.key.in_(some))
            found |= set(tx.execute(select(holder.c.customer).where(here)).scalars())
    return found


def _held_keys(tx: Connection, part_id: int, customers: Iterable[str]) -> set[Key]:
    """The entities that were counted for these customers."""
    found: set[Key] = set()
    for some in batches(sorted(customers)):
        here = and_(holder.c.part_id == part_id, holder.c.customer.in_(some))
        found |= {(row.kind, row.key) for row in tx.execute(select(holder.c.kind, holder.c.key).where(here))}
    return found
