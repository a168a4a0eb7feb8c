"""One connector on one ground: what a check is given."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

from collector.clock import FixedClock
from collector.plugin.connector import Connector, Stream
from collector.plugin.reports import PollReport
from collector.store.connect import open_store
from collector.testing.conformance.bench import NOW, Bench
from collector.testing.conformance.ground import Ground, Plot
from collector.testing.conformance.outcome import Broken

SETTINGS: Mapping[str, Any] = {"backfill": "40d"}
"""Of sources under test, besides the ground's own."""


@dataclass
class Trial:
    """Makes grounds and benches; everything is in `folder`, which the caller removes."""

    connector: type[Connector[Any]]
    plot: Plot
    folder: Path
    _numbers: Iterator[int] = field(default_factory=count)

    @contextmanager
    def ground(self) -> Iterator[tuple[Ground, FixedClock]]:
        """A ground of its own, full, with its clock."""
        folder = self.folder / f"ground-{next(self._numbers)}"
        folder.mkdir()
        clock = FixedClock(NOW)
        with self.plot.laid(folder, clock) as ground:
            yield ground, clock

    @contextmanager
    def bench(
        self, ground: Ground, clock: FixedClock, settings: Mapping[str, Any] = SETTINGS, *, store: Path | None = None
    ) -> Iterator[Bench]:
        """A source on a ground; with `store` it goes on where another one has stopped."""
        made = Bench(self.connector, ground, clock, store or self.new_store(), {**SETTINGS, **settings})
        try:
            yield made
        finally:
            made.close()

    @contextmanager
    def scene(self) -> Iterator[Bench]:
        """A ground and a source on it, both new."""
        with self.ground() as (ground, clock), self.bench(ground, clock) as bench:
            yield bench

    def new_store(self) -> Path:
        """An empty store."""
        path = self.folder / f"store-{next(self._numbers)}.db"
        shutil.copyfile(self._template, path)
        return path

    @cached_property
    def _template(self) -> Path:
        path = self.folder / "template.db"
        open_store(f"sqlite:///{path}").close()
        return path


def expect_done(stream: Stream, report: PollReport, when: str) -> None:
    """Raises Broken unless the poll came to its end; `when` says in which case, as in `when the answer is empty`."""
    if report.state == "crashed":
        raise Broken(
            f"{stream.name} crashed {when}: {report.message}",
            "Let the mapping take what the vendor may send, and raise BadResponse for what it may not",
        )
    if not report.ok:
        raise Broken(
            f"{stream.name} failed {when}: {report.reason}: {report.message}",
            "A poll must come to its end here; see what the message names",
        )
