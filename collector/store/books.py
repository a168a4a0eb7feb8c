"""Keeps each system's ledger: the entries of its entities and their daily roll-up.

Between `entities` (what polls stored and touched) and `measures` (what the KPI engine
reads). Touched entities are posted anew together with all of their customer's; many of
them, or other rules, make a new ledger beside the old one, which then takes its place.
Either way the result is what a rebuild from nothing would give. The states are read in
one transaction and the entries written in another; whoever comes late begins again.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    delete,
    insert,
    literal_column,
    or_,
    select,
    table,
    update,
)
from sqlalchemy import Row as SqlRow

from collector.store import parts
from collector.store.bulk import Row, insert_columns, insert_rows
from collector.store.connect import Store
from collector.store.customers import members_of, root_of
from collector.store.ledger import MEASURES, Posting, Rules, State, post
from collector.store.rollup import roll_up_entries
from collector.store.schema import entity, entry, holder, part, purchase, stream, touched

MOST_TOUCHED = 20_000
"""More touched entities than this are quicker rebuilt with all the others."""

_AT_ONCE = 500
_STATES_AT_ONCE = 5_000


@dataclass(frozen=True)
class System:
    """One CRM of one project; its entities may come from several sources."""

    project: str
    name: str


@dataclass(frozen=True)
class _Ledger:
    """The live ledger of a system, and how often it was written."""

    stream_id: int
    part_id: int | None
    digest: str
    version: int


def keep(store: Store, system: System, rules: Rules) -> bool:
    """Bring a system's ledger up to date; True if anything changed."""
    changed = False
    while True:
        ledger = _ledger(store, system)
        with store.read() as tx:
            due = tx.execute(_due(system)).all()
            last = max((row.id for row in due), default=0)
            if ledger.part_id is not None and ledger.digest == rules.digest() and not due:
                return changed
            whole = ledger.part_id is None or ledger.digest != rules.digest() or len(due) > MOST_TOUCHED
            if whole or any(row.kind == "*" for row in due):
                changed = _rebuild(store, tx, system, ledger, rules, last) or changed
            else:
                changed = _amend(store, tx, system, ledger, rules, due, last) or changed


def _due(system: System) -> Select[Any]:
    mine = and_(touched.c.project == system.project, touched.c.system == system.name)
    return select(touched.c.id, touched.c.kind, touched.c.key).where(mine).limit(MOST_TOUCHED + 1)


def _ledger(store: Store, system: System) -> _Ledger:
    mine = and_(stream.c.project == system.project, stream.c.source == system.name, stream.c.kind == "ledger")
    query = select(stream.c.id, part.c.id, part.c.fingerprint, part.c.records)
    query = query.outerjoin(part, and_(part.c.stream_id == stream.c.id, part.c.live)).where(mine)
    with store.read() as tx:
        row = tx.execute(query).first()
    if row is None:
        values = {"project": system.project, "source": system.name, "name": "#ledger", "kind": "ledger"}
        values |= {"system": system.name, "state": "done"}
        with store.write() as tx:
            tx.execute(insert(stream).values(**values, counted=True, history_complete=True))
        return _ledger(store, system)
    return _Ledger(row[0], row[1], row[2] or "", row[3] or 0)


# ── reading states ───────────────────────────────────────────────────────────────────


def _entities(system: System, *, kinds: Iterable[str]) -> Select[Any]:
    """The system's living entities; where several parts hold one id, the latest state counts."""
    counted = and_(stream.c.project == system.project, stream.c.system == system.name, stream.c.counted)
    mine = select(part.c.id).join(stream, stream.c.id == part.c.stream_id).where(counted, part.c.live)
    other, its_part, this_part = entity.alias(), part.alias(), part.alias()
    later = or_(
        other.c.updated > entity.c.updated,
        and_(
            other.c.updated == entity.c.updated,
            or_(
                its_part.c.name > this_part.c.name,
                and_(its_part.c.name == this_part.c.name, its_part.c.id > this_part.c.id),
            ),
        ),
    )
    shadow = (
        select(other.c.key)
        .join(its_part, its_part.c.id == other.c.part_id)
        .where(
            other.c.kind == entity.c.kind,
            other.c.key == entity.c.key,
            other.c.part_id != entity.c.part_id,
            other.c.part_id.in_(mine),
            this_part.c.id == entity.c.part_id,
            later,
        )
    )
    return select(entity.c.kind, entity.c.key, entity.c.link, entity.c.body).where(
        entity.c.part_id.in_(mine), entity.c.kind.in_(list(kinds)), ~entity.c.gone, ~shadow.exists()
    )


