"""Makes all that is derived anew: channels and daily figures of facts, the ledgers of systems.

Beside a running daemon: figures of facts are replaced some days at a time, a ledger by one
flip, so that nobody ever reads a half one. Nothing should come out otherwise; where it
does, the figures that were shown before were wrong.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from collector.settings.model import Config, Project
from collector.store import books, configured, streams, views
from collector.store.connect import Store
from collector.store.rules import Rules
from collector.store.states import System
from collector.store.views import Views


@dataclass(frozen=True)
class Rebuilt:
    """What was made anew, and how many figures differ from what stood there."""

    what: str
    project: str
    source: str
    changed: int


class Step(Protocol):
    """One thing that is made anew."""

    @property
    def what(self) -> str:
        """Figures of facts, or a ledger."""

    @property
    def project(self) -> str:
        """Whose."""

    @property
    def source(self) -> str:
        """Of which source (a ledger: of which system)."""

    def run(self, store: Store) -> int:
        """Do it; how many figures differ."""


@dataclass(frozen=True)
class OfFacts:
    """A stream's channels and daily figures."""

    project: str
    source: str
    stream_id: int
    views: Views
    what: str = "facts"

    def run(self, store: Store) -> int:
        """Find the channels anew, and roll up."""
        return views.rebuild(store, self.stream_id, self.views)


@dataclass(frozen=True)
class OfEntities:
    """A system's ledger."""

    system: System
    rules: Rules
    what: str = "leads and deals"

    @property
    def project(self) -> str:
        """Whose."""
        return self.system.project

    @property
    def source(self) -> str:
        """The system."""
        return self.system.name

    def run(self, store: Store) -> int:
        """Make it anew beside the old one."""
        return books.rebuild(store, self.system, self.rules)


def rebuild(
    store: Store, config: Config, *, project: str | None = None, tell: Callable[[int, int, Step], None]
) -> list[Rebuilt]:
    """Make all of a project's figures anew (None: of all); `tell` hears of each step before it begins.

    What the configuration says must be in effect (`configured.apply`).
    """
    chosen = [each for each in config.projects.values() if project in (None, each.name)]
    steps = [step for each in chosen for step in _steps(store, config, each)]
    found = []
    for number, step in enumerate(steps, start=1):
        tell(number, len(steps), step)
        found.append(Rebuilt(step.what, step.project, step.source, step.run(store)))
    return found


def _steps(store: Store, config: Config, project: Project) -> Iterator[Step]:
    with store.read() as tx:
        numbers = streams.numbers(tx)
    rules = configured.channel_rules(project)
    for source in project.sources.values():
        for stream in source.streams:
            if stream.provides:
                number = numbers[project.name, source.name, stream.name]
                yield OfFacts(project.name, source.name, number, Views.of(stream, config.measures, rules, project.zone))
    for name in configured.systems(project):
        yield OfEntities(System(project.name, name), configured.rules(project, name))
