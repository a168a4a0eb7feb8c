"""60,000 idle streams in one scheduler, beside APScheduler with as many idle jobs; and a reload of 1,000 sources.

Each side runs in a process of its own. A poll does nothing here: what is measured is when
it begins, what a turn costs, and what the schedule keeps in memory.
"""

import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bench.table import Table

STREAMS = 60_000
STREAMS_EACH = 3
SECONDS = 40.0
INTERVALS = {"1h": 3600, "1m": 60}
SOURCES = 1_000


def memory() -> int:
    """Bytes that this process has resident."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def quantile(found: list[float], share: float) -> float:
    """The value that so many are not above."""
    return sorted(found)[min(len(found) - 1, int(len(found) * share))]


async def measured(begin: Callable[[list[float]], Awaitable[None]], before: int) -> dict[str, float]:
    """What a side comes to in some seconds; `begin` starts it and notes how late each turn is."""
    late: list[float] = []
    began = time.perf_counter()
    await begin(late)
    planned = time.perf_counter() - began
    await asyncio.sleep(2)
    late.clear()
    cpu = time.process_time()
    await asyncio.sleep(SECONDS)
    used = time.process_time() - cpu
    return {
        "turns": len(late),
        "cpu_us": used / max(1, len(late)) * 1e6,
        "cpu_share": used / SECONDS,
        "p99_ms": quantile(late, 0.99) * 1e3 if late else 0.0,
        "memory": memory() - before,
        "planned": planned,
    }


def ours(seconds: int) -> dict[str, float]:
    """The scheduler, with everything that a stream needs in memory but its settings."""
    from collector.clock import SystemClock
    from collector.plugin import Connector, ConnectorSettings, PollReport, Reading, stream
    from collector.plugin.discovery import ConnectorInfo
    from collector.polling.counters import Counters
    from collector.polling.job import FRESH, Job, Turn
    from collector.polling.runner import Finished
    from collector.polling.schedule import Scheduler
    from collector.settings.model import Project, Source
    from collector.store.streams import Standing

    class Idle(Connector[ConnectorSettings]):
        """Streams that are never read."""

        name = "idle"

        @stream(every="1h", provides={"followers": [()]})
        def one(self, now: Any) -> Iterator[Reading]:
            del now
            yield from ()

        @stream(every="1h", provides={"followers": [()]})
        def two(self, now: Any) -> Iterator[Reading]:
            del now
            yield from ()

        @stream(every="1h", provides={"followers": [()]})
        def three(self, now: Any) -> Iterator[Reading]:
            del now
            yield from ()

    class Nothing:
        """A poller that finds nothing new."""

        async def poll(self, job: Job, turn: Turn = FRESH) -> Finished:
            del turn
            report = PollReport(
                job.project.name, job.source.name, job.stream.name, "idle", now, timedelta(), "done"
            )  # fmt: skip
            return Finished(report)

    now = datetime.now(UTC)
    settings = ConnectorSettings(interval=timedelta(seconds=seconds))
    info = ConnectorInfo(Idle, "bench", "1")
    project = Project("default", ZoneInfo("UTC"), "EUR")
    sources = []
    for number in range(STREAMS // STREAMS_EACH):
        connector = Idle.__new__(Idle)
        connector.settings = settings
        source = Source(f"source_{number}", "default", info, settings, None, ())  # type: ignore[arg-type]
        sources.append((source, connector))
    streams = tuple(Idle.__new__(Idle).streams())

    async def run() -> dict[str, float]:
        before = memory()
        jobs = [
            Job(project, source, each, connector, number * STREAMS_EACH + place, {})
            for number, (source, connector) in enumerate(sources)
            for place, each in enumerate(streams)
        ]
        # all were read just now: nothing is overdue
        standings = {(job.project.name, job.source.name, job.stream.name): Standing(now) for job in jobs}
        late: list[float] = []

        async def heard(_: PollReport) -> None:
            late.append(scheduler.lag_seconds)

        scheduler = Scheduler(Nothing(), SystemClock(), Counters(), heard)  # type: ignore[arg-type]
        tasks: list[asyncio.Task[None]] = []

        async def begin(noted: list[float]) -> None:
            nonlocal late
            late = noted
            scheduler.plan(jobs, standings)
            tasks.append(asyncio.create_task(scheduler.run()))

        found = await measured(begin, before)
        tasks[0].cancel()
        return found

    return asyncio.run(run())


def peer(seconds: int) -> dict[str, float]:
    """APScheduler, whose jobs begin at random places of their interval as ours do."""
    import random

    from apscheduler.schedulers.asyncio import AsyncIOScheduler

    async def run() -> dict[str, float]:
        before = memory()
        scheduler = AsyncIOScheduler(timezone=UTC)
        late: list[float] = []
        start = datetime.now(UTC)
        due = {number: start + timedelta(seconds=random.uniform(5, seconds)) for number in range(STREAMS)}

        async def job(number: int) -> None:
            now = datetime.now(UTC)
            late.append((now - due[number]).total_seconds() % seconds)

        async def begin(noted: list[float]) -> None:
            nonlocal late
            late = noted
            for number in range(STREAMS):
                scheduler.add_job(
                    job, "interval", args=(number,), seconds=seconds, start_date=due[number], misfire_grace_time=None
                )
            scheduler.start()

        return await measured(begin, before)

    return asyncio.run(run())


def reload() -> dict[str, float]:
    """A daemon's reload with 1,000 sources, of which one has changed."""
    from collector.clock import SystemClock
    from collector.daemon import Daemon, set_up
    from collector.kpi.catalogue import faults_of_kpis
    from collector.plugin.discovery import discover
    from collector.settings.load import load
    from collector.snapshot.gather import Setup
    from collector.store.connect import open_store

    plugins, clock = discover(), SystemClock()
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "collector.yml"

        def read() -> Setup:
            config = load(
                path,
                plugins=plugins,
                environ=os.environ,
                clock=clock,
                later=lambda it: faults_of_kpis(it, plugins.kpis),
            )
            return set_up(config, plugins)

        async def run() -> None:
            path.write_text(_thousand(changed=None))
            setup = read()
            daemon = Daemon(open_store(setup.config.store), setup, read, clock)
            found["start"] = await _timed(lambda: daemon._adopt(setup))
            path.write_text(_thousand(changed=7))
            began = time.perf_counter()
            changed = read()
            found["load"] = time.perf_counter() - began
            found["one"] = await _timed(lambda: daemon._adopt(changed))
            found["none"] = await _timed(lambda: daemon._adopt(changed))

        asyncio.run(run())
    return found


