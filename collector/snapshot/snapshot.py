"""The immutable state that scrapes and pages read.

Families in order, each with one block per project; the whole is kept ready as gzip, in
both formats. A scrape adds a small live part (the process's own figures) and the gzip
trailer; its checksum goes on from the one that is kept. So one gzip member results, at
the price of copying it.
"""

import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from collector.kpi.values import ProjectValues
from collector.snapshot.blocks import Block, BlockKey
from collector.snapshot.inputs import ProjectFacts, SourceHealth
from collector.snapshot.plugins import Refusal
from collector.snapshot.render import Family, Format, Segment, deflate

_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
"""Deflate, no name, no time, unknown system: the same bytes for the same content."""
_CHUNK_BYTES = 256 * 1024
FORMATS: tuple[Format, ...] = ("text", "openmetrics")


@dataclass(frozen=True)
class Part:
    """One family over all projects."""

    family: Family
    headers: Mapping[Format, Segment]
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Body:
    """A sequence of segments, ready to be sent plain or as the beginning of a gzip member."""

    plain: tuple[bytes, ...]
    plain_bytes: int
    gzip_start: bytes
    crc: int

    def identity(self, live: bytes) -> list[bytes]:
        """The whole answer, uncompressed, in pieces of a good size."""
        return list(_pieces((*self.plain, live)))

    def gzip(self, live: bytes) -> list[bytes]:
        """The whole answer as one gzip member, in two pieces."""
        crc = zlib.crc32(live, self.crc)
        size = (self.plain_bytes + len(live)) & 0xFFFFFFFF
        return [self.gzip_start, deflate(live, zlib.Z_FINISH) + struct.pack("<II", crc, size)]


def assemble(segments: Iterable[Segment]) -> Body:
    """Put segments behind one another; nothing is compressed."""
    chosen = tuple(segments)
    crc = 0
    for piece in chosen:
        crc = zlib.crc32(piece.plain, crc)
    return Body(
        plain=tuple(piece.plain for piece in chosen),
        plain_bytes=sum(len(piece.plain) for piece in chosen),
        gzip_start=_GZIP_HEADER + b"".join(piece.deflated for piece in chosen),
        crc=crc,
    )


EMPTY = assemble(())
"""What there is before the first snapshot."""


@dataclass(frozen=True)
class Snapshot:
    """Everything that is served, at one instant."""

    at: datetime
    projects: tuple[ProjectFacts, ...]
    values: tuple[ProjectValues, ...]
    sources: tuple[SourceHealth, ...]
    parts: tuple[Part, ...]
    bodies: Mapping[Format, Body]
    refused: frozenset[Refusal] = frozenset()
    _selected: dict[tuple[str, Format], Body] = field(default_factory=dict, compare=False, repr=False)
    """Bodies of single projects, made when first asked for."""

    @property
    def blocks(self) -> dict[BlockKey, Block]:
        """All blocks by family and project: what the next snapshot reuses."""
        return {(block.family.name, block.project): block for part in self.parts for block in part.blocks}

    def project_body(self, project: str, form: Format) -> Body:
        """One project's series, without what belongs to the daemon as a whole."""
        key = (project, form)
        if key not in self._selected:
            self._selected[key] = self.select(form, projects={project})
        return self._selected[key]

    def select(self, form: Format, *, projects: set[str] | None = None, names: set[str] | None = None) -> Body:
        """The series of some projects, some families, or both; None is all of them."""
        return assemble(_segments(self.parts, form, _chooser(projects), names))


def _chooser(projects: set[str] | None) -> Callable[[Block], bool]:
    return (lambda _: True) if projects is None else (lambda block: block.project in projects)


def segments(parts: Iterable[Part], form: Format) -> Iterator[Segment]:
    """All segments of one format, in their order."""
    return _segments(parts, form, _chooser(None), None)


def _segments(
    parts: Iterable[Part], form: Format, wanted: Callable[[Block], bool], names: set[str] | None
) -> Iterator[Segment]:
    for part in parts:
        if names is not None and not (part.family.names & names):
            continue
        blocks = [block for block in part.blocks if wanted(block)]
        if blocks:
            yield part.headers[form]
            yield from (block.body for block in blocks)


def _pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Small chunks joined: neither a system call for each, nor a copy of it all."""
    waiting: list[bytes] = []
    size = 0
    for chunk in chunks:
        waiting.append(chunk)
        size += len(chunk)
        if size >= _CHUNK_BYTES:
            yield b"".join(waiting)
            waiting, size = [], 0
    if waiting:
        yield b"".join(waiting)
