"""Whatever goes wrong at whichever request, in the end nothing is lost and nothing doubled."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from collector.plugin import Connector
from collector.testing.conformance.bench import Bench
from collector.testing.conformance.books import Books, difference
from collector.testing.conformance.ground import grounds_of
from collector.testing.conformance.trial import Trial
from connectors.vk_ads.plugin import VkAds
from connectors.yandex_direct.plugin import YandexDirect

KINDS = ("429", "429-untold", "500", "502", "html", "malformed", "cut", "expired", "403", "skew")
FEW = ("500", "cut", "malformed")
MOST_POLLS = 5
VENDORS = [YandexDirect, VkAds]


@contextmanager
def scene(connector: type[Connector[Any]], folder: Path) -> Iterator[Bench]:
    folder.mkdir()
    (plot,) = grounds_of(connector)
    with Trial(connector, plot, folder).scene() as bench:
        yield bench


def polled(bench: Bench) -> Books:
    """What is in the store when the poll has come to its end, with as many polls as that takes."""
    (stream,) = bench.streams
    for _ in range(MOST_POLLS):
        report = bench.poll(stream)
        if report.ok:
            return bench.books()
        assert report.state in ("failed", "waiting"), report
        assert report.message
        if report.until is not None:
            bench.clock.advance(report.until - bench.clock.now())
    raise AssertionError(f"no end: {report}")


def tried(connector: type[Connector[Any]], folder: Path, kinds: tuple[str, ...], *, each: bool) -> None:
    with scene(connector, folder / "undisturbed") as bench:
        whole = polled(bench)
        requests = len(bench.ground.simulator.journal) if bench.ground.simulator is not None else 0
    assert requests > 4
    for number in range(1, requests + 1):
        for kind in kinds if each else (kinds[number % len(kinds)],):
            with scene(connector, folder / f"{number}-{kind}") as bench:
                assert bench.ground.simulator is not None
                bench.ground.simulator.faults.once(kind, at=number)
                found = polled(bench)
            assert (kind, number, difference(whole, found)) == (kind, number, None)


@pytest.mark.parametrize("connector", VENDORS)
def test_a_fault_at_each_request(connector: type[Connector[Any]], tmp_path: Path) -> None:
    tried(connector, tmp_path, FEW, each=False)


@pytest.mark.soak
@pytest.mark.parametrize("connector", VENDORS)
def test_every_fault_at_each_request(connector: type[Connector[Any]], tmp_path: Path) -> None:
    tried(connector, tmp_path, KINDS, each=True)
