"""Streams: who they are, their clocks, their days, and where an entity stream goes on."""

import json
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, Row, and_, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from collector.plugin.window import StreamKind, Window
from collector.store import forgotten, tokens
from collector.store.codec import from_instant, optional_day, optional_instant, to_instant
from collector.store.schema import covered, part, stream, title, touched
from collector.store.state import StreamState

StreamKey = tuple[str, str, str]
"""Project, source, stream."""

MOST_AWAITED = 8
"""Windows of a stream whose answers are being made; the oldest ones were given up, as days go by."""

PRUNED = "pruned"
"""The state of a stream whose data were removed. Its number stays taken: somebody may be polling it still."""


@dataclass(frozen=True)
class StreamIdentity:
    """What the configuration says of a stream; the store keeps it beside the data."""

    project: str
    source: str
    name: str
    kind: StreamKind
    system: str
    counted: bool
    """Configured and live: its data count."""
    was: str | None = None
    """The source's earlier name, whose data it takes over."""
    active: tuple[date | None, date | None] = (None, None)
    """First and last day of its life; None is open."""
    rolled_up: bool = True
    """Whether it has entities that are: leads, deals or posts; the system's ledger lives as these do."""


def register(tx: Connection, identities: Iterable[StreamIdentity]) -> dict[StreamKey, int]:
    """Make the store's streams those that are configured; the others count no more.

    Their data stay. A stream whose counting or system changes has its system's entities
    rolled up anew.
    """
    wanted = {(each.project, each.source, each.name): each for each in identities}
    for each in wanted.values():
        _rename(tx, each)
    for project, source, was in {(each.project, each.source, each.was) for each in wanted.values()}:
        if was is not None:
            tokens.rename(tx, project, was, source)
    known = {(row.project, row.source, row.name): row for row in tx.execute(select(stream))}
    for key, row in known.items():
        if row.kind != "ledger":
            each_wanted = wanted.get(key)
            _settle(tx, row, each_wanted)
    _count_ledgers(tx, {(each.project, each.system) for each in wanted.values()}, known.values())
    new = [_as_new(each) for key, each in wanted.items() if key not in known]
    if new:
        tx.execute(insert(stream), new)
    ledgers = {(row.project, row.source) for row in known.values() if row.kind == "ledger"}
    for project, system in sorted({(each.project, each.system) for each in wanted.values() if each.rolled_up}):
        if (project, system) not in ledgers:
            add_ledger(tx, project, system)
    _set_lives(tx, wanted.values())
    found = numbers(tx)
    return {key: found[key] for key in wanted}


def _as_new(each: StreamIdentity) -> dict[str, object]:
    names = {"project": each.project, "source": each.source, "name": each.name, "kind": each.kind}
    return {**names, "system": each.system, "counted": each.counted, "history_complete": False, "state": "new"}


def _count_ledgers(
    tx: Connection, systems: Container[tuple[str, str]], rows: Iterable[Row[tuple[object, ...]]]
) -> None:
    """A system that no source has any more counts no more, whatever its ledger holds."""
    for row in rows:
        if row.kind == "ledger" and row.counted is not ((row.project, row.source) in systems):
            tx.execute(update(stream).where(stream.c.id == row.id).values(counted=not row.counted))


def add_ledger(tx: Connection, project: str, system: str) -> None:
    """A system's ledger, unless somebody was quicker; it lives as the system's sources do."""
    mine = and_(stream.c.project == project, stream.c.system == system, stream.c.counted)
    spans = tx.execute(select(stream.c.active_from, stream.c.active_until).where(mine)).all()
    begins, ends = [first for first, _ in spans], [last for _, last in spans]
    lives = {
        "active_from": None if None in begins else min(begins, default=None),
        "active_until": None if None in ends else max(ends, default=None),
    }
    names = {"project": project, "source": system, "name": "#ledger", "kind": "ledger", "system": system}
    made = upsert(stream).values(**names, **lives, state="done", counted=True, history_complete=True)
    tx.execute(made.on_conflict_do_nothing())


def _set_lives(tx: Connection, identities: Iterable[StreamIdentity]) -> None:
    """Each stream lives as its source does, a system's ledger from its first source's day to its last one's."""
    lives: dict[tuple[str, str, str | None], list[tuple[date | None, date | None]]] = {}
    for each in identities:
        lives.setdefault((each.project, each.source, each.name), []).append(each.active)
        if each.rolled_up:
            lives.setdefault((each.project, each.system, None), []).append(each.active)
    columns = (stream.c.id, stream.c.project, stream.c.source, stream.c.name, stream.c.kind)
    changed = []
    for row in tx.execute(select(*columns, stream.c.active_from, stream.c.active_until)):
        spans = lives.get((row.project, row.source, None if row.kind == "ledger" else row.name))
        if spans is None:
            continue
        begins, ends = [first for first, _ in spans], [last for _, last in spans]
        first = None if None in begins else min(day.toordinal() for day in begins if day)
        last = None if None in ends else max(day.toordinal() for day in ends if day)
        if (row.active_from, row.active_until) != (first, last):
            changed.append({"number": row.id, "active_from": first, "active_until": last})
    if changed:
        tx.execute(update(stream).where(stream.c.id == bindparam("number")), changed)


