"""What exactly is missing where a KPI has no value: which measure, stream, day, currency.

Beside the way of the data, for explanations. The engine says the reason; this finds what
it is due to, in the figures and the streams that the engine used.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from collector.kpi.bounds import wanted_first
from collector.kpi.case import Case, names_of
from collector.kpi.figures import STATED_AT_MOST
from collector.kpi.formula import Name, NoConstant, Node, ZeroDenominator, constants, evaluate
from collector.kpi.inputs import RESPONSES, uncounted
from collector.kpi.meaning import given_window
from collector.kpi.supply import Feed, Supply, stored_dimensions
from collector.kpi.values import Undefined, Value
from collector.kpi.windows import Days
from collector.kpi.written import denominators, written
from collector.plugin.measure import Measure
from collector.store.configured import channel_rules
from collector.store.ledger import UNMARGINED, UNSTAGED

MOST_MEMBERS = 20
"""That are told by name."""

Told = str | int | date | timedelta | tuple[str, ...] | tuple[date, ...] | None


@dataclass(frozen=True)
class Lack:
    """One thing whose absence leaves a value undefined: `what` names a text, `facts` fill its places."""

    what: str
    facts: Mapping[str, Told]


def lacks(case: Case, value: Value) -> tuple[Lack, ...]:
    """All that is missing, each once, in the order of the reasons."""
    reasons = {*case.found.reasons, *([] if value.undefined is None else [value.undefined])}
    found = [lack for reason, find in _FINDERS.items() if reason in reasons for lack in find(case)]
    found += _unknown_member(case)
    return tuple({(each.what, str(each.facts)): each for each in found}.values())


def _unknown_member(case: Case) -> Iterator[Lack]:
    figures = case.found.figures.values()
    known = {member for figure in figures for member in figure.by_member if member is not None}
    if case.member is not None and figures and case.member not in known and case.found.undefined is None:
        yield _lack("no_member", dimension=case.by, member=case.member, members=tuple(sorted(known))[:MOST_MEMBERS])


def _lack(what: str, **facts: Told) -> Lack:
    return Lack(what, facts)


def _supplies(case: Case) -> Iterator[Supply]:
    known = case.engine.supplied
    return (known[name] for name in sorted(case.kpi.measures) if name in known)


def _required(case: Case) -> list[Feed]:
    return [feed for feed in case.engine.condition(case.kpi).feeds if feed.is_required(case.engine.reference)]


# ── sources ──────────────────────────────────────────────────────────────────────────


def _not_configured(case: Case) -> Iterator[Lack]:
    known = case.engine.supplied
    for name in sorted(case.kpi.measures - known.keys() - set(case.kpi.optional)):
        yield from _without_source(case, case.engine.measures[name])
    yield from _constants(case)
    yield from _without_stages(case)
    for supply in _supplies(case):
        if supply.measure.name not in case.kpi.optional:
            filters = {dimension for name, dimension in case.kpi.filters if name == supply.measure.name}
            for dimension in sorted({*filters, *([case.by] if case.by else [])}):
                yield from _without_dimension(case, supply, dimension)
            if case.by is not None and {case.by, *filters} <= supply.dimensions:
                for dimension in sorted(filters - {case.by}):
                    yield from _without_pair(case, supply, case.by, dimension)


def _constants(case: Case) -> Iterator[Lack]:
    """Those that have no value by the end of the window."""
    last = None if case.found.days is None else case.found.days.last
    for each in constants(case.kpi.expression) if case.kpi.expression and last else ():
        if each.on(last) is None:
            yield _lack("no_constant", constant=each.name, day=last)


def _without_stages(case: Case) -> Iterator[Lack]:
    """Who has deals for leads, and does not say at which stages one has become a deal."""
    for name, _, days in _with_reason(case, "not_configured"):
        rows = case.engine.figures.totals([UNSTAGED], days, None) if days else ()
        for source in sorted({row.owner for row in rows}):
            yield _lack("stages_unknown", measure=name.name, source=source)


def _without_source(case: Case, measure: Measure) -> Iterator[Lack]:
    yield _lack("no_source", measure=measure.name)
    for each in uncounted(case.engine, measure):
        yield _lack("pilot_only", measure=measure.name, source=each.source)
    leads = case.engine.supplied.get("leads")
    for source in sorted({feed.source.name for feed in leads.feeds} if leads else ()):
        if measure.name == "qualified_leads":
            yield _lack("qualified_unknown", measure=measure.name, source=source)
        elif measure.name in RESPONSES:
            yield _lack("responses_unknown", measure=measure.name, source=source)


def _without_dimension(case: Case, supply: Supply, dimension: str) -> Iterator[Lack]:
    project = case.engine.project
    by_campaign = channel_rules(project).uses_campaigns
    for feed in supply.feeds if dimension not in supply.dimensions else ():
        if dimension not in stored_dimensions(project, supply.measure, feed, by_campaign=by_campaign):
            yield _lack("no_dimension", measure=supply.measure.name, dimension=dimension, stream=feed.name)


def _without_pair(case: Case, supply: Supply, by: str, of: str) -> Iterator[Lack]:
    """The streams that give a measure by both dimensions, but not at once."""
    for feed in supply.feeds:
        if not case.engine.pairing.is_told(supply, feed, by, of):
            yield _lack("no_pair", measure=supply.measure.name, dimension=by, filter=of, stream=feed.name)


# ── streams ──────────────────────────────────────────────────────────────────────────


def _history_incomplete(case: Case) -> Iterator[Lack]:
    for supply in _supplies(case):
        for feed in supply.feeds:
            if not feed.states(supply.measure) and not feed.has_history and feed.is_required(case.engine.reference):
                yield _lack("history_incomplete", stream=feed.name)


def _no_data(case: Case) -> Iterator[Lack]:
    feeds = _required(case) or case.engine.condition(case.kpi).feeds
    for feed in feeds:
        if not feed.is_read:
            yield _lack("never_read", stream=feed.name, message=feed.state.message if feed.state else None)
        elif feed.through is None:
            yield _lack("no_complete_day", stream=feed.name)
    for name in names_of(case):
        figure, days = case.found.figures[name], case.days(name)
        if figure.reason == "no_data" and days is not None:
            yield _lack("not_stated", measure=name.name, day=days.last, days=STATED_AT_MOST.days)


def _stale(case: Case) -> Iterator[Lack]:
    for feed in _required(case):
        if feed.freshness == "withdrawn" and feed.state is not None and feed.state.last_success is not None:
            yield _lack("silent", stream=feed.name, since=feed.state.last_success.date(), message=feed.state.message)


def _too_short(case: Case) -> Iterator[Lack]:
    engine, reach = case.engine, case.engine.condition(case.kpi).reach
    last = engine.last_day(case.kpi)
    for window, lag in sorted(
        {(name.window or case.window, name.lag) for name in names_of(case)} or {(case.window, 0)}
    ):
        if last is None:
            continue
        first = wanted_first(window, reference=engine.reference, last=last)
        needed = None if first is None else first - timedelta(days=lag)
        if needed is not None and reach.begins is not None and needed < reach.begins:
            for feed in _begins_last(case, reach.begins):
                yield _lack("begins_late", stream=feed.name, first=reach.begins, window=window, needed=needed)
        elif first is not None and last < first:
            yield _lack("not_begun", window=window, first=first, last=last)


def _begins_last(case: Case, day: date) -> Iterator[Feed]:
    for supply in _supplies(case):
        yield from (feed for feed in supply.feeds if feed.states(supply.measure) and feed.begins == day)


# ── figures ──────────────────────────────────────────────────────────────────────────


def _with_reason(case: Case, reason: Undefined) -> Iterator[tuple[Name, Supply, Days | None]]:
    for name in names_of(case):
        supply = case.supply(name)
        if supply is not None and reason in (case.found.figures[name].reason, case.found.figures[name].missing):
            yield name, supply, case.days(name)


def _no_rate(case: Case) -> Iterator[Lack]:
    figures, own = case.engine.figures, case.engine.project.currency
    for name, supply, days in _with_reason(case, "no_rate"):
        without: dict[tuple[str, str], set[date]] = {}
        for row, day in case.rows(name, supply, days) if days else ():
            if row.currency is not None and figures.counted(row, day) is None:
                without.setdefault((row.owner, row.currency), set()).add(day)
        for (owner, currency), missing in sorted(without.items()):
            told = {"measure": name.name, "source": owner, "currency": currency, "own": own}
            yield _lack("no_rate", **told, days=tuple(sorted(missing)))


def _no_margin(case: Case) -> Iterator[Lack]:
    margin = case.engine.project.margin
    for name, supply, days in _with_reason(case, "no_margin"):
        if days is None:
            continue
        for row in case.engine.figures.totals([UNMARGINED[name.name]], days, None):
            yield _lack("deals_without_margin", measure=supply.measure.name, source=row.owner, number=int(row.value))
        for dimension in margin.by:
            rows = case.engine.figures.totals([UNMARGINED[name.name]], days, dimension)
            members = tuple(sorted({row.member for row in rows if row.member is not None}))
            yield _lack("members_without_margin", dimension=dimension, members=members)
    if margin.default is None and not margin.by and margin.field is None:
        yield _lack("margin_unset")


def _not_additive(case: Case) -> Iterator[Lack]:
    for name, supply, days in _with_reason(case, "not_additive"):
        measure, window = supply.measure, name.window or case.window
        own, sources = given_window(measure), tuple(sorted(supply.owners))
        if name.where and case.by != name.where[0][0]:
            yield _lack("not_filtered", measure=measure.name, dimension=name.where[0][0])
        elif own is not None and own != window:
            yield _lack("own_window", measure=measure.name, window=own)
        elif own is None and days is not None and days.first != days.last:
            yield _lack("own_window", measure=measure.name, window="1d")
        elif len(sources) > 1:
            yield _lack("several_sources", measure=measure.name, sources=sources)
        else:
            yield _lack("no_exact_cut", measure=measure.name, source=sources[0])


def _no_events(case: Case) -> Iterator[Lack]:
    for name, _, _ in _with_reason(case, "no_events"):
        yield _lack("no_numbers", measure=name.name)


def _zero_denominator(case: Case) -> Iterator[Lack]:
    if case.kpi.expression is None or case.found.days is None:
        return
    for node in denominators(case.kpi.expression):
        if _value(case, node) == 0:
            yield _lack("zero", formula=written(node))


def _value(case: Case, node: Node) -> Decimal | None:
    """What a part of the formula comes to; None where that is told of its own."""
    on = None if case.found.days is None else case.found.days.last
    try:
        return evaluate(node, lambda name: case.number(name) or Decimal(0), on=on)
    except (ZeroDenominator, NoConstant):
        return None


_FINDERS: Mapping[Undefined, Callable[[Case], Iterator[Lack]]] = {
    "not_configured": _not_configured,
    "history_incomplete": _history_incomplete,
    "no_data": _no_data,
    "stale": _stale,
    "too_short": _too_short,
    "no_rate": _no_rate,
    "no_margin": _no_margin,
    "not_additive": _not_additive,
    "zero_denominator": _zero_denominator,
    "no_events": _no_events,
}
