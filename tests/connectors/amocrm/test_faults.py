"""Whatever goes wrong at a request, and whatever a clock says: nothing is lost, and nothing comes twice."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from collector.clock import FixedClock
from collector.testing.conformance import ground as grounds
from collector.testing.conformance.bench import NOW, Bench
from collector.testing.conformance.books import Books, difference
from collector.testing.conformance.ground import Plot
from collector.testing.conformance.trial import Trial
from collector.testing.simulator import World
from connectors.amocrm.plugin import AmoCrm
from connectors.amocrm.simulator import AmocrmSimulator

KINDS = ("500", "429", "cut", "malformed", "401")
ALL: dict[str, Any] = {"backfill": "all"}
DAYS = 20
SOAK = pytest.mark.soak


class Wrong(FixedClock):
    """Differs from the vendor's clock, for as long as nobody sets it."""

    def __init__(self, right: FixedClock, by: timedelta) -> None:
        super().__init__(right.now())
        self._right, self.by = right, by

    def now(self) -> datetime:
        return self._right.now() + self.by

    def monotonic(self) -> float:
        return self._right.monotonic()

    def advance(self, by: timedelta) -> None:
        self._right.advance(by)


@contextmanager
def scene(folder: Path, *, wrong_by: timedelta = timedelta(0)) -> Iterator[tuple[Bench, AmocrmSimulator, Wrong]]:
    """An account of some days that go on, the engine before it, and the engine's clock."""
    folder.mkdir(exist_ok=True)
    trial = Trial(AmoCrm, Plot(AmocrmSimulator), folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grounds, "SMALL", World(days=DAYS))  # without a day of its own it follows the clock
        with trial.ground() as (ground, right):
            simulator, clock = ground.simulator, Wrong(right, wrong_by)
            assert isinstance(simulator, AmocrmSimulator)
            simulator.limits = []
            with trial.bench(ground, clock, ALL) as bench:
                yield bench, simulator, clock


def read(bench: Bench) -> None:
    """All streams, until they are in: a poll that fails half way goes on at the next."""
    for each in bench.streams:
        for _ in range(5):
            if (report := bench.poll(each)).ok:
                break
        assert report.ok, report


def course(bench: Bench, simulator: AmocrmSimulator) -> tuple[Books, int]:
    """An import, two days later the changes, and two days later again; what there is then.

    The number is that of the requests before the last reading.
    """
    before_the_last = 0
    for days in (0, 2, 4):
        bench.clock.advance(NOW + timedelta(days=days) - bench.clock.now())
        before_the_last = len(simulator.journal)
        read(bench)
    return bench.books(), before_the_last


def disturbed(folder: Path, kind: str, at: int) -> Books:
    with scene(folder) as (bench, simulator, _):
        simulator.faults.once(kind, at=at)
        found, _ = course(bench, simulator)
        assert simulator.journal.entries[at - 1].fault == kind
        return found


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Books, int]:
    with scene(tmp_path_factory.mktemp("undisturbed")) as (bench, simulator, _):
        return course(bench, simulator)


@pytest.mark.parametrize(
    ("kind", "share"),
    [("malformed", 0.95), *(pytest.param(*each, marks=SOAK) for each in (("429", 0.3), ("cut", 0.6)))],
)
def test_a_fault_at_a_request_changes_nothing(
    kind: str, share: float, undisturbed: tuple[Books, int], tmp_path: Path
) -> None:
    books, requests = undisturbed

    assert difference(books, disturbed(tmp_path, kind, round(requests * share))) is None


@pytest.mark.soak
@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_at_any_request_changes_nothing(kind: str, undisturbed: tuple[Books, int], tmp_path: Path) -> None:
    books, requests = undisturbed
    for at in range(1, requests + 1):
        assert difference(books, disturbed(tmp_path / str(at), kind, at)) is None, f"at request {at}"


# ── clocks ───────────────────────────────────────────────────────────────────────────


def live(books: Books) -> Books:
    """What there is; an import of today does not know what was there once."""
    return {"entities": [row for row in books["entities"] if not row[5]], "titles": books["titles"]}


@pytest.mark.parametrize("minutes", [-10, pytest.param(10, marks=SOAK)])
def test_a_clock_that_is_ten_minutes_wrong_loses_and_doubles_nothing(minutes: int, tmp_path: Path) -> None:
    with scene(tmp_path, wrong_by=timedelta(minutes=minutes)) as (bench, _, clock):
        for pause in (0, 7, 55, 20, 600, 9, 180):
            clock.advance(timedelta(minutes=pause))
            read(bench)
        clock.by = timedelta(0)
        clock.advance(timedelta(minutes=5))
        read(bench)
        fresh = Bench(AmoCrm, bench.ground, clock, tmp_path / "fresh.db", ALL)
        read(fresh)
        there = fresh.books()
        fresh.close()

        assert difference(live(there), live(bench.books())) is None
