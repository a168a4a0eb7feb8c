"""What the store holds, told: sizes, counts, ages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select

from collector.store.connect import SCHEMA, Store
from collector.store.schema import entity, fact, part, stream
from collector.store.state import StreamState
from collector.store.streams import states

KINDS = ("lead", "deal", "customer", "stage_change", "post")


@dataclass(frozen=True)
class Status:
    """The store at one instant. `facts` are those in live parts, `entities` those that are not gone."""

    schema: str
    bytes: int
    facts: int
    entities: Mapping[str, int]
    streams: tuple[StreamState, ...]


def status(store: Store) -> Status:
    """Look; nothing is changed."""
    live = select(part.c.id).where(part.c.live)
    with store.read() as tx:
        facts = tx.execute(select(func.count()).select_from(fact).where(fact.c.part_id.in_(live))).scalar_one()
        found = {row[0]: int(row[1]) for row in tx.execute(_alive())}
        streams = tuple(states(tx).values())
    return Status(SCHEMA, store.bytes(), facts, {kind: found.get(kind, 0) for kind in KINDS}, streams)


def _alive() -> Select[Any]:
    """How many entities of each kind live; an id in several parts of one system is one entity."""
    owner = part.join(stream, stream.c.id == part.c.stream_id)
    each = (
        select(stream.c.project, stream.c.system, entity.c.kind, entity.c.key)
        .select_from(entity.join(owner, part.c.id == entity.c.part_id))
        .where(part.c.live, ~entity.c.gone)
        .distinct()
        .subquery()
    )
    return select(each.c.kind, func.count()).group_by(each.c.kind)