def _links(tx: Connection, system: System) -> dict[str, str]:
    """Each customer's link, where it has one."""
    query = _entities(system, kinds=["customer"]).where(entity.c.link.is_not(None))
    return {row.key: row.link for row in tx.execute(query)}


def _histories(tx: Connection, system: System, rows: Iterable[SqlRow[Any]]) -> dict[str, list[tuple[datetime, str]]]:
    """The stage changes of these leads and deals, oldest first, by `lead:1`."""
    found: dict[str, list[tuple[datetime, str]]] = {}
    for some in _batches([f"{row.kind}:{row.key}" for row in rows]):
        query = _entities(system, kinds=["stage_change"]).where(entity.c.link.in_(some))
        for row in tx.execute(query):
            change = json.loads(row.body)
            found.setdefault(row.link, []).append((datetime.fromisoformat(change["at"]), change["status"]))
    return {link: sorted(changes) for link, changes in found.items()}


def _states(tx: Connection, system: System, rows: list[SqlRow[Any]], *, histories: bool) -> list[State]:
    known = _histories(tx, system, rows) if histories else {}
    return [
        State(row.kind, row.key, json.loads(row.body), tuple(known.get(f"{row.kind}:{row.key}", ()))) for row in rows
    ]


def _has_histories(tx: Connection, system: System) -> bool:
    return tx.execute(_entities(system, kinds=["stage_change"]).limit(1)).first() is not None


# ── all anew ─────────────────────────────────────────────────────────────────────────


def _rebuild(store: Store, tx: Connection, system: System, ledger: _Ledger, rules: Rules, last: int) -> bool:
    """A new ledger beside the old one, in chunks; then one flip."""
    with store.write() as writing:
        number = parts.begin(writing, ledger.stream_id, name="", fingerprint=rules.digest())
    writer = _Writer(store, number)
    for customer, states in _groups(tx, system):
        writer.add(customer, states, rules)
    writer.flush()
    dimensions = [store.names.dimensions(rules.all_dimensions)[name] for name in rules.all_dimensions]
    with store.write() as writing:
        roll_up_entries(writing, number, None, dimensions)
        if not _is_current(writing, ledger):
            parts.hide(writing, number)
            return False
        parts.publish(writing, number, records=ledger.version + 1, span=None)
        writing.execute(delete(touched).where(_settled(system, last)))
    parts.remove_hidden(store, ledger.stream_id)
    return True


def _groups(tx: Connection, system: System) -> Iterator[tuple[str | None, list[State]]]:
    """Customers (merged) with their states; entities without a customer one by one."""
    links = _links(tx, system)
    tx.exec_driver_sql("CREATE TEMP TABLE IF NOT EXISTS root (id TEXT PRIMARY KEY, root TEXT NOT NULL)")
    tx.exec_driver_sql("DELETE FROM temp.root")
    roots = [(each, root_of(each, links)) for each in links]
    if roots:
        tx.exec_driver_sql("INSERT INTO temp.root VALUES (?, ?)", roots)
    inner = _entities(system, kinds=["lead", "deal"]).subquery()
    customer: ColumnElement[Any] = literal_column("coalesce(temp.root.root, e.link)")
    rows = inner.alias("e")
    query = (
        select(customer.label("customer"), rows.c.kind, rows.c.key, rows.c.body)
        .select_from(rows.outerjoin(table("root", schema="temp"), literal_column("temp.root.id") == rows.c.link))
        .order_by(literal_column("customer"), rows.c.kind, rows.c.key)
    )
    histories = _has_histories(tx, system)
    for chunk in _whole_groups(tx.execution_options(yield_per=2_000).execute(query)):
        states = _states(tx, system, chunk, histories=histories)
        for customer_id, pairs in groupby(zip(chunk, states, strict=True), key=lambda pair: pair[0].customer):
            members = [state for _, state in pairs]
            if customer_id is None:
                yield from ((None, [state]) for state in members)
            else:
                yield customer_id, members


