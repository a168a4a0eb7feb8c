"""A poll of a now stream: figures that exist only in the present."""

from contextlib import aclosing
from datetime import datetime

from collector.clock import day_of
from collector.plugin.window import Begins, Checkpoint, Instant
from collector.polling.fetching import Budget
from collector.polling.job import Job, Tally, Turn, reading
from collector.polling.sweeping import sweep
from collector.polling.threads import in_thread, to_the_end
from collector.store import streams
from collector.store.connect import Store
from collector.store.loads import ReadingLoad


async def read_present(store: Store, job: Job, _turn: Turn, started: datetime, tally: Tally) -> None:
    """Append the figures of this instant; what stands before a checkpoint is committed with it, before more is read."""
    previous = await in_thread(reading, store, lambda tx: streams.last_success(tx, job.stream_id))
    where = await in_thread(reading, store, lambda tx: streams.position(tx, job.stream_id))
    rows = job.stream.read(Instant.of(started, previous=previous, cursor=where.cursor))
    load = await to_the_end(ReadingLoad, store, job.target, started)
    waiting: list[object] = []
    begins: Begins | None = None
    async with aclosing(Budget(job.timeout).batches(rows)) as batches:
        async for records in batches:
            for record in records:
                if isinstance(record, Checkpoint):
                    await to_the_end(load.commit_slice, waiting, cursor=record.cursor)
                    tally.records, waiting = load.records, []
                elif isinstance(record, Begins):
                    begins = record
                else:
                    waiting.append(record)
    await to_the_end(load.commit, waiting, begins=begins)
    tally.records = load.records
    covered = await in_thread(reading, store, lambda tx: streams.covered_days(tx, job.stream_id))
    today = day_of(started, job.project.zone)
    tally.data_through = max((day for day in covered if day < today), default=None)
    tally.history_complete = True
    await sweep(store, job, started, tally)
