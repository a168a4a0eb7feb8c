"""People who were erased: what stands in the place of their ids, also when a source tells of them again.

At the entrance of `entities`. The id itself is kept nowhere; it is recognised by a keyed
digest, and the pseudonym that its owner was given is stored instead, so that all totals
stay. What erases somebody: `care.forget`.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace

from sqlalchemy import Connection, select

from collector.plugin.records import Customer, Deal, Gone, Lead, Post, StageChange
from collector.store.schema import forgotten, part, salt, stream
from collector.vocabulary.tags import clean_tag

Entity = Lead | Deal | Customer | Post | StageChange

BLANK = "forgotten"
"""In the place of a click id: that there was one tells the channel, which one tells the person."""


class Veil:
    """Puts pseudonyms in the place of one system's forgotten customers."""

    def __init__(self, key: bytes, pseudonyms: Mapping[bytes, str]) -> None:
        self._key = key
        self._pseudonyms = pseudonyms
        self._met: dict[str, str] = {}

    def customer(self, customer_id: str) -> str:
        """The id, or what stands in its place."""
        if not self._pseudonyms:
            return customer_id
        known = self._met.get(customer_id)
        if known is None:
            known = self._met[customer_id] = self._pseudonyms.get(digest(self._key, customer_id), customer_id)
        return known

    def records(self, records: Iterable[Entity]) -> list[Entity]:
        """The records as they may be stored."""
        return [self._record(each) for each in records] if self._pseudonyms else list(records)

    def gone(self, records: Iterable[Gone]) -> list[Gone]:
        """The same for what the vendor has deleted."""
        return [replace(each, id=self.customer(each.id)) if each.entity == "customer" else each for each in records]

    def _record(self, each: Entity) -> Entity:
        match each:
            case Lead() | Deal():
                return each if each.customer_id is None else self._of_customer(each, each.customer_id)
            case Customer():
                return replace(
                    each,
                    id=self.customer(each.id),
                    parent_id=None if each.parent_id is None else self.customer(each.parent_id),
                    merged_into=None if each.merged_into is None else self.customer(each.merged_into),
                )
            case _:
                return each

    def _of_customer(self, each: Lead | Deal, customer_id: str) -> Lead | Deal:
        veiled = self.customer(customer_id)
        if veiled == customer_id:
            return each
        return replace(each, customer_id=veiled, click_ids=blanked(each.click_ids))


def digest(key: bytes, customer_id: str) -> bytes:
    """By which an id is recognised."""
    return hashlib.blake2b(customer_id.encode(), key=key, digest_size=32).digest()


def blanked(click_ids: Mapping[str, str]) -> dict[str, str]:
    """The same click ids without their values; what was no value (a macro that nobody filled) stays none."""
    return {name: value if clean_tag(value) is None else BLANK for name, value in click_ids.items()}


def veil(tx: Connection, project: str, system: str) -> Veil:
    """The veil of a system."""
    mine = (forgotten.c.project == project) & (forgotten.c.system == system)
    known = {row[0]: row[1] for row in tx.execute(select(forgotten.c.digest, forgotten.c.pseudonym).where(mine))}
    return Veil(key_of(tx) if known else b"", known)


def veil_of_part(tx: Connection, part_id: int) -> Veil:
    """The veil of the system that a part's entities belong to."""
    owner = select(stream.c.project, stream.c.system).join(part, part.c.stream_id == stream.c.id)
    row = tx.execute(owner.where(part.c.id == part_id)).one()
    return veil(tx, row.project, row.system)


def key_of(tx: Connection) -> bytes:
    """The store's own random key."""
    return bytes(tx.execute(select(salt.c.value)).scalar_one())


def hand_on(tx: Connection, project: str, former: str, system: str) -> None:
    """A source's entities belong to another system now: those whom its former one forgot stay forgotten."""
    mine = (forgotten.c.project == project) & (forgotten.c.system == former)
    rows = [{**row._mapping, "system": system} for row in tx.execute(select(forgotten).where(mine))]
    if rows:
        tx.execute(forgotten.insert().prefix_with("OR IGNORE", dialect="sqlite"), rows)
