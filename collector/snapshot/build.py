"""A new snapshot from what is known now, with whatever has not changed taken from the last one.

Runs in a thread of its own beside the scrapes; reads no clock of the wall, no store and no
network.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping

from collector.snapshot import health
from collector.snapshot.blocks import Block, Blocks, kpi_blocks, plain_block
from collector.snapshot.families import cached, meta
from collector.snapshot.inputs import SnapshotInputs
from collector.snapshot.plugins import Refusal, checked
from collector.snapshot.render import Family, Format, Segment, header, segment
from collector.snapshot.snapshot import FORMATS, Part, Snapshot, assemble, segments

log = logging.getLogger(__name__)


def build(
    previous: Snapshot | None, inputs: SnapshotInputs, *, monotonic: Callable[[], float] = time.monotonic
) -> Snapshot:
    """The snapshot of `inputs`; `previous` spares work and changes nothing in the result.

    Sticky members of break-downs are the exception: those chosen earlier today stay.
    """
    began = monotonic()
    former = previous.blocks if previous is not None else {}
    blocks = _project_blocks(inputs, former)
    blocks += _made(health.daemon_families(inputs.daemon, inputs.counts), None, former)
    added, refused = checked(inputs.plugin_families, _names(blocks))
    blocks += _made(added, None, former)
    _log_new(refused, previous)
    blocks += _made(health.snapshot_families(inputs.now, monotonic() - began), None, former)
    parts = _parts(blocks, previous)
    return Snapshot(
        at=inputs.now,
        projects=inputs.projects,
        values=inputs.values,
        sources=inputs.sources,
        parts=parts,
        bodies={form: assemble(segments(parts, form)) for form in FORMATS},
        refused=refused,
    )


def _project_blocks(inputs: SnapshotInputs, former: Blocks) -> list[Block]:
    found = {values.project: values for values in inputs.values}
    ending = cached(stream.interval for source in inputs.sources for stream in source.streams)
    blocks: list[Block] = []
    for project in inputs.projects:
        if project.name in found:
            kpis = kpi_blocks(project, found[project.name], former, ending)
            blocks += kpis
            blocks += _made(health.series_families(_counted(project.name, kpis)), project.name, former)
            blocks += _made(meta(project, found[project.name], ending), project.name, former)
        sources = [source for source in inputs.sources if source.project == project.name]
        blocks += _made(health.source_families(project, sources, inputs.counts), project.name, former)
    return blocks


def _made(families: Iterable[Family], project: str | None, former: Blocks) -> list[Block]:
    blocks = (plain_block(family, project, former) for family in families)
    return [block for block in blocks if block is not None]


def _counted(project: str, blocks: Iterable[Block]) -> list[tuple[str, str, int, int | None]]:
    return [(project, block.family.name, block.series, block.dropped) for block in blocks]


def _names(blocks: Iterable[Block]) -> set[str]:
    return {name for block in blocks for name in block.family.names}


def _log_new(refused: frozenset[Refusal], previous: Snapshot | None) -> None:
    for refusal in refused - (previous.refused if previous is not None else frozenset()):
        log.warning("%s", refusal)


def _parts(blocks: Iterable[Block], previous: Snapshot | None) -> tuple[Part, ...]:
    by_name: dict[str, list[Block]] = {}
    for block in blocks:
        by_name.setdefault(block.family.name, []).append(block)
    former = {part.family.name: part for part in previous.parts} if previous is not None else {}
    return tuple(_part(found, former.get(name)) for name, found in sorted(by_name.items()))


def _part(blocks: list[Block], former: Part | None) -> Part:
    family = blocks[0].family
    return Part(family, _headers(family, former), tuple(blocks))


def _headers(family: Family, former: Part | None) -> Mapping[Format, Segment]:
    if former is not None and former.family == family:
        return former.headers
    return {form: segment(header(family, form)) for form in FORMATS}
