"""Erases a person: their id is replaced by a random pseudonym wherever it stands, and all totals stay.

The systems' polls rest meanwhile, and their ledgers' keepers, so that nobody writes the id
anew from what they remember. What a source tells later is caught at the entrance
(`forgotten`). Whoever was merged with them by the CRM is the same person; a company that
somebody belongs to is not.
"""

import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, insert, or_, select, update

from collector.store.care.task import Place
from collector.store.codec import json_of, of_json
from collector.store.connect import Store
from collector.store.forgotten import blanked, digest, key_of
from collector.store.ledger import owner_of_customer
from collector.store.schema import entity, forgotten, part, posting, stream, touched

NAMING = ("customer_id", "parent_id", "merged_into")
"""The fields of a body that hold a customer's id, besides a customer's own."""


@dataclass(frozen=True)
class Person:
    """A customer as one system knows them: `ids` begins with the one that was asked for."""

    project: str
    system: str
    ids: tuple[str, ...]
    leads: int
    deals: int


def find(store: Store, customer_id: str, *, project: str | None = None, system: str | None = None) -> list[Person]:
    """Who has this id, in each system that knows it."""
    with store.read() as tx:
        return [
            _person(tx, row.project, row.system, customer_id)
            for row in tx.execute(_systems(project, system))
            if _is_known(tx, row.project, row.system, customer_id)
        ]


def recall(store: Store, customer_id: str, *, project: str | None = None, system: str | None = None) -> bool | None:
    """Whether the traces of somebody who was forgotten before are wiped; None: nobody of this id was."""
    with store.read() as tx:
        mine = forgotten.c.digest == digest(key_of(tx), customer_id)
        if project is not None:
            mine &= forgotten.c.project == project
        if system is not None:
            mine &= forgotten.c.system == system
        found = list(tx.execute(select(forgotten.c.wiped).where(mine)).scalars())
    return all(found) if found else None


def forget(place: Place, person: Person) -> None:
    """Replace their ids, and blank their click ids; one transaction. What is left of them is then wiped (`wipe`)."""
    store = place.store
    with store.read() as tx:
        mine = and_(stream.c.project == person.project, stream.c.system == person.system)
        rows = tx.execute(select(stream.c.id, stream.c.kind).where(mine)).all()
    with ExitStack() as resting:
        polled = [row.id for row in rows if row.kind != "ledger"]
        resting.enter_context(place.locks.at_rest(polled, waiting=place.waiting, patience=place.patience))
        for row in rows:
            if row.kind == "ledger":
                resting.enter_context(store.books.keeping(row.id))
        with store.write() as tx:
            tx.exec_driver_sql("PRAGMA secure_delete = ON")
            _replace(tx, person)


def _replace(tx: Connection, person: Person) -> None:
    names = {each: f"forgotten:{secrets.token_hex(12)}" for each in person.ids}
    key = key_of(tx)
    owner = {"project": person.project, "system": person.system}
    known = [{**owner, "digest": digest(key, each), "pseudonym": name, "wiped": False} for each, name in names.items()]
    tx.execute(insert(forgotten).prefix_with("OR REPLACE", dialect="sqlite"), known)
    _in_entities(tx, person, names)
    _in_ledgers(tx, person, names)
    _in_messages(tx, person.project, names)


def _in_entities(tx: Connection, person: Person, names: Mapping[str, str]) -> None:
    rows = tx.execute(_entities(person.project, person.system).where(_concerns(names))).all()
    for row in rows:
        body = of_json(row.body)
        if not _names_any(row, body, names):
            continue
        this = and_(entity.c.part_id == row.part_id, entity.c.kind == row.kind, entity.c.key == row.key)
        is_customer = row.kind == "customer"
        changed = {
            "key": names.get(row.key, row.key) if is_customer else row.key,
            "link": names.get(row.link, row.link),
            "body": json_of(_veiled(body, names, is_customer=is_customer)),
        }
        tx.execute(update(entity).where(this).values(**changed))


def _veiled(body: dict[str, Any], names: Mapping[str, str], *, is_customer: bool) -> dict[str, Any]:
    fields = ("id", *NAMING) if is_customer else NAMING
    veiled = {name: names.get(value, value) if name in fields else value for name, value in body.items()}
    if not is_customer and veiled.get("click_ids"):
        veiled["click_ids"] = blanked(veiled["click_ids"])
    return veiled


