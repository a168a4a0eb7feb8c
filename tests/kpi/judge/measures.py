"""A measure's figure for exactly a window, by member of a dimension (method, section 1).

Between `facts` and `entries` (what there is) and `truth` (the KPIs). A figure that does not
exist is the text of its reason.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from statistics import median

from tests.kpi.judge import money
from tests.kpi.judge.channels import is_paid
from tests.kpi.judge.entries import Entry, Ledger
from tests.kpi.judge.facts import GIVEN, STOCKS, FactBook
from tests.kpi.judge.people import People
from tests.kpi.judge.windows import Stream
from tests.kpi.judge.world import World

Figure = Decimal | str
Figures = dict[str | None, Figure]
Where = tuple[str, tuple[str, ...]] | None
OF_ANSWERS = {"leads_response_due", "leads_answered_in_time", "response_seconds"}
OF_LEADS = {"leads", "web_leads", "qualified_leads", "leads_converted", *OF_ANSWERS}
DISTINCT = {"active_customers", "returning_customers", "repeat_customers"}
PROFIT = {"gross_profit", "customer_gross_profit", "new_customer_gross_profit"}
OF_DEALS = {
    *("deals", "deals_won", "deals_lost", "revenue", "refunds", "seconds_to_win", "pipeline_amount"),
    *("new_customers", "new_customer_revenue", *PROFIT, *DISTINCT),
}
OF_POSTS = {"posts", "post_engagement", "post_views"}
MEDIAN = {"seconds_to_win", "response_seconds"}
DIMENSIONS = frozenset({"channel", "manager", "pipeline", "campaign", "region"})  # of leads and deals


class Books:
    """All measures of one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ledgers = [Ledger(world, People(world, crm)) for crm in world.crms]
        self.facts = FactBook(world)

    def streams(self, measure: str) -> list[Stream]:
        """The streams that give it; none: nobody does."""
        if measure in OF_LEADS:
            return [Stream(crm.leads_through) for crm in self.world.crms if crm.leads is not None]
        if measure in OF_DEALS:
            return [Stream(crm.deals_through) for crm in self.world.crms]
        if measure in OF_POSTS:
            return [] if self.world.posts is None else [Stream(self.world.posts_through)]
        return self.facts.streams(measure)

    def has(self, measure: str, dimension: str) -> bool:
        if measure in OF_LEADS | OF_DEALS:
            return dimension in DIMENSIONS
        return dimension == "network" if measure in OF_POSTS else self.facts.has(measure, dimension)

    def measure(self, name: str, window: str, days: tuple[date, date], by: str | None, where: Where) -> Figures:
        first, last = days
        if name in DISTINCT:
            return {member: Decimal(count) for member, count in self._distinct(name, days, by, where)}
        if name in GIVEN:
            return self.facts.given(name, window, last, by)
        amounts: dict[str | None, list[Figure]] = defaultdict(list)
        wanted = frozenset({*filter(None, [by]), *(where or ())[:1]})
        for entry in self._entries(name, last, wanted):
            if (last if name in STOCKS else first) <= entry.day <= last and self._fits(entry.dimensions, where):
                amounts[entry.dimensions[by] if by else None].append(_worth(entry))
        if name in MEDIAN:
            return {member: _median(found) for member, found in amounts.items()} or ({} if by else {None: "no_events"})
        if name in PROFIT and self.world.margin is None and not amounts and not by:
            return {None: "no_margin"}
        return {member: _sum(found) for member, found in amounts.items()}

    def _entries(self, name: str, last: date, wanted: frozenset[str]) -> Iterable[Entry]:
        if name in OF_LEADS:
            return (entry for ledger in self.ledgers for entry in ledger.of_leads(name))
        if name in OF_DEALS:
            return (entry for ledger in self.ledgers for entry in ledger.of_deals(name, last))
        return self._of_posts(name) if name in OF_POSTS else self.facts.entries(name, wanted)

    def _fits(self, dimensions: Mapping[str, str], where: Where) -> bool:
        if where is None:
            return True
        member, wanted = dimensions[where[0]], where[1]
        return member in wanted or (where[0] == "channel" and "paid" in wanted and is_paid(self.world, member))

    def _of_posts(self, name: str) -> Iterator[Entry]:
        """Of posts that still exist; engagement and views of those whose views are known."""
        for post in self.world.posts or []:
            reactions = sum(filter(None, (post.likes, post.comments, post.shares, post.saves)))
            amount = {"posts": 1, "post_engagement": reactions, "post_views": post.views or 0}[name]
            if not post.deleted and (name == "posts" or post.views is not None):
                yield Entry(self.world.day(post.published), Decimal(amount), {"network": post.network})

    def _distinct(
        self, name: str, days: tuple[date, date], by: str | None, where: Where
    ) -> Iterator[tuple[str | None, int]]:
        """Customers with a sale in the window: by channel that of the deal that won them, by all else each sale's."""
        members: dict[str | None, set[tuple[Ledger, str]]] = defaultdict(set)
        for ledger in self.ledgers:
            for customer, wins in ledger.people.wins.items():
                active = [deal for closed, deal in wins if days[0] <= self.world.day(closed) <= days[1]]
                if not active or not _counts(name, ledger.people.purchase_days(customer), days):
                    continue
                won_by = ledger.dimensions(wins[0][1])
                for deal in active:
                    dimensions = {**ledger.dimensions(deal), "channel": won_by["channel"]}
                    if self._fits(dimensions, where):
                        members[dimensions[by] if by else None].add((ledger, customer))
        yield from ((member, len(customers)) for member, customers in members.items())


def _counts(name: str, purchases: set[date], days: tuple[date, date]) -> bool:
    if name == "returning_customers":
        return min(purchases) < days[0]
    return name == "active_customers" or sum(day <= days[1] for day in purchases) > 1


def _worth(entry: Entry) -> Figure:
    try:
        worth = entry.worth(entry.amount) if entry.amount else Decimal(0)
    except money.NoRateError:
        return "no_rate"
    return "no_margin" if entry.lacks_margin else worth


def _sum(found: list[Figure]) -> Figure:
    reasons = [each for each in found if isinstance(each, str)]
    if reasons:
        return min(reasons, key=("no_rate", "no_margin").index)
    return sum((each for each in found if isinstance(each, Decimal)), Decimal(0))


def _median(found: list[Figure]) -> Decimal:
    return median(each for each in found if isinstance(each, Decimal))
