"""A poll of an entity stream: all history first, then changes, slice by slice; and its sweep.

A stream that `rereads` is now and then read whole again: not every change is told as one.

A slice ends where the connector yields a checkpoint: its records and the cursor are
committed together. With half of the time used up the run stops there, to go on in a later
turn: a long one is many turns, and no time-out. One without checkpoints has to fit.
"""

from contextlib import aclosing
from datetime import datetime, timedelta

from sqlalchemy import Connection

from collector.clock import day_of
from collector.plugin.errors import InvalidRecord, SourceError
from collector.plugin.window import Checkpoint, Since
from collector.polling.fetching import Budget
from collector.polling.job import Job, Tally, Turn, reading, writing
from collector.polling.threads import in_thread, to_the_end
from collector.store import entities, parts, streams
from collector.store.connect import Store
from collector.store.loads import ROWS_AT_ONCE, ChangeLoad

OVERLAP = timedelta(minutes=10)
"""Changes are asked for from this much before the last run: vendors' clocks run behind, and
upserts absorb what comes twice."""

SWEEP_EVERY = timedelta(days=1)


async def read_changes(store: Store, job: Job, _turn: Turn, started: datetime, tally: Tally) -> None:
    """Read what changed since the last complete run, or go on with one that was cut off."""
    where = await in_thread(reading, store, lambda tx: streams.position(tx, job.stream_id))
    began = where.run_start if where.run_start is not None and where.run_start <= started else started
    cursor = where.cursor if began == where.run_start else None
    after = None if where.complete_since is None else min(where.complete_since, began) - OVERLAP
    again = after is not None and _is_due_again(job, where.whole_since, began)
    whole = after is None or again
    backfill = job.source.settings.backfill
    if whole:
        after = began - backfill if isinstance(backfill, timedelta) else None
    since = Since(after=after, cursor=cursor, until=began)
    load = await to_the_end(ChangeLoad, store, job.target, began, anew=again)
    tally.behind = not where.complete_since
    tally.more = not await _read(load, job, since, tally, whole=whole)
    tally.records = load.records
    if tally.more:
        return
    tally.data_through = day_of(began, job.project.zone) - timedelta(days=1)
    tally.history_complete = True
    await _try_sweep(store, job, started, tally)


def _is_due_again(job: Job, whole_since: datetime | None, began: datetime) -> bool:
    """Whether all is to be read again; a run that is cut off and goes on has begun when it had, and decides alike."""
    every = job.stream.rereads
    return every is not None and (whole_since is None or whole_since <= began - every)


async def _read(load: ChangeLoad, job: Job, since: Since, tally: Tally, *, whole: bool) -> bool:
    """Read to the end, or to the checkpoint after which no other slice might fit; whether it was the end."""
    budget = Budget(job.timeout)
    waiting: list[object] = []
    async with aclosing(budget.batches(job.stream.read(since))) as batches:
        async for records in batches:
            for record in records:
                if isinstance(record, Checkpoint):
                    await to_the_end(load.commit, waiting, cursor=record.cursor)
                    tally.records, waiting = load.records, []
                    if budget.half_used():
                        return False
                else:
                    waiting.append(record)
            if len(waiting) >= ROWS_AT_ONCE:
                await to_the_end(load.commit, waiting, cursor=None)
                tally.records, waiting = load.records, []
    await to_the_end(load.complete, waiting, ahead=job.clock_ahead, whole=whole)
    return True


async def _try_sweep(store: Store, job: Job, started: datetime, tally: Tally) -> None:
    """The changes are in; a sweep that fails takes nothing away from them, and is tried again at the next poll."""
    try:
        refused = await _sweep(store, job, started)
    except (SourceError, InvalidRecord, TimeoutError) as error:
        told = f"no end within {job.source.settings.timeout}" if isinstance(error, TimeoutError) else str(error)
        tally.doubt = ("sweep_failed", f"the data are in, but not what was deleted: {told}")
        return
    if refused:
        tally.doubt = (
            "sweep_refused",
            f"{refused} would vanish at once, more than a fifth; if they were really deleted they go in smaller "
            "steps, else the source has lost the right to see them",
        )


def _has_older(tx: Connection, job: Job, started: datetime) -> bool:
    return entities.has_older(tx, parts.only_part(tx, job.stream_id), than=started)


async def _sweep(store: Store, job: Job, started: datetime) -> int:
    """Ask which ids exist, once a day; all of them, or nothing is concluded. Returns how many too many would go."""
    if job.stream.sweep is None:
        return 0
    last = await in_thread(reading, store, lambda tx: streams.swept(tx, job.stream_id))
    if last is not None and last > started - SWEEP_EVERY:
        return 0
    if last is None and not await in_thread(reading, store, lambda tx: _has_older(tx, job, started)):
        await in_thread(writing, store, lambda tx: streams.mark_swept(tx, job.stream_id, at=started))
        return 0  # all that is here was seen just now: a first reading asks for nothing twice
    ids: list[str] = []
    async for batch in Budget(job.timeout).batches(job.stream.sweep()):
        ids += [str(each) for each in batch]
    kinds = job.stream.yields & {"lead", "deal", "customer", "post"}

    def apply() -> int:
        with store.write() as tx:
            part = parts.only_part(tx, job.stream_id)
            changed, vanished = entities.sweep(tx, part, kinds, ids, began=started)
            if vanished and not changed:
                return vanished
            entities.touch(tx, job.stream_id, changed)
            streams.mark_swept(tx, job.stream_id, at=started)
            return 0

    return await to_the_end(apply)
