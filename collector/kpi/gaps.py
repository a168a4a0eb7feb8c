"""How far a source's cuts disagree: a measure's break-downs beside the whole that it states itself.

Vendors estimate, withhold small rows and lump rare ones together, so the cuts of one
measure need not add up. The gap is told, never mended. method: docs/metrics.md.
"""

from decimal import Decimal

from collector.kpi.engine import Engine
from collector.kpi.formula import DIGITS
from collector.kpi.supply import Supply
from collector.kpi.windows import Days, trailing

WINDOW = "28d"
AT_LEAST = 30
"""Events in the window; of fewer a gap tells nothing."""


def cut_gaps(engine: Engine) -> dict[str, Decimal]:
    """By check (`cut_sessions_channel`): (whole - sum of the members) / the greater of the two, in 28 days."""
    found = {}
    for name, supply in engine.supplied.items():
        dimension = _other_cut(supply)
        through = min((feed.through for feed in supply.feeds if feed.through is not None), default=None)
        if dimension is None or through is None or supply.measure.aggregation != "sum":
            continue
        days = trailing(WINDOW, last=min(through, engine.reference))
        assert isinstance(days, Days)  # noqa: S101 - narrows a type
        gap = _gap(engine, supply, days, dimension)
        if gap is not None:
            found[f"cut_{name}_{dimension}"] = gap
    return found


def _other_cut(supply: Supply) -> str | None:
    """A dimension of a cut beside the whole that all sources state."""
    name = supply.measure.name
    cuts = [feed.stream.provides.get(name, ()) for feed in supply.feeds]
    if not all(() in each for each in cuts):
        return None
    shared = frozenset.intersection(*(frozenset(part for cut in each for part in cut) for each in cuts))
    return min(shared, default=None)


def _gap(engine: Engine, supply: Supply, days: Days, dimension: str) -> Decimal | None:
    figures = [engine.figures.of(supply.measure, window=WINDOW, days=days, by=by) for by in (None, dimension)]
    if any(figure.reason is not None or figure.refused for figure in figures):
        return None
    whole, parts = (sum(figure.by_member.values(), Decimal(0)) for figure in figures)
    greater = max(whole, parts)
    return DIGITS.divide(whole - parts, greater) if greater >= AT_LEAST else None
