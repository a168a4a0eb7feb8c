"""The books of deals: made, won, lost, given back, and what customers are worth (method, section 2)."""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

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
Written = Iterator[tuple[str, Entry]]
DISTINCT = ("active_customers", "returning_customers", "repeat_customers")


class Stock(NamedTuple):
    """An open deal's amount: in the pipeline from one day until the day before another; None: still."""

    measure: str
    enters: int
    leaves: int | None
    cents: int
    currency: str
    members: Members


class DealBook:
    """All that the deals come to; the pipeline and customers' purchases are kept in it."""

    def __init__(self, money: Money) -> None:
        self._money = money
        self._stocks: list[Stock] = []
        self.purchases: list[Purchase] = []

    def write(self, people: People, channels: Channels) -> Written:
        """Measure and entry of all that happened; what is open, and who bought, is kept."""
        first = {customer: wins[0] for customer, wins in people.wins.items()}
        acquired = {customer: channels.members(deal) for customer, deal in first.items()}
        for deal in people.deals:
            customer, members = people.customer(deal), channels.members(deal)
            if not is_refund(deal):
                yield "deals", Entry(day_of(deal.created), ONE, members)
                self._stocks += _stocks(deal, members)
            if deal.status == "lost" and deal.closed is not None:
                yield "deals_lost", Entry(day_of(deal.closed), ONE, members)
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
            yield "deals_won", Entry(day, ONE, members)
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
            yield "new_customers", Entry(day, ONE, members)
            yield "new_customer_revenue", Entry(day, amount, members)
            yield "new_customer_gross_profit", own

    def stock(self, measure: str, day: int) -> Iterator[Entry]:
        """What was in the pipeline at the end of a day, at that day's rates."""
        for each in self._stocks:
            if each.measure == measure and each.enters <= day and (each.leaves is None or day < each.leaves):
                yield Entry(day, self._money.sold(each.cents, each.currency, day), each.members)


def _stocks(deal: Deal, members: Members) -> Iterator[Stock]:
    created, closed = day_of(deal.created), None if deal.closed is None else day_of(deal.closed)
    yield Stock("pipeline_amount", created, closed, deal.cents, deal.currency, members)
    idle = day_of(deal.updated + int(IDLE_AFTER.total_seconds()))
    yield Stock("pipeline_idle_amount", idle, closed, deal.cents, deal.currency, members)
