"""The demo's past: figures that exist only in the present, as they were read week by week and day by day.

By the polls that the daemon makes, on a clock that is set back as the vendors' clocks are. Without
them the demo would be an installation on its first day, which knows of no growth.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from itertools import groupby

from collector.clock import SlowClock, SystemClock
from collector.daemon import make_jobs
from collector.polling.credentials import Vault
from collector.polling.job import Job
from collector.polling.network import Network
from collector.polling.runner import Poller, poll_to_the_end
from collector.polling.throttle import Shared
from collector.settings.model import Config
from collector.store.buckets import Buckets
from collector.store.connect import Store, open_store
from collector.store.locks import PollLocks
from collector.testing.company.calendar import MINUTE, day_of, midnight, moment, seconds

WEEKS, DAYS = 14, 8
"""How long ago it begins, and for how many days posts are read daily, too: the catalogue's windows are full."""


def live_through(config: Config, clock: SlowClock, set_back: Callable[[timedelta], None]) -> None:
    """Read the streams of the present at the ends of days that are over.

    `config` was read on `clock`, which is set back here; `set_back` does so to the vendors' clocks.

    Raises:
        RuntimeError: one of them cannot be read.
    """
    with closing(open_store(config.store)) as store:
        past = Past(clock, set_back)
        try:
            asyncio.run(_read(store, config, past))
        finally:
            past.go_to(SystemClock().now())


class Past:
    """The clock of whoever reads and those of the vendors, set back together. Waiting in the past takes no time."""

    def __init__(self, clock: SlowClock, set_back: Callable[[timedelta], None]) -> None:
        self.clock = clock
        self._set_back = set_back

    def go_to(self, at: datetime) -> None:
        """Let it be this instant."""
        self.clock.behind = max(timedelta(0), SystemClock().now() - at)
        self._set_back(self.clock.behind)

    async def sleep(self, seconds: float) -> None:
        """Let so long have passed."""
        self.go_to(self.clock.now() + timedelta(seconds=seconds))
        await asyncio.sleep(0)


def _ends_of_days(now: datetime) -> Iterator[tuple[datetime, bool]]:
    """Some minutes before midnight, so that the last poll of a day ends on it, and whether posts are read; in order."""
    today = day_of(seconds(now))
    for back in range(7 * WEEKS, 0, -1):
        yield moment(midnight(today - back + 1) - 5 * MINUTE), back % 7 == 0 or back <= DAYS


async def _read(store: Store, config: Config, past: Past) -> None:
    """Day by day; sources beside each other, the streams of one in turn."""
    network = Network(Shared(Buckets(store.path), past.clock, sleep=past.sleep))
    jobs, connections = make_jobs(store, config, network, Vault(store, past.clock, config.vault_keys))
    poller = Poller(store, past.clock, PollLocks(store.path), past.sleep)
    present = [job for job in jobs if job.stream.kind == "now" and job.stream.provides]
    try:
        for at, with_posts in _ends_of_days(SystemClock().now()):
            past.go_to(at)
            due = [job for job in present if with_posts or "post" not in job.stream.yields]
            by_source = groupby(due, key=lambda job: job.source.name)
            await asyncio.gather(*(_poll(poller, list(mine)) for _, mine in by_source))
    finally:
        for connection in connections.values():
            await connection.close()


async def _poll(poller: Poller, jobs: list[Job]) -> None:
    for job in jobs:
        report = await poll_to_the_end(poller, job)
        if not report.ok:
            raise RuntimeError(f"{report.source}/{report.stream}: {report.message}")
