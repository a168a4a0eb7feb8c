"""Leads, deals and customers as they stand at an instant, in the company's own terms.

Made by `lead` and `deal`, whose lives hold all that will ever happen; read by the books, the
files and the simulators. Ids are whole numbers, instants seconds since 1970 (`*_at` gives them
as `datetime`), amounts of money hundredths.
"""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from collector.testing.company.calendar import moment
from collector.testing.company.ways import Tags


class Lead(NamedTuple):
    """A request, as the CRM has it; CRMs tell the pipeline of deals only, so no book cuts leads by it."""

    id: int
    created: int
    updated: int
    stage: str
    status: str
    loss_reason: str
    ever_qualified: bool
    ever_converted: bool
    contact: int | None
    company: int | None
    manager: int
    pipeline: int
    tags: Tags
    click: str
    crm_source: str
    answered: int | None

    @property
    def created_at(self) -> datetime:
        """When it came in."""
        return moment(self.created)

    @property
    def updated_at(self) -> datetime:
        """When the CRM last changed it."""
        return moment(self.updated)

    @property
    def answered_at(self) -> datetime | None:
        """When a person first answered."""
        return None if self.answered is None else moment(self.answered)


class Deal(NamedTuple):
    """A deal, as the CRM has it; `lead` is the request that it came of."""

    id: int
    created: int
    updated: int
    closed: int | None
    stage: str
    status: str
    loss_reason: str
    cents: int
    currency: str
    contact: int | None
    company: int | None
    lead: int | None
    is_repeat: bool
    manager: int
    pipeline: int
    tags: Tags
    click: str
    crm_source: str

    @property
    def amount(self) -> Decimal:
        """What it is worth, in its currency."""
        return Decimal(self.cents).scaleb(-2)

    @property
    def created_at(self) -> datetime:
        """When it was made."""
        return moment(self.created)

    @property
    def updated_at(self) -> datetime:
        """When the CRM last changed it, which is when somebody last did something about it."""
        return moment(self.updated)

    @property
    def closed_at(self) -> datetime | None:
        """When it came into the closed stage that it is in."""
        return None if self.closed is None else moment(self.closed)


class Customer(NamedTuple):
    """A contact, as the CRM has it: its company, or the contact that it was merged into."""

    id: int
    created: int
    updated: int
    company: int | None
    merged_into: int | None


class StageChange(NamedTuple):
    """A step of a lead or a deal; the first one is its creation."""

    entity: str
    id: int
    at: int
    pipeline: int
    stage: str
    status: str


class Gone(NamedTuple):
    """A lead or deal that somebody deleted."""

    entity: str
    id: int
    at: int
