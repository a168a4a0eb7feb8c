"""What happened in a small business, and what its owner configured; nothing is computed here.

The first step of the judge: `invent` makes a `World` at random, `files` writes it down for the
program, `truth` says what the program must make of it. Instants are aware, days are those of
the project's zone, money is `Decimal` in the currency that stands beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

NOT_SET = "(not set)"
Life = tuple[date | None, date | None]


@dataclass(frozen=True, kw_only=True)
class Entity:
    """What leads and deals have in common."""

    id: str
    created: datetime
    customer: str = ""
    manager: str = ""
    pipeline: str = ""
    region: str = ""
    source: str = ""
    medium: str = ""
    campaign: str = ""
    click: str = ""  # which kind of click id it has
    lead_source: str = ""
    deleted: bool = False


@dataclass(frozen=True, kw_only=True)
class Lead(Entity):
    status: str
    stage: str = ""
    reason: str = ""
    answered: datetime | None = None
    ever_qualified: bool = False
    ever_converted: bool = False


@dataclass(frozen=True, kw_only=True)
class Deal(Entity):
    status: str
    amount: Decimal
    currency: str
    updated: datetime
    closed: datetime | None = None
    lead: str = ""
    is_repeat: bool | None = None


@dataclass(frozen=True)
class Link:
    """A customer's row: the company of a contact, or whom it was merged into."""

    parent: str = ""
    merged: str = ""


@dataclass(kw_only=True)
class Crm:
    """One system: deals in parts (files), leads, links between customers."""

    name: str
    parts: dict[str, list[Deal]]
    leads: list[Lead] | None = None
    links: dict[str, Link] = field(default_factory=dict)
    deals_through: date
    leads_through: date


@dataclass(frozen=True)
class Post:
    id: str
    network: str
    published: datetime
    likes: int | None
    comments: int | None
    shares: int | None
    saves: int | None
    views: int | None
    deleted: bool = False


@dataclass(frozen=True)
class Row:
    """A line of a file of facts; `cut` names the dimensions that it was told by."""

    day: date
    values: Mapping[str, Decimal]
    currency: str = ""
    cut: tuple[str, ...] = ()
    dimensions: Mapping[str, str] = field(default_factory=dict)


@dataclass(kw_only=True)
class Facts:
    """A source of facts and how it is configured."""

    name: str
    measures: tuple[str, ...]
    rows: list[Row]
    cuts: tuple[tuple[str, ...], ...] = ((),)
    constants: Mapping[str, str] = field(default_factory=dict)
    life: Life = (None, None)
    required: bool = True
    spread: bool = False
    vat: str = ""  # gross | net
    site: str = ""
    split: date | None = None  # the first day of a second file
    through: date | None = None  # complete by the file's time, not by its last row
    pilot: bool = False


@dataclass(frozen=True)
class Vat:
    payer: bool
    rates: Mapping[date, Decimal]
    revenue: str


@dataclass(frozen=True)
class Rule:
    """One of `channels:`; patterns with `*`, empty ones are left out."""

    channel: str
    source: str = ""
    medium: str = ""
    campaign: str = ""
    lead_source: str = ""


@dataclass(frozen=True)
class Hours:
    """Working hours from Monday to Friday, and the days on which nobody works."""

    opens: int
    closes: int
    country: str
    holidays: frozenset[date]


@dataclass(kw_only=True)
class World:
    """All that happened."""

    zone: ZoneInfo
    start: date
    length: int
    features: frozenset[str] = frozenset()
    currency: str = "EUR"
    crms: list[Crm] = field(default_factory=list)
    facts: list[Facts] = field(default_factory=list)
    posts: list[Post] | None = None
    posts_through: date = date.max
    rates: dict[date, Decimal] = field(default_factory=dict)  # of the foreign currency
    foreign: str = "USD"
    vat: Vat | None = None
    margin: Decimal | None = Decimal("0.4")
    margin_by: str = "pipeline"
    margins: dict[str, Decimal] = field(default_factory=lambda: {"B2B": Decimal("0.25")})  # by member of that
    rules: list[Rule] = field(default_factory=list)
    paid_channels: tuple[str, ...] = ()
    attribution: str = "last"
    roi_customers: str = "new"
    refund_pipelines: tuple[str, ...] = ("Returns",)
    dedup_hours: int = 24
    target_minutes: int = 15
    hours: Hours | None = None
    measures: dict[str, str] = field(default_factory=dict)  # the user's own: name → unit

    def day(self, instant: datetime) -> date:
        return instant.astimezone(self.zone).date()
