"""A poll of an entity stream: all history first, then changes, slice by slice.

A stream that `rereads` is now and then read whole again: not every change is told as one.

A slice ends where the connector yields a checkpoint: its records and the cursor are
committed together. With half of the time used up the run stops there, to go on in a later
turn: a long one is many turns, and no time-out. One without checkpoints has to fit.
"""

from contextlib import aclosing
from datetime import datetime, timedelta

from collector.clock import day_of
from collector.plugin.window import Checkpoint, Since
from collector.polling.fetching import Budget
from collector.polling.job import Job, Tally, Turn, reading
from collector.polling.sweeping import sweep
from collector.polling.threads import in_thread, to_the_end
from collector.store import streams
from collector.store.connect import Store
from collector.store.loads import ROWS_AT_ONCE, ChangeLoad

OVERLAP = timedelta(minutes=10)
"""Changes are asked for from this much before the last run: vendors' clocks run behind, and
upserts absorb what comes twice."""


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
    await sweep(store, job, started, tally)


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
