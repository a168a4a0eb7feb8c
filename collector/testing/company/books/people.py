"""Who the customers are, which leads count, which deals are sales (method, section 2).

The first step of the books of leads and deals; `channels` and the entries stand on it.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from collector.testing.company.entities import Customer, Deal, Lead
from collector.testing.company.terms import LEAD_DEDUP, REFUND_PIPELINES


@dataclass(slots=True)
class Counted:
    """A lead that counts, with the best state and the earliest answer of its duplicates."""

    lead: Lead
    is_qualified: bool
    is_converted: bool
    answered: int | None


class People:
    """Leads and deals as those of people."""

    def __init__(self, leads: Iterable[Lead], deals: Iterable[Deal], customers: Iterable[Customer]) -> None:
        self._links = {each.id: each for each in customers}
        self.leads = sorted(leads, key=lambda each: (each.created, each.id))
        self.deals = list(deals)
        self.wins: dict[str, list[Deal]] = defaultdict(list)
        for deal in sorted(filter(is_sale, self.deals), key=lambda each: (each.closed or 0, each.created, each.id)):
            if customer := self.customer(deal):
                self.wins[customer].append(deal)

    def customer(self, entity: Lead | Deal) -> str:
        """The company, else the contact's company, else the contact that all merges end at; empty: nobody."""
        if entity.company is not None:
            return f"company:{entity.company}"
        contact = entity.contact
        if contact is None:
            return ""
        while (link := self._links.get(contact)) and link.merged_into is not None:
            contact = link.merged_into
        return f"company:{link.company}" if link and link.company is not None else f"contact:{contact}"

    def counted(self) -> list[Counted]:
        """The leads that count: no junk, and of one customer's within a day the first."""
        found: list[Counted] = []
        last: dict[str, Counted] = {}
        for lead in self.leads:
            if lead.status == "junk":
                continue
            customer = self.customer(lead)
            before = last.get(customer) if customer else None
            if before and lead.created - before.lead.created < LEAD_DEDUP.total_seconds():
                before.is_qualified |= lead.ever_qualified
                before.is_converted |= lead.ever_converted
                before.answered = min(filter(None, (before.answered, lead.answered)), default=None)
                continue
            found.append(Counted(lead, lead.ever_qualified, lead.ever_converted, lead.answered))
            last[customer] = found[-1]
        return found


def is_refund(deal: Deal) -> bool:
    """Won, and negative or in a pipeline of refunds."""
    return deal.status == "won" and (deal.cents < 0 or deal.pipeline in REFUND_PIPELINES)


def is_sale(deal: Deal) -> bool:
    """Won, and no refund; one of nothing is a sale."""
    return deal.status == "won" and not is_refund(deal)
