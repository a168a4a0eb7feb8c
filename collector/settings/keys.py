"""The keys of a configuration, besides those of sources: the top level and projects.

Types and shapes only. What later stages make of goals, channels or VAT is theirs; they
find those keys in `Project.other`. Which key is for what: docs/configuration.md.
"""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictStr,
    field_validator,
    model_validator,
)

from collector.plugin.durations import Duration, parse_duration
from collector.settings.faults import mistake
from collector.settings.findings import nearest, suggestion
from collector.settings.goals import Bonus, Goal
from collector.settings.model import Margin, WebSettings

DEFAULT_STORE = "sqlite:///data/collector.db"

_CURRENCY = re.compile(r"[A-Z]{3}")


def _zone(value: str) -> str:
    try:
        return ZoneInfo(value).key
    except (LookupError, ValueError, OSError):
        near = nearest(value, available_timezones())
        hint = f"Did you mean {near}?" if near else "Write a name such as Europe/Moscow."
        raise mistake(f"{value!r} is no time zone", hint) from None


def _currency(value: str) -> str:
    if not _CURRENCY.fullmatch(value):
        upper = value.strip().upper()
        hint = f"Did you mean {upper}?" if _CURRENCY.fullmatch(upper) else "Write its ISO 4217 code, such as EUR."
        raise mistake(f"{value!r} is no currency", hint)
    return value


def _keep(value: object) -> object:
    return value if value == "forever" or not isinstance(value, str) else parse_duration(value)


def _no_mapping(value: object) -> object:
    return {} if value is None else value


def _no_list(value: object) -> object:
    return [] if value is None else value


Zone = Annotated[str, AfterValidator(_zone)]
Currency = Annotated[str, AfterValidator(_currency)]
Kept = Annotated[Duration | Literal["forever"], BeforeValidator(_keep)]
Fraction = Annotated[Decimal, Field(ge=0, le=1)]
Price = Annotated[Decimal, Field(gt=0)]


class _Keys(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, coerce_numbers_to_str=True)


class Vat(_Keys):
    """How amounts are delivered, and at which rates."""

    payer: bool = Field(description="Whether the business pays VAT: yes or no")
    rates: dict[date, Fraction] = Field(default={}, description="Rates from a day on, as fractions: 0.2")
    revenue: Literal["gross", "net"] | None = Field(default=None, description="How the CRM's amounts are delivered")
    spend: dict[str, Literal["gross", "net"]] = Field(default={}, description="How each source's costs are delivered")


class ChannelRule(_Keys):
    """Evidence that belongs to a channel; `*` stands for any text."""

    channel: str = Field(min_length=1, description="The channel it means")
    source: str | None = Field(default=None, description="Pattern of the UTM source")
    medium: str | None = Field(default=None, description="Pattern of the UTM medium")
    campaign: str | None = Field(default=None, description="Pattern of the campaign")
    lead_source: str | None = Field(default=None, description="Pattern of the CRM's source")

    @model_validator(mode="after")
    def _matches_something(self) -> "ChannelRule":
        if not any((self.source, self.medium, self.campaign, self.lead_source)):
            raise mistake("matches nothing", "Give a pattern for source, medium, campaign or lead_source.")
        return self


class Privacy(_Keys):
    """Which names leave the store."""

    managers: Literal["id", "alias", "name"] = Field(default="id", description="How managers appear on /metrics")


class ProjectKeys(_Keys):
    """One project: a brand or client. Each inherits the top level's, except for sources, goals and bonuses."""

    timezone: Zone = Field(default="UTC", description="IANA name of the zone whose days are counted")
    currency: Currency | None = Field(default=None, description="ISO 4217 code that money is shown in; required")
    language: Literal["en", "ru"] = Field(default="en", description="Language of titles and texts")
    dimensions: dict[str, str] = Field(default={}, description="Extra dimensions: name → the vendor's field")
    vat: Vat | None = Field(default=None, description="VAT: who pays it, rates, and how amounts are delivered")
    margin: Margin = Field(default=Margin(), description="Gross profit as a share of revenue")
    channels: list[ChannelRule] = Field(default=[], description="Rules that come before the built-in ones")
    paid_channels: list[str] = Field(default=[], description="Channels that count as paid besides the built-in ones")
    attribution: Literal["last", "first"] = Field(default="last", description="Which touch a deal's channel comes from")
    roi_customers: Literal["new", "all"] = Field(default="new", description="Whose profit ROMI and ROAS count")
    rates: dict[Currency, Price | dict[date, Price]] = Field(
        default={}, description="Prices of other currencies: {EUR: 100.5}, or by day {EUR: {2026-01-01: 100.5}}"
    )
    max_team_share: Fraction = Field(default=Decimal("0.5"), description="Greatest team part of a bonus")
    privacy: Privacy = Field(default=Privacy(), description="Which names leave the store")
    top: int = Field(default=20, ge=1, le=10_000, description="Members that a break-down shows; the rest is __other__")
    kpis: list[StrictStr | dict[str, Any]] | None = Field(
        default=None, description="Names, groups or definitions; absent: the whole catalogue"
    )
    goals: list[Goal] = Field(default=[], description="Targets with a date and somebody who answers for them")
    bonuses: list[Bonus] = Field(default=[], description="What is paid for attained goals")

    _mappings = field_validator("dimensions", "rates", "margin", "privacy", mode="before")(_no_mapping)
    _lists = field_validator("channels", "paid_channels", "goals", "bonuses", mode="before")(_no_list)


class Retention(_Keys):
    """How long data are kept."""

    facts: Kept = Field(default="forever", description="Facts by day")
    entities: Kept = Field(default="forever", description="Leads and deals; never a customer's first won deal")
    readings: Kept = Field(default="forever", description="Readings of present-only figures")


class TopKeys(ProjectKeys):
    """The top level: the daemon's own keys, and those of the project `default`, which others inherit."""

    store: str = Field(default=DEFAULT_STORE, description="sqlite:///path or postgresql://…; a password is a secret")
    engine: Literal["builtin", "procrastinate"] = Field(default="builtin", description="What runs the polls")
    web: WebSettings = Field(default=WebSettings(), description="Where and how the daemon answers HTTP")
    retention: Retention = Field(default=Retention(), description="forever, a duration, or both by kind of data")

    _no_web = field_validator("web", mode="before")(_no_mapping)

    @field_validator("retention", mode="before")
    @classmethod
    def _for_all(cls, value: object) -> object:
        return dict.fromkeys(Retention.model_fields, value) if isinstance(value, str) else _no_mapping(value)


CONTAINERS: dict[str, str] = {
    "sources": "What is read: name → connector and its settings",
    "projects": "Further brands or clients: name → the keys of a project",
    "include": "A file or a list of files whose keys stand here too",
}
"""Keys of the top level that hold others; a project has all but `projects`."""

PROJECT_KEYS = frozenset(ProjectKeys.model_fields) | {"sources"}
TOP_KEYS = frozenset(TopKeys.model_fields) | {"sources", "projects"}
NOT_INHERITED = frozenset({"sources", "goals", "bonuses"})
INHERITED = frozenset(ProjectKeys.model_fields) - NOT_INHERITED

_DAEMON_ONLY = TOP_KEYS - PROJECT_KEYS


def unknown_key(name: str, *, project: bool) -> tuple[str, str]:
    """Fault and remedy for a key that does not belong there."""
    if project and name in _DAEMON_ONLY:
        return "does not belong to a project", f"Move {name} to the top level."
    return "unknown key", suggestion(name, (PROJECT_KEYS if project else TOP_KEYS) | {"include"}, what="Keys")
