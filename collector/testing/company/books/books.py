"""The company's own books: what every measure and every KPI must come out as.

Computed from the company's events by plain code that follows the method's texts and shares
nothing with the program that it judges. `lines` prints them.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, DivisionByZero, DivisionUndefined, InvalidOperation, localcontext

from collector.testing.company.books import of_deals, of_facts
from collector.testing.company.books.figures import DIMENSIONS, GIVEN, Figure, Figures, Key, Ledger
from collector.testing.company.books.kpis import KPIS, Kpi
from collector.testing.company.books.windows import first_day
from collector.testing.company.company import Company
from collector.testing.company.visits import MEASURES as VISITS

REASONS = ("too_short", "not_additive", "zero_denominator", "no_events")
OVERLAP = ("overlap",)


@dataclass(frozen=True)
class Outcome:
    """A KPI's days and its values by members; `undefined`: it has no window at all.

    `first` is None where the window begins with the first entity that there is.
    """

    undefined: str | None = None
    first: date | None = None
    last: date | None = None
    values: Figures = field(default_factory=dict)


class Books:
    """The books of a company as it stands; `polled`: the instant by which its CRM was read (default: now)."""

    def __init__(self, company: Company, *, polled: int | None = None) -> None:
        self.company = company
        self.ledger = Ledger(company, polled=polled)

    def begins(self, measure: str) -> date | None:
        """The first day that vendors' facts cover; entities have none."""
        if measure in of_facts.COSTS:
            return self.company.since.replace(day=1)
        is_fact = measure in (*VISITS, *of_facts.ADS, *of_facts.NETWORKS, *GIVEN, "followers")
        return self.company.since if is_fact else None

    # ── measures ─────────────────────────────────────────────────────────────────────

    def daily(self, by: Collection[str] = ()) -> Iterator[tuple[str, date, Key, Decimal]]:
        """Measure, day, members, amount, of each shown day; measures without one of the dimensions are left out."""
        first, last = self.company.since.toordinal(), self.company.yesterday.toordinal()
        for measure, dimensions in DIMENSIONS.items():
            if dimensions >= set(by):
                for day in range(first, last + 1):
                    window = GIVEN.get(measure, "1d")
                    for key, amount in self.ledger.figure(measure, window, day, day, tuple(by)).items():
                        if isinstance(amount, Decimal):
                            yield measure, date.fromordinal(day), key, amount

    # ── KPIs ─────────────────────────────────────────────────────────────────────────

    def kpi(self, name: str, window: str, at: date, by: Collection[str] = ()) -> Outcome:
        """One KPI of the catalogue for a window as of a day, by members of dimensions."""
        return self.value_of(KPIS[name], window, at, by)

    def value_of(self, kpi: Kpi, window: str, at: date, by: Collection[str] = ()) -> Outcome:
        """Any formula over measures, likewise."""
        last = min(at, self.company.yesterday)
        beginnings = [begins for term in kpi.terms if (begins := self.begins(term))]
        begins = max(beginnings, default=None)
        first = first_day(window, at, last) or begins
        if first is not None and (first > last or (begins and first < begins)):
            return Outcome("too_short")
        if any(not DIMENSIONS[term] >= set(by) for term in kpi.terms if term not in kpi.optional):
            return Outcome(None, first, last)
        return Outcome(None, first, last, self._values(kpi, window, first, last, tuple(by)))

    def _values(self, kpi: Kpi, window: str, first: date | None, last: date, by: Key) -> Figures:
        begins = first.toordinal() if first else 0
        figures = {
            term: self.ledger.figure(term, window, begins, last.toordinal(), by, paid=kpi.paid)
            for term in kpi.terms
            if DIMENSIONS[term] >= set(by)
        }
        members = {key for each in figures.values() for key in each} if by else {()}
        found: Figures = {}
        for key in sorted(members):
            value = _value(kpi, [figures.get(term, {}).get(key, Decimal(0)) for term in kpi.terms], has_member=bool(by))
            if value is not None:
                found[key] = value
        if len(by) == 1 and by != ("channel",) and len(kpi.terms) == 1 and kpi.terms[0] in of_deals.DISTINCT:
            whole = self._values(kpi, window, first, last, ())[()]
            found[OVERLAP] = _number(whole) - sum(map(_number, found.values()))
        return found


def _value(kpi: Kpi, inputs: list[Figure], *, has_member: bool) -> Figure | None:
    reasons = [each for each in inputs if isinstance(each, str)]
    if reasons:
        return min(reasons, key=REASONS.index)
    if has_member and kpi.is_cost and not inputs[0]:
        return None
    try:
        with localcontext(prec=40):
            return kpi.formula(*inputs)
    except (DivisionByZero, DivisionUndefined, InvalidOperation):
        return "zero_denominator"


def _number(figure: Figure) -> Decimal:
    return figure if isinstance(figure, Decimal) else Decimal(0)
