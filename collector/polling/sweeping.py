"""The sweep of a stream of entities: once a day it is asked which ids exist, and what is not among them is gone."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from collector.plugin.errors import InvalidRecord, SourceError
from collector.polling.fetching import Budget
from collector.polling.job import Job, Tally, reading, writing
from collector.polling.threads import in_thread, to_the_end
from collector.store import entities, parts, streams
from collector.store.connect import Store

SWEEP_EVERY = timedelta(days=1)


async def sweep(store: Store, job: Job, started: datetime, tally: Tally) -> None:
    """After a poll whose data are in: a sweep that fails takes nothing from them, and is tried at the next one."""
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
