"""The names that `columns` and `constants` may hold, for each type of record."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Literal

from collector.plugin import RECORD_TYPES, Measure, SourceContext
from connectors.csv.settings import CsvSettings

FACT_DIMENSIONS = (
    "channel", "vendor_channel", "source_medium", "campaign", "manager", "pipeline", "stage", "lead_source",
    "network", "site", "source", "utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term",
)  # fmt: skip
"""Dimensions that facts may have without being declared."""

CLICK_IDS = (
    "yclid", "ymclid", "gclid", "gbraid", "wbraid", "dclid", "msclkid", "rb_clickid", "fbclid", "ttclid", "twclid",
)  # fmt: skip

REQUIRED: Mapping[str, tuple[str, ...]] = {
    "fact": ("day",),
    "lead": ("created_at", "status"),
    "deal": ("created_at", "status", "amount"),
    "customer": ("id",),
    "post": ("network", "kind", "published_at"),
    "rate": ("day", "currency", "value"),
}
"""Fields without a default, for each type of record."""

CLOSED = ("won", "lost")


def is_statable(measure: Measure) -> bool:
    """Whether facts can state it by day: no measure that is counted for whole windows, and no stock of deals."""
    return measure.aggregation == "sum" or (measure.aggregation in ("last", "given") and not measure.of)


Kind = Literal["field", "measure", "dimension", "click_id"]
KINDS: tuple[Kind, ...] = ("field", "measure", "dimension", "click_id")


class Names:
    """What may be named for one source; where two things have one name, the first kind counts."""

    def __init__(self, settings: CsvSettings, context: SourceContext) -> None:
        facts = settings.record == "fact"
        declared = (*context.dimensions, *settings.dimensions)
        clicks = settings.record in ("lead", "deal")
        self._groups: dict[Kind, frozenset[str]] = {
            "field": frozenset(_record_fields(settings.record)),
            "measure": frozenset(context.measures if facts else ()),
            "dimension": frozenset((*FACT_DIMENSIONS, *declared) if facts else declared if clicks else ()),
            "click_id": frozenset(CLICK_IDS if clicks else ()),
        }
        self.all = sorted(set().union(*self._groups.values()))

    def kind(self, name: str) -> Kind | None:
        """What a name stands for; None if nothing is called so."""
        return next((kind for kind, names in self._groups.items() if name in names), None)


def _record_fields(record: str) -> Iterator[str]:
    """A record's own fields; mappings in it are filled by the names of their members."""
    return (spec.name for spec in fields(RECORD_TYPES[record]) if spec.name not in ("click_ids", "dimensions"))
