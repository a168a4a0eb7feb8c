"""Entities, written: the full present state of leads, deals, customers, posts, stage changes.

An amended entity replaces its old self, one that is gone takes everything away, one that
is seen again lives again. What changed is marked `touched`, in the same transaction; the
ledger is rolled up from there. People who were forgotten come in under their pseudonyms.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

from collector.plugin.growth import COUNTERS
from collector.plugin.records import Customer, Deal, Gone, Lead, Post, StageChange, known_fields
from collector.store import census
from collector.store.bulk import Row, insert_columns, insert_rows
from collector.store.codec import json_of, of_json, to_instant
from collector.store.forgotten import veil_of_part
from collector.store.schema import entity, part, post_reading, stream, touched

Entity = Lead | Deal | Customer | Post | StageChange
Key = tuple[str, str]
"""Kind and key."""

_UPSERT = (
    "ON CONFLICT (part_id, kind, key) DO UPDATE SET updated = excluded.updated, gone = excluded.gone, "
    "link = excluded.link, body = excluded.body, seen = excluded.seen, lead = excluded.lead"
)
_KEYS_AT_ONCE = 500
_OF_READINGS = ("network", "published_at", *COUNTERS.values())
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def upsert(tx: Connection, part_id: int, records: Sequence[Entity], *, seen: datetime, anew: bool = False) -> set[Key]:
    """Store these states; returns what is to be rolled up: those that are new or changed, and whose they were.

    A state older than the one that is stored (pages overlap) is left out; read `anew` only where
    that was seen in the same run, for an import may set a date of change back.
    """
    veiled = veil_of_part(tx, part_id).records(records)
    rows = {(row[1], row[2]): row for row in _newest(_row(part_id, each, seen) for each in veiled)}
    stored = _stored(tx, part_id, rows)
    changed = {key: row for key, row in rows.items() if _supersedes(row, stored.get(key), anew=anew)}
    insert_rows(tx, entity, list(changed.values()), on_conflict=_UPSERT)
    _seen_again(tx, part_id, rows.keys() - changed.keys(), seen)
    _read_posts(tx, part_id, [row for key, row in changed.items() if key[0] == "post"], seen)
    return {each for key, row in changed.items() for each in _touched_by(row, stored.get(key))}


def stage_rows(tx: Connection, part_id: int, records: Sequence[Entity], *, seen: datetime) -> None:
    """Add states to a hidden part; the later of two with one key counts."""
    veiled = veil_of_part(tx, part_id).records(records)
    rows = list(_newest(_row(part_id, each, seen) for each in veiled))
    insert_rows(tx, entity, rows, on_conflict=_UPSERT)
    _read_posts(tx, part_id, [row for row in rows if row[1] == "post"], seen)


def _row(part_id: int, each: Entity, seen: datetime) -> Row:
    updated = each.updated_at if isinstance(each, Lead | Deal) else each.at if isinstance(each, StageChange) else _NEVER
    gone = not isinstance(each, StageChange) and bool(each.deleted)
    body = json_of(known_fields(each))
    lead = each.lead_id if isinstance(each, Deal) else None
    return (part_id, each.type, _key(each), to_instant(updated), to_instant(seen), gone, _link(each), body, lead)


def _key(each: Entity) -> str:
    if isinstance(each, StageChange):
        return f"{each.entity}:{each.id}:{to_instant(each.at)}:{each.stage}"
    return each.id


def _link(each: Entity) -> str | None:
    match each:
        case Lead() | Deal():
            return each.customer_id
        case Customer():
            return each.merged_into or each.parent_id
        case StageChange():
            return f"{each.entity}:{each.id}"
        case Post():
            return None


def _newest(rows: Iterable[Row]) -> Iterable[Row]:
    """One row a key; the later one where a page repeats it."""
    found: dict[tuple[object, object], Row] = {}
    for row in rows:
        before = found.get((row[1], row[2]))
        if before is None or int(str(row[3])) >= int(str(before[3])):
            found[row[1], row[2]] = row
    return found.values()


def _stored(tx: Connection, part_id: int, keys: Iterable[tuple[object, object]]) -> dict[tuple[object, object], Row]:
    by_kind: dict[object, list[object]] = {}
    for kind, key in keys:
        by_kind.setdefault(kind, []).append(key)
    found: dict[tuple[object, object], Row] = {}
    for kind, wanted in by_kind.items():
        for start in range(0, len(wanted), _KEYS_AT_ONCE):
            some = entity.c.key.in_(wanted[start : start + _KEYS_AT_ONCE])
            query = select(entity).where(entity.c.part_id == part_id, entity.c.kind == kind, some)
            found |= {(row.kind, row.key): tuple(row) for row in tx.execute(query)}
    return found


def _supersedes(row: Row, stored: Row | None, *, anew: bool) -> bool:
    if stored is None:
        return True
    older = int(str(row[3])) < int(str(stored[3]))
    if anew and int(str(stored[4])) < int(str(row[4])):
        older = False
    return not older and (row[5:] != stored[5:] or row[3] != stored[3])


def _seen_again(tx: Connection, part_id: int, keys: Iterable[tuple[object, object]], seen: datetime) -> None:
    rows = [(to_instant(seen), part_id, kind, key) for kind, key in keys]
    if rows:
        statement = "UPDATE entity SET seen = max(seen, ?) WHERE part_id = ? AND kind = ? AND key = ?"
        tx.exec_driver_sql(statement, rows)


def _read_posts(tx: Connection, part_id: int, rows: Iterable[Row], seen: datetime) -> None:
    """A post's counters at this instant, kept beside its present state; those of a deleted one say nothing."""
    living = [(str(row[2]), of_json(str(row[7]))) for row in rows if not row[5]]
    known = _last_readings(tx, part_id, [key for key, _ in living], seen)
    readings: list[Row] = [
        (part_id, key, to_instant(seen), json_of({**known.get(key, {}), **_counters(body)})) for key, body in living
    ]
    insert_rows(tx, post_reading, readings, on_conflict="ON CONFLICT DO UPDATE SET body = excluded.body")


