"""A poll of a window stream: fresh days, then history, a window at a time."""

from datetime import datetime, timedelta

from collector.clock import day_of
from collector.plugin.window import Window
from collector.polling.fetching import Budget
from collector.polling.job import Job, Tally, reading
from collector.polling.threads import in_thread, to_the_end
from collector.polling.windows import WindowPlan, plan_windows
from collector.settings.retention import first_kept
from collector.store import parts, streams
from collector.store.connect import Store
from collector.store.loads import WindowLoad


async def read_windows(store: Store, job: Job, started: datetime, tally: Tally) -> None:
    """Read the planned windows; with half of the time used up, leave the rest for the next poll."""
    today = day_of(started, job.project.zone)
    covered = await in_thread(reading, store, lambda tx: streams.covered_days(tx, job.stream_id))
    kept_from = first_kept(job.facts_kept, today)
    plan = plan_windows(job.source.settings, job.stream, today=today, covered=covered, kept_from=kept_from)
    budget = Budget(job.timeout)
    for number, window in enumerate(plan.windows):
        if number and budget.half_used():
            tally.more = True
            return
        await _window_slice(store, job, window, started, tally, budget)
    await _note_reach(store, job, plan, tally)


async def _window_slice(
    store: Store, job: Job, window: Window, started: datetime, tally: Tally, budget: Budget
) -> None:
    load = await to_the_end(WindowLoad, store, job.target, window, started)
    try:
        async for records in budget.batches(job.stream.read(window)):
            await to_the_end(load.add, records)
        yesterday = day_of(started, job.project.zone) - timedelta(days=1)
        tally.add(await to_the_end(load.commit, ended=yesterday))
    finally:
        await to_the_end(parts.remove_hidden, store, job.stream_id)


async def _note_reach(store: Store, job: Job, plan: WindowPlan, tally: Tally) -> None:
    def reach() -> None:
        with store.read() as tx:
            state = streams.states(tx, job.project.name).get((job.project.name, job.source.name, job.stream.name))
        tally.data_through = None if state is None else state.data_through

    await in_thread(reach)
    tally.history_complete = plan.complete
