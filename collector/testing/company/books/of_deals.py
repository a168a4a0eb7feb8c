"""The books of deals: made, won, lost, given back, and what customers are worth (method, section 2)."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from collector.testing.company.books.channels import Channels
from collector.testing.company.books.entry import ONE, Entry, Members, Purchase
from collector.testing.company.books.money import Money, margin
from collector.testing.company.books.people import People, is_refund, is_sale
from collector.testing.company.calendar import day_of
from collector.testing.company.entities import Deal
from collector.testing.company.terms import IDLE_AFTER

FLOWS = (
    *("deals", "deals_won", "deals_lost", "seconds_to_win", "revenue", "refunds", "gross_profit"),
    *("customer_gross_profit", "new_customers", "new_customer_revenue", "new_customer_gross_profit"),
)
STOCKS = ("pipeline_amount", "pipeline_idle_amount")
DISTINCT = ("active_customers", "returning_customers", "repeat_customers")


@dataclass(frozen=True, slots=True)
class Stock:
    """An open deal's amount: in the pipeline from one day until the day before another; None: still."""

    measure: str
    enters: int
    leaves: int | None
    cents: int
    currency: str
    members: Members


class DealBook:
    """All that the deals come to."""

    def __init__(self, people: People, channels: Channels, money: Money) -> None:
        self._people, self._channels, self._money = people, channels, money
        self.entries: list[tuple[str, Entry]] = []
        self.stocks: list[Stock] = []
        self.purchases: list[Purchase] = []
        first = {customer: wins[0] for customer, wins in people.wins.items()}
        acquired = {customer: channels.members(deal) for customer, deal in first.items()}
        for deal in people.deals:
            customer = people.customer(deal)
            is_first = customer in first and first[customer] is deal
            self._write(deal, customer, acquired.get(customer), is_first=is_first)

    def _write(self, deal: Deal, customer: str, acquired: Members | None, *, is_first: bool) -> None:
        members = self._channels.members(deal)
        day = 0 if deal.closed is None else day_of(deal.closed)
        if not is_refund(deal):
            self._put("deals", day_of(deal.created), ONE, members)
            self.stocks += _stocks(deal, members)
        if deal.status == "lost":
            self._put("deals_lost", day, ONE, members)
        if deal.status != "won":
            return
        amount = self._money.sold(deal.cents, deal.currency, day)
        if is_refund(deal):
            amount = -abs(amount)
            self._put("refunds", day, -amount, members)
        else:
            self._put("deals_won", day, ONE, members)
            self._put("revenue", day, amount, members)
            self._put("seconds_to_win", day, Decimal((deal.closed or 0) - deal.created), members)
        profit = amount * margin(deal.pipeline)
        self._put("gross_profit", day, profit, members)
        if customer:
            self._put("customer_gross_profit", day, profit, acquired or members)
        if customer and acquired and is_sale(deal):
            self.purchases.append(Purchase(day, customer, members, acquired))
        if is_first:
            self._put("new_customers", day, ONE, members)
            self._put("new_customer_revenue", day, amount, members)
            self._put("new_customer_gross_profit", day, profit, members)

    def _put(self, measure: str, day: int, amount: Decimal, members: Members) -> None:
        self.entries.append((measure, Entry(day, amount, members)))

    def stock(self, measure: str, day: int) -> Iterator[Entry]:
        """What was in the pipeline at the end of a day, at that day's rates."""
        for each in self.stocks:
            if each.measure == measure and each.enters <= day and (each.leaves is None or day < each.leaves):
                yield Entry(day, self._money.sold(each.cents, each.currency, day), each.members)


def _stocks(deal: Deal, members: Members) -> Iterator[Stock]:
    created, closed = day_of(deal.created), None if deal.closed is None else day_of(deal.closed)
    yield Stock("pipeline_amount", created, closed, deal.cents, deal.currency, members)
    idle = day_of(deal.updated + int(IDLE_AFTER.total_seconds()))
    yield Stock("pipeline_idle_amount", idle, closed, deal.cents, deal.currency, members)
