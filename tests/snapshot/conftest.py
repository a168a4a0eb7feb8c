"""Scenes for snapshots: a shop in Moscow with two KPIs and one source."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from collector.kpi.values import Kpi, ProjectValues, Value
from collector.plugin.hookspecs import MetricFamily
from collector.polling.counters import DURATION_BOUNDS, Counts, Durations
from collector.snapshot.build import build
from collector.snapshot.inputs import (
    Access,
    ConnectorFacts,
    DaemonFacts,
    ProjectFacts,
    SnapshotInputs,
    SourceHealth,
    StreamHealth,
)
from collector.snapshot.snapshot import Snapshot
from collector.store.state import Freshness, StreamState

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Scene:
    """Everything that goes into a snapshot, easy to vary."""

    values: tuple[Value, ...] = ()
    kpis: tuple[Kpi, ...] = ()
    through: dict[str, date] = field(default_factory=dict)
    sources: tuple[SourceHealth, ...] = ()
    counts: Counts = field(default_factory=Counts)
    project: ProjectFacts = field(default_factory=lambda: ProjectFacts("shop", ZoneInfo("Europe/Moscow"), "ru"))
    daemon: DaemonFacts = field(
        default_factory=lambda: DaemonFacts(
            "1.2.3", (ConnectorFacts("csv", "1.2.3", "stable", "kpi-collector"),), True, NOW, 0.5, 4096
        )
    )
    now: datetime = NOW
    plugin_families: tuple[tuple[str, MetricFamily], ...] = ()

    @property
    def inputs(self) -> SnapshotInputs:
        return SnapshotInputs(
            now=self.now,
            projects=(self.project,),
            values=(ProjectValues(self.project.name, "RUB", self.kpis, self.values, self.through),),
            sources=self.sources,
            daemon=self.daemon,
            counts=self.counts,
            plugin_families=self.plugin_families,
        )

    def snapshot(self, previous: Snapshot | None = None) -> Snapshot:
        return build(previous, self.inputs, monotonic=iter([0.0, 0.25]).__next__)

    def text(self) -> str:
        return b"".join(self.snapshot().bodies["text"].plain).decode()

    def openmetrics(self) -> str:
        return b"".join(self.snapshot().bodies["openmetrics"].identity(b"# EOF\n")).decode()

    def lines(self, family: str) -> list[str]:
        """The samples of a family, as they stand in the text."""
        return [line for line in self.text().splitlines() if line.startswith((f"{family}{{", f"{family} "))]

    def but(self, **changes: Any) -> "Scene":
        return replace(self, **changes)


def _kpi(name: str, **more: Any) -> Kpi:
    given: dict[str, Any] = {
        "formula": name,
        "unit": "lead",
        "better": "up",
        "title": {"en": name.replace("_", " ").capitalize(), "ru": "Показатель"},
        "description": {"en": f"how many {name}"},
        "windows": ("7d", "30d"),
    }
    return Kpi(name=name, **(given | more))


def _value(kpi: str, amount: str | None, window: str = "30d", **more: Any) -> Value:
    given: dict[str, Any] = {
        "project": "shop",
        "first": date(2026, 10, 24),
        "last": date(2026, 11, 22),
        "value": None if amount is None else Decimal(amount),
        "unit": "lead",
    }
    return Value(kpi=kpi, window=window, **(given | more))


def _member(kpi: str, id_: str, amount: str | None, *, title: str | None = None, **more: Any) -> Value:
    return _value(kpi, amount, dimension=more.pop("dimension", "channel"), member=id_, title=title, **more)


def _stream(
    name: str, state: str = "done", *, source: str = "crm", freshness: Freshness = "fresh", **more: Any
) -> StreamHealth:
    given: dict[str, Any] = {
        "last_attempt": NOW,
        "last_success": NOW - timedelta(minutes=4),
        "last_duration_seconds": 1.5,
        "data_through": date(2026, 11, 22),
        "state": state,
    }
    found = StreamState("shop", source, name, "part", **(given | more))
    return StreamHealth(found, freshness, timedelta(minutes=15))


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.fixture
def kpi() -> Callable[..., Kpi]:
    return _kpi


@pytest.fixture
def value() -> Callable[..., Value]:
    return _value


@pytest.fixture
def member() -> Callable[..., Value]:
    return _member


@pytest.fixture
def stream() -> Callable[..., StreamHealth]:
    return _stream


@pytest.fixture
def full(scene: Scene) -> Scene:
    """One of everything that can be on /metrics."""
    counts = Counts(
        requests={("shop", "crm"): {"200": 3, "error": 1}},
        throttled_seconds={("shop", "crm"): 0.25},
        durations={"csv": _durations()},
    )
    kpis = (
        _kpi("leads", by=("channel",)),
        _kpi("revenue", unit="money"),
        _kpi("lead_to_deal", unit="ratio", group="conversion", label=("step", "lead_to_deal")),
        _kpi("sales_cycle", unit="second"),
    )
    values = (
        _value("leads", "12"),
        _member("leads", "a", "7", title='A "quoted" \\ title\nin two lines'),
        _member("leads", "b", "5", title="Прямые заходы"),
        _value("revenue", "1234567.89", currency="RUB", unit="money"),
        _value("lead_to_deal", "0.25", unit="ratio"),
        _value("sales_cycle", None, undefined="no_events", unit="second"),
        _value("sales_cycle", "300", "7d", unit="second", fresh=False),
    )
    return scene.but(
        kpis=kpis,
        values=values,
        through=dict.fromkeys(("leads", "revenue"), date(2026, 11, 22)),
        sources=(
            SourceHealth(
                "shop",
                "crm",
                "csv",
                (_stream("deals"), _stream("leads", "failed", reason="bad_file")),
                Access(needs_reauth=False, expires_at=NOW + timedelta(days=30)),
            ),
        ),
        counts=counts,
    )


def _durations() -> Durations:
    return Durations((0, 2, *([0] * (len(DURATION_BOUNDS) - 1))), 0.75)
