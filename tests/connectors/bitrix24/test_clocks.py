"""A clock that is wrong, the collector's or the portal's: no change is lost, and none comes twice."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from collector.clock import FixedClock
from collector.testing.company.calendar import seconds
from collector.testing.conformance.bench import Bench
from collector.testing.conformance.books import difference
from collector.testing.conformance.ground import Plot
from collector.testing.conformance.trial import Trial
from connectors.bitrix24.plugin import Bitrix24
from connectors.bitrix24.simulator import Bitrix24Simulator
from connectors.bitrix24.simulator.coming import next_change

CHANGES = 3
"""So often something happens, and is asked for just before and some time after."""


class Wrong(FixedClock):
    """Another clock that is off by so much."""

    def __init__(self, right: FixedClock, by: timedelta) -> None:
        super().__init__(right.now() + by)
        self._right, self._by = right, by

    def now(self) -> datetime:
        return self._right.now() + self._by

    def monotonic(self) -> float:
        return self._right.monotonic()

    def advance(self, by: timedelta) -> None:
        self._right.advance(by)


def to_the_next_change(clock: FixedClock, simulator: Bitrix24Simulator) -> None:
    """One second before it."""
    left = next_change(simulator.company) - seconds(simulator.now())
    clock.advance(timedelta(seconds=max(0, left - 1)))


def poll(bench: Bench, names: Sequence[str] = ("leads", "deals")) -> None:
    for stream in bench.streams:
        if stream.name in names:
            report = bench.poll(stream)
            assert report.ok, report.message


@pytest.mark.parametrize("minutes", [10, -10, pytest.param(90, marks=pytest.mark.soak)])
def test_nothing_is_lost_or_doubled_while_the_collectors_clock_is_ahead_or_behind(minutes: int, tmp_path: Path) -> None:
    trial = Trial(Bitrix24, Plot(Bitrix24Simulator), tmp_path)
    everything = {"backfill": "all"}
    with trial.ground() as (ground, clock):
        simulator = ground.simulator
        assert isinstance(simulator, Bitrix24Simulator)
        with trial.bench(ground, Wrong(clock, timedelta(minutes=minutes)), everything) as bench:
            poll(bench)
            before = bench.books()
            for _ in range(CHANGES):
                to_the_next_change(clock, simulator)
                poll(bench)
                clock.advance(timedelta(minutes=2))
            poll(bench)
            found = bench.books()
        with trial.bench(ground, clock, everything) as bench:
            poll(bench)

            assert difference(before, found) is not None, "nothing has changed"
            assert difference(bench.books(), found) is None
