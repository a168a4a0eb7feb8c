"""Families to bytes: text 0.0.4 and OpenMetrics 1.0.

A sample's line is the same in both formats; only a family's header differs. Bytes are kept
in segments, each with its raw deflate that ends on a full flush, so that any sequence of
segments is a valid stream and unchanged ones are never compressed again.
"""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

FamilyType = Literal["gauge", "counter", "histogram", "info"]
Format = Literal["text", "openmetrics"]

CONTENT_TYPES: dict[Format, str] = {
    "text": "text/plain; version=0.0.4; charset=utf-8",
    "openmetrics": "application/openmetrics-text; version=1.0.0; charset=utf-8",
}
EOF: dict[Format, bytes] = {"text": b"", "openmetrics": b"# EOF\n"}
_CHUNK_LINES = 2000
_COMPRESSION_LEVEL = 6
_UNITS = ("seconds", "ratio", "bytes")

Sample = tuple[str, str, str]
"""Suffix of the name (`_bucket`, or nothing), labels in braces, value; ready to be joined."""


@dataclass(frozen=True)
class Family:
    """A metric family of one project, or of the daemon.

    `name` is as it stands on a sample in the text format: counters end in `_total`, infos
    in `_info`. A histogram's samples bring their suffixes.
    """

    name: str
    type: FamilyType
    help: str
    samples: tuple[Sample, ...] = ()

    @property
    def metric_name(self) -> str:
        """The name in OpenMetrics' metadata, without `_total` or `_info`."""
        suffix = {"counter": "_total", "info": "_info"}.get(self.type, "")
        return self.name.removesuffix(suffix)

    @property
    def names(self) -> frozenset[str]:
        """Every name by which `name[]` may ask for it."""
        suffixes = ("", "_bucket", "_sum", "_count") if self.type == "histogram" else ("",)
        return frozenset({self.metric_name, *(self.name + suffix for suffix in suffixes)})


@dataclass(frozen=True)
class Segment:
    """Bytes, plain and as raw deflate that ends with a full flush."""

    plain: bytes
    deflated: bytes


def segment(plain: bytes) -> Segment:
    """Deflate on its own; the next segment begins anew."""
    if not plain:
        return Segment(b"", b"")
    return Segment(plain, deflate(plain, zlib.Z_FULL_FLUSH))


def deflate(plain: bytes, flush: int) -> bytes:
    """Raw deflate, closed by `flush`: Z_FULL_FLUSH in the middle of a stream, Z_FINISH at its end."""
    packer = zlib.compressobj(_COMPRESSION_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(plain) + packer.flush(flush)


def header(family: Family, form: Format) -> bytes:
    """The HELP and TYPE lines (in OpenMetrics UNIT too)."""
    text = family.help.replace("\\", "\\\\").replace("\n", "\\n")
    if form == "text":
        kind = "gauge" if family.type == "info" else family.type
        return f"# HELP {family.name} {text}\n# TYPE {family.name} {kind}\n".encode()
    name = family.metric_name
    text = text.replace('"', '\\"')
    unit = next((f"# UNIT {name} {unit}\n" for unit in _UNITS if name.endswith(f"_{unit}")), "")
    return f"# HELP {name} {text}\n# TYPE {name} {family.type}\n{unit}".encode()


def body(name: str, samples: Iterable[Sample]) -> bytes:
    """The samples' lines."""
    return b"".join(
        "".join([f"{name}{suffix}{labels} {value}\n" for suffix, labels, value in chunk]).encode()
        for chunk in _chunks(tuple(samples))
    )


def _chunks(samples: tuple[Sample, ...]) -> Iterable[tuple[Sample, ...]]:
    """Some lines at a time: a scrape in another thread waits for no more than one chunk."""
    for start in range(0, len(samples), _CHUNK_LINES):
        yield samples[start : start + _CHUNK_LINES]
