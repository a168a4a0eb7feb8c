"""What the store holds, told: sizes, counts, ages."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select

from collector.store.connect import SCHEMA, Store
from collector.store.schema import entity, fact, part
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
        counted = select(entity.c.kind, func.count(entity.c.key.distinct()))
        alive = counted.where(entity.c.part_id.in_(live), ~entity.c.gone).group_by(entity.c.kind)
        found = {row[0]: int(row[1]) for row in tx.execute(alive)}
        streams = tuple(states(tx).values())
    return Status(SCHEMA, store.bytes(), facts, {kind: found.get(kind, 0) for kind in KINDS}, streams)
