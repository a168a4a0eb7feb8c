"""The conformance suite, on the simulator; and how much memory many visits take, which it cannot ask of users."""

import gc
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from collector.testing.conformance import conformance_tests
from collector.testing.conformance.ground import Plot
from collector.testing.conformance.trial import Trial
from connectors.yandex_metrica.plugin import YandexMetrica
from connectors.yandex_metrica.simulator import YandexMetricaSimulator

LONG = ("resumes", "last-page", "limits-kept", "rate-limit", "server-faults")
RECORDS = 100_000
MOST_MIB = 24

test_it_conforms = conformance_tests(YandexMetrica, marks=dict.fromkeys(LONG, pytest.mark.soak))


@pytest.mark.soak
def test_a_hundred_thousand_figures_take_no_more_memory_than_a_day_of_them(tmp_path: Path) -> None:
    trial = Trial(YandexMetrica, Plot(YandexMetricaSimulator), tmp_path)
    with trial.scene() as bench:
        simulator = bench.ground.simulator
        assert simulator is not None
        simulator.grow(RECORDS // 4)
        simulator.page_size = 1000
        (traffic,) = [each for each in bench.streams if each.name == "traffic"]
        gc.collect()
        tracemalloc.start()
        try:
            read, most = bench.run(lambda: _held(traffic.read(bench.asked(traffic)[0])))
        finally:
            tracemalloc.stop()
    assert read >= RECORDS
    assert most < MOST_MIB * 2**20


async def _held(rows: object) -> tuple[int, int]:
    """How many there are, and the most that is held as they come; the vendor, who is here too, holds more meanwhile."""
    assert isinstance(rows, AsyncIterator)
    read = most = 0
    async for _ in rows:
        read += 1
        if read % 500 == 0:
            most = max(most, tracemalloc.get_traced_memory()[0])
    return read, most
