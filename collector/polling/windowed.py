"""A poll of a window stream: its fresh days; in later turns its history, a window at a time."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from collector.clock import day_of
from collector.plugin.window import Checkpoint, Through, Window
from collector.polling.fetching import Budget
from collector.polling.job import Job, Tally, Turn, reading, writing
from collector.polling.threads import in_thread, to_the_end
from collector.polling.windows import WindowPlan, days_of_reading, plan_windows, unended
from collector.settings.retention import first_kept
from collector.store import parts, streams
from collector.store.connect import Store
from collector.store.loads import WindowLoad


async def read_windows(store: Store, job: Job, turn: Turn, started: datetime, tally: Tally) -> None:
    """Read the fresh days, or in a turn of history what is missing of that.

    With half of the time used up, or when others shall go first, the rest is left.
    """
    plan = await _plan(store, job, started)
    tally.left, tally.behind = plan.missing, True
    budget = Budget(job.timeout)
    if turn.history:
        for number, window in enumerate(plan.history):
            if number and (budget.half_used() or turn.yields()):
                break
            await _window_slice(store, job, window, started, tally, budget)
            tally.left -= len(window)
    elif plan.fresh is not None:
        await _window_slice(store, job, plan.fresh, started, tally, budget)
    tally.more = tally.left > 0
    await _note_reach(store, job, tally)


async def _plan(store: Store, job: Job, started: datetime) -> WindowPlan:
    """What there is to read; days that a wrong clock took for ended are open again first."""
    today = day_of(started, job.project.zone)
    covered = await in_thread(reading, store, lambda tx: streams.covered_days(tx, job.stream_id))
    ahead = unended(covered, today)
    if ahead is not None:
        first, last = ahead
        await to_the_end(writing, store, lambda tx: streams.reopen(tx, job.stream_id, first=first, last=last))
        job.connector.warn(f"the clock was set back: the days from {first} to {last} are read again when they are over")
    kept_from = first_kept(job.facts_kept, today)
    read_on = await in_thread(reading, store, lambda tx: days_of_reading(tx, job.stream_id, job.project.zone))
    return plan_windows(
        job.source.settings, job.stream, today=today, covered=covered, kept_from=kept_from, read_on=read_on
    )


async def _window_slice(
    store: Store, job: Job, window: Window, started: datetime, tally: Tally, budget: Budget
) -> None:
    awaited = await in_thread(reading, store, lambda tx: streams.awaited(tx, job.stream_id, window))
    load = await to_the_end(WindowLoad, store, job.target, window, started)
    ended = day_of(started, job.project.zone) - timedelta(days=1)
    try:
        async for batch in budget.batches(job.stream.read(replace(window, cursor=awaited))):
            ended = min([ended, *(each.day for each in batch if isinstance(each, Through))])
            records = [each for each in batch if not isinstance(each, Through)]
            if (cursor := _cursor(records)) is not None:
                await _await(store, job, window, cursor)
                awaited = cursor
            if records:
                await to_the_end(load.add, records)
        if awaited is not None:  # before the commit: the next run asks anew, whatever happens
            await _await(store, job, window, None)
        tally.add(await to_the_end(load.commit, ended=ended))
    finally:
        await to_the_end(parts.remove_hidden, store, job.stream_id)


def _cursor(records: list[Any]) -> str | None:
    """The checkpoint at the end of a batch, taken off it."""
    return records.pop().cursor if records and isinstance(records[-1], Checkpoint) else None


async def _await(store: Store, job: Job, window: Window, cursor: str | None) -> None:
    """Keep what the answer for these days is asked for by; None: it is in."""
    await to_the_end(writing, store, lambda tx: streams.await_answer(tx, job.stream_id, window, cursor))


async def _note_reach(store: Store, job: Job, tally: Tally) -> None:
    covered = await in_thread(reading, store, lambda tx: streams.covered_days(tx, job.stream_id))
    tally.data_through = max((day for day, complete in covered.items() if complete), default=None)
    if not tally.more:
        tally.history_complete = True
