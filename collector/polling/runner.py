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
from collector.plugin.errors import InvalidRecord, SourceError
from collector.plugin.reports import PollReport, PollState
from collector.plugin.window import StreamKind
from collector.polling.changes import read_changes
from collector.polling.files import read_parts
from collector.polling.job import Job, Tally
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
        tally = Tally()
        state: PollState = "done"
        reason = message = None
        try:
            with counted_calls():
                await _READERS[job.stream.kind](self._store, job, started, tally)
            if tally.fault is not None:
                raise tally.fault
            state = "growing" if tally.growing else "done"
            if tally.collapses:
                reason, message = "collapsed", _collapsed(tally.collapses)
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
            warnings=tuple(map(job.covered, job.connector.take_warnings())),
        )
        return Finished(await self._conclude(job, report, tally), tally.more)

    async def _conclude(self, job: Job, report: PollReport, tally: Tally) -> PollReport:
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


def _collapsed(collapses: Sequence[Collapse]) -> str:
    more = f", and {len(collapses) - 1} more" if len(collapses) > 1 else ""
    return f"{collapses[0]}{more}: the break-down's former rows are kept, the whole is taken over"


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


Reader = Callable[[Store, Job, datetime, Tally], Awaitable[None]]

_READERS: Mapping[StreamKind, Reader] = {
    "window": read_windows,
    "since": read_changes,
    "part": read_parts,
    "now": read_present,
}
