"""One poll of one stream: fetch slice by slice, commit each with its mark, tell how it went.

Between the scheduler (when) and the store's loads (where to). Failing is a report too;
only cancellation passes through. What a poll is depends on the stream's kind, and each
kind has a function here.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from collector.clock import Clock, day_of
from collector.plugin.connector import Connector, Stream
from collector.plugin.errors import BadFile, BadResponse, InvalidRecord, SourceError
from collector.plugin.measure import Measure
from collector.plugin.reports import PollReport, PollState
from collector.plugin.window import Checkpoint, Part, Since, Window
from collector.polling.fetching import Budget
from collector.polling.threads import in_thread, to_the_end
from collector.polling.windows import WindowPlan, plan_windows
from collector.settings.model import Project, Source
from collector.store import configured, entities, parts, streams
from collector.store.connect import Store
from collector.store.errors import StoreError
from collector.store.loads import ROWS_AT_ONCE, ChangeLoad, Loaded, PartLoad, ReadingLoad, Target, WindowLoad
from collector.store.locks import PollLocks

T = TypeVar("T")
log = logging.getLogger(__name__)

OVERLAP = timedelta(minutes=10)
"""Changes are asked for from this much before the last run: vendors' clocks run behind, and
upserts absorb what comes twice."""

SWEEP_EVERY = timedelta(days=1)


@dataclass(frozen=True)
class Job:
    """A stream to be polled, and what its poll needs."""

    project: Project
    source: Source
    stream: Stream
    connector: Connector[Any]
    stream_id: int
    measures: dict[str, Measure]

    def __str__(self) -> str:
        return f"{self.source.name}/{self.stream.name}"

    @property
    def target(self) -> Target:
        """Where its records go."""
        return Target(self.stream_id, str(self), self.stream, self.measures, self.project.zone)

    @property
    def timeout(self) -> float:
        """Seconds that one poll may fetch."""
        return self.source.settings.timeout.total_seconds()


@dataclass
class _Tally:
    """What a poll has come to so far."""

    records: int = 0
    restated: int = 0
    data_through: date | None = None
    growing: bool = False
    more: bool = False
    history_complete: bool | None = None
    fault: SourceError | None = None

    def add(self, loaded: Loaded) -> None:
        self.records += loaded.records
        self.restated += loaded.restated


@dataclass(frozen=True)
class Finished:
    """A report, and whether there is more to read at once (a backfill that goes on)."""

    report: PollReport
    more: bool = False


class Poller:
    """Runs polls against one store."""

    def __init__(self, store: Store, clock: Clock, locks: PollLocks) -> None:
        self._store = store
        self._clock = clock
        self._locks = locks

    async def poll(self, job: Job) -> Finished | None:
        """One poll; None if somebody else is polling the stream."""
        if not self._locks.take(job.stream_id):
            return None
        try:
            return await self._poll(job)
        finally:
            self._locks.release(job.stream_id)

    async def _poll(self, job: Job) -> Finished:
        started, since = self._clock.now(), self._clock.monotonic()
        tally = _Tally()
        state: PollState = "done"
        reason = message = None
        try:
            await _KINDS[job.stream.kind](self, job, started, tally)
            if tally.fault is not None:
                raise tally.fault
            state = "growing" if tally.growing else "done"
        except SourceError as error:
            state, reason, message = "failed", error.reason, str(error)
        except TimeoutError:
            state, reason, message = "failed", "timeout", f"no end within {job.source.settings.timeout}"
        except InvalidRecord as error:
            state, reason, message = "failed", "bad_response", str(error)
        except StoreError as error:
            state, reason, message = "failed", "store", str(error)
        except Exception as error:
            log.exception("%s: the connector %s crashed", job, job.source.connector.type.name)
            state, reason, message = "crashed", "crashed", f"{type(error).__name__}: {error}"
        report = PollReport(
            project=job.project.name,
            source=job.source.name,
            stream=job.stream.name,
            connector=job.source.connector.type.name,
            started_at=started,
            duration=timedelta(seconds=self._clock.monotonic() - since),
            state=state,
            records=tally.records,
            restated=tally.restated,
            data_through=tally.data_through,
            reason=reason,
            message=message,
            warnings=job.connector.take_warnings(),
        )
        return Finished(await self._conclude(job, report, tally), tally.more)

    async def _conclude(self, job: Job, report: PollReport, tally: _Tally) -> PollReport:
        """Set the clocks and bring the books up to date; a full disk here is a failed poll too."""
        outcome = streams.Outcome(
            started_at=report.started_at,
            duration_seconds=report.duration.total_seconds(),
            state=report.state,
            reason=report.reason,
            message=report.message,
            data_through=tally.data_through,
            history_complete=tally.history_complete,
        )

        def conclude() -> None:
            if tally.records or job.stream.yields & {"lead", "deal", "customer", "stage_change"}:
                configured.keep_system(self._store, job.project, job.source.system)
            with self._store.write() as tx:
                streams.record_outcome(tx, job.stream_id, outcome)

        try:
            await to_the_end(conclude)
        except StoreError as error:
            return replace(report, state="failed", reason="store", message=str(error))
        return report

    # ── the four kinds ───────────────────────────────────────────────────────────────

    async def _window(self, job: Job, started: datetime, tally: _Tally) -> None:
        today = day_of(started, job.project.zone)
        covered = await in_thread(self._read, lambda tx: streams.covered_days(tx, job.stream_id))
        plan = plan_windows(job.source.settings, job.stream, today=today, covered=covered)
        budget = Budget(job.timeout)
        for number, window in enumerate(plan.windows):
            if number and budget.half_used():
                tally.more = True
                return
            await self._window_slice(job, window, started, tally, budget)
        await self._note_reach(job, plan, tally)

    async def _window_slice(self, job: Job, window: Window, started: datetime, tally: _Tally, budget: Budget) -> None:
        load = await to_the_end(WindowLoad, self._store, job.target, window, started)
        try:
            async for records in budget.batches(job.stream.read(window)):
                await to_the_end(load.add, records)
            yesterday = day_of(started, job.project.zone) - timedelta(days=1)
            tally.add(await to_the_end(load.commit, ended=yesterday))
        finally:
            await to_the_end(parts.remove_hidden, self._store, job.stream_id)

    async def _note_reach(self, job: Job, plan: WindowPlan, tally: _Tally) -> None:
        def reach() -> None:
            with self._store.read() as tx:
                state = streams.states(tx, job.project.name).get((job.project.name, job.source.name, job.stream.name))
            tally.data_through = None if state is None else state.data_through

        await in_thread(reach)
        tally.history_complete = plan.complete

    async def _since(self, job: Job, started: datetime, tally: _Tally) -> None:
        where = await in_thread(self._read, lambda tx: streams.position(tx, job.stream_id))
        began = where.run_start if where.run_start is not None and where.run_start <= started else started
        cursor = where.cursor if began == where.run_start else None
        after = None if where.complete_since is None else min(where.complete_since, began) - OVERLAP
        backfill = job.source.settings.backfill
        if after is None and isinstance(backfill, timedelta):
            after = began - backfill
        since = Since(after=after, cursor=cursor, until=began)
        load = await to_the_end(ChangeLoad, self._store, job.target, began)
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
        await to_the_end(load.complete, waiting)
        tally.records = load.records
        tally.data_through = day_of(began, job.project.zone) - timedelta(days=1)
        tally.history_complete = True
        await self._sweep(job, started)

    async def _sweep(self, job: Job, started: datetime) -> None:
        """Ask which ids exist, once a day; all of them, or nothing is concluded."""
        if job.stream.sweep is None:
            return
        last = await in_thread(self._read, lambda tx: streams.swept(tx, job.stream_id))
        if last is not None and last > started - SWEEP_EVERY:
            return
        ids: list[str] = []
        async for batch in Budget(job.timeout).batches(job.stream.sweep()):
            ids += [str(each) for each in batch]
        kinds = job.stream.yields & {"lead", "deal", "customer", "post"}

        def apply() -> int:
            with self._store.write() as tx:
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

    async def _part(self, job: Job, started: datetime, tally: _Tally) -> None:
        await to_the_end(parts.remove_hidden, self._store, job.stream_id)
        if job.stream.list_parts is None:
            raise TypeError(f"{job}: a part stream needs a method marked @parts(of={job.stream.name!r})")
        listing = job.stream.list_parts
        async with asyncio.timeout(job.timeout):
            found: list[Part] = sorted(await in_thread(lambda: list(listing())), key=lambda part: part.name)
        live = await in_thread(self._read, lambda tx: parts.live_parts(tx, job.stream_id))
        for part in found:
            before = live.get(part.name)
            if part.growing:
                tally.growing = True
            elif before is not None and before.fingerprint == part.fingerprint:
                await to_the_end(self._write, partial(parts.refresh, part_id=before.id, seen=part))
            else:
                await self._read_part(job, part, started, tally)
        await self._missing(job, [each for name, each in live.items() if name not in {part.name for part in found}])
        tally.data_through = await in_thread(self._through, job, started)
        if tally.fault is None and not tally.growing:
            tally.history_complete = True

    async def _read_part(self, job: Job, part: Part, started: datetime, tally: _Tally) -> None:
        """One file; a bad one keeps its old rows and lets the others be read."""
        load = await to_the_end(PartLoad, self._store, job.target, part, started)
        try:
            # a file may be of any length: the time-out is for rows that do not come
            async for records in Budget(job.timeout, each=True).batches(job.stream.read(part)):
                await to_the_end(load.add, records)
            tally.add(await to_the_end(load.publish))
        except (BadFile, BadResponse, InvalidRecord) as error:
            told = error if isinstance(error, SourceError) else BadFile(part=part.name, fault=str(error))
            tally.fault = tally.fault or told
            if tally.fault is not told:
                job.connector.warn(str(told))
        finally:
            await to_the_end(parts.remove_hidden, self._store, job.stream_id)

    async def _missing(self, job: Job, missing: Sequence[parts.LivePart]) -> None:
        remove = job.source.settings.on_missing == "remove"
        for part in missing:
            if not part.missing or remove:
                what = "its rows were removed" if remove else "its rows are kept (on_missing: remove would drop them)"
                job.connector.warn(f"{part.name} is gone; {what}")

        def settle(tx: Any) -> None:
            for part in missing:
                if remove:
                    entities.touch_parts(tx, job.stream_id, [part.id], most=ROWS_AT_ONCE)
                    parts.hide(tx, part.id)
                else:
                    parts.mark_missing(tx, part.id)

        if missing:
            await to_the_end(self._write, settle)
            await to_the_end(parts.remove_hidden, self._store, job.stream_id)

    def _through(self, job: Job, started: datetime) -> date | None:
        """Through which day the parts' data are complete."""
        by = job.source.settings.complete_through or ("last_row" if "fact" in job.stream.yields else "mtime")
        if by == "yesterday":
            return day_of(started, job.project.zone) - timedelta(days=1)
        with self._store.read() as tx:
            live = parts.live_parts(tx, job.stream_id).values()
        if by == "last_row":
            return max((part.last_day for part in live if part.last_day is not None), default=None)
        changed = [day_of(part.modified_at, job.project.zone) for part in live if part.modified_at is not None]
        return max(changed) - timedelta(days=1) if changed else None

    async def _now(self, job: Job, started: datetime, tally: _Tally) -> None:
        load = await to_the_end(ReadingLoad, self._store, job.target, started)
        records: list[object] = []
        async for batch in Budget(job.timeout).batches(job.stream.read(started)):
            records += batch
        tally.add(await to_the_end(load.commit, records))
        covered = await in_thread(self._read, lambda tx: streams.covered_days(tx, job.stream_id))
        today = day_of(started, job.project.zone)
        tally.data_through = max((day for day in covered if day < today), default=None)
        tally.history_complete = True

    def _read(self, question: Callable[[Any], T]) -> T:
        with self._store.read() as tx:
            return question(tx)

    def _write(self, change: Callable[[Any], None]) -> None:
        with self._store.write() as tx:
            change(tx)


_KINDS: dict[str, Callable[[Poller, Job, datetime, _Tally], Awaitable[None]]] = {
    "window": Poller._window,
    "since": Poller._since,
    "part": Poller._part,
    "now": Poller._now,
}
