"""The settings that a system's ledger depends on: other rules, another ledger.

Made by `configured` from a project's settings; read by all that posts. VAT and currencies
are not among them, for these are brought in when a value is read.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from typing import Literal
from zoneinfo import ZoneInfo

from collector.vocabulary.channels import ChannelRules
from collector.vocabulary.hours import ROUND_THE_CLOCK, WorkingHours

VERSION = 5
"""Raise it when entries come out differently; every ledger is then rebuilt."""

OWN_DIMENSIONS = ("campaign", "channel", "lead_source", "manager", "network", "pipeline", "source_medium")
"""The dimensions that entities have without anybody declaring them; `network` is that of posts."""


@dataclass(frozen=True)
class Rules:
    """The settings that entries depend on; another digest means: make them anew."""

    zone: ZoneInfo
    margin: Decimal | None = None
    margin_by: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)
    margin_field: str | None = None
    lead_dedup: timedelta = timedelta(hours=24)
    response_target: timedelta = timedelta(minutes=15)
    hours: WorkingHours = ROUND_THE_CLOCK
    refund_pipelines: frozenset[str] = frozenset()
    qualified_stages: frozenset[str] = frozenset()
    deal_stages: frozenset[str] = frozenset()
    junk_stages: frozenset[str] = frozenset()
    junk_loss_reasons: frozenset[str] = frozenset()
    channels: ChannelRules = field(default_factory=ChannelRules)
    attribution: Literal["last", "first"] = "last"
    dimensions: tuple[str, ...] = ()
    """Names of the project's extra dimensions."""

    def digest(self) -> str:
        """Equal for equal rules, in any process."""
        told = [f"{VERSION}"]
        for spec in fields(self):
            value = getattr(self, spec.name)
            told.append(f"{spec.name}={_told(value)}")
        return hashlib.blake2b("\n".join(told).encode(), digest_size=16).hexdigest()

    @cached_property
    def all_dimensions(self) -> tuple[str, ...]:
        """The dimensions that entries may have, sorted."""
        return tuple(sorted({*OWN_DIMENSIONS, *self.dimensions}))


def _told(value: object) -> str:
    match value:
        case ChannelRules():
            return value.digest()
        case frozenset():
            return str(sorted(value))
        case Mapping():
            return str(sorted((name, _told(inner)) for name, inner in value.items()))
    return str(value)
