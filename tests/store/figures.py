"""All figures that can be asked of some days, for comparing: none of them may change."""

from datetime import date, timedelta

from collector.store.ledger import MEASURES, SAMPLED, STOCKS, UNMARGINED
from collector.store.measures import daily_values, distinct_customers, member_names, samples, window_totals
from tests.store.crm import Crm

DIMENSIONS = (None, "channel", "manager", "campaign", "pipeline")


def figures(crm: Crm, first: date, last: date) -> list[object]:
    """All that can be asked of these days."""
    found: list[object] = []
    names = [*MEASURES, *UNMARGINED.values()]
    flows = [name for name in names if name not in STOCKS]
    spans = [(first, first), (first, last), (first + timedelta(days=3), first + timedelta(days=20))]
    with crm.store.read() as tx:
        for by in DIMENSIONS:
            found += sorted(map(repr, daily_values(tx, "default", measures=flows, first=first, last=last, by=by)))
            for begin, end in spans:
                customers = distinct_customers(tx, "default", first=begin, last=end, by=by)
                found.append((begin, end, by, sorted(map(repr, customers.items()))))
                stocks = window_totals(tx, "default", measures=STOCKS, first=begin, last=end, by=by)
                found += sorted(repr(each) for each in stocks if each.value)
        for name in SAMPLED:
            sampled = samples(tx, "default", name, first, last)
            titles = member_names(tx, {number for each in sampled for number in each.members})
            found.append(sorted((each.value, [titles.get(n) for n in each.members]) for each in sampled))
    return found
