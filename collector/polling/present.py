"""A poll of a now stream: figures that exist only in the present."""

from datetime import datetime

from collector.clock import day_of
from collector.plugin.window import Instant
from collector.polling.fetching import Budget
from collector.polling.job import Job, Tally, Turn, reading
from collector.polling.sweeping import sweep
from collector.polling.threads import in_thread, to_the_end
from collector.store import streams
from collector.store.connect import Store
from collector.store.loads import ReadingLoad


async def read_present(store: Store, job: Job, _turn: Turn, started: datetime, tally: Tally) -> None:
    """Append the figures of this instant."""
    previous = await in_thread(reading, store, lambda tx: streams.last_success(tx, job.stream_id))
    now = Instant.of(started, previous=previous)
    load = await to_the_end(ReadingLoad, store, job.target, started)
    records: list[object] = []
    async for batch in Budget(job.timeout).batches(job.stream.read(now)):
        records += batch
    tally.add(await to_the_end(load.commit, records))
    covered = await in_thread(reading, store, lambda tx: streams.covered_days(tx, job.stream_id))
    today = day_of(started, job.project.zone)
    tally.data_through = max((day for day in covered if day < today), default=None)
    tally.history_complete = True
    await sweep(store, job, started, tally)
