"""Brings the store in line with the configuration: which streams count, by which rules.

Called at start, at a reload, and by commands that read values.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from zoneinfo import ZoneInfo

from sqlalchemy.exc import DatabaseError

from collector.plugin.settings import ConnectorSettings
from collector.settings.channels import rules_of
from collector.settings.model import Config, Project, Source
from collector.store import books, streams
from collector.store.connect import Store
from collector.store.errors import StoreError
from collector.store.measures import money_rows
from collector.store.rules import OWN_DIMENSIONS, Rules
from collector.store.states import System
from collector.store.streams import StreamIdentity, StreamKey
from collector.store.views import Views, refresh
from collector.vocabulary.channels import ChannelRules
from collector.vocabulary.hours import ROUND_THE_CLOCK, WorkingHours, parse_working_hours

_ENTITIES = frozenset({"lead", "deal", "post"})


def apply(store: Store, config: Config) -> dict[StreamKey, int]:
    """Make the configured streams the ones that count; returns their numbers."""
    with store.write() as tx:
        return streams.register(tx, [each for source in config.sources for each in _identities(source)])


def _identities(source: Source) -> list[StreamIdentity]:
    return [
        StreamIdentity(
            project=source.project,
            source=source.name,
            name=stream.name,
            kind=stream.kind,
            system=source.system,
            counted=source.settings.mode == "live",
            was=source.settings.was,
            active=(source.settings.active.from_, source.settings.active.until),
            rolled_up=bool(_ENTITIES & stream.yields),
        )
        for stream in source.streams
    ]


@dataclass(frozen=True)
class Upkeep:
    """What bringing derived data up to date came to.

    `faults`: what kept a system from it, which stops no other. `restated`: by project,
    source and stream, how many daily figures other settings changed.
    """

    faults: tuple[str, ...] = ()
    restated: Mapping[StreamKey, int] = field(default_factory=dict)


def keep_up(store: Store, config: Config, former: Config | None = None) -> Upkeep:
    """Make what is derived what the configuration says: the views of facts, the ledgers of systems.

    `former` is a configuration that it was brought in line with before: then only what
    differs from it is looked at.
    """
    numbers = _numbers(store)
    faults: list[str] = []
    restated: dict[StreamKey, int] = {}
    for project in config.projects.values():
        before = None if former is None or former.measures != config.measures else former.projects.get(project.name)
        changed = changed_sources(project, before)
        touched = {
            each.system for of in (project, before) if of for each in of.sources.values() if each.name in changed
        }
        channels = channel_rules(project)
        for source in project.sources.values():
            for stream in source.streams if source.name in changed else ():
                key = (project.name, source.name, stream.name)
                if stream.provides and key in numbers:
                    views = Views.of(stream, config.measures, channels, project.zone)
                    restated[key] = refresh(store, numbers[key], stream, views, project.zone)
        for name in (each for each in systems(project) if each in touched):
            try:
                kept = keep_system(store, project, name)
            except (StoreError, DatabaseError) as error:
                faults.append(f"{name}: its leads and deals are not counted anew: {error}")
            else:
                restated[_first_stream(project, name)] = kept.restated
    return Upkeep(tuple(faults), {key: number for key, number in restated.items() if number})


def changed_sources(project: Project, former: Project | None) -> set[str]:
    """The sources of a project whose derived data may be others than under its `former` settings; gone ones too."""
    if former is None or _of_all_sources(project) != _of_all_sources(former):
        return set(project.sources) | set(former.sources if former else ())
    return {
        name
        for name in {*project.sources, *former.sources}
        if _of_source(project.sources.get(name)) != _of_source(former.sources.get(name))
    }


def _of_all_sources(project: Project) -> Project:
    """What a project says for all of its sources."""
    return replace(project, sources={}, kpis=None, other={})


def _of_source(source: Source | None) -> tuple[object, ...] | None:
    return None if source is None else (source.connector, source.settings)


def recounted_money(store: Store, former: Config, config: Config) -> dict[StreamKey, int]:
    """By stream, the daily figures of money that another currency, VAT or rates make others of.

    They are brought in when a value is read, so nothing is rolled up anew for them.
    """
    found: dict[StreamKey, int] = {}
    for name, project in config.projects.items():
        before = former.projects.get(name)
        if before is None or _money(before) == _money(project):
            continue
        with store.read() as tx:
            rows = money_rows(tx, name)
        for (source, stream), number in rows.items():
            key = _first_stream(project, source) if stream == "#ledger" else (name, source, stream)
            found[key] = found.get(key, 0) + number
    return found


def _money(project: Project) -> tuple[object, ...]:
    return project.currency, project.vat, dict(project.rates)


def _numbers(store: Store) -> dict[StreamKey, int]:
    with store.read() as tx:
        return streams.numbers(tx)


def _first_stream(project: Project, system: str) -> StreamKey:
    """The stream under whose name a system's restated figures are told."""
    return next(
        (project.name, source.name, stream.name)
        for source in project.sources.values()
        for stream in source.streams
        if source.system == system and _ENTITIES & stream.yields
    )


