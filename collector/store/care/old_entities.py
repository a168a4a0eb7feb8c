"""What retention takes of leads and deals: see `retention` for which, and why no figure of a kept day changes.

In the transaction that takes some of them their streams are told from which day on all
are there (`kept_from`): a window that reaches before it is too short.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, delete, exists, func, or_, select, update

from collector.clock import day_of, end_of_day
from collector.store import bites, books
from collector.store.care.retention import Bounds, Expendable, Key
from collector.store.care.task import Place
from collector.store.codec import to_instant
from collector.store.connect import Store
from collector.store.rules import Rules
from collector.store.schema import entity, part, stream, touched
from collector.store.states import System, batches, groups, named, parts_of

DATED = ("lead", "deal")
"""The entities that grow old. Customers link what comes later, posts go on gathering reactions."""


@dataclass(frozen=True)
class OldEntities:
    """A system's leads and deals that no figure of a kept day needs, with their stage changes."""

    system: System
    rules: Rules
    now: datetime
    first: date
    what: str = "leads and deals"

    @property
    def project(self) -> str:
        """Whose they are."""
        return self.system.project

    @property
    def source(self) -> str:
        """The system."""
        return self.system.name

    def count(self, tx: Connection) -> int:
        """How many there are."""
        return len(self._expendable(tx)) + len(self._gone(tx))

    def take(self, place: Place) -> int:
        """Remove them while nobody polls the system, and bring its ledger up to date."""
        with place.store.read() as tx:
            mine = and_(stream.c.project == self.project, stream.c.system == self.source, stream.c.kind != "ledger")
            stream_ids = list(tx.execute(select(stream.c.id).where(mine)).scalars())
        with place.locks.at_rest(stream_ids, waiting=place.waiting, patience=place.patience):
            with place.store.read() as tx:
                old, gone, orphans = self._expendable(tx), self._gone(tx), self._orphans(tx)
            self._remove(place.store, old, kept_from=self.first.toordinal())
            self._remove(place.store, gone, kept_from=None)
            self._remove(place.store, orphans, kept_from=None)
            with place.store.write() as tx:
                settle_kept_from(tx)
            if self.system.counted:  # also what one who was cut off has left due
                books.keep(place.store, self.system, self.rules)
        return len(old) + len(gone)

    def _expendable(self, tx: Connection) -> set[Key]:
        found = Expendable(self.rules, Bounds(self.first.toordinal(), self.now))
        for group in groups(tx, self.system, self.rules):
            found.add(group)
        return found.keys()

    def _gone(self, tx: Connection) -> set[Key]:
        """Those of old days that the vendor has deleted: they count nowhere, and no part shows another state."""
        here = and_(entity.c.part_id.in_(parts_of(self.system)), entity.c.kind.in_(DATED), entity.c.gone)
        rows = tx.execute(select(entity.c.kind, entity.c.key, entity.c.body).where(here))
        old = {(row.kind, row.key) for row in rows if self._last_day(json.loads(row.body)) < self.first}
        return old - {(row.kind, row.key) for row in named(tx, self.system, old)}

    def _last_day(self, body: dict[str, Any]) -> date:
        told = (body.get("created_at"), body.get("closed_at"))
        return max(day_of(datetime.fromisoformat(each), self.rules.zone) for each in told if each)

    def _orphans(self, tx: Connection) -> set[Key]:
        """Old stage changes of what is not there: a file told them again."""
        whose, colon = entity.alias(), func.instr(entity.c.link, ":")
        found = exists().where(
            whose.c.kind == func.substr(entity.c.link, 1, colon - 1),
            whose.c.key == func.substr(entity.c.link, colon + 1),
            whose.c.part_id.in_(parts_of(self.system)),
        )
        old = entity.c.updated < to_instant(end_of_day(self.first - timedelta(days=1), self.rules.zone))
        here = and_(entity.c.part_id.in_(parts_of(self.system)), entity.c.kind == "stage_change", old, ~found)
        return {("stage_change", key) for key in tx.execute(select(entity.c.key).where(here)).scalars()}

    def _remove(self, store: Store, keys: Iterable[Key], *, kept_from: int | None) -> None:
        for kind in ("lead", "deal", "stage_change"):
            for some in batches(sorted(key for of, key in keys if of == kind)):
                with store.write() as tx:
                    self._remove_some(tx, kind, some, kept_from)
                bites.pause()

    def _remove_some(self, tx: Connection, kind: str, keys: list[str], kept_from: int | None) -> None:
        mine = entity.c.part_id.in_(parts_of(self.system))
        here = and_(mine, entity.c.kind == kind, entity.c.key.in_(keys))
        removed = tx.execute(delete(entity).where(here).returning(entity.c.part_id, entity.c.key, entity.c.link)).all()
        changes = [f"{kind}:{key}" for key in keys]
        tx.execute(delete(entity).where(mine, entity.c.kind == "stage_change", entity.c.link.in_(changes)))
        if kept_from is None:
            return
        due = {(kind, row.key) for row in removed} | {("customer", row.link) for row in removed if row.link is not None}
        owner = {"project": self.project, "system": self.source}
        tx.execute(touched.insert(), [{**owner, "kind": of, "key": key} for of, key in sorted(due)])
        _note(tx, {row.part_id for row in removed}, kept_from)


def _note(tx: Connection, part_ids: set[int], kept_from: int) -> None:
    """Something of days before `kept_from` has gone from these parts."""
    earlier = or_(part.c.kept_from.is_(None), part.c.kept_from < kept_from)
    tx.execute(update(part).where(part.c.id.in_(part_ids), earlier).values(kept_from=kept_from))
    owners = select(part.c.stream_id).where(part.c.id.in_(part_ids))
    earlier = or_(stream.c.kept_from.is_(None), stream.c.kept_from < kept_from)
    tx.execute(update(stream).where(stream.c.id.in_(owners), earlier).values(kept_from=kept_from))


def settle_kept_from(tx: Connection) -> None:
    """A stream all of whose parts were read anew since, and were not cut again, is whole."""
    of_parts = select(func.max(part.c.kept_from)).where(part.c.stream_id == stream.c.id, part.c.live).scalar_subquery()
    tx.execute(update(stream).where(stream.c.kept_from.is_distinct_from(of_parts)).values(kept_from=of_parts))
