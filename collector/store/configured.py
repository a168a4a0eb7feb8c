"""Brings the store in line with the configuration: which streams count, by which rules.

Called at start, at a reload, and by commands that read values.
"""

from decimal import Decimal

from collector.settings.model import Config, Project, Source
from collector.store import books, streams
from collector.store.connect import Store
from collector.store.errors import StoreError
from collector.store.ledger import Rules
from collector.store.states import System
from collector.store.streams import StreamIdentity, StreamKey

_ENTITIES = frozenset({"lead", "deal"})


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
        )
        for stream in source.streams
    ]


def keep_books(store: Store, config: Config) -> list[str]:
    """Bring the ledgers of all systems up to date; returns what kept one from it, which stops no other."""
    faults = []
    for project in config.projects.values():
        for name in systems(project):
            try:
                keep_system(store, project, name)
            except StoreError as error:
                faults.append(f"{name}: its leads and deals are not counted anew: {error}")
    return faults


def keep_system(store: Store, project: Project, system: str) -> bool:
    """Bring one system's ledger up to date; True if anything changed."""
    return books.keep(store, System(project.name, system), rules(project, system))


def systems(project: Project) -> list[str]:
    """The systems that have leads or deals, each once."""
    return sorted({each.system for each in project.sources.values() if _has_entities(each)})


def _has_entities(source: Source) -> bool:
    return any(_ENTITIES & stream.yields for stream in source.streams)


def rules(project: Project, system: str) -> Rules:
    """The settings that a system's entries depend on; lists of its sources are joined."""
    settings = [each.settings for each in project.sources.values() if each.system == system]
    return Rules(
        zone=project.zone,
        margin=project.margin.default,
        margin_by={
            name: {member: Decimal(share) for member, share in shares.items()}
            for name, shares in project.margin.by.items()
        },
        lead_dedup=max(each.lead_dedup for each in settings),
        refund_pipelines=frozenset(name for each in settings for name in each.refund_pipelines),
        qualified_stages=frozenset(name for each in settings for name in each.qualified_stages or ()),
        junk_stages=frozenset(name for each in settings for name in each.junk_stages or ()),
        junk_loss_reasons=frozenset(name for each in settings for name in each.junk_loss_reasons),
        dimensions=tuple(sorted({*project.dimensions, *(name for each in settings for name in each.dimensions)})),
    )