def _whole_groups(rows: Iterable[SqlRow[Any]]) -> Iterator[list[SqlRow[Any]]]:
    """Rows in chunks that end where a customer ends."""
    chunk: list[SqlRow[Any]] = []
    for row in rows:
        if len(chunk) >= _STATES_AT_ONCE and (row.customer is None or row.customer != chunk[-1].customer):
            yield chunk
            chunk = []
        chunk.append(row)
    if chunk:
        yield chunk


# ── some anew ────────────────────────────────────────────────────────────────────────


def _amend(
    store: Store,
    tx: Connection,
    system: System,
    ledger: _Ledger,
    rules: Rules,
    due: Iterable[SqlRow[Any]],
    last: int,
) -> bool:
    """Post the touched entities anew, with all of their customers'."""
    if ledger.part_id is None:
        return False
    links = _links(tx, system)
    keys = {(row.kind, row.key) for row in due if row.kind in ("lead", "deal")}
    moved = members_of({row.key for row in due if row.kind == "customer"}, links)
    by_customer = _linked(tx, system, {each for family in moved.values() for each in family})
    keys |= {(row.kind, row.key) for row in by_customer}
    roots = _held_for(tx, ledger.part_id, keys)
    roots |= {root_of(row.link, links) for row in (*_named(tx, system, keys), *by_customer) if row.link}
    families = members_of(roots, links)
    theirs = _linked(tx, system, {each for family in families.values() for each in family})
    rows = {(row.kind, row.key): row for row in (*_named(tx, system, keys), *theirs)}
    keys |= rows.keys() | _held_keys(tx, ledger.part_id, roots)
    writer = _Writer(store, ledger.part_id)
    for customer, states in _grouped(tx, system, list(rows.values()), links):
        writer.collect(customer, states, rules)
    return writer.replace(system, ledger, keys, rules, last)


def _grouped(
    tx: Connection, system: System, rows: list[SqlRow[Any]], links: dict[str, str]
) -> Iterator[tuple[str | None, list[State]]]:
    states = _states(tx, system, rows, histories=_has_histories(tx, system))
    groups: dict[str, list[State]] = {}
    for row, state in zip(rows, states, strict=True):
        if row.link is None:
            yield None, [state]
        else:
            groups.setdefault(root_of(row.link, links), []).append(state)
    yield from groups.items()


def _named(tx: Connection, system: System, keys: Iterable[tuple[str, str]]) -> list[SqlRow[Any]]:
    found: list[SqlRow[Any]] = []
    for kind in ("lead", "deal"):
        for some in _batches(sorted(key for of, key in keys if of == kind)):
            found += tx.execute(_entities(system, kinds=[kind]).where(entity.c.key.in_(some))).all()
    return found


def _linked(tx: Connection, system: System, customers: Iterable[str]) -> list[SqlRow[Any]]:
    found: list[SqlRow[Any]] = []
    for some in _batches(sorted(customers)):
        found += tx.execute(_entities(system, kinds=["lead", "deal"]).where(entity.c.link.in_(some))).all()
    return found


def _held_for(tx: Connection, part_id: int, keys: Iterable[tuple[str, str]]) -> set[str]:
    """The customers for whom these entities were counted."""
    found: set[str] = set()
    for kind in ("lead", "deal"):
        for some in _batches(sorted(key for of, key in keys if of == kind)):
            here = and_(holder.c.part_id == part_id, holder.c.kind == kind, holder.c.key.in_(some))
            found |= set(tx.execute(select(holder.c.customer).where(here)).scalars())
    return found


def _held_keys(tx: Connection, part_id: int, customers: Iterable[str]) -> set[tuple[str, str]]:
    """The entities that were counted for these customers."""
    found: set[tuple[str, str]] = set()
    for some in _batches(sorted(customers)):
        here = and_(holder.c.part_id == part_id, holder.c.customer.in_(some))
        found |= {(row.kind, row.key) for row in tx.execute(select(holder.c.kind, holder.c.key).where(here))}
    return found


def _batches(values: list[str]) -> Iterator[list[str]]:
    return (values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE))


# ── writing ──────────────────────────────────────────────────────────────────────────


