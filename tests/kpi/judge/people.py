"""Who the customers are, which leads count, which deals are sales (method, section 2).

Between `world` (rows) and `measures`: the same rows seen as people. One `People` is one system.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from tests.kpi.judge.world import Crm, Deal, Entity, Lead, World

JUNK_STAGE, JUNK_REASON, QUALIFIED_STAGE = "SPAM", "bot", "SQL"


@dataclass(frozen=True)
class Counted:
    """A lead that counts, with the best of its duplicates."""

    lead: Lead
    qualified: bool
    converted: bool
    answered: datetime | None


class People:
    """One CRM's customers, leads and deals as they stand now."""

    def __init__(self, world: World, crm: Crm) -> None:
        self.world, self.crm = world, crm

    # ── customers ────────────────────────────────────────────────────────────────────

    def customer(self, entity: Entity) -> str:
        """The company, or the contact, that the CRM's links end at; empty: nobody."""
        found = entity.customer
        while link := self.crm.links.get(found):
            further = link.merged or link.parent
            if not further:
                break
            found = further
        return found

    # ── deals ────────────────────────────────────────────────────────────────────────

    @cached_property
    def deals(self) -> list[Deal]:
        """Of an id in several parts the greatest (updated, part); deleted ones are gone."""
        told = sorted(
            ((deal.updated, part, deal) for part, deals in self.crm.parts.items() for deal in deals),
            key=lambda each: each[:2],
        )
        return [deal for deal in {deal.id: deal for *_, deal in told}.values() if not deal.deleted]

    def is_refund(self, deal: Deal) -> bool:
        return deal.status == "won" and (deal.amount < 0 or deal.pipeline in self.world.refund_pipelines)

    @cached_property
    def sales(self) -> list[tuple[datetime, Deal]]:
        """Won deals that are no refunds, in the order of their wins."""
        won = [deal for deal in self.deals if deal.status == "won" and not self.is_refund(deal)]
        return sorted(((deal.closed, deal) for deal in won if deal.closed), key=lambda each: each[0])

    @cached_property
    def refunds(self) -> list[tuple[datetime, Deal]]:
        return [(deal.closed, deal) for deal in self.deals if self.is_refund(deal) and deal.closed]

    @cached_property
    def wins(self) -> dict[str, list[tuple[datetime, Deal]]]:
        """Each customer's sales, the first one first."""
        found: dict[str, list[tuple[datetime, Deal]]] = defaultdict(list)
        for closed, deal in self.sales:
            if customer := self.customer(deal):
                found[customer].append((closed, deal))
        return dict(found)

    def purchase_days(self, customer: str) -> set[date]:
        return {self.world.day(closed) for closed, _ in self.wins.get(customer, [])}

    # ── leads ────────────────────────────────────────────────────────────────────────

    @cached_property
    def leads(self) -> list[Lead]:
        """All that exist, junk and duplicates too, the oldest first."""
        return sorted((lead for lead in self.crm.leads or [] if not lead.deleted), key=lambda each: each.created)

    @cached_property
    def counted(self) -> list[Counted]:
        groups: list[list[Lead]] = []
        last: dict[str, list[Lead]] = {}
        for lead in self.leads:
            customer = self.customer(lead)
            if is_junk(lead):
                continue
            if customer in last and lead.created - last[customer][0].created < timedelta(hours=self.world.dedup_hours):
                last[customer].append(lead)
                continue
            groups.append([lead])
            if customer:
                last[customer] = groups[-1]
        return [_counted(group) for group in groups]


def is_junk(lead: Lead) -> bool:
    return lead.status == "junk" or lead.stage == JUNK_STAGE or lead.reason == JUNK_REASON


def _counted(group: Sequence[Lead]) -> Counted:
    converted = any(lead.status == "converted" or lead.ever_converted for lead in group)
    qualified = any(
        lead.status == "qualified" or lead.stage == QUALIFIED_STAGE or lead.ever_qualified for lead in group
    )
    return Counted(group[0], qualified or converted, converted, _earliest(lead.answered for lead in group))


def _earliest(instants: Iterable[datetime | None]) -> datetime | None:
    return min((each for each in instants if each), default=None)