async def _timed(work: Callable[[], Awaitable[None]]) -> float:
    began = time.perf_counter()
    await work()
    return time.perf_counter() - began


def _thousand(changed: int | None) -> str:
    columns = "columns: {day: date, spend: cost}, constants: {currency: EUR}"
    lines = [
        f"  s{n}: {{connector: csv, record: fact, path: s{n}.csv, interval: {9 if n == changed else 8}m, {columns}}}\n"
        for n in range(SOURCES)
    ]
    return "currency: EUR\nstore: sqlite:///c.db\nkpis: [spend]\nsources:\n" + "".join(lines)


def _elsewhere(what: str, *arguments: object) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.schedule", what, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def run() -> Iterator[Table]:
    rows = []
    for name, seconds in INTERVALS.items():
        mine, theirs = _elsewhere("ours", seconds), _elsewhere("peer", seconds)
        for side, found in (("kpi-collector", mine), ("APScheduler 3", theirs)):
            rows.append((f"{side}, every {name}", *_cells(found)))
        ratios = [
            mine[key] / theirs[key] if theirs[key] else 0.0 for key in ("cpu_us", "cpu_share", "p99_ms", "memory")
        ]
        rows.append(("ratio", "", *(f"{ratio:.2f}" for ratio in ratios), f"{mine['planned'] / theirs['planned']:.2f}"))
    yield Table(
        f"A schedule of {STREAMS:,} idle streams",
        ("", "turns", "CPU µs a turn", "CPU share", "late p99 ms", "MB", "planned s"),
        rows,
        f"{SECONDS:g} s each; targets: late under 1 s, 150 MB, a third of the peer's CPU a turn",
    )
    found = _elsewhere("reload")
    names = {"start": "first start", "load": "reading the configuration", "one": "one changed", "none": "none changed"}
    yield Table(
        f"A daemon with {SOURCES:,} sources takes a configuration over",
        ("", "s"),
        [(names[key], f"{seconds:.2f}") for key, seconds in found.items()],
    )


def _cells(found: dict[str, float]) -> tuple[str, ...]:
    return (
        f"{found['turns']:.0f}",
        f"{found['cpu_us']:.0f}",
        f"{found['cpu_share']:.3f}",
        f"{found['p99_ms']:.1f}",
        f"{found['memory'] / 1e6:.0f}",
        f"{found['planned']:.1f}",
    )


if __name__ == "__main__":
    sides: dict[str, Callable[..., dict[str, float]]] = {"ours": ours, "peer": peer, "reload": reload}
    print(json.dumps(sides[sys.argv[1]](*map(int, sys.argv[2:]))))