def _rename(tx: Connection, each: StreamIdentity) -> None:
    """`was:` hands a source's data to its new name, unless that has data of its own."""
    if each.was is None:
        return
    old = and_(stream.c.project == each.project, stream.c.source == each.was, stream.c.name == each.name)
    new = and_(stream.c.project == each.project, stream.c.source == each.source, stream.c.name == each.name)
    tx.execute(delete(stream).where(new, stream.c.state == PRUNED))
    if tx.execute(select(stream.c.id).where(new)).first() is None:
        tx.execute(update(stream).where(old).values(source=each.source))


def _settle(tx: Connection, row: Row[tuple[object, ...]], wanted: StreamIdentity | None) -> None:
    counted = wanted is not None and wanted.counted
    system = wanted.system if wanted is not None else row.system
    if wanted is not None and row.state == PRUNED:
        tx.execute(update(stream).where(stream.c.id == row.id).values(state="new"))
    if counted != row.counted or system != row.system:
        for affected in {row.system, system}:
            tx.execute(insert(touched).values(project=row.project, system=affected, kind="*", key=""))
        if system != row.system:
            forgotten.hand_on(tx, row.project, row.system, system)
        tx.execute(update(stream).where(stream.c.id == row.id).values(counted=counted, system=system))


def states(tx: Connection, project: str | None = None) -> dict[StreamKey, StreamState]:
    """What is known of each stream (of one project, or of all)."""
    query = select(stream).where(stream.c.kind != "ledger", stream.c.state != PRUNED)
    if project is not None:
        query = query.where(stream.c.project == project)
    reach = _reach(tx)
    return {(row.project, row.source, row.name): _state(row, reach.get(row.id)) for row in tx.execute(query)}


@dataclass(frozen=True, slots=True)
class Standing:
    """What the schedule begins with at a start."""

    last_attempt: datetime | None = None
    history_complete: bool = True
    waits_until: datetime | None = None


def standings(tx: Connection) -> dict[StreamKey, Standing]:
    """How each stream stands; much less work than `states`."""
    query = select(
        stream.c.project, stream.c.source, stream.c.name,
        stream.c.last_attempt, stream.c.history_complete, stream.c.waits_until,
    )  # fmt: skip
    rows = tx.execute(query.where(stream.c.kind != "ledger", stream.c.state != PRUNED))
    return {
        (project, source, name): Standing(optional_instant(attempt), complete, optional_instant(until))
        for project, source, name, attempt, complete, until in rows
    }


def _state(row: Row[tuple[object, ...]], reach: tuple[date, date] | None) -> StreamState:
    first, through = reach if reach is not None else (None, optional_day(row.data_through))
    return StreamState(
        project=row.project,
        source=row.source,
        stream=row.name,
        kind=row.kind,
        last_attempt=optional_instant(row.last_attempt),
        last_success=optional_instant(row.last_success),
        last_duration_seconds=None if row.last_duration is None else row.last_duration / 1e6,
        data_through=through if row.kind == "window" else optional_day(row.data_through),
        first_day=first,
        kept_from=optional_day(row.kept_from),
        history_complete=row.history_complete,
        complete_since=optional_instant(row.complete_since),
        state=row.state,
        reason=row.reason,
        message=row.message,
        waits_until=optional_instant(row.waits_until),
    )


def _reach(tx: Connection) -> dict[int, tuple[date, date]]:
    """By stream: the first and last day of the latest unbroken run of complete days (window streams),
    and the span of the live parts' rows (part streams)."""
    spans = select(part.c.stream_id, func.min(part.c.first_day), func.max(part.c.last_day)).where(
        part.c.live, part.c.first_day.is_not(None)
    )
    found = {
        number: (date.fromordinal(first), date.fromordinal(last))
        for number, first, last in tx.execute(spans.group_by(part.c.stream_id))
    }
    query = select(covered.c.stream_id, covered.c.day).where(covered.c.complete)
    runs: dict[int, tuple[int, int]] = {}
    for number, day in tx.execute(query.order_by(covered.c.stream_id, covered.c.day.desc())):
        if number not in runs:
            runs[number] = (day, day)
        elif runs[number][0] == day + 1:
            runs[number] = (day, runs[number][1])
    return found | {number: (date.fromordinal(a), date.fromordinal(b)) for number, (a, b) in runs.items()}


