"""A vendor that makes reports: asked by the same name until it is ready, over polls and restarts."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import respx

from collector.plugin import (
    Checkpoint,
    Connector,
    ConnectorSettings,
    Fact,
    NotReady,
    Response,
    SourceError,
    TemporaryFailure,
    Window,
    stream,
)
from tests.polling.bench import Bench

names = iter(range(1_000_000))


class Reports(Connector[ConnectorSettings]):
    """Each run asks for a report of its own."""

    name = "reports"
    base_url = "https://reports.example"

    @stream(every="1h", provides={"sessions": [()]})
    async def visits(self, window: Window) -> AsyncIterator[Fact | Checkpoint]:
        name = window.cursor or f"report-{next(names)}"
        yield Checkpoint(name)
        body = await self.client.get_json(f"/{name}")
        for day in window.days():
            yield Fact(day, "sessions", body)

    def refusal(self, response: Response) -> SourceError | None:
        if response.status != 202:
            return None
        seconds = int(response.headers["wait"])
        return NotReady("the report is still being made", retry_after=timedelta(seconds=seconds))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return slept(Bench(tmp_path, Reports, backfill="0d"))


def slept(bench: Bench) -> Bench:
    """Its waits move the clock."""

    async def sleep(seconds: float) -> None:
        bench.clock.advance(timedelta(seconds=seconds))

    bench.network.shared.sleep = bench.poller.sleep = sleep
    return bench


def vendor(answer: Callable[[], httpx.Response]) -> list[str]:
    asked: list[str] = []

    def answered(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return answer()

    respx.get(host="reports.example").mock(side_effect=answered)
    return asked


def being_made(wait: int) -> httpx.Response:
    return httpx.Response(202, headers={"wait": str(wait)})


@respx.mock
def test_a_short_wait_is_waited_out_by_the_same_request(bench: Bench) -> None:
    answers = iter([being_made(20), being_made(7), httpx.Response(200, json=5)])
    asked = vendor(lambda: next(answers))
    began = bench.clock.now()

    report = bench.turn().report

    assert (report.state, bench.total("sessions")) == ("done", 5)
    assert len(set(asked)) == 1
    assert bench.clock.now() - began >= timedelta(seconds=27)


@respx.mock
def test_a_long_one_ends_the_poll_and_the_next_one_asks_by_the_same_name(bench: Bench, tmp_path: Path) -> None:
    ready = [False]
    asked = vendor(lambda: httpx.Response(200, json=5) if ready[0] else being_made(40))

    report = bench.turn().report

    assert (report.state, report.reason, report.message) == ("waiting", "not_ready", "the report is still being made")
    assert report.until == bench.clock.now() + timedelta(seconds=40)
    bench.store.close()
    after_a_restart = slept(Bench(tmp_path, Reports, backfill="0d"))
    ready[0] = True
    assert after_a_restart.turn().report.state == "done"
    assert len(set(asked)) == 1

    after_a_restart.turn()

    assert len(set(asked)) == 2, "a run whose report came asks for another one next time"


@respx.mock
def test_other_days_have_a_name_of_their_own(bench: Bench) -> None:
    asked = vendor(lambda: being_made(90))
    bench.turn()
    bench.clock.advance(timedelta(days=1))

    bench.turn()

    assert len(set(asked)) == 2


def test_what_a_failed_run_was_asked_by_is_kept(bench: Bench) -> None:
    given: list[str | None] = []

    async def fails(window: Window) -> AsyncIterator[Fact | Checkpoint]:
        given.append(window.cursor)
        yield Checkpoint(f"number {len(given)}")
        raise TemporaryFailure("down")

    job = replace(bench.job(), stream=replace(bench.job().stream, read=fails))

    async def twice() -> None:
        for _ in range(2):
            work: Awaitable[object] = bench.poller.poll(job)
            await work

    asyncio.run(twice())

    assert given == [None, "number 1"]


@respx.mock
def test_a_poll_by_hand_waits_longer_but_not_for_ever(bench: Bench) -> None:
    began = bench.clock.now()

    def answered() -> httpx.Response:
        ready = bench.clock.now() - began > timedelta(minutes=5)
        return httpx.Response(200, json=5) if ready else being_made(40)

    asked = vendor(answered)
    assert bench.poll().state == "done"
    assert len(set(asked)) == 1

    respx.reset()
    vendor(lambda: being_made(40))
    began = bench.clock.now()
    assert (bench.poll().state, bench.clock.now() - began < timedelta(hours=1)) == ("waiting", True)
