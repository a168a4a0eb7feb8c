"""The rows of the portal, as they are held; `fields` shows them, `telling` makes them of the company."""

from typing import NamedTuple

from collector.testing.company.ways import Tags

LEAD, DEAL, CONTACT, COMPANY = 1, 2, 3, 4
"""Types of entities."""


class LeadRow(NamedTuple):
    """A lead."""

    id: int
    created: int
    modified: int
    moved: int
    touched: int
    stage: str
    semantic: str
    contact: int | None
    company: int | None
    manager: int
    source: str
    tags: Tags
    click: str


class DealRow(NamedTuple):
    """A deal; a template of repeating ones says so."""

    id: int
    created: int
    modified: int
    moved: int
    touched: int
    stage: str
    semantic: str
    category: int
    cents: int
    currency: str
    contact: int | None
    company: int | None
    lead: int | None
    is_return: bool
    is_template: bool
    manager: int
    source: str
    tags: Tags
    click: str


class HistoryRow(NamedTuple):
    """A step of a lead or a deal: created (1), to a stage in between (2), to a last one (3)."""

    id: int
    type: int
    owner: int
    at: int
    category: int
    semantic: str
    stage: str


class ActivityRow(NamedTuple):
    """A call, letter, message or task; `bindings` are all entities that it belongs to, the owner among them."""

    id: int
    owner_type: int
    owner: int
    bindings: tuple[tuple[int, int], ...]
    type: int
    provider: str
    direction: int
    is_done: bool
    started: int
    manager: int


class ContactRow(NamedTuple):
    """A person."""

    id: int
    created: int
    modified: int
    company: int | None


class CompanyRow(NamedTuple):
    """A firm."""

    id: int
    created: int
    modified: int


Row = LeadRow | DealRow | HistoryRow | ActivityRow | ContactRow | CompanyRow
