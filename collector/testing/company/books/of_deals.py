"""The books of deals: made, won, lost, given back, and what customers are worth (method, section 2)."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from operator import attrgetter
from typing import NamedTuple

from collector.testing.company.books.channels import Channels
from collector.testing.company.books.entry import Entry, Members, Ones, Purchase
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
_SPAN = 16
Written = Iterator[tuple[str, Entry]]
DISTINCT = ("active_customers", "returning_customers", "repeat_customers")


class Stock(NamedTuple):
    """A deal's amount: in the pipeline from one day until the day before another, and idle from one on."""

    enters: int
    idle: int
    leaves: int
    cents: int
    currency: str
    members: Members


class DealBook:
    """All that the deals come to; the pipeline and customers' purchases are kept in it."""

    def __init__(self, money: Money, *, today: int) -> None:
        self._money = money
        self._ends = today + 1
        self._ones = Ones()
        self._stocks: dict[int, list[Stock]] = defaultdict(list)
        """By span of days, the deals that were open on some of them."""
        self.purchases: list[Purchase] = []

    def write(self, people: People, channels: Channels) -> Written:
        """Measure and entry of all that happened; what is open, and who bought, is kept."""
        first = {customer: wins[0] for customer, wins in people.wins.items()}
        acquired = {customer: channels.members(deal) for customer, deal in first.items()}
        for deal in people.deals:
            customer, members = people.customer(deal), channels.members(deal)
            if not is_refund(deal):
                yield "deals", self._ones.of(day_of(deal.created), members)
                self._keep(deal, members)
            if deal.status == "lost" and deal.closed is not None:
                yield "deals_lost", self._ones.of(day_of(deal.closed), members)
            if deal.status == "won" and deal.closed is not None:
                is_first = first.get(customer) is deal
                yield from self._of_win(deal, deal.closed, customer, members, acquired.get(customer), is_first=is_first)

    def _of_win(
        self, deal: Deal, closed: int, customer: str, members: Members, acquired: Members | None, *, is_first: bool
    ) -> Written:
        day = day_of(closed)
        amount = self._money.sold(deal.cents, deal.currency, day)
        if is_refund(deal):
            amount = -abs(amount)
            yield "refunds", Entry(day, -amount, members)
        else:
            yield "deals_won", self._ones.of(day, members)
            yield "revenue", Entry(day, amount, members)
            yield "seconds_to_win", Entry(day, Decimal(closed - deal.created), members)
        profit = amount * margin(deal.pipeline)
        own = Entry(day, profit, members)
        yield "gross_profit", own
        if customer:
            yield "customer_gross_profit", own if acquired is None else Entry(day, profit, acquired)
        if customer and acquired and is_sale(deal):
            self.purchases.append(Purchase(day, customer, members, acquired))
        if is_first:
            yield "new_customers", self._ones.of(day, members)
            yield "new_customer_revenue", Entry(day, amount, members)
            yield "new_customer_gross_profit", own

    def stock(self, measure: str, day: int) -> Iterator[Entry]:
        """What was in the pipeline at the end of a day, at that day's rates."""
        since = attrgetter("enters" if measure == "pipeline_amount" else "idle")
        for each in self._stocks[day // _SPAN]:
            if since(each) <= day < each.leaves:
                yield Entry(day, self._money.sold(each.cents, each.currency, day), each.members)

    def _keep(self, deal: Deal, members: Members) -> None:
        """A deal that is in the pipeline, or was."""
        idle = day_of(deal.updated + int(IDLE_AFTER.total_seconds()))
        leaves = self._ends if deal.closed is None else day_of(deal.closed)
        stock = Stock(day_of(deal.created), idle, leaves, deal.cents, deal.currency, members)
        for span in range(stock.enters // _SPAN, leaves // _SPAN + 1):
            self._stocks[span].append(stock)
