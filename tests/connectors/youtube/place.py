"""A source on the simulator: the real engine, on a clock that moves only by waiting."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from collector.plugin import PollReport
from collector.testing.conformance.bench import Bench
from collector.testing.conformance.ground import grounds_of
from collector.testing.conformance.trial import Trial
from connectors.youtube.plugin import YouTube
from connectors.youtube.simulator import YouTubeSimulator


class Place:
    """A bench with its simulator at hand."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        simulator = bench.ground.simulator
        assert isinstance(simulator, YouTubeSimulator)
        self.simulator = simulator

    def poll(self, stream: str = "videos") -> PollReport:
        return self.bench.poll(next(each for each in self.bench.streams if each.name == stream))

    def posts(self) -> dict[str, str]:
        """Living posts by id: when each was published."""
        with self.bench.store.read() as tx:
            query = "SELECT key, json_extract(body, '$.published_at') FROM entity WHERE NOT gone ORDER BY key"
            return {row[0]: str(row[1]) for row in tx.exec_driver_sql(query)}


@contextmanager
def placed(folder: Path, *, by_key: bool = False, **settings: Any) -> Iterator[Place]:
    """A new one, signed in or by a key."""
    folder.mkdir(parents=True, exist_ok=True)
    (plot,) = grounds_of(YouTube)
    trial = Trial(YouTube, plot, folder)
    with trial.ground() as (ground, clock):
        if by_key:
            simulator = ground.simulator
            assert isinstance(simulator, YouTubeSimulator)
            ground._settings = simulator.key_settings(ground.settings["base_url"])  # type: ignore[attr-defined]
        with trial.bench(ground, clock, settings) as bench:
            yield Place(bench)