def _counters(body: dict[str, Any]) -> dict[str, Any]:
    """What growth is made of: a counter that is not known now is the last one that was."""
    return {name: body[name] for name in _OF_READINGS if body.get(name) is not None}


def _last_readings(tx: Connection, part_id: int, keys: Sequence[str], before: datetime) -> dict[str, dict[str, Any]]:
    """Each post's last reading before this instant."""
    other = post_reading.alias()
    found: dict[str, dict[str, Any]] = {}
    last = (
        select(func.max(other.c.at))
        .where(other.c.part_id == part_id, other.c.key == post_reading.c.key, other.c.at < to_instant(before))
        .scalar_subquery()
    )
    for start in range(0, len(keys), _KEYS_AT_ONCE):
        some = post_reading.c.key.in_(keys[start : start + _KEYS_AT_ONCE])
        query = select(post_reading.c.key, post_reading.c.body)
        rows = tx.execute(query.where(post_reading.c.part_id == part_id, some, post_reading.c.at == last))
        found |= {row.key: of_json(row.body) for row in rows}
    return found


def _touched_by(row: Row, before: Row | None = None) -> Iterable[Key]:
    """What is to be rolled up when this row changes: of a stage change its lead or deal.

    Whom it belonged to before (a customer, or another one) loses it.
    """
    if row[1] == "stage_change":
        kind, _, key = str(row[6]).partition(":")
        yield kind, key
        return
    yield str(row[1]), str(row[2])
    if before is not None and before[6] is not None and before[6] != row[6]:
        yield "customer", str(before[6])


def mark_gone(tx: Connection, part_id: int, gone: Iterable[Gone]) -> set[Key]:
    """The vendor says that these are deleted; returns those that were alive here, and whose they were."""
    changed: set[Key] = set()
    for each in veil_of_part(tx, part_id).gone(gone):
        here = (entity.c.part_id == part_id) & (entity.c.kind == each.entity) & (entity.c.key == each.id)
        marked = update(entity).where(here, ~entity.c.gone).values(gone=True).returning(entity.c.link)
        for (link,) in tx.execute(marked).all():
            changed.add((each.entity, each.id))
            if link is not None:
                changed.add(("customer", link))
    return changed


