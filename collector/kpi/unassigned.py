"""How much of each measure no channel could be found for."""

from decimal import Decimal

from collector.kpi.engine import Engine
from collector.kpi.windows import Days, trailing
from collector.vocabulary.channels import UNASSIGNED

WINDOW = "28d"
"""The days that the share is of, ended with the measure's last complete one."""


def unassigned_shares(engine: Engine) -> dict[str, Decimal]:
    """By measure, the share of `Unassigned` among all channels; none where there is nothing to share."""
    found = {}
    for name, supply in engine.supplied.items():
        if "channel" not in supply.dimensions or not supply.is_summed:
            continue
        through = min((feed.through for feed in supply.feeds if feed.through is not None), default=None)
        if through is None:
            continue
        days = trailing(WINDOW, last=min(through, engine.reference))
        assert isinstance(days, Days)  # noqa: S101 - narrows a type
        figure = engine.figures.of(supply.measure, window=WINDOW, days=days, by="channel")
        whole = sum((abs(value) for value in figure.by_member.values()), Decimal(0))
        if figure.reason is None and not figure.refused and whole:
            found[name] = abs(figure.by_member.get(UNASSIGNED, Decimal(0))) / whole
    return found
