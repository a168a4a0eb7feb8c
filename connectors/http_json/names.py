"""What may be named, for each type of record and each kind of stream."""

from collections.abc import Mapping
from dataclasses import MISSING, fields

from collector.plugin import RECORD_TYPES, Measure

CLICK_IDS = (
    "yclid", "ymclid", "gclid", "gbraid", "wbraid", "dclid", "msclkid", "rb_clickid", "fbclid", "ttclid", "twclid",
)  # fmt: skip

RECORDS_OF: Mapping[str, frozenset[str]] = {
    "window": frozenset({"fact", "rate", "member"}),
    "since": frozenset({"lead", "deal", "customer", "stage_change", "post", "member", "gone", "rate"}),
    "now": frozenset({"reading", "post", "member"}),
}
"""What a stream of each kind may yield."""

STATUSES: Mapping[str, frozenset[str]] = {
    "lead": frozenset({"open", "qualified", "converted", "lost", "junk"}),
    "deal": frozenset({"open", "won", "lost"}),
    "stage_change": frozenset({"open", "qualified", "converted", "lost", "junk", "won"}),
}

PLACEHOLDERS: Mapping[str, frozenset[str]] = {
    "window": frozenset({"first", "last", "after", "today", "now"}),
    "since": frozenset({"since", "until", "today", "now"}),
    "now": frozenset({"today", "now"}),
}
"""Besides those of the pages."""

_ASSUMED = frozenset({"currency", "per", "created_at", "updated_at"})
"""What has a default here, though not in the record."""


def fields_of(record: str) -> frozenset[str]:
    """The fields that `fields` may hold; figures, dimensions and click ids are named apart."""
    names = {spec.name for spec in fields(RECORD_TYPES[record])} - {"dimensions", "click_ids"}
    return frozenset(names - {"measure", "value"} if record in ("fact", "reading") else names)


def needed_of(record: str) -> list[str]:
    """The fields that must be mapped."""
    kind = RECORD_TYPES[record]
    required = [spec.name for spec in fields(kind) if spec.default is spec.default_factory is MISSING]
    if record == "fact":
        return ["day"]
    return [name for name in required if name not in _ASSUMED and name in fields_of(record)]


def is_statable(measure: Measure) -> bool:
    """Whether facts can state it by day: no measure that is counted for whole windows, and no stock of deals."""
    return measure.aggregation == "sum" or (measure.aggregation in ("last", "given") and not measure.of)
