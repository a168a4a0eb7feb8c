"""Values as of past days, for the API: the one question of the web that the store answers.

Beside the snapshot, which has the present ones only. Runs in a thread of the daemon, with
what the daemon has resolved of its configuration; it gives up as soon as nobody waits.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from collector.kpi.engine import Engine
from collector.kpi.history import BadStretch, Point, Stretch, history, last_day, member_id
from collector.kpi.supply import known_dimensions
from collector.kpi.values import Kpi
from collector.kpi.windows import WINDOWS
from collector.settings.model import Project
from collector.snapshot.gather import Setup
from collector.store import streams
from collector.store.connect import Store

MOST_POINTS = 400
"""Of one answer: each is a question to the store."""


class NoSuchName(LookupError):
    """What was asked for does not exist; the message names what does."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        super().__init__(f"There is no {kind} {name!r}; there are: {', '.join(sorted(known)) or 'none'}.")


class NoHistory(Exception):
    """Past values cannot be had now; the message says why."""


@dataclass(frozen=True)
class Asked:
    """Which values: of a KPI, in windows (default: its own), of a member or the whole, of projects (default: all)."""

    kpi: str
    stretch: Stretch = field(default_factory=Stretch)
    windows: tuple[str, ...] = ()
    by: str | None = None
    member: str | None = None
    projects: tuple[str, ...] = ()


def past(store: Store, setup: Setup, asked: Asked, *, now: datetime, expired: Callable[[], bool]) -> list[Point]:
    """The points that were asked for, oldest first, window by window.

    Raises:
        NoSuchName: a project, KPI, window or dimension that does not exist.
        BadStretch: the days make no history, or too many points.
        TimeoutError: `expired` said so in between.
    """
    chosen = list(_chosen(setup, asked))
    points: list[Point] = []
    with store.read() as tx:
        for point in _points(tx, setup, asked, chosen, now):
            points.append(point)
            if expired():
                raise TimeoutError
    return points


def _chosen(setup: Setup, asked: Asked) -> Iterator[tuple[Project, Kpi]]:
    projects = setup.config.projects
    for name in asked.projects:
        if name not in projects:
            raise NoSuchName("project", name, projects)
    for window in asked.windows:
        if window not in WINDOWS:
            raise NoSuchName("window", window, WINDOWS)
    found = [
        (project, kpi)
        for project in projects.values()
        if not asked.projects or project.name in asked.projects
        for kpi in setup.kpis[project.name]
        if kpi.name == asked.kpi
    ]
    if not found:
        raise NoSuchName("kpi", asked.kpi, {kpi.name for kpis in setup.kpis.values() for kpi in kpis})
    if asked.by is not None:
        dimensions = {name for project, _ in found for name in known_dimensions(project)}
        if asked.by not in dimensions:
            raise NoSuchName("dimension", asked.by, dimensions)
    yield from found


def _points(
    tx: Connection, setup: Setup, asked: Asked, chosen: list[tuple[Project, Kpi]], now: datetime
) -> Iterator[Point]:
    known = streams.states(tx)
    left = MOST_POINTS
    for project, kpi in chosen:
        states = {(source, name): state for (of, source, name), state in known.items() if of == project.name}
        engine = Engine(tx, project, kpis=[kpi], measures=setup.config.measures, states=states, now=now)
        if asked.by is not None and asked.by not in engine.dimensions(kpi):
            raise BadStretch(f"{kpi.name} cannot be broken down by {asked.by}")
        member = None if asked.by is None or asked.member is None else member_id(engine, asked.by, asked.member)
        windows = asked.windows or kpi.windows
        days = asked.stretch.days(last=last_day(engine, kpi), most=MOST_POINTS)
        left -= len(days) * len(windows)
        if left < 0:
            raise BadStretch(f"more than {MOST_POINTS} points; name a window, take a longer step, or fewer days")
        for window in windows:
            yield from history(engine, kpi, window, days, by=asked.by, member=member)
