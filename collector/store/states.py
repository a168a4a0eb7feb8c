"""States of leads and deals, read: the living ones of a system, by customer.

Between the `entity` rows that polls stored and the postings that `books` makes of them.
Where several parts hold one id, the latest state counts; customers are merged.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, and_, literal_column, or_, select, table
from sqlalchemy import Row as SqlRow

from collector.store.attribution import own_channel
from collector.store.codec import of_json
from collector.store.customers import root_of
from collector.store.ledger import Change, Group, State
from collector.store.rules import Rules
from collector.store.schema import entity, part, stream

KEYS_AT_ONCE = 500
"""In one SQL list."""

STATES_AT_ONCE = 5_000
"""Read and posted at a time."""

KINDS = ("lead", "deal", "post")
"""The entities that are posted."""

Key = tuple[str, str]
"""Kind and key."""


@dataclass(frozen=True)
class System:
    """One CRM of one project; its entities may come from several sources."""

    project: str
    name: str
    counted: bool = True
    """False: those of its sources that do not count, such as pilots."""


def living(system: System, *, kinds: Iterable[str]) -> Select[Any]:
    """The system's living entities; where several parts hold one id, the latest state counts."""
    return _living(system).where(entity.c.part_id.in_(parts_of(system)), entity.c.kind.in_(list(kinds)))


def _among(system: System, kinds: Iterable[str], column: Column[Any], values: list[str]) -> Select[Any]:
    """Those that have one of these values in a column that is indexed.

    That a part's number and the kind are computed keeps SQLite from walking through whole parts for a few rows.
    """
    here = and_(column.in_(values), column.is_not(None), (entity.c.part_id + 0).in_(parts_of(system)))
    return _living(system).where(here, entity.c.kind.concat("").in_(list(kinds)))


def _living(system: System) -> Select[Any]:
    mine = parts_of(system)
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
    columns = (entity.c.kind, entity.c.key, entity.c.link, entity.c.body)
    return select(*columns).where(~entity.c.gone, ~shadow.exists())


def parts_of(system: System) -> Select[Any]:
    """The numbers of the live parts that hold the system's entities."""
    counted = stream.c.counted if system.counted else ~stream.c.counted
    mine = and_(stream.c.project == system.project, stream.c.system == system.name, counted, stream.c.kind != "ledger")
    return select(part.c.id).join(stream, stream.c.id == part.c.stream_id).where(mine, part.c.live)


def customer_links(tx: Connection, system: System) -> dict[str, str]:
    """Each customer's link, where it has one."""
    query = living(system, kinds=["customer"]).where(entity.c.link.is_not(None))
    return {row.key: row.link for row in tx.execute(query)}


def _histories(tx: Connection, system: System, rows: Iterable[SqlRow[Any]]) -> dict[str, list[Change]]:
    """The stage changes of these leads and deals, oldest first, by `lead:1`."""
    found: dict[str, list[Change]] = {}
    for some in batches([f"{row.kind}:{row.key}" for row in rows]):
        for row in tx.execute(_among(system, ["stage_change"], entity.c.link, some)):
            change = of_json(row.body)
            reached = Change(datetime.fromisoformat(change["at"]), change["status"], change.get("stage"))
            found.setdefault(row.link, []).append(reached)
    return {link: sorted(changes) for link, changes in found.items()}


def _states(tx: Connection, system: System, rows: list[SqlRow[Any]], *, histories: bool) -> list[State]:
    known = _histories(tx, system, rows) if histories else {}
    return [State(row.kind, row.key, of_json(row.body), tuple(known.get(f"{row.kind}:{row.key}", ()))) for row in rows]


def _has_histories(tx: Connection, system: System) -> bool:
    return tx.execute(living(system, kinds=["stage_change"]).limit(1)).first() is not None


def batches(values: list[str]) -> Iterator[list[str]]:
    """Values in lists that one SQL statement takes."""
    return (values[start : start + KEYS_AT_ONCE] for start in range(0, len(values), KEYS_AT_ONCE))