def covered_days(tx: Connection, stream_id: int) -> Mapping[date, bool]:
    """The days that were read, and whether after they had ended."""
    rows = tx.execute(select(covered.c.day, covered.c.complete).where(covered.c.stream_id == stream_id))
    return {date.fromordinal(day): complete for day, complete in rows}


def last_reads(tx: Connection, stream_id: int) -> Mapping[date, datetime]:
    """When each of the days that were read was read last."""
    rows = tx.execute(select(covered.c.day, covered.c.read_at).where(covered.c.stream_id == stream_id))
    return {date.fromordinal(day): from_instant(read_at) for day, read_at in rows}


def covered_of(tx: Connection, keys: Container[StreamKey]) -> dict[StreamKey, dict[date, bool]]:
    """`covered_days` of several streams, in one go."""
    names = {number: key for key, number in numbers(tx).items() if key in keys}
    found: dict[StreamKey, dict[date, bool]] = {}
    ids = list(names)
    for begin in range(0, len(ids), 500):
        query = select(covered).where(covered.c.stream_id.in_(ids[begin : begin + 500]))
        for row in tx.execute(query):
            found.setdefault(names[row.stream_id], {})[date.fromordinal(row.day)] = row.complete
    return found


def mark_covered(tx: Connection, stream_id: int, days: Iterable[date], *, read_at: datetime, ended: date) -> None:
    """These days were read at `read_at`; those through `ended` were over by then."""
    rows = [
        {"stream_id": stream_id, "day": day.toordinal(), "read_at": to_instant(read_at), "complete": day <= ended}
        for day in days
    ]
    statement = upsert(covered)
    changed = {"read_at": statement.excluded.read_at, "complete": statement.excluded.complete}
    tx.execute(statement.on_conflict_do_update(index_elements=["stream_id", "day"], set_=changed), rows)


def reopen(tx: Connection, stream_id: int, *, first: date, last: date) -> None:
    """These days were not over when they were read, whatever the clock said."""
    days = covered.c.day.between(first.toordinal(), last.toordinal())
    tx.execute(update(covered).where(covered.c.stream_id == stream_id, days).values(complete=False))
    bump(tx, stream_id)


@dataclass(frozen=True)
class Position:
    """Where an entity stream goes on: see `collector.plugin.window.Since`."""

    complete_since: datetime | None
    run_start: datetime | None
    cursor: str | None
    whole_since: datetime | None
    """The start of the last complete run that read everything."""


def position(tx: Connection, stream_id: int) -> Position:
    """How far an entity stream has come."""
    row = tx.execute(select(stream).where(stream.c.id == stream_id)).one()
    whole = tx.execute(select(func.max(part.c.modified)).where(part.c.stream_id == stream_id)).scalar()
    run_start = optional_instant(row.run_start)
    return Position(optional_instant(row.complete_since), run_start, row.cursor, optional_instant(whole))


def move_cursor(tx: Connection, stream_id: int, *, run_start: datetime, cursor: str) -> None:
    """A run that began at `run_start` has come to `cursor`."""
    values = {"run_start": to_instant(run_start), "cursor": cursor}
    tx.execute(update(stream).where(stream.c.id == stream_id).values(values))


def keep_cursor(tx: Connection, stream_id: int, cursor: str) -> None:
    """A stream of the present goes on at `cursor`, at whichever poll."""
    tx.execute(update(stream).where(stream.c.id == stream_id).values(cursor=cursor))


def whole_from(tx: Connection, stream_id: int, day: date | None) -> None:
    """Posts of days before this one are not all known; None: all are. As of what retention took, nothing is zero."""
    first = None if day is None else day.toordinal()
    tx.execute(update(part).where(part.c.stream_id == stream_id, part.c.live).values(kept_from=first))
    changed = and_(stream.c.id == stream_id, stream.c.kept_from.is_distinct_from(first))
    if tx.execute(update(stream).where(changed).values(kept_from=first)).rowcount:
        bump(tx, stream_id)


def complete_run(tx: Connection, stream_id: int, *, run_start: datetime, whole: bool = False) -> None:
    """A run came to its end: all that changed before `run_start` is in; `whole`: it has read everything."""
    if whole:
        tx.execute(update(part).where(part.c.stream_id == stream_id).values(modified=to_instant(run_start)))
    values = {"complete_since": to_instant(run_start), "run_start": None, "cursor": None, "history_complete": True}
    tx.execute(update(stream).where(stream.c.id == stream_id).values(values))


def awaited(tx: Connection, stream_id: int, window: Window) -> str | None:
    """By what the answer for just these days is asked for, where the vendor is still making it."""
    return _awaited(tx, stream_id).get(f"{window.first}/{window.last}")


