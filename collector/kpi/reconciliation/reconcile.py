"""Each check as of a day: the days that both sides share, what they were, what the rule says.

A check ends with the last day that all streams of both sides have completed, and begins where
all of them do. What was read is kept for as long as its streams do not change.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from collector.kpi.engine import Engine
from collector.kpi.memory import Memory
from collector.kpi.reconciliation.checks import Check, Side, checks
from collector.kpi.reconciliation.counts import counted
from collector.kpi.reconciliation.findings import Finding, MemberDrift
from collector.kpi.reconciliation.rule import LONGEST, REACH, judge
from collector.kpi.reconciliation.sides import SITE, Sides
from collector.kpi.supply import Feed


@dataclass(frozen=True)
class _Span:
    """The days of a check that both sides have (ordinals), or why there are none."""

    name: str
    first: int = 0
    last: int = -1
    lack: str | None = None


def reconcile(engine: Engine, memory: Memory | None = None) -> tuple[Finding, ...]:
    """What is to be said of each check of the engine's project, as of its reference day."""
    found = checks(engine)
    spans = {check.name: _span(engine, check) for check in found}
    return (*_of_days(engine, found, spans, memory), *counted(engine))


def _of_days(engine: Engine, found: list[Check], spans: dict[str, _Span], memory: Memory | None) -> tuple[Finding, ...]:
    known = [check for check in found if spans[check.name].lack is None]
    if not known:
        return tuple(Finding(check.name, lack=spans[check.name].lack) for check in found)
    lasts = [spans[check.name].last for check in known]
    sides = Sides(engine, min(lasts) - REACH + 1, max(lasts))
    sides.read(known, memory)
    return tuple(_finding(sides, check, spans[check.name]) for check in found)


def _finding(sides: Sides, check: Check, span: _Span) -> Finding:
    if span.lack is not None:
        return Finding(check.name, lack=span.lack)
    if sides.unrated and sides.engine.measures[check.a.measure].is_money:
        return Finding(check.name, lack="no_rate")
    first = max(span.first, span.last - REACH + 1)
    judged = judge(sides.whole(check, first, span.last), span.last)
    if judged.lack == "too_short":
        return Finding(check.name, lack=judged.lack)
    return Finding(
        check=check.name,
        first=date.fromordinal(span.last - LONGEST + 1),
        last=date.fromordinal(span.last),
        a=judged.a,
        b=judged.b,
        gap=judged.gap,
        lack=judged.lack,
        drifts=judged.drifts,
        members=_members(sides, check, first, span.last),
    )


def _members(sides: Sides, check: Check, first: int, last: int) -> tuple[MemberDrift, ...]:
    """The members that have come apart, those of the finest dimension first, with most at stake first."""
    found = [
        MemberDrift(dimension, member, sides.engine.figures.titles(dimension).get(member, member), drift)
        for dimension in check.members
        if dimension != SITE or _has_several_sites(check)
        for member, series in sides.members(check, dimension, first, last)
        if (drift := judge(series, last).alarm) is not None
    ]
    return tuple(sorted(found, key=lambda each: (check.members.index(each.dimension), -each.drift.at_stake)))


def _has_several_sites(check: Check) -> bool:
    return len({feed.source.site for feed in check.a.feeds}) > 1


# ── days ─────────────────────────────────────────────────────────────────────────────


def _span(engine: Engine, check: Check) -> _Span:
    feeds = [feed for side in (check.a, check.b) for feed in side.feeds if feed.lives_by(engine.reference)]
    begins = list(_beginnings(engine, check))
    through = [feed.through for feed in feeds]
    if not feeds or None in through or not all(feed.is_read for feed in feeds):
        return _Span(check.name, lack="no_data")
    end = engine.reference - timedelta(days=1) if engine.live else engine.reference
    last = min([end, *(day for day in through if day is not None)])
    doubted = [feed for feed in feeds if engine.live or feed.through is None or feed.through < engine.reference]
    if any(feed.freshness == "withdrawn" for feed in doubted):
        return _Span(check.name, lack="stale")
    if not all(feed.has_history for side in (check.a, check.b) if not side.states for feed in side.feeds):
        return _Span(check.name, lack="history_incomplete")
    first = max([last.toordinal() - REACH + 1, *(day.toordinal() for day in begins)])
    return _Span(check.name, first, last.toordinal())


def _beginnings(engine: Engine, check: Check) -> Iterator[date]:
    """The days before which a side was not yet there: what was zero then is no news."""
    for side in (check.a, check.b):
        days = [day for feed in side.feeds if (day := _begins(side, feed)) is not None]
        if not side.states:
            opens = engine.figures.opens(frozenset(engine.measures[side.measure].of))
            days += [] if opens is None else [opens]
        yield from days


def _begins(side: Side, feed: Feed) -> date | None:
    state = None if feed.state is None else feed.state
    known = None if state is None else state.first_day if side.states else state.kept_from
    days = [day for day in (known, feed.source.settings.active.from_) if day is not None]
    return max(days, default=None)
