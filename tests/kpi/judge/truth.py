"""What a KPI must come out as: its days, its value by member, or the reason why there is none.

The judge's last word, made of `windows`, `measures` and `kpis`; `compare` holds the program's
against it.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, DivisionByZero, DivisionUndefined, InvalidOperation, localcontext

from tests.kpi.judge.kpis import SPENDING, Kpi, judged
from tests.kpi.judge.measures import DISTINCT, Books, Figure, Figures
from tests.kpi.judge.windows import beginning, first_day, last_day
from tests.kpi.judge.world import World

REASONS = ("not_configured", "too_short", "no_rate", "no_margin", "not_additive", "zero_denominator", "no_events")
Span = tuple[date, date]


@dataclass(frozen=True)
class Outcome:
    """`undefined`: there is no window at all. `members`: by None the whole; their reasons too."""

    undefined: str | None = None
    days: Span | None = None
    members: Figures = field(default_factory=dict)


class Truth:
    """All KPIs of one world."""

    def __init__(self, world: World) -> None:
        self.kpis, self.books = judged(world), Books(world)

    def outcome(self, name: str, window: str, reference: date, by: str | None = None) -> Outcome:
        kpi = self.kpis[name]
        terms = [term for term in kpi.terms if self.books.streams(kpi.measures[term])]
        if any(term not in terms and term not in kpi.optional for term in kpi.terms):
            return Outcome("not_configured")
        streams = [stream for term in terms for stream in self.books.streams(kpi.measures[term])]
        last = last_day(streams, reference)
        begins = beginning(streams, last) or date.min
        asked = first_day(window, reference, last) or begins
        spans = {}
        for term in terms:
            first = first_day(kpi.window(term, window), reference, last) or begins
            spans[term] = self._days(kpi, term, (first, last))
        if last < asked or None in spans.values():
            return Outcome("too_short")
        days = {term: span for term, span in spans.items() if span}
        members = {} if by and not self._can_be_cut(kpi, by) else self._members(kpi, days, window, by)
        return Outcome(None, (asked, last), members)

    def _days(self, kpi: Kpi, term: str, days: Span) -> Span | None:
        """The days that a term is taken over; None: its data do not reach as far back."""
        back = timedelta(days=kpi.lag if kpi.measures[term] in SPENDING else 0)
        first, last = days[0] if days[0] == date.min else days[0] - back, days[1] - back
        own = beginning(self.books.streams(kpi.measures[term]), last) or date.min
        return None if first < own or last < first else (first, last)

    def _can_be_cut(self, kpi: Kpi, by: str) -> bool:
        return all(self.books.has(kpi.measures[term], by) for term in kpi.terms if term not in kpi.optional)

    def _members(self, kpi: Kpi, days: dict[str, Span], window: str, by: str | None) -> Figures:
        figures: dict[str, Figures] = {}
        with localcontext(prec=40):
            for term, span in days.items():
                measure = kpi.measures[term]
                if by is None or self.books.has(measure, by):
                    figures[term] = self.books.measure(measure, kpi.window(term, window), span, by, kpi.where)
            members = {None} if by is None else {member for each in figures.values() for member in each}
            found = {member: self._value(kpi, figures, member) for member in members}
            if by and by != "channel" and kpi.is_plain and kpi.terms[0] in DISTINCT:
                whole = self._members(kpi, days, window, None).get(None)
                found["overlap"] = _number(whole) - sum(map(_number, found.values()))
        return {member: value for member, value in found.items() if value is not None}

    def _value(self, kpi: Kpi, figures: dict[str, Figures], member: str | None) -> Figure | None:
        inputs = [figures.get(term, {}).get(member, Decimal(0)) for term in kpi.terms]
        reasons = [each for each in inputs if isinstance(each, str)]
        if reasons:
            return min(reasons, key=REASONS.index)
        if member is not None and kpi.is_cost_per and not inputs[0]:
            return None  # a cost per something exists only where there were costs
        try:
            return kpi.formula(*inputs)
        except (DivisionByZero, DivisionUndefined, InvalidOperation):
            return "zero_denominator"


def _number(figure: Figure | None) -> Decimal:
    """A count of people, which always exists."""
    assert not isinstance(figure, str)
    return figure or Decimal(0)
