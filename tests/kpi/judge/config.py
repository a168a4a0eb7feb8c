"""The configuration of a world, but for the settings of its sources.

Used by `files`, which knows these, for the collector.yml beside the data.
"""

from collections.abc import Mapping
from typing import Any

from tests.kpi.judge.kpis import judged
from tests.kpi.judge.world import World


def configuration(world: World, sources: Mapping[str, Any]) -> dict[str, Any]:
    """What stands in the file; keys that a world does not need are left out."""
    optional = {
        "vat": _vat(world),
        "margin": _margin(world),
        "channels": [{key: value for key, value in vars(rule).items() if value} for rule in world.rules],
        "paid_channels": list(world.paid_channels),
        "attribution": world.attribution if world.attribution != "last" else None,
        "roi_customers": world.roi_customers if world.roi_customers != "new" else None,
        "measures": world.measures,
    }
    return {
        "currency": world.currency,
        "timezone": world.zone.key,
        "store": "sqlite:///store.db",
        "sources": dict(sources),
        "kpis": [{"name": name, **kpi.said} if kpi.said else name for name, kpi in judged(world).items()],
        **{key: value for key, value in optional.items() if value},
    }


def _vat(world: World) -> dict[str, Any] | None:
    vat = world.vat
    if vat is None:
        return None
    return {
        "payer": "yes" if vat.payer else "no",
        "rates": {day.isoformat(): float(rate) for day, rate in vat.rates.items()},
        **({"revenue": vat.revenue} if vat.payer else {}),
        "spend": {facts.name: facts.vat for facts in world.facts if facts.vat},
    }


def _margin(world: World) -> dict[str, Any] | None:
    if world.margin is None:
        return None
    by = {member: float(share) for member, share in world.margins.items()}
    return {"default": float(world.margin), "by": {world.margin_by: by}}
