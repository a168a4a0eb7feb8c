"""One poll of one stream: fetch slice by slice, commit each with its mark, tell how it went.

Between the scheduler (when) and the store's loads (where to). Failing is a report too;
only cancellation passes through. What a poll is depends on the stream's kind, and each
kind has a file of its own.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from collector.clock import Clock
from collector.plugin.errors import InvalidRecord, NotReady, QuotaExhausted, RateLimited, SourceError
from collector.plugin.reports import PollReport, PollState
from collector.plugin.window import StreamKind
from collector.polling.changes import read_changes
from collector.polling.files import read_parts
from collector.polling.job import FRESH, Job, Tally, Turn
from collector.polling.present import read_present
from collector.polling.retry import counted_calls
from collector.polling.threads import to_the_end
from collector.polling.windowed import read_windows
from collector.store import configured, streams
from collector.store.collapses import Collapse
from collector.store.connect import Store
from collector.store.errors import StoreError
from collector.store.locks import PollLocks

log = logging.getLogger(__name__)

LOOK_AGAIN_SECONDS = 0.2
"""While somebody else polls the stream."""

SHORTEST_WAIT = timedelta(seconds=1)
UNTOLD_WAIT = timedelta(minutes=1)
"""For a vendor that asks for patience and does not say how much."""

LONGEST_MAKING = timedelta(minutes=10)
"""How long `poll_to_the_end` waits for answers that are being made."""

Sleep = Callable[[float], Awaitable[None]]

LONGEST_WAIT = timedelta(days=1)
"""A vendor that names a time years away is asked again sooner: it may be mistaken."""


@dataclass(frozen=True)
class Finished:
    """A report, and whether there is more to read at once (a backfill that goes on).

    `behind`: what more there is has to wait for what is fresh.
    """

    report: PollReport
    more: bool = False
    behind: bool = False
    left: int | None = None
    """Days of history that are still to be read, of a window stream."""


class Poller:
    """Runs polls against one store."""

    def __init__(self, store: Store, clock: Clock, locks: PollLocks, sleep: Sleep = asyncio.sleep) -> None:
        self.sleep = sleep
        self._store = store
        self._clock = clock
        self._locks = locks

    async def poll(self, job: Job, turn: Turn = FRESH) -> Finished | None:
        """One poll; None if somebody else is polling the stream."""
        if not self._locks.take(job.stream_id):
            return None
        try:
            return await self._poll(job, turn)
        finally:
            self._locks.release(job.stream_id)

    def wait(self, report: PollReport) -> timedelta | None:
        """How long until the answer may be there that the vendor is making; None: it makes none."""
        if report.reason != "not_ready" or report.until is None:
            return None
        return max(SHORTEST_WAIT, report.until - self._clock.now())

    async def _poll(self, job: Job, turn: Turn) -> Finished:
        started, since = self._clock.now(), self._clock.monotonic()
        tally = Tally()
        state: PollState = "done"
        reason = message = until = None
        try:
            with counted_calls():
                await _READERS[job.stream.kind](self._store, job, turn, started, tally)
            if tally.fault is not None:
                raise tally.fault
            state = "growing" if tally.growing else "done"
            if tally.collapses:
                reason, message = "collapsed", _collapsed(tally.collapses)
            elif tally.doubt is not None:
                reason, message = tally.doubt
        except (QuotaExhausted, RateLimited, NotReady) as error:
            state, reason, message = "waiting", error.reason, str(error)
            until = waits_until(error, self._clock.now())
        except SourceError as error:
            state, reason, message = "failed", error.reason, str(error)
        except TimeoutError:
            state, reason, message = "failed", "timeout", f"no end within {job.source.settings.timeout}"
        except InvalidRecord as error:
            state, reason, message = "failed", "bad_response", str(error)
        except StoreError as error:
            state, reason, message = "failed", "store", str(error)
        except (Exception, SystemExit, asyncio.CancelledError) as error:
            if isinstance(error, asyncio.CancelledError) and _is_cancelled():
                raise  # by us; a connector that raises it has crashed like any other
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
            message=None if message is None else job.covered(message),
            warnings=tuple(map(job.covered, (*job.connector.take_warnings(), *job.doubts()))),
            until=until,
        )
        concluded = await self._conclude(job, turn, report, tally)
        return Finished(concluded, tally.more, tally.behind, tally.left)

    async def _conclude(self, job: Job, turn: Turn, report: PollReport, tally: Tally) -> PollReport:
        """Set the clocks and bring the books up to date; a full disk here is a failed poll too."""
        outcome = streams.Outcome(
            started_at=report.started_at,
            duration_seconds=report.duration.total_seconds(),
            state=report.state,
            reason=report.reason,
            message=report.message,
            data_through=tally.data_through,
            history_complete=tally.history_complete,
            waits_until=report.until,
            of_history=turn.history and job.stream.kind == "window",
        )

        def conclude() -> None:
            if tally.records or job.stream.yields & {"lead", "deal", "customer", "stage_change", "post"}:
                configured.keep_system(self._store, job.project, job.source.system)
            with self._store.write() as tx:
                streams.record_outcome(tx, job.stream_id, outcome)

        try:
            await to_the_end(conclude)
        except StoreError as error:
            return replace(report, state="failed", reason="store", message=str(error))
        except Exception as error:
            log.exception("%s: its books could not be kept", job)
            return replace(report, state="crashed", reason="crashed", message=f"{type(error).__name__}: {error}")
        return report


async def poll_to_the_end(poller: Poller, job: Job) -> PollReport:
    """Poll until nothing is missing; the last report counts, with all records.

    What the vendor is still making is waited for, ten minutes in all.
    """
    records = restated = 0
    turn, patience = FRESH, LONGEST_MAKING
    while True:
        finished = await poller.poll(job, turn)
        if finished is None:
            await asyncio.sleep(LOOK_AGAIN_SECONDS)  # the daemon is at it; what it reads need not be read again at once
            continue
        report = finished.report
        records, restated = records + report.records, restated + report.restated
        wait = poller.wait(report)
        if wait is not None and wait <= patience:
            patience -= wait
            await poller.sleep(wait.total_seconds())
            continue
        if not finished.more or not report.ok:
            return replace(report, records=records, restated=restated)
        if job.stream.kind == "window":
            turn = Turn(history=True)


def waits_until(error: QuotaExhausted | RateLimited | NotReady, now: datetime) -> datetime:
    """When a vendor is asked again: a second from now at the soonest, a day at the latest."""
    try:
        until = error.until if isinstance(error, QuotaExhausted) else now + (error.retry_after or UNTOLD_WAIT)
    except OverflowError:
        until = now + LONGEST_WAIT
    return min(max(until, now + SHORTEST_WAIT), now + LONGEST_WAIT)


def _collapsed(collapses: Sequence[Collapse]) -> str:
    more = f", and {len(collapses) - 1} more" if len(collapses) > 1 else ""
    return f"{collapses[0]}{more}: the break-down's former rows are kept, the whole is taken over"


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


Reader = Callable[[Store, Job, Turn, datetime, Tally], Awaitable[None]]

_READERS: Mapping[StreamKind, Reader] = {
    "window": read_windows,
    "since": read_changes,
    "part": read_parts,
    "now": read_present,
}