def await_answer(tx: Connection, stream_id: int, window: Window, cursor: str | None) -> None:
    """The answer for these days is asked for by `cursor`; None: not any more."""
    days = f"{window.first}/{window.last}"
    kept = {name: each for name, each in _awaited(tx, stream_id).items() if name != days}
    if cursor is not None:
        kept = dict(list(kept.items())[1 - MOST_AWAITED :]) | {days: cursor}
    values = {"cursor": json.dumps(kept) if kept else None}
    tx.execute(update(stream).where(stream.c.id == stream_id).values(values))


def _awaited(tx: Connection, stream_id: int) -> dict[str, str]:
    kept = tx.execute(select(stream.c.cursor).where(stream.c.id == stream_id)).scalar_one()
    return dict(json.loads(kept)) if kept else {}


@dataclass(frozen=True)
class Outcome:
    """How a poll ended, for the stream's clocks."""

    started_at: datetime
    duration_seconds: float
    state: str
    reason: str | None = None
    message: str | None = None
    data_through: date | None = None
    """None leaves what stands."""
    history_complete: bool | None = None
    waits_until: datetime | None = None
    of_history: bool = False
    """Only history was read: that says nothing of how fresh the stream is, unless it fails."""


def record_outcome(tx: Connection, stream_id: int, outcome: Outcome) -> None:
    """Set a stream's clocks and its last outcome."""
    read = outcome.state in ("done", "growing")
    values: dict[str, object] = {} if outcome.of_history and read else _last_outcome(outcome)
    if read and not outcome.of_history:
        values["last_success"] = to_instant(outcome.started_at)
        values["first_poll"] = func.coalesce(stream.c.first_poll, to_instant(outcome.started_at))
    if outcome.data_through is not None:
        values["data_through"] = outcome.data_through.toordinal()
    if outcome.history_complete is not None:
        values["history_complete"] = outcome.history_complete
    if values:
        tx.execute(update(stream).where(stream.c.id == stream_id).values(values))


def _last_outcome(outcome: Outcome) -> dict[str, object]:
    told: dict[str, object] = {
        "state": outcome.state,
        "reason": outcome.reason,
        "message": outcome.message,
        "waits_until": None if outcome.waits_until is None else to_instant(outcome.waits_until),
    }
    if outcome.of_history:
        return told
    clocks = {"last_attempt": to_instant(outcome.started_at), "last_duration": int(outcome.duration_seconds * 1e6)}
    return told | clocks


def numbers(tx: Connection) -> dict[StreamKey, int]:
    """The number of each stream."""
    rows = tx.execute(select(stream.c.project, stream.c.source, stream.c.name, stream.c.id))
    return {(project, source, name): number for project, source, name, number in rows}


def empty(tx: Connection, stream_id: int) -> None:
    """Hide all parts of a stream that is not configured, and forget what was known of it; its rows are removed next."""
    tx.execute(update(part).where(part.c.stream_id == stream_id).values(live=False))
    for table in (covered, title):
        tx.execute(delete(table).where(table.c.stream_id == stream_id))
    nothing = dict.fromkeys(_CLOCKS)
    values = {**nothing, "counted": False, "history_complete": False, "state": PRUNED}
    tx.execute(update(stream).where(stream.c.id == stream_id).values(**values, version=stream.c.version + 1))


_CLOCKS = (
    "first_poll", "last_attempt", "last_success", "last_duration", "data_through", "reason", "message",
    "complete_since", "run_start", "cursor", "swept", "kept_from", "waits_until",
)  # fmt: skip


def bump(tx: Connection, stream_id: int) -> None:
    """The stream's data change in this transaction: what was computed of them is out of date."""
    tx.execute(update(stream).where(stream.c.id == stream_id).values(version=stream.c.version + 1))


def versions(tx: Connection, project: str) -> dict[tuple[str, str], int]:
    """How often the data of each counted stream have changed, by source (of a ledger: the system) and name."""
    query = select(stream.c.source, stream.c.name, stream.c.version)
    rows = tx.execute(query.where(stream.c.project == project, stream.c.counted))
    return {(source, name): version for source, name, version in rows}


def last_success(tx: Connection, stream_id: int) -> datetime | None:
    """When the last complete poll of the stream began."""
    return optional_instant(tx.execute(select(stream.c.last_success).where(stream.c.id == stream_id)).scalar())


def swept(tx: Connection, stream_id: int) -> datetime | None:
    """When the stream's sweep was last applied."""
    return optional_instant(tx.execute(select(stream.c.swept).where(stream.c.id == stream_id)).scalar())


def mark_swept(tx: Connection, stream_id: int, *, at: datetime) -> None:
    """The stream's sweep was applied."""
    tx.execute(update(stream).where(stream.c.id == stream_id).values(swept=to_instant(at)))
