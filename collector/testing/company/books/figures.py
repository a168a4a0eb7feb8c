"""A measure's figure for exactly a window, by members of dimensions (method, section 1).

Between the entries and `books`. Sums and stocks are added up, medians and different customers are
counted for the window as a whole; a vendor's own figure is only its own window's.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from operator import attrgetter
from statistics import median

from collector.testing.company.books import of_deals, of_facts, of_leads
from collector.testing.company.books.channels import Channels, is_paid
from collector.testing.company.books.entry import Entry, Members
from collector.testing.company.books.money import Money
from collector.testing.company.books.people import People
from collector.testing.company.calendar import seconds
from collector.testing.company.company import Company
from collector.testing.company.garbage import uncollected
from collector.testing.company.visits import MEASURES as VISITS

Key = tuple[str, ...]
Figure = Decimal | str
"""An amount, or why there is none."""
Figures = dict[Key, Figure]

OF_CRM = frozenset({"channel", "campaign", "source_medium", "manager", "pipeline", "lead_source"})
MEDIANS = frozenset({"response_seconds", "seconds_to_win"})
GIVEN = {f"{what}_{days}d": f"{days}d" for what in ("users", "reach") for days in (1, 7, 28)}
DIMENSIONS: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(VISITS, frozenset({"channel", "campaign", "source_medium"})),
    **dict.fromkeys(of_facts.ADS, frozenset({"channel", "campaign", "source"})),
    **dict.fromkeys(of_facts.COSTS, frozenset()),
    **dict.fromkeys((*of_facts.NETWORKS, "followers", *of_facts.POSTS), frozenset({"network"})),
    **dict.fromkeys((*of_leads.MEASURES, *of_deals.FLOWS, *of_deals.STOCKS, *of_deals.DISTINCT), OF_CRM),
    **{measure: frozenset({"network"} if measure.startswith("reach") else ()) for measure in GIVEN},
}
"""Measure → the dimensions that it can be cut by; all measures of the books."""

MONEY = frozenset(
    {"web_revenue", "spend", *of_facts.COSTS, *of_deals.STOCKS, "revenue", "refunds", "gross_profit"}
    | {"customer_gross_profit", "new_customer_revenue", "new_customer_gross_profit"}
)


class Ledger:
    """All entries of one company, as it stands."""

    def __init__(self, company: Company, *, polled: int | None = None) -> None:
        self._company = company
        self._entries: dict[str, dict[int, list[Entry]]] = defaultdict(lambda: defaultdict(list))
        money = Money(company.rates())
        self._deals = of_deals.DealBook(money, today=company.today.toordinal())
        with uncollected():
            for measure, entry in self._written(money, seconds(company.now) if polled is None else polled):
                self._entries[measure][entry.day].append(entry)
        self._bought: dict[str, set[int]] = defaultdict(set)
        self._purchases = sorted(self._deals.purchases, key=attrgetter("day"))
        for each in self._purchases:
            self._bought[each.customer].add(each.day)

    def _written(self, money: Money, polled: int) -> Iterator[tuple[str, Entry]]:
        company = self._company
        yield from self._written_of_people(polled)
        yield from of_facts.entries_of_visits(company, money)
        yield from of_facts.entries_of_ads(company, money)
        yield from of_facts.entries_of_costs(company, money)
        yield from of_facts.entries_of_networks(company)
        yield from of_facts.entries_of_posts(company)

    def _written_of_people(self, polled: int) -> Iterator[tuple[str, Entry]]:
        people = People(self._company.leads(), self._company.deals(), self._company.customers())
        channels = Channels(people)
        yield from of_leads.entries_of_leads(people, channels, polled=polled)
        yield from self._deals.write(people, channels)

    def entries(self, measure: str, first: int, last: int) -> Iterator[Entry]:
        """What counts in a window: of a stock what stands at its end."""
        if measure in of_deals.STOCKS:
            yield from self._deals.stock(measure, last)
            return
        first = last if measure == "followers" else first
        days = self._entries[measure]
        for day in range(max(first, min(days, default=last)), last + 1):
            yield from days.get(day, ())

    def figure(self, measure: str, window: str, first: int, last: int, by: Key, *, paid: bool = False) -> Figures:
        """By members of `by`; where nothing happened there is no member, but a whole of 0."""
        if measure in GIVEN:
            return self._given(measure, window, last, by)
        if measure in of_deals.DISTINCT:
            found: Figures = {key: Decimal(count) for key, count in self._distinct(measure, first, last, by, paid)}
            return found if by else {(): Decimal(0), **found}
        groups: dict[Key, list[Decimal]] = defaultdict(list)
        for entry in self.entries(measure, first, last):
            if not paid or is_paid(entry.members["channel"]):
                groups[_key(entry.members, by)].append(entry.amount)
        if measure in MEDIANS:
            medians: Figures = {key: median(amounts) for key, amounts in groups.items()}
            return medians if by or medians else {(): "no_events"}
        sums: Figures = {key: sum(amounts, Decimal(0)) for key, amounts in groups.items()}
        return sums if by else {(): Decimal(0), **sums}

    def _distinct(self, measure: str, first: int, last: int, by: Key, paid: bool) -> Iterator[tuple[Key, int]]:
        """Different customers with a sale in the window; by channel each is where they were won."""
        counts = _COUNTS[measure]
        members: dict[Key, set[str]] = defaultdict(set)
        by_first = "channel" in by or paid
        begins, ends = (bisect_left(self._purchases, day, key=attrgetter("day")) for day in (first, last + 1))
        for each in self._purchases[begins:ends]:
            if counts(self._bought[each.customer], first, last):
                own = each.acquired if by_first else each.members
                if not paid or is_paid(own["channel"]):
                    members[_key(own, by)].add(each.customer)
        yield from ((key, len(customers)) for key, customers in members.items())

    def _given(self, measure: str, window: str, last: int, by: Key) -> Figures:
        """A vendor's own: of its own window; networks never add up."""
        day = date.fromordinal(last)
        told: list[tuple[Key, int]] = [((), getattr(each, measure, 0)) for each in self._company.users(day, day)]
        if measure.startswith("reach"):
            networks = self._company.followers(day, day)
            told = [(_key({"network": each.network}, by), getattr(each, measure)) for each in networks]
        found: Figures = {}
        for key, count in told:
            is_own = window == GIVEN[measure] and key not in found
            found[key] = Decimal(count) if is_own else "not_additive"
        return found


def _key(members: Members, by: Iterable[str]) -> Key:
    return tuple(members[dimension] for dimension in by)


def _bought_before(days: set[int], first: int, _last: int) -> bool:
    return min(days) < first


def _bought_twice(days: set[int], _first: int, last: int) -> bool:
    return sum(day <= last for day in days) > 1


def _bought(_days: set[int], _first: int, _last: int) -> bool:
    return True


_COUNTS: Mapping[str, Callable[[set[int], int, int], bool]] = {
    "active_customers": _bought,
    "returning_customers": _bought_before,
    "repeat_customers": _bought_twice,
}