def groups(tx: Connection, system: System, rules: Rules) -> Iterator[Group]:
    """Customers (merged) with their states; entities without a customer one by one."""
    links = customer_links(tx, system)
    tx.exec_driver_sql("CREATE TEMP TABLE IF NOT EXISTS root (id TEXT PRIMARY KEY, root TEXT NOT NULL)")
    tx.exec_driver_sql("DELETE FROM temp.root")
    roots = [(each, root_of(each, links)) for each in links]
    if roots:
        tx.exec_driver_sql("INSERT INTO temp.root VALUES (?, ?)", roots)
    inner = living(system, kinds=KINDS).subquery()
    customer: ColumnElement[Any] = literal_column("coalesce(temp.root.root, e.link)")
    rows = inner.alias("e")
    query = (
        select(customer.label("customer"), rows.c.kind, rows.c.key, rows.c.body)
        .select_from(rows.outerjoin(table("root", schema="temp"), literal_column("temp.root.id") == rows.c.link))
        .order_by(literal_column("customer"), rows.c.kind, rows.c.key)
    )
    evidence = _evidence_of_named(tx, system, rules)
    histories = _has_histories(tx, system)
    for chunk in _whole_groups(tx.execution_options(yield_per=2_000).execute(query)):
        states = _states(tx, system, chunk, histories=histories)
        for customer_id, pairs in groupby(zip(chunk, states, strict=True), key=lambda pair: pair[0].customer):
            members = tuple(state for _, state in pairs)
            if customer_id is None:
                yield from (Group(None, (state,), evidence) for state in members)
            else:
                yield Group(customer_id, members, evidence)


def _evidence_of_named(tx: Connection, system: System, rules: Rules) -> dict[str, str]:
    """The channel that its own evidence gives, of each lead that a deal names."""
    named_leads = select(entity.c.lead).where(entity.c.kind == "deal", entity.c.lead.is_not(None))
    rows = tx.execute(living(system, kinds=["lead"]).where(entity.c.key.in_(named_leads)))
    return _evidence(rows, rules)


def _evidence(rows: Iterable[SqlRow[Any]], rules: Rules) -> dict[str, str]:
    found = {row.key: own_channel(of_json(row.body), rules.channels) for row in rows}
    return {key: channel for key, channel in found.items() if channel is not None}


def _whole_groups(rows: Iterable[SqlRow[Any]]) -> Iterator[list[SqlRow[Any]]]:
    """Rows in chunks that end where a customer ends."""
    chunk: list[SqlRow[Any]] = []
    for row in rows:
        if len(chunk) >= STATES_AT_ONCE and (row.customer is None or row.customer != chunk[-1].customer):
            yield chunk
            chunk = []
        chunk.append(row)
    if chunk:
        yield chunk


def grouped(
    tx: Connection, system: System, rows: list[SqlRow[Any]], links: dict[str, str], rules: Rules
) -> Iterator[Group]:
    """These rows' states by customer, in one order always; those without one alone."""
    rows = sorted(rows, key=lambda row: (row.kind, row.key))
    states = _states(tx, system, rows, histories=_has_histories(tx, system))
    leads = {str(state.body["lead_id"]) for state in states if state.kind == "deal" and state.body.get("lead_id")}
    evidence = _evidence(named(tx, system, {("lead", key) for key in leads}), rules)
    of_customers: dict[str, list[State]] = {}
    for row, state in zip(rows, states, strict=True):
        if row.link is None:
            yield Group(None, (state,), evidence)
        else:
            of_customers.setdefault(root_of(row.link, links), []).append(state)
    for customer, members in of_customers.items():
        yield Group(customer, tuple(members), evidence)


def named(tx: Connection, system: System, keys: Iterable[Key]) -> list[SqlRow[Any]]:
    """The living leads, deals and posts of these keys."""
    found: list[SqlRow[Any]] = []
    for kind in KINDS:
        for some in batches(sorted(key for of, key in keys if of == kind)):
            found += tx.execute(living(system, kinds=[kind]).where(entity.c.key.in_(some))).all()
    return found


def linked(tx: Connection, system: System, customers: Iterable[str]) -> list[SqlRow[Any]]:
    """The living leads and deals that name one of these customers."""
    found: list[SqlRow[Any]] = []
    for some in batches(sorted(customers)):
        found += tx.execute(_among(system, ["lead", "deal"], entity.c.link, some)).all()
    return found


def naming(tx: Connection, system: System, leads: Iterable[str]) -> list[SqlRow[Any]]:
    """The living deals that name one of these leads."""
    found: list[SqlRow[Any]] = []
    for some in batches(sorted(leads)):
        found += tx.execute(_among(system, ["deal"], entity.c.lead, some)).all()
    return found


def belonged(tx: Connection, system: System, keys: Iterable[Key]) -> set[str]:
    """The customers that any state of these leads, deals and customers names, living or not, outvoted or not."""
    mine = and_(stream.c.project == system.project, stream.c.system == system.name)
    parts = select(part.c.id).join(stream, stream.c.id == part.c.stream_id).where(mine)
    found: set[str] = set()
    for kind in ("lead", "deal", "customer"):
        for some in batches(sorted(key for of, key in keys if of == kind)):
            here = and_(entity.c.kind == kind, entity.c.key.in_(some), entity.c.part_id.in_(parts))
            found |= set(tx.execute(select(entity.c.link).where(here, entity.c.link.is_not(None))).scalars())
    return found
