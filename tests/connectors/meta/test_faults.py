"""Whatever goes wrong at whichever request, in the end nothing is lost and nothing doubled."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from collector.plugin import Stream
from collector.testing.conformance.bench import Bench
from collector.testing.conformance.books import Books, difference
from collector.testing.conformance.ground import grounds_of
from collector.testing.conformance.trial import Trial
from connectors.meta.plugin import Meta

KINDS = ("429", "429-untold", "500", "502", "html", "malformed", "cut", "expired", "401", "403", "skew")
FEW = ("500", "cut", "malformed", "429")
SHORT = {"backfill": "6d", "settle_delay": "3d"}
MOST_POLLS = 5


@contextmanager
def scene(folder: Path) -> Iterator[Bench]:
    folder.mkdir()
    (plot,) = grounds_of(Meta)
    trial = Trial(Meta, plot, folder)
    with trial.ground() as (ground, clock), trial.bench(ground, clock, SHORT) as bench:
        yield bench


def polled(bench: Bench) -> Books:
    """What is in the store when all streams have come to their end, with as many polls as that takes."""
    for stream in bench.streams:
        _to_its_end(bench, stream)
    return bench.books()


def _to_its_end(bench: Bench, stream: Stream) -> None:
    for _ in range(MOST_POLLS):
        report = bench.poll(stream)
        if report.ok:
            return
        assert report.state in ("failed", "waiting"), report
        assert report.message
        if report.until is not None:
            bench.clock.advance(report.until - bench.clock.now())
    raise AssertionError(f"no end: {report}")


def tried(folder: Path, kinds: tuple[str, ...], *, each: bool, step: int) -> None:
    with scene(folder / "undisturbed") as bench:
        whole = polled(bench)
        assert bench.ground.simulator is not None
        requests = len(bench.ground.simulator.journal)
    assert requests > 40
    for number in range(1, requests + 1, step):
        for kind in kinds if each else (kinds[number // step % len(kinds)],):
            with scene(folder / f"{number}-{kind}") as bench:
                assert bench.ground.simulator is not None
                bench.ground.simulator.faults.once(kind, at=number)
                found = polled(bench)
            assert (kind, number, difference(whole, found)) == (kind, number, None)


def test_a_fault_at_some_requests(tmp_path: Path) -> None:
    tried(tmp_path, FEW, each=False, step=31)


@pytest.mark.soak
def test_every_fault_at_each_request(tmp_path: Path) -> None:
    tried(tmp_path, KINDS, each=True, step=1)
