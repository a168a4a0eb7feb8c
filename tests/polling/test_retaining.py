"""Retention is applied again and again, by the configuration of the moment; what fails is told, and tried again."""

import asyncio
import logging
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from collector.polling.retaining import retain_daily
from collector.store.care.task import Place
from collector.store.locks import PollLocks
from tests.polling.bench import Bench
from tests.polling.test_runner import Visits

SHORT = timedelta(milliseconds=10)


async def retained(bench: Bench, place: Place, *, rounds: int, then: str | None = None) -> int:
    """Run until as many rounds have asked for the configuration; how often something had changed."""
    changes: list[bool] = []
    asked = 0
    done = asyncio.Event()

    def config() -> object:
        nonlocal asked
        asked += 1
        if then is not None and asked == 2:
            bench.config = replace(bench.config, retention={"facts": then})
        if asked > rounds:
            done.set()
        return bench.config

    task = asyncio.create_task(
        retain_daily(place, config, bench.clock, lambda: changes.append(True), begin_after=SHORT, every=SHORT)  # type: ignore[arg-type]
    )
    async with asyncio.timeout(20):
        await done.wait()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    return len(changes)


def test_each_round_goes_by_the_configuration_of_the_moment(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Visits, backfill="50d")
    bench.poll()
    bench.config = replace(bench.config, retention={"facts": "40d"})
    place = Place(bench.store, PollLocks(bench.store.path))

    assert asyncio.run(retained(bench, place, rounds=4, then="30d")) == 2
    assert bench.total("sessions") == 31 * 10


def test_a_fault_is_told_and_the_next_round_comes(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench(tmp_path, Visits, backfill="50d")
    bench.poll()
    bench.config = replace(bench.config, retention={"facts": "no duration"})
    place = Place(bench.store, PollLocks(bench.store.path))

    with caplog.at_level(logging.ERROR):
        assert asyncio.run(retained(bench, place, rounds=3, then="30d")) == 1
    assert "what is too old stays until the next time" in caplog.text
    assert bench.total("sessions") == 31 * 10