def has_older(tx: Connection, part_id: int, *, than: datetime) -> bool:
    """Whether anything that lives here was last seen before an instant."""
    here = (entity.c.part_id == part_id) & (entity.c.kind != "stage_change") & ~entity.c.gone
    return tx.execute(select(entity.c.key).where(here, entity.c.seen < to_instant(than)).limit(1)).first() is not None


def sweep(
    tx: Connection, part_id: int, kinds: Iterable[str], existing: Iterable[str], *, began: datetime, most: float = 0.2
) -> tuple[set[Key], int]:
    """Mark as gone what the complete list of `existing` ids lacks; returns what that changes, and how many would go.

    Only entities last seen before the sweep began. When more than the share `most` would
    vanish at once nothing is changed: lost rights look like deletions. Of several kinds one
    of which nothing is listed is left alone: the list is not about it (deals, and their buyers).
    """
    existing = set(existing)
    listed, veil = set(existing), veil_of_part(tx, part_id)
    listed |= {veil.customer(each) for each in listed}
    here = (entity.c.part_id == part_id) & entity.c.kind.in_(list(kinds))
    alive = tx.execute(select(entity.c.kind, entity.c.key, entity.c.seen).where(here, ~entity.c.gone)).all()
    if about := {row.kind for row in alive if row.key in listed}:
        alive = [row for row in alive if row.kind in about]
    vanished = {(row.kind, row.key) for row in alive if row.key not in listed and row.seen < to_instant(began)}
    refused = bool(vanished) and len(vanished) > most * len(alive)
    here_still = [(row.kind, row.key) for row in alive if refused or (row.kind, row.key) not in vanished]
    _take_census(tx, part_id, told=len(existing), held=here_still, at=began)
    if refused:
        return set(), len(vanished)
    return mark_gone(tx, part_id, [Gone(entity=kind, id=key) for kind, key in vanished]), len(vanished)


def _take_census(tx: Connection, part_id: int, *, told: int, held: Sequence[Key], at: datetime) -> None:
    """Remember what was counted; where a list is of leads that are deals as well, by the leads."""
    kind = next((each for each in ("lead", "deal") if any(found == each for found, _ in held)), None)
    if kind is not None:
        census.keep(tx, part_id, kind=kind, told=told, held=sum(found == kind for found, _ in held), at=at)


def repeated(tx: Connection, stream_id: int) -> tuple[int, str | None]:
    """How many ids stand in several live parts of a stream, and one of them."""
    live = select(part.c.id).where(part.c.stream_id == stream_id, part.c.live)
    keys = select(entity.c.kind, entity.c.key).where(entity.c.part_id.in_(live), entity.c.kind != "stage_change")
    several = keys.group_by(entity.c.kind, entity.c.key).having(func.count() > 1).subquery()
    number, example = tx.execute(select(func.count(), func.min(several.c.key)).select_from(several)).one()
    return int(number), example


def touch(tx: Connection, stream_id: int, keys: Iterable[Key]) -> None:
    """The roll-up of these is due."""
    row = tx.execute(select(stream.c.project, stream.c.system).where(stream.c.id == stream_id)).one()
    rows = [(row.project, row.system, kind, key) for kind, key in keys]
    insert_columns(tx, touched, ("project", "system", "kind", "key"), rows)


def touch_parts(tx: Connection, stream_id: int, part_ids: Sequence[int], *, most: int) -> None:
    """The roll-up of all entities of these parts is due; past `most` of them that of the whole system."""
    query = select(entity.c.kind, entity.c.key, entity.c.link).where(entity.c.part_id.in_(part_ids)).limit(most + 1)
    rows = tx.execute(query).all()
    if len(rows) > most:
        touch(tx, stream_id, [("*", "")])
    else:
        found = {key for row in rows for key in _touched_by((0, row.kind, row.key, 0, 0, 0, row.link))}
        # the rows of a replaced part are removed soon: whom they belonged to is remembered here
        found |= {("customer", row.link) for row in rows if row.link is not None and row.kind != "stage_change"}
        touch(tx, stream_id, found)
