"""A source on the simulator: the real engine, on a clock that moves only by waiting."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from collector.plugin import PollReport
from collector.testing.conformance.bench import Bench
from collector.testing.conformance.ground import grounds_of
from collector.testing.conformance.trial import Trial
from connectors.google_analytics.plugin import GoogleAnalytics
from connectors.google_analytics.simulator import GoogleAnalyticsSimulator
from connectors.google_analytics.simulator.switches import Switches


class Place:
    """A bench with its simulator at hand."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        simulator = bench.ground.simulator
        assert isinstance(simulator, GoogleAnalyticsSimulator)
        self.simulator = simulator

    @property
    def switches(self) -> Switches:
        return self.simulator.switches

    def poll(self, stream: str = "traffic") -> PollReport:
        return self.bench.poll(next(each for each in self.bench.streams if each.name == stream))

    def asked(self, dimensions: str) -> list[str]:
        """First and last day of the reports with these dimensions."""
        told = [each.rpartition(" ") for each in self.switches.asked]
        return [days for days, _, names in told if names == dimensions]

    def values(self, measure: str, cut: str = "") -> dict[tuple[int, str], int]:
        """Day and members → value in millionths, of live facts."""
        return {
            (int(str(row[2])), str(row[5])): int(str(row[7]))
            for row in self.bench.books()["facts"]
            if row[3] == measure and row[4] == cut
        }

    def flags(self, measure: str, cut: str = "") -> set[int]:
        """The flags of its facts, as the store has them."""
        return {int(str(row[8])) for row in self.bench.books()["facts"] if row[3] == measure and row[4] == cut}


@contextmanager
def placed(folder: Path, instead: Sequence[str] = (), **settings: Any) -> Iterator[Place]:
    """A new one; of the simulator's settings, those named by `instead` are left out."""
    (plot,) = grounds_of(GoogleAnalytics)
    trial = Trial(GoogleAnalytics, plot, folder)
    folder.mkdir(parents=True, exist_ok=True)
    with trial.ground() as (ground, clock):
        for name in instead:
            ground._settings = {key: value for key, value in ground.settings.items() if key != name}  # type: ignore[attr-defined]
        with trial.bench(ground, clock, settings) as bench:
            yield Place(bench)