def _settled(system: System, last: int) -> ColumnElement[bool]:
    return and_(touched.c.project == system.project, touched.c.system == system.name, touched.c.id <= last)


def _is_current(tx: Connection, ledger: _Ledger) -> bool:
    """Whether the ledger is still the one that was read."""
    query = select(part.c.id, part.c.records).where(part.c.stream_id == ledger.stream_id, part.c.live)
    row = tx.execute(query).first()
    return (row is None and ledger.part_id is None) or (
        row is not None and (row.id, row.records) == (ledger.part_id, ledger.version)
    )


class _Writer:
    """Gathers postings and writes their rows."""

    def __init__(self, store: Store, part_id: int) -> None:
        self._store = store
        self._part = part_id
        self._measures = store.names.measures(MEASURES)
        self._postings: list[Posting] = []
        self._holders: list[Row] = []

    def add(self, customer: str | None, states: list[State], rules: Rules) -> None:
        """Post one customer; write when much has gathered."""
        self.collect(customer, states, rules)
        if len(self._postings) >= _STATES_AT_ONCE:
            self.flush()

    def collect(self, customer: str | None, states: list[State], rules: Rules) -> None:
        """Post one customer, to be written later."""
        self._postings.append(post(customer, states, rules))
        if customer is not None:
            self._holders += [(self._part, state.kind, state.key, customer) for state in states]

    def flush(self) -> None:
        """Write what has gathered, in a transaction of its own."""
        rows = self._rows()
        with self._store.write() as tx:
            self._insert(tx, rows)
        self._postings, self._holders = [], []

    def replace(self, system: System, ledger: _Ledger, keys: set[tuple[str, str]], rules: Rules, last: int) -> bool:
        """Write what has gathered in place of all entries of `keys`; False if somebody was quicker."""
        entries, purchases = self._rows()
        dimensions = [self._store.names.dimensions(rules.all_dimensions)[name] for name in rules.all_dimensions]
        with self._store.write() as tx:
            if not _is_current(tx, ledger):
                return False
            days = {int(str(row[3])) for row in entries} | self._remove(tx, keys)
            self._insert(tx, (entries, purchases))
            roll_up_entries(tx, self._part, days, dimensions)
            tx.execute(update(part).where(part.c.id == self._part).values(records=ledger.version + 1))
            tx.execute(delete(touched).where(_settled(system, last)))
        return True

    def _remove(self, tx: Connection, keys: set[tuple[str, str]]) -> set[int]:
        days: set[int] = set()
        for kind in ("lead", "deal"):
            for some in _batches(sorted(key for of, key in keys if of == kind)):
                here = and_(entry.c.part_id == self._part, entry.c.kind == kind, entry.c.key.in_(some))
                days |= set(tx.execute(select(entry.c.day).where(here).distinct()).scalars())
                tx.execute(delete(entry).where(here))
                held = and_(holder.c.part_id == self._part, holder.c.kind == kind, holder.c.key.in_(some))
                tx.execute(delete(holder).where(held))
                if kind == "deal":
                    bought = and_(purchase.c.part_id == self._part, purchase.c.deal.in_(some))
                    tx.execute(delete(purchase).where(bought))
        return days

    def _rows(self) -> tuple[list[Row], list[Row]]:
        entries = [each for posting in self._postings for each in posting.entries]
        purchases = [each for posting in self._postings for each in posting.purchases]
        wanted = {each.members for each in entries} | {each.acquisition for each in purchases}
        sets = self._store.names.sets(wanted)
        number, measures = self._part, self._measures
        return (
            [
                (number, e.kind, e.key, e.day, measures[e.measure], sets[e.members], e.currency, e.value)
                for e in entries
            ],
            [
                (number, p.deal, p.customer, p.day, p.seconds_to_win, sets[p.members], sets[p.acquisition])
                for p in purchases
            ],
        )

    def _insert(self, tx: Connection, rows: tuple[list[Row], list[Row]]) -> None:
        columns = ("part_id", "kind", "key", "day", "measure_id", "dimset_id", "currency", "value")
        insert_columns(tx, entry, columns, rows[0])
        insert_rows(tx, purchase, rows[1])
        insert_rows(tx, holder, self._holders)
