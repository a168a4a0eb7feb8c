"""The keys of a configuration, besides those of sources: the top level and projects.

Types and shapes only; `sections` has the keys that hold keys of their own. What later
stages make of goals and bonuses is theirs: they find them in `Project.other`. Which key is
for what: docs/configuration.md.
"""

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SecretStr, StrictStr, field_validator

from collector.settings.faults import mistake
from collector.settings.findings import suggestion
from collector.settings.goals import Bonus, Goal
from collector.settings.model import WebSettings
from collector.settings.scalars import Currency, Day, Fraction, Kept, Price, Zone
from collector.settings.sections import ChannelRule, Margin, MeasureOrUnit, Privacy, Section, Vat

DEFAULT_STORE = "sqlite:///data/collector.db"


def _no_mapping(value: object) -> object:
    return {} if value is None else value


def _no_list(value: object) -> object:
    return [] if value is None else value


SHORTEST_KEY = 16
"""Characters of a vault key: a shorter one could be guessed by whoever has the file."""


def _keys(value: object) -> object:
    """One key, or the present one before former ones."""
    found = value if isinstance(value, list) else [] if value in (None, "") else [value]
    if any(isinstance(each, str) and len(each) < SHORTEST_KEY for each in found):
        remedy = f"Write at least {SHORTEST_KEY} characters, such as those of: openssl rand -base64 32."
        raise mistake("is too short to keep anything secret", remedy)
    return found


VaultKeys = Annotated[list[SecretStr], BeforeValidator(_keys, json_schema_input_type=SecretStr | list[SecretStr])]


class ProjectKeys(Section):
    """One project: a brand or client. Each inherits the top level's, except for sources, goals and bonuses."""

    timezone: Zone = Field(default="UTC", description="IANA name of the zone whose days are counted")
    currency: Currency | None = Field(default=None, description="ISO 4217 code that money is shown in; required")
    language: Literal["en", "ru"] = Field(default="en", description="Language of titles and texts")
    dimensions: dict[str, str] = Field(default={}, description="Extra dimensions: name → the vendor's field")
    measures: dict[str, MeasureOrUnit] = Field(
        default={}, description="Measures of your own: name → unit, or {unit, aggregation, title}"
    )
    vat: Vat | None = Field(default=None, description="VAT: who pays it, rates, and how amounts are delivered")
    margin: Margin = Field(default=Margin(), description="Gross profit as a share of revenue")
    channels: list[ChannelRule] = Field(default=[], description="Rules that come before the built-in ones")
    paid_channels: list[str] = Field(default=[], description="Channels that count as paid besides the built-in ones")
    attribution: Literal["last", "first"] = Field(default="last", description="Which touch a deal's channel comes from")
    roi_customers: Literal["new", "all"] = Field(default="new", description="Whose profit ROMI and ROAS count")
    rates: dict[Currency, Price | dict[Day, Price]] = Field(
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

    _mappings = field_validator("dimensions", "measures", "rates", "margin", "privacy", mode="before")(_no_mapping)
    _lists = field_validator("channels", "paid_channels", "goals", "bonuses", mode="before")(_no_list)


class Retention(Section):
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

    vault_key: VaultKeys = Field(
        default=[], description="What seals tokens in the store: a long text, or a list, the present one first"
    )

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
NOT_INHERITED = frozenset({"sources", "measures", "goals", "bonuses"})
INHERITED = frozenset(ProjectKeys.model_fields) - NOT_INHERITED

_DAEMON_ONLY = TOP_KEYS - PROJECT_KEYS


def unknown_key(name: str, *, project: bool) -> tuple[str, str]:
    """Fault and remedy for a key that does not belong there."""
    if project and name in _DAEMON_ONLY:
        return "does not belong to a project", f"Move {name} to the top level."
    return "unknown key", suggestion(name, (PROJECT_KEYS if project else TOP_KEYS) | {"include"}, what="Keys")
