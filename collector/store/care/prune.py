"""Removes what has had its time, and what nobody uses.

`retain` applies `retention:`; the daemon does so once a day. `prune` removes besides what
sources left that are not configured any more, hidden rows, channels of former rules and
unused names. Both take short bites, and stop nobody for long.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select

from collector.clock import day_of, end_of_day
from collector.settings.model import Config, Project
from collector.settings.retention import Limits, first_kept
from collector.store import configured, streams, tokens
from collector.store.care.old_entities import OldEntities
from collector.store.care.old_facts import OldFacts, OldReadings
from collector.store.care.task import Place, Taken, Task
from collector.store.care.unused import GoneStream, GoneToken, LeftBehind, UnusedChannels, UnusedNames
from collector.store.connect import Store
from collector.store.errors import StoreError
from collector.store.schema import part, stream
from collector.store.states import System
from collector.store.streams import PRUNED, StreamKey

Told = Callable[[Task], None]


def retain(place: Place, config: Config, now: datetime) -> tuple[list[Taken], list[StoreError]]:
    """Remove what `retention:` keeps no longer; returns what went, and what kept some of it from going."""
    found, faults = [], []
    for task in aging(place.store, config, now):
        try:
            found.append(_taken(place, task))
        except StoreError as error:
            faults.append(error)
    return [each for each in found if each.rows], faults


def prune(place: Place, config: Config, now: datetime, *, tell: Told = lambda _: None) -> list[Taken]:
    """Remove that, and what nobody uses; `tell` hears of each task before it begins.

    What the configuration says must be in effect (`configured.apply`).
    """
    found = []
    for task in (*_unconfigured(place.store, config), *aging(place.store, config, now), *_unused(place.store, config)):
        tell(task)
        found.append(_taken(place, task))
    return [each for each in found if each.rows]


def preview(store: Store, config: Config, now: datetime) -> list[Taken]:
    """What `prune` would remove; names that are unused only after it are not foreseen."""
    tasks = (*_unconfigured(store, config), *aging(store, config, now), *_unused(store, config))
    with store.read() as tx:
        counted = [Taken(task.what, task.project, task.source, task.count(tx)) for task in tasks]
    return [each for each in counted if each.rows]


def _taken(place: Place, task: Task) -> Taken:
    return Taken(task.what, task.project, task.source, task.take(place))


def aging(store: Store, config: Config, now: datetime) -> Iterator[Task]:
    """What retention takes, source by source, then system by system."""
    limits = Limits.of(config.retention)
    with store.read() as tx:
        numbers = streams.numbers(tx)
    for project in config.projects.values():
        today = day_of(now, project.zone)
        yield from _old_facts(project, numbers, limits, today=today)
        first = first_kept(limits.entities, today)
        if first is not None:
            for system in _systems(project):
                yield OldEntities(system, configured.rules(project, system.name), now, first)


def _systems(project: Project) -> Iterator[System]:
    """Each system that has leads and deals; those of its pilots grow old for themselves."""
    for name in configured.systems(project):
        yield System(project.name, name)
        if any(each.system == name and each.settings.mode != "live" for each in project.sources.values()):
            yield System(project.name, name, counted=False)


def _old_facts(project: Project, numbers: dict[StreamKey, int], limits: Limits, *, today: date) -> Iterator[Task]:
    days, readings = first_kept(limits.facts, today), first_kept(limits.readings, today)
    for source in project.sources.values():
        for each in source.streams:
            number = numbers.get((project.name, source.name, each.name))
            if number is None:
                continue
            if days is not None and each.provides:
                yield OldFacts(project.name, source.name, number, days)
            if readings is not None and {"reading", "post"} & each.yields:
                start = end_of_day(readings - timedelta(days=1), project.zone)
                yield OldReadings(project.name, source.name, number, start)


def _unconfigured(store: Store, config: Config) -> Iterator[Task]:
    """Streams that are not configured, ledgers of systems that no source has, tokens of sources that are gone."""
    wanted = {(source.project, source.name, each.name) for source in config.sources for each in source.streams}
    systems = {(source.project, source.system) for source in config.sources}
    left = or_(stream.c.state != PRUNED, stream.c.id.in_(select(part.c.stream_id)))
    with store.read() as tx:
        rows = tx.execute(select(stream).where(left).order_by(stream.c.id)).all()
        owners = tokens.owners(tx)
    for row in rows:
        is_ledger = row.kind == "ledger"
        known = (row.project, row.source) in systems if is_ledger else (row.project, row.source, row.name) in wanted
        if not known:
            yield GoneStream(row.project, row.source, row.system, row.id, is_ledger)
    sources = {(source.project, source.name) for source in config.sources}
    yield from map(GoneToken, tokens.gone(owners, sources))


def _unused(store: Store, config: Config) -> Iterator[Task]:
    query = select(stream.c.id, stream.c.project, stream.c.source, stream.c.kind)
    query = query.where(stream.c.id.in_(select(part.c.stream_id).where(~part.c.live)))
    with store.read() as tx:
        hidden = tx.execute(query.order_by(stream.c.id)).all()
        rolled = tx.execute(select(stream.c.id).where(stream.c.kind != "ledger")).scalars().all()
    for row in hidden:
        yield LeftBehind(row.project, row.source, row.id, row.kind == "ledger")
    digests = frozenset(configured.channel_rules(project).digest() for project in config.projects.values())
    yield UnusedChannels(digests, tuple(rolled))
    yield UnusedNames()