def keep_system(store: Store, project: Project, system: str) -> books.Kept:
    """Bring one system's ledger up to date."""
    return books.keep(store, System(project.name, system), rules(project, system))


def systems(project: Project) -> list[str]:
    """The systems that have leads, deals or posts, each once."""
    return sorted({each.system for each in project.sources.values() if _has_entities(each)})


def _has_entities(source: Source) -> bool:
    return any(_ENTITIES & stream.yields for stream in source.streams)


def channel_rules(project: Project) -> ChannelRules:
    """The project's rules for channels: its own, then the built-in ones; equal ones share what they remember."""
    return _the_same(rules_of(project))


@lru_cache(maxsize=64)
def _the_same(rules: ChannelRules) -> ChannelRules:
    return rules


def entity_dimensions(project: Project, system: str) -> tuple[str, ...]:
    """The dimensions of a system's leads and deals, sorted."""
    return tuple(sorted({*OWN_DIMENSIONS, *_declared(project, system)}))


def _declared(project: Project, system: str) -> set[str]:
    own = (name for each in project.sources.values() if each.system == system for name in each.settings.dimensions)
    of_margin = (project.margin.field,) if project.margin.field is not None else ()
    return {*project.dimensions, *own, *of_margin}


def rules(project: Project, system: str) -> Rules:
    """The settings that a system's entries depend on; lists of its sources are joined."""
    sources = [each for each in project.sources.values() if each.system == system]
    settings = [each.settings for each in sources]
    of_leads = [
        each.settings for each in sources if any("lead" in stream.yields for stream in each.streams)
    ] or settings
    return Rules(
        zone=project.zone,
        margin=project.margin.default,
        margin_by=project.margin.by,
        margin_field=project.margin.field,
        lead_dedup=max(each.lead_dedup for each in of_leads),
        response_target=max(each.response_target for each in of_leads),
        hours=_hours(of_leads, project.zone),
        refund_pipelines=frozenset(name for each in settings for name in each.refund_pipelines),
        qualified_stages=frozenset(name for each in settings for name in each.qualified_stages or ()),
        deal_stages=frozenset(name for each in settings for name in each.deal_stages or ()),
        junk_stages=frozenset(name for each in settings for name in each.junk_stages or ()),
        junk_loss_reasons=frozenset(name for each in settings for name in each.junk_loss_reasons),
        channels=channel_rules(project),
        attribution=project.attribution,
        dimensions=tuple(sorted(_declared(project, system))),
    )


def _hours(settings: Iterable[ConnectorSettings], zone: ZoneInfo) -> WorkingHours:
    """The working hours of a system: those of its first source that says any."""
    said = next((each.working_hours for each in settings if each.working_hours), None)
    return ROUND_THE_CLOCK if said is None else parse_working_hours(said, zone)
