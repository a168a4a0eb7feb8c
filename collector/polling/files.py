"""A poll of a part stream: files that changed are read whole, and replace their own rows exactly."""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from collector.clock import day_of
from collector.plugin.errors import BadFile, InvalidRecord, SourceError
from collector.plugin.window import Part
from collector.polling.fetching import Budget
from collector.polling.job import Job, Tally, Turn, reading, writing
from collector.polling.threads import in_thread, to_the_end
from collector.store import entities, parts, streams
from collector.store.connect import Store
from collector.store.loads import ROWS_AT_ONCE, PartLoad


async def read_parts(store: Store, job: Job, _turn: Turn, started: datetime, tally: Tally) -> None:
    """Read each part whose fingerprint changed; those that grow or are gone keep their rows."""
    await to_the_end(parts.remove_hidden, store, job.stream_id)
    if job.stream.list_parts is None:
        raise TypeError(f"{job}: a part stream needs a method marked @parts(of={job.stream.name!r})")
    listing = job.stream.list_parts
    async with asyncio.timeout(job.timeout):
        found: list[Part] = sorted(await in_thread(lambda: list(listing())), key=lambda part: part.name)
    live = await in_thread(reading, store, lambda tx: parts.live_parts(tx, job.stream_id))
    for part in found:
        before = live.get(part.name)
        if part.growing:
            tally.growing = True
        elif before is not None and before.fingerprint == part.fingerprint:
            await to_the_end(writing, store, partial(parts.refresh, part_id=before.id, seen=part))
        else:
            await _read_part(store, job, part, started, tally)
    if tally.records and len(found) > 1:
        await _tell_repeated(store, job)
    await _missing(store, job, [each for name, each in live.items() if name not in {part.name for part in found}])
    tally.data_through = await in_thread(_through, store, job, started)
    if tally.fault is None and not tally.growing:
        tally.history_complete = True


async def _read_part(store: Store, job: Job, part: Part, started: datetime, tally: Tally) -> None:
    """One file; a bad one keeps its old rows and lets the others be read."""
    load = await to_the_end(PartLoad, store, job.target, part, started)
    try:
        # a file may be of any length: the time-out is for rows that do not come
        async for records in Budget(job.timeout, each=True).batches(job.stream.read(part)):
            await to_the_end(load.add, records)
        tally.add(await to_the_end(load.publish))
    except (SourceError, InvalidRecord) as error:
        told = error if isinstance(error, SourceError) else BadFile(part=part.name, fault=str(error))
        tally.fault = tally.fault or told
        if tally.fault is not told:
            job.connector.warn(str(told))
    finally:
        await to_the_end(parts.remove_hidden, store, job.stream_id)


async def _tell_repeated(store: Store, job: Job) -> None:
    """An id in several files counts once, with its latest state; that is told, for it may be a mistake."""
    number, example = await in_thread(reading, store, lambda tx: entities.repeated(tx, job.stream_id))
    if number:
        what = "id stands" if number == 1 else "ids stand"
        job.connector.warn(f"{number} {what} in several files, such as {example!r}; the latest state counts, once")


async def _missing(store: Store, job: Job, missing: Sequence[parts.LivePart]) -> None:
    remove = job.source.settings.on_missing == "remove"
    for part in missing:
        if not part.missing or remove:
            what = "its rows were removed" if remove else "its rows are kept (on_missing: remove would drop them)"
            job.connector.warn(f"{part.name} is gone; {what}")

    def settle(tx: Connection) -> None:
        for part in missing:
            if remove:
                entities.touch_parts(tx, job.stream_id, [part.id], most=ROWS_AT_ONCE)
                parts.hide(tx, part.id)
            else:
                parts.mark_missing(tx, part.id)
        if remove:
            streams.bump(tx, job.stream_id)

    if missing:
        await to_the_end(writing, store, settle)
        await to_the_end(parts.remove_hidden, store, job.stream_id)


def _through(store: Store, job: Job, started: datetime) -> date | None:
    """Through which day the parts' data are complete."""
    by = job.source.settings.complete_through or ("last_row" if "fact" in job.stream.yields else "mtime")
    if by == "yesterday":
        return day_of(started, job.project.zone) - timedelta(days=1)
    with store.read() as tx:
        live = parts.live_parts(tx, job.stream_id).values()
    if by == "last_row":
        return max((part.last_day for part in live if part.last_day is not None), default=None)
    changed = [day_of(part.modified_at, job.project.zone) for part in live if part.modified_at is not None]
    return max(changed) - timedelta(days=1) if changed else None
