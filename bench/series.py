"""The same business series for both sides: 100 break-downs of four windows, up to 250 members each."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from prometheus_client import CollectorRegistry, Gauge

from collector.kpi.values import Kpi, ProjectValues, Value
from collector.snapshot.inputs import DaemonFacts, ProjectFacts, SnapshotInputs

FAMILIES = 100
WINDOWS = ("7d", "30d", "90d", "mtd")
PROJECT = "shop"
_FIRST, _LAST = date(2026, 11, 1), date(2026, 11, 7)


def kpis(count: int) -> tuple[Kpi, ...]:
    return tuple(
        Kpi(
            f"figure_{i}",
            "leads",
            "lead",
            "up",
            {"en": f"Figure {i}"},
            {"en": "leads of a kind"},
            WINDOWS,
            ("campaign",),
        )
        for i in range(count)
    )


def _shape(series: int) -> tuple[int, int]:
    """Families and members that make so many series."""
    families = min(FAMILIES, series // len(WINDOWS))
    return families, series // families // len(WINDOWS)


def values(series: int) -> tuple[Value, ...]:
    families, members = _shape(series)
    dice = random.Random(1)
    return tuple(
        Value(
            PROJECT,
            kpi.name,
            window,
            _FIRST,
            _LAST,
            Decimal(dice.randrange(10**7)) / 100,
            kpi.unit,
            dimension="campaign",
            member=f"id-{member}",
            title=f"Campaign number {member}",
        )
        for kpi in kpis(families)
        for window in WINDOWS
        for member in range(members)
    )


def inputs(found: tuple[Value, ...], *, series: int) -> SnapshotInputs:
    return SnapshotInputs(
        now=datetime(2026, 11, 8, tzinfo=UTC),
        projects=(ProjectFacts(PROJECT, ZoneInfo("Europe/Moscow")),),
        values=(ProjectValues(PROJECT, "RUB", kpis(_shape(series)[0]), found),),
        sources=(),
        daemon=DaemonFacts("bench"),
    )


def changed(found: tuple[Value, ...]) -> tuple[Value, ...]:
    """The same after a commit: one value in a hundred is another, all of them in a tenth of the families."""
    tenth = len(found) // 10
    return tuple(
        replace(value, value=(value.value or Decimal(0)) + 1) if i < tenth and i % 10 == 0 else value
        for i, value in enumerate(found)
    )


def as_registry(found: tuple[Value, ...]) -> CollectorRegistry:
    """The peer's own way to hold the same series."""
    registry = CollectorRegistry()
    gauges: dict[str, Gauge] = {}
    for name, value in _named(found):
        gauge = gauges.get(name)
        if gauge is None:
            gauge = gauges[name] = Gauge(name, "leads of a kind", ("project", "window", "campaign"), registry=registry)
        gauge.labels(value.project, value.window, value.title).set(float(value.value or 0))
    return registry


def _named(found: tuple[Value, ...]) -> Iterator[tuple[str, Value]]:
    for value in found:
        yield f"marketing_{value.kpi}_by_campaign", value
