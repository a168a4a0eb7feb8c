"""A poll of an entity stream: all history first, then changes, slice by slice; and its sweep.

A slice ends where the connector yields a checkpoint: its records and the cursor are
committed together.
"""

from datetime import datetime, timedelta

from collector.clock import day_of
from collector.plugin.window import Checkpoint, Since
from collector.polling.fetching import Budget
from collector.polling.job import Job, Tally, reading
from collector.polling.threads import in_thread, to_the_end
from collector.store import entities, parts, streams
from collector.store.connect import Store
from collector.store.loads import ROWS_AT_ONCE, ChangeLoad

OVERLAP = timedelta(minutes=10)
"""Changes are asked for from this much before the last run: vendors' clocks run behind, and
upserts absorb what comes twice."""

SWEEP_EVERY = timedelta(days=1)


async def read_changes(store: Store, job: Job, started: datetime, tally: Tally) -> None:
    """Read what changed since the last complete run, or go on with one that was cut off."""
    where = await in_thread(reading, store, lambda tx: streams.position(tx, job.stream_id))
    began = where.run_start if where.run_start is not None and where.run_start <= started else started
    cursor = where.cursor if began == where.run_start else None
    after = None if where.complete_since is None else min(where.complete_since, began) - OVERLAP
    backfill = job.source.settings.backfill
    if after is None and isinstance(backfill, timedelta):
        after = began - backfill
    since = Since(after=after, cursor=cursor, until=began)
    load = await to_the_end(ChangeLoad, store, job.target, began)
    waiting: list[object] = []
    async for records in Budget(job.timeout).batches(job.stream.read(since)):
        for record in records:
            if isinstance(record, Checkpoint):
                await to_the_end(load.commit, waiting, cursor=record.cursor)
                tally.records, waiting = load.records, []
            else:
                waiting.append(record)
        if len(waiting) >= ROWS_AT_ONCE:
            await to_the_end(load.commit, waiting, cursor=None)
            tally.records, waiting = load.records, []
    await to_the_end(load.complete, waiting, ahead=job.clock_ahead)
    tally.records = load.records
    tally.data_through = day_of(began, job.project.zone) - timedelta(days=1)
    tally.history_complete = True
    await _sweep(store, job, started)


async def _sweep(store: Store, job: Job, started: datetime) -> None:
    """Ask which ids exist, once a day; all of them, or nothing is concluded."""
    if job.stream.sweep is None:
        return
    last = await in_thread(reading, store, lambda tx: streams.swept(tx, job.stream_id))
    if last is not None and last > started - SWEEP_EVERY:
        return
    ids: list[str] = []
    async for batch in Budget(job.timeout).batches(job.stream.sweep()):
        ids += [str(each) for each in batch]
    kinds = job.stream.yields & {"lead", "deal", "customer", "post"}

    def apply() -> int:
        with store.write() as tx:
            part = parts.only_part(tx, job.stream_id)
            gone, vanished = entities.sweep(tx, part, kinds, ids, began=started)
            entities.touch(tx, job.stream_id, gone)
            if len(gone) == vanished:
                streams.mark_swept(tx, job.stream_id, at=started)
            return vanished - len(gone)

    refused = await to_the_end(apply)
    if refused:
        job.connector.warn(
            f"sweep_refused: {refused} would vanish at once, more than a fifth; if they were really deleted "
            "they go in smaller steps, else the source has lost the right to see them"
        )