def _in_ledgers(tx: Connection, person: Person, names: Mapping[str, str]) -> None:
    """The postings are theirs still; they are looked at again, for whom a circle of links stands for may change."""
    ledgers = and_(stream.c.project == person.project, stream.c.source == person.system, stream.c.kind == "ledger")
    mine = posting.c.part_id.in_(select(part.c.id).join(stream, stream.c.id == part.c.stream_id).where(ledgers))
    due = and_(touched.c.project == person.project, touched.c.system == person.system, touched.c.kind == "customer")
    for former, name in names.items():
        of_former = mine & (posting.c.owner == owner_of_customer(former))
        tx.execute(update(posting).where(of_former).values(owner=owner_of_customer(name)))
        tx.execute(update(touched).where(due, touched.c.key == former).values(key=name))
    owner = {"project": person.project, "system": person.system, "kind": "customer"}
    tx.execute(insert(touched), [{**owner, "key": name} for name in names.values()])


def _in_messages(tx: Connection, project: str, names: Mapping[str, str]) -> None:
    """What was told of a failed poll may quote a row."""
    quoted = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, sorted(names, key=len, reverse=True))) + r")(?!\w)")
    told = select(stream.c.id, stream.c.message).where(stream.c.project == project, stream.c.message.is_not(None))
    for row in tx.execute(told).all():
        veiled = quoted.sub(lambda found: names[found[0]], row.message)
        if veiled != row.message:
            tx.execute(update(stream).where(stream.c.id == row.id).values(message=veiled))


# ── who they are ─────────────────────────────────────────────────────────────────────


def _person(tx: Connection, project: str, system: str, customer_id: str) -> Person:
    ids = _family(tx, project, system, customer_id)
    counts = select(entity.c.kind, func.count(entity.c.key.distinct())).where(
        entity.c.part_id.in_(_parts(project, system)), entity.c.link.in_(ids), entity.c.kind.in_(("lead", "deal"))
    )
    found = {row[0]: int(row[1]) for row in tx.execute(counts.group_by(entity.c.kind))}
    return Person(project, system, tuple(ids), found.get("lead", 0), found.get("deal", 0))


def _family(tx: Connection, project: str, system: str, customer_id: str) -> list[str]:
    """The id and all that the CRM merged with it, one way or the other."""
    family, looked = [customer_id], 0
    while looked < len(family):
        some, looked = family[looked:], len(family)
        customers = _entities(project, system).where(entity.c.kind == "customer", _concerns(some))
        for row in tx.execute(customers).all():
            merged = of_json(row.body).get("merged_into")
            if merged is not None and (row.key in some or merged in some):
                family += [each for each in (row.key, merged) if each not in family]
    return family


def _systems(project: str | None, system: str | None) -> Select[Any]:
    query = select(stream.c.project, stream.c.system).where(stream.c.kind != "ledger").distinct()
    if project is not None:
        query = query.where(stream.c.project == project)
    if system is not None:
        query = query.where(stream.c.system == system)
    return query.order_by(stream.c.project, stream.c.system)


def _is_known(tx: Connection, project: str, system: str, customer_id: str) -> bool:
    rows = tx.execute(_entities(project, system).where(_concerns([customer_id])))
    return any(_names_any(row, of_json(row.body), {customer_id: ""}) for row in rows)


def _parts(project: str, system: str) -> Select[Any]:
    """All parts of all streams of a system: live or hidden, counted or not."""
    mine = and_(stream.c.project == project, stream.c.system == system, stream.c.kind != "ledger")
    return select(part.c.id).join(stream, stream.c.id == part.c.stream_id).where(mine)


def _entities(project: str, system: str) -> Select[Any]:
    return select(entity.c.part_id, entity.c.kind, entity.c.key, entity.c.link, entity.c.body).where(
        entity.c.part_id.in_(_parts(project, system))
    )


def _concerns(ids: Iterable[str]) -> ColumnElement[bool]:
    """Rows that may name one of these customers; a contact that was merged names its company in its body only."""
    ids = list(ids)
    quoted = [entity.c.body.contains(json_of(each), autoescape=True) for each in ids]
    own = and_(entity.c.kind == "customer", or_(entity.c.key.in_(ids), entity.c.link.in_(ids), *quoted))
    return or_(and_(entity.c.kind.in_(("lead", "deal")), entity.c.link.in_(ids)), own)


def _names_any(row: Row[Any], body: Mapping[str, Any], names: Mapping[str, str]) -> bool:
    named: Iterator[object] = (body.get(name) for name in NAMING)
    return (row.kind == "customer" and row.key in names) or row.link in names or any(each in names for each in named)
