"""When streams are polled, whatever happens to the clock and to their neighbours."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

from collector.plugin import Connector, ConnectorSettings, CredentialsRefused, Fact, PollReport, Window, stream
from collector.polling.counters import Counters
from collector.polling.schedule import Scheduler
from tests.polling.bench import Bench


class Quiet(Connector[ConnectorSettings]):
    """Nothing happens."""

    name = "quiet"

    @stream(every="1h", provides={"sessions": [()]})
    def visits(self, window: Window) -> Iterator[Fact]:
        yield from ()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


class Scene:
    """A scheduler that runs beside the test; `heard` are the polls that ended."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.heard: list[PollReport] = []
        self.scheduler = Scheduler(bench.poller, bench.clock, Counters(), self._hear)
        self.scheduler.plan([bench.job()], {})

    async def _hear(self, report: PollReport) -> None:
        self.heard.append(report)

    async def polls(self, count: int) -> None:
        await until(lambda: len(self.heard) == count)


def test_a_clock_that_is_set_back_stops_no_polls(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Quiet)

    async def scene() -> None:
        polled = Scene(bench)
        running = asyncio.create_task(polled.scheduler.run())
        await polled.polls(1)
        bench.clock.advance(timedelta(days=-30))
        await asyncio.sleep(1.2)  # it looks at the clock each second
        bench.clock.advance(timedelta(hours=1))
        await polled.polls(2)
        running.cancel()

    asyncio.run(scene())


def test_a_stream_that_somebody_else_polls_is_looked_at_again_soon(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Quiet)
    number = bench.job().stream_id

    async def scene() -> None:
        polled = Scene(bench)
        assert bench.poller._locks.take(number)
        running = asyncio.create_task(polled.scheduler.run())
        await asyncio.sleep(0.2)
        bench.poller._locks.release(number)
        bench.clock.advance(timedelta(seconds=5))
        await polled.polls(1)
        running.cancel()

    asyncio.run(scene())


def test_how_long_a_poll_waits_for_its_turn(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Quiet)

    async def scene() -> None:
        full = Scheduler(bench.poller, bench.clock, Counters(), lambda _: asyncio.sleep(0), at_once=0)
        full.plan([bench.job()], {})
        running = asyncio.create_task(full.run())
        await asyncio.sleep(0.05)
        bench.clock.advance(timedelta(hours=2))
        assert full.waiting_seconds == 7200
        running.cancel()

        polled = Scene(bench)
        running = asyncio.create_task(polled.scheduler.run())
        await polled.polls(1)
        bench.clock.advance(timedelta(minutes=5))
        assert polled.scheduler.waiting_seconds == 0
        running.cancel()

    asyncio.run(scene())


class SignedOut(Connector[ConnectorSettings]):
    """Refuses, until somebody has signed in."""

    name = "signed_out"
    signed_in = False

    @stream(every="1h", provides={"sessions": [()]})
    def visits(self, window: Window) -> Iterator[Fact]:
        if not self.signed_in:
            raise CredentialsRefused("revoked")
        yield from ()


def test_a_source_is_polled_at_once_when_somebody_has_signed_in(tmp_path: Path) -> None:
    bench = Bench(tmp_path, SignedOut)

    async def scene() -> None:
        polled = Scene(bench)
        running = asyncio.create_task(polled.scheduler.run())
        await polled.polls(1)
        polled.scheduler.look_again("default", "another")
        await asyncio.sleep(0.05)
        assert [each.reason for each in polled.heard] == ["credentials_refused"]
        SignedOut.signed_in = True
        polled.scheduler.look_again("default", "src")
        await polled.polls(2)
        assert polled.heard[1].ok
        running.cancel()

    asyncio.run(scene())
