"""What there is to a lead, a deal, a contact over all its life, and how it stands at an instant.

A life is told once, when it begins, with all that will ever happen in it; as of an instant only
what has happened by then is seen. So a later day adds to what an earlier one showed, and never
contradicts it. `story` makes lives up, `crm` shows them.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from collector.testing.company.entities import Customer, Deal, Gone, Lead, StageChange
from collector.testing.company.staff import DEAL_STAGES, LEAD_STAGES
from collector.testing.company.ways import Tags

Moves = tuple[tuple[int, ...], tuple[str, ...]]
"""When, and into which stages."""

_REACHED = frozenset({"qualified", "converted"})


def changes(entity: str, life: "LeadLife | DealLife", at: int) -> Iterator[StageChange]:
    """Its steps by an instant."""
    statuses = LEAD_STAGES if entity == "lead" else DEAL_STAGES
    for when, stage in zip(life.times, life.stages, strict=True):
        if when <= at:
            yield StageChange(entity, life.id, when, life.pipeline, stage, statuses[stage])


@dataclass(slots=True)
class ContactLife:
    """A person in the CRM; `company_since` and `merged_at` say when links were made."""

    id: int
    created: int
    company: int | None = None
    company_since: int = 0
    merged_into: int | None = None
    merged_at: int = 0

    def at(self, at: int) -> Customer:
        """As it stands."""
        company = self.company if self.company and self.company_since <= at else None
        merged = self.merged_into if self.merged_into and self.merged_at <= at else None
        known = [self.created, self.company_since if company else 0, self.merged_at if merged else 0]
        return Customer(self.id, self.created, max(known), company, merged)


@dataclass(slots=True)
class LeadLife:
    """A request from its creation to its end."""

    id: int
    created: int
    times: tuple[int, ...]
    stages: tuple[str, ...]
    contact: int | None
    company: int | None
    manager: int
    pipeline: int
    tags: Tags
    click: str
    crm_source: str
    loss_reason: str = ""
    answered: int | None = None
    deleted: int | None = None

    @property
    def last(self) -> int:
        """When the last thing happens to it."""
        return max(self.times[-1], self.answered or 0, self.deleted or 0)

    def at(self, at: int) -> Lead:
        """As it stands."""
        steps = bisect_right(self.times, at)
        when, stage = self.times[steps - 1], self.stages[steps - 1]
        answered = self.answered if self.answered is not None and self.answered <= at else None
        seen = _REACHED.intersection(self.stages[:steps])
        return Lead(
            id=self.id,
            created=self.created,
            updated=when if answered is None else max(when, answered),
            stage=stage,
            status=LEAD_STAGES[stage],
            loss_reason=self.loss_reason if stage == "lost" else "",
            ever_qualified=bool(seen),
            ever_converted="converted" in seen,
            contact=self.contact,
            company=self.company,
            manager=self.manager,
            pipeline=self.pipeline,
            tags=self.tags,
            click=self.click,
            crm_source=self.crm_source,
            answered=answered,
        )


@dataclass(slots=True)
class DealLife:
    """A deal from its creation on. `amounts`: when, how much, when, how much, …, in hundredths."""

    id: int
    created: int
    times: tuple[int, ...]
    stages: tuple[str, ...]
    amounts: tuple[int, ...]
    currency: str
    contact: int | None
    company: int | None
    manager: int
    pipeline: int
    tags: Tags
    click: str
    crm_source: str
    lead: int | None = None
    is_repeat: bool = False
    loss_reason: str = ""
    deleted: int | None = None

    @property
    def last(self) -> int:
        """When the last thing happens to it."""
        return max(self.times[-1], self.amounts[-2], self.deleted or 0)

    def at(self, at: int) -> Deal:
        """As it stands."""
        steps = bisect_right(self.times, at)
        when, stage = self.times[steps - 1], self.stages[steps - 1]
        status = DEAL_STAGES[stage]
        place = len(self.amounts) - 2
        while self.amounts[place] > at:
            place -= 2
        return Deal(
            id=self.id,
            created=self.created,
            updated=max(when, self.amounts[place]),
            closed=None if status == "open" else when,
            stage=stage,
            status=status,
            loss_reason=self.loss_reason if status == "lost" else "",
            cents=self.amounts[place + 1],
            currency=self.currency,
            contact=self.contact,
            company=self.company,
            lead=self.lead,
            is_repeat=self.is_repeat,
            manager=self.manager,
            pipeline=self.pipeline,
            tags=self.tags,
            click=self.click,
            crm_source=self.crm_source,
        )


@dataclass(slots=True)
class Life:
    """All that one customer-to-be will ever be in the CRM."""

    contacts: tuple[ContactLife, ...]
    leads: tuple[LeadLife, ...]
    deals: tuple[DealLife, ...]

    @property
    def last(self) -> int:
        """When the last thing happens in it."""
        ends = [each.last for each in self.leads]
        ends += [each.last for each in self.deals]
        ends += [max(each.company_since, each.merged_at) for each in self.contacts]
        return max(ends)

    def gone(self, at: int) -> Iterator[Gone]:
        """What was deleted of it by an instant."""
        for lead in self.leads:
            if lead.deleted is not None and lead.deleted <= at:
                yield Gone("lead", lead.id, lead.deleted)
        for deal in self.deals:
            if deal.deleted is not None and deal.deleted <= at:
                yield Gone("deal", deal.id, deal.deleted)
