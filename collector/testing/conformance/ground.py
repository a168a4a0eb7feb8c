"""What a connector under test reads, and what the suite does to it.

A connector that asks over HTTP has a simulator beside it, which is its ground. One that
reads files has a module `conformance` beside it, with a `Ground` for each kind of file.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

from collector.clock import Clock
from collector.plugin.connector import Connector
from collector.testing.simulator import Simulator, World, running, simulator_of
from collector.testing.simulator.finding import beside

TODAY = date(2026, 11, 20)
SMALL = World(seed=1, days=45, size=1, today=TODAY)
"""The world in which simulators are tried."""


class Ground:
    """A place to read, with data in it. Subclass it in a module `conformance` beside the connector's.

    The suite makes one for each check, in an empty `folder`; it is full at first.
    """

    connector: ClassVar[str]
    """The connector that reads it."""
    name: ClassVar[str] = ""
    """Which one, where a connector has several."""
    exempt: ClassVar[Mapping[str, str]] = {}
    """Checks that make no sense here: name → why."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.folder = folder
        self.clock = clock

    @property
    def settings(self) -> Mapping[str, Any]:
        """Those of a source that reads it."""
        raise NotImplementedError

    @property
    def simulator(self) -> Simulator | None:
        """The vendor, where it is one."""
        return None

    @property
    def secrets(self) -> Collection[str]:
        """What must be shown to nobody, besides secrets in the settings."""
        return ()

    def fill(self) -> None:
        """All its data are there, as at first."""
        raise NotImplementedError

    def empty(self) -> None:
        """It answers as it should, and has no data."""
        raise NotImplementedError

    def shrink(self) -> None:
        """Some of its data are gone, and some are left."""
        raise NotImplementedError

    def grow(self, records: int) -> None:
        """It has at least so many records in each stream, of days: in the last ten."""
        raise NotImplementedError


class _Simulated(Ground):
    """A simulator that runs."""

    def __init__(self, folder: Path, clock: Clock, simulator: Simulator, settings: Mapping[str, Any]) -> None:
        super().__init__(folder, clock)
        self._simulator, self._settings = simulator, settings

    @property
    def settings(self) -> Mapping[str, Any]:
        return self._settings

    @property
    def simulator(self) -> Simulator:
        return self._simulator

    @property
    def secrets(self) -> Collection[str]:
        return self._simulator.secrets

    def fill(self) -> None:
        self._simulator.fill()

    def empty(self) -> None:
        self._simulator.empty()

    def shrink(self) -> None:
        self._simulator.shrink()

    def grow(self, records: int) -> None:
        self._simulator.grow(records)


Laying = Callable[[Path, Clock], "_Laid"]
_Laid = Any  # a context manager of a Ground


class Plot:
    """A kind of ground of a connector, and how to lay it."""

    def __init__(self, kind: type[Simulator] | type[Ground]) -> None:
        self._kind = kind
        self.exempt = kind.exempt
        self.name = kind.name or "files" if issubclass(kind, Ground) else "simulator"

    @property
    def by_http(self) -> bool:
        """Whether it is a vendor that is asked over HTTP."""
        return issubclass(self._kind, Simulator)

    @contextmanager
    def laid(self, folder: Path, clock: Clock) -> Iterator[Ground]:
        """A new one, for the time of the block."""
        if issubclass(self._kind, Ground):
            ground = self._kind(folder, clock)
            ground.fill()
            yield ground
            return
        with running(self._kind(SMALL, clock=clock)) as found:
            yield _Simulated(folder, clock, found.simulator, found.settings)


def grounds_of(connector: type[Connector[Any]]) -> list[Plot]:
    """The simulator beside a connector, and the grounds of the module `conformance` beside it.

    Raises:
        LookupError: there are none.
    """
    found: list[Plot] = []
    if (simulator := simulator_of(connector)) is not None:
        found.append(Plot(simulator))
    if (module := beside(connector, "conformance")) is not None:
        kinds = [each for each in vars(module).values() if isinstance(each, type) and issubclass(each, Ground)]
        found += [Plot(each) for each in kinds if each.__dict__.get("connector") == connector.name]
    if not found:
        raise LookupError(
            f"{connector.name}: there is nothing to try it on; beside {connector.__module__} belongs a module "
            "`simulator` with a Simulator, or for files a module `conformance` with a Ground"
        )
    return found
