"""Leads and deals as entries of measures (method, section 2).

Beside `facts` one of the two that `measures` is made of: an entry has a day, an amount and the
members of the dimensions that it counts for. `Ledger` holds one system's.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache

from tests.kpi.judge import hours, money
from tests.kpi.judge.channels import NOT_WEB
from tests.kpi.judge.evidence import Evidence
from tests.kpi.judge.people import Counted, People
from tests.kpi.judge.world import NOT_SET, Deal, Entity, World

ONE = Decimal(1)


def as_it_is(amount: Decimal) -> Decimal:
    return amount


@dataclass(frozen=True)
class Entry:
    """One amount of a measure, and what it is worth in the project's currency."""

    day: date
    amount: Decimal
    dimensions: Mapping[str, str]
    worth: Callable[[Decimal], Decimal] = as_it_is
    lacks_margin: bool = False


class Ledger:
    """The entries of one system."""

    def __init__(self, world: World, people: People) -> None:
        self.world, self.people = world, people
        self.evidence = Evidence(world, people)
        self.dimensions = cache(self._dimensions)

    def _dimensions(self, entity: Entity) -> dict[str, str]:
        campaign = "" if entity.campaign.startswith("{") else entity.campaign
        told = {"manager": entity.manager, "pipeline": entity.pipeline, "region": entity.region, "campaign": campaign}
        return {
            **{name: member or NOT_SET for name, member in told.items()},
            "channel": self.evidence.channel(entity),
        }

    # ── leads ────────────────────────────────────────────────────────────────────────

    def of_leads(self, measure: str) -> Iterator[Entry]:
        """Each lead that counts, on the day of its creation."""
        for counted in self.people.counted:
            dimensions = self.dimensions(counted.lead)
            amounts = self._of_lead(counted, dimensions["channel"])
            if measure in amounts:
                yield Entry(self.world.day(counted.lead.created), Decimal(amounts[measure]), dimensions)

    def _of_lead(self, counted: Counted, channel: str) -> dict[str, int]:
        amounts = {
            "leads": 1,
            "web_leads": int(channel not in NOT_WEB),
            "qualified_leads": int(counted.qualified),
            "leads_converted": int(counted.converted),
            "leads_response_due": 1,  # the file is read long after its last lead was due
            "leads_answered_in_time": 0,
        }
        if counted.answered:
            took = hours.seconds(self.world, counted.lead.created, counted.answered)
            in_time = int(took <= 60 * self.world.target_minutes)
            amounts.update(response_seconds=took, leads_answered_in_time=in_time)
        return amounts

    # ── deals ────────────────────────────────────────────────────────────────────────

    def of_deals(self, measure: str, last: date) -> Iterator[Entry]:
        match measure:
            case "deals" | "deals_lost" | "pipeline_amount":
                yield from self._of_any_deal(measure, last)
            case "deals_won" | "seconds_to_win" | "revenue":
                yield from self._of_sales(measure)
            case "refunds":
                for closed, deal in self.people.refunds:
                    yield self._money(deal, closed, abs(deal.amount))
            case "gross_profit" | "customer_gross_profit":
                yield from self._of_profits(measure)
            case _:
                yield from self._of_first_wins(measure)

    def _of_any_deal(self, measure: str, last: date) -> Iterator[Entry]:
        """A deal is no refund; it is in the pipeline of the days from its creation to its close."""
        day = self.world.day
        for deal in self.people.deals:
            if self.people.is_refund(deal):
                continue
            if measure == "deals":
                yield Entry(day(deal.created), ONE, self.dimensions(deal))
            elif measure == "deals_lost":
                if deal.status == "lost" and deal.closed:
                    yield Entry(day(deal.closed), ONE, self.dimensions(deal))
            elif day(deal.created) <= last and (deal.closed is None or day(deal.closed) > last):
                yield self._money(deal, last, deal.amount)

    def _of_sales(self, measure: str) -> Iterator[Entry]:
        for closed, deal in self.people.sales:
            took = Decimal(int((closed - deal.created).total_seconds()))
            if measure == "revenue":
                yield self._money(deal, closed, deal.amount)
            else:
                amount = took if measure == "seconds_to_win" else ONE
                yield Entry(self.world.day(closed), amount, self.dimensions(deal))

    def _of_profits(self, measure: str) -> Iterator[Entry]:
        """Of sales, less that of refunds; of customers: cut by the deal that won them."""
        signed = [(closed, deal, deal.amount) for closed, deal in self.people.sales]
        signed += [(closed, deal, -abs(deal.amount)) for closed, deal in self.people.refunds]
        for closed, deal, amount in signed:
            customer = self.people.customer(deal)
            if measure == "gross_profit":
                yield self._money(deal, closed, amount, profit=True)
            elif customer:
                first = self.people.wins[customer][0][1]
                yield self._money(deal, closed, amount, profit=True, cut_by=first)

    def _of_first_wins(self, measure: str) -> Iterator[Entry]:
        for (closed, deal), *_ in self.people.wins.values():
            if measure == "new_customers":
                yield Entry(self.world.day(closed), ONE, self.dimensions(deal))
            else:
                yield self._money(deal, closed, deal.amount, profit=measure == "new_customer_gross_profit")

    def _money(
        self,
        deal: Deal,
        on: date | datetime,
        amount: Decimal,
        *,
        profit: bool = False,
        cut_by: Deal | None = None,
    ) -> Entry:
        day = self.world.day(on) if isinstance(on, datetime) else on
        margin = money.margin_of(self.world, deal) if profit else ONE

        def worth(amount: Decimal) -> Decimal:
            own = money.exchanged(self.world, amount, deal.currency, day)
            return money.revenue_of(self.world, own, day) * (margin or 0)

        return Entry(day, amount, self.dimensions(cut_by or deal), worth, lacks_margin=margin is None)
