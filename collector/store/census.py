"""What a sweep counted: how many ids the vendor has, and how many of them live here.

Kept with the only part of an entity stream (its `fingerprint`, which files alone use for
themselves), as of the last sweep that came to its end, applied or refused.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, select, update

from collector.store.codec import from_instant, to_instant
from collector.store.schema import part, stream


@dataclass(frozen=True)
class Census:
    """Of one stream; `kind` is what its ids are of."""

    source: str
    stream: str
    kind: Literal["lead", "deal"]
    told: int
    held: int
    at: datetime


def keep(tx: Connection, part_id: int, *, kind: str, told: int, held: int, at: datetime) -> None:
    """Remember what a sweep that began at `at` has counted."""
    body = json.dumps({"kind": kind, "told": told, "held": held, "at": to_instant(at)})
    tx.execute(update(part).where(part.c.id == part_id).values(fingerprint=body))


def all_kept(tx: Connection, project: str) -> list[Census]:
    """The last count of each counted stream that is swept."""
    query = (
        select(stream.c.source, stream.c.name, part.c.fingerprint)
        .join(part, part.c.stream_id == stream.c.id)
        .where(stream.c.project == project, stream.c.counted, stream.c.kind == "since", part.c.live)
    )
    found = []
    for source, name, body in tx.execute(query):
        if body.startswith("{"):
            told = json.loads(body)
            found.append(Census(source, name, told["kind"], told["told"], told["held"], from_instant(told["at"])))
    return found
