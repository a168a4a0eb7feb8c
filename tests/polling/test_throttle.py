"""Waiting for a turn, on a clock that moves only by the sleep that was asked for."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from collector.clock import FixedClock
from collector.plugin import Connector, ConnectorSettings, QuotaExhausted, RateLimit, SourceContext
from collector.polling.throttle import Shared, Throttle
from collector.store.buckets import Buckets

NOW = datetime(2026, 11, 20, 10, 0, 0, 123457, tzinfo=UTC)
MOST_SLEEPS = 3
"""Of a turn: one, and what rounding left of it."""


class Asking(Connector[ConnectorSettings]):
    """A vendor whom nobody asks."""

    name = "asking"
    base_url = "https://example.com"


class Waiting:
    """One source's throttle; what it slept, in seconds."""

    def __init__(self, *limits: RateLimit, at: datetime = NOW) -> None:
        self.clock, self.slept = FixedClock(at), list[float]()
        self.buckets = Buckets(None)
        context = SourceContext("default", "src", ZoneInfo("UTC"), "RUB", self.clock.now, {})
        connector: Any = Asking(ConnectorSettings(), context, None)  # type: ignore[arg-type]
        connector.limits = limits
        shared = Shared(self.buckets, self.clock, sleep=self._sleep)
        self.throttle = Throttle(connector, shared, project="default", source="src", host="example.com")

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        assert len(self.slept) <= MOST_SLEEPS, f"it waits for ever, by {seconds} s"
        self.clock.advance(timedelta(seconds=seconds))
        await asyncio.sleep(0)

    def turns(self, count: int) -> list[float]:
        """Take so many turns, one after the other; when each was, in seconds from the beginning."""
        begun = self.clock.now()

        async def take() -> list[float]:
            found = []
            for _ in range(count):
                self.slept.clear()
                async with self.throttle.turn("/v1/rows", {}):
                    found.append((self.clock.now() - begun).total_seconds())
            return found

        return asyncio.run(take())


@contextmanager
def waiting(*limits: RateLimit, at: datetime = NOW) -> Iterator[Waiting]:
    made = Waiting(*limits, at=at)
    try:
        yield made
    finally:
        made.buckets.close()


@pytest.mark.parametrize("calls", [6.25, 7, 3, 0.7, 1000 / 3])
@pytest.mark.parametrize("year", [2026, 2199])  # the later, the coarser a float of seconds
def test_what_rounding_leaves_of_a_wait_is_slept_too(calls: float, year: int) -> None:
    with waiting(RateLimit(calls, per="1s"), at=NOW.replace(year=year)) as one:
        assert len(one.turns(400)) == 400


def test_turns_come_as_fast_as_the_limit_less_the_reserve_allows_and_no_faster() -> None:
    with waiting(RateLimit(6.25, per="1s")) as one:
        times = one.turns(501)

    assert 100 <= times[-1] <= 100.02
    assert all(later - earlier >= 0.2 - 1e-6 for earlier, later in pairwise(times))


def test_a_block_is_waited_for_to_its_end() -> None:
    with waiting(RateLimit(6.25, per="1s")) as one:
        one.throttle.block(NOW + timedelta(seconds=10, microseconds=1))

        (at,) = one.turns(1)

    assert 10.000001 <= at <= 10.0001


def test_a_longer_wait_ends_the_poll_and_takes_nothing() -> None:
    with waiting(RateLimit(1, per="1h")) as one:
        one.turns(1)
        with pytest.raises(QuotaExhausted) as raised:
            one.turns(1)

    assert raised.value.until > NOW + timedelta(minutes=59)
    assert one.slept == []
