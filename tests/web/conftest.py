"""A shop with a snapshot, and clients that ask for it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import anyio
import httpx
import pytest

from collector.kpi.history import Point
from collector.kpi.values import Kpi, ProjectValues, Value
from collector.snapshot.build import build
from collector.snapshot.history import Asked
from collector.snapshot.inputs import DaemonFacts, ProjectFacts, SnapshotInputs, SourceHealth, StreamHealth
from collector.snapshot.snapshot import Snapshot
from collector.store.state import StreamState
from collector.web.app import make_app
from collector.web.state import ReloadRefused

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
FIRST, LAST = date(2026, 10, 24), date(2026, 11, 22)


@dataclass
class Daemon:
    """What the web sees of a daemon."""

    snapshot: Snapshot | None = None
    not_ready: str | None = None
    lifecycle: bool = True
    bad_config: str | None = None
    reloads: list[None] = field(default_factory=list)
    past: list[Point] = field(default_factory=list)
    asked_for: list[Asked] = field(default_factory=list)
    refused: Exception | None = None

    async def history(self, asked: Asked) -> list[Point]:
        if self.refused is not None:
            raise self.refused
        self.asked_for.append(asked)
        return self.past

    async def reload(self) -> None:
        if self.bad_config is not None:
            raise ReloadRefused(self.bad_config)
        self.reloads.append(None)


def _kpi(name: str, unit: str, en: str, ru: str, **more: Any) -> Kpi:
    described = {"en": f"about {name}", "ru": f"про {name}"}
    return Kpi(name, name, unit, "up", {"en": en, "ru": ru}, described, ("30d", "all"), **more)


def _value(kpi: str, unit: str, amount: str | None, **more: Any) -> Value:
    given: dict[str, Any] = {"window": "30d", "first": FIRST, "last": LAST}
    return Value("shop", kpi, unit=unit, value=None if amount is None else Decimal(amount), **(given | more))


def _inputs() -> SnapshotInputs:
    kpis = (
        _kpi("revenue", "money", "Revenue", "Выручка", by=("channel",)),
        _kpi("win_rate", "ratio", "Win rate", "Доля выигранных"),
        _kpi("traffic", "session", "Sessions", "Визиты"),
    )
    values = (
        _value("revenue", "money", "1234567.89", currency="RUB"),
        _value("revenue", "money", "-5", currency="RUB", dimension="channel", member="x", title="=cmd|' /C calc'!A0"),
        _value("revenue", "money", "7.50", currency="RUB", dimension="channel", member="y", title="<script>alert(1)"),
        _value("win_rate", "ratio", "0.3333333333333333", fresh=False),
        _value("win_rate", "ratio", None, window="all", undefined="zero_denominator"),
        _value("traffic", "session", None, first=None, last=None, undefined="not_configured"),
    )
    good = StreamState("shop", "crm", "deals", "part", NOW, NOW - timedelta(minutes=4), 1.5, LAST, FIRST, True, "done")
    message = "<b>leads.csv</b>:12, column 'amount': 'x' is no number"
    bad = replace(good, stream="leads", state="failed", reason="bad_file", message=message)
    late = replace(bad, last_success=NOW - timedelta(days=1))
    streams = (
        StreamHealth(good, "fresh", timedelta(minutes=15)),
        StreamHealth(late, "held", timedelta(minutes=15)),
    )
    return SnapshotInputs(
        now=NOW,
        projects=(
            ProjectFacts("shop", ZoneInfo("Europe/Moscow"), "ru"),
            ProjectFacts("club", ZoneInfo("Asia/Tokyo")),
        ),
        values=(
            ProjectValues("shop", "RUB", kpis, values, {"revenue": LAST, "win_rate": date(2026, 11, 20)}),
            ProjectValues("club", "JPY", (), ()),
        ),
        sources=(SourceHealth("shop", "crm", "csv", streams),),
        daemon=DaemonFacts("1.2.3", reloaded_at=NOW),
    )


@pytest.fixture(scope="session")
def inputs() -> SnapshotInputs:
    return _inputs()


@pytest.fixture
def daemon(inputs: SnapshotInputs) -> Daemon:
    past = [Point(LAST, _value("revenue", "money", "7.5", currency="RUB"))]
    return Daemon(build(None, inputs), past=past)


Ask = Callable[..., httpx.Response]


@pytest.fixture
def ask(daemon: Daemon) -> Ask:
    """One request to the application, without a socket."""

    def asked(path: str, *, method: str = "GET", prefix: str = "/", **headers: str) -> httpx.Response:
        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(app=make_app(daemon, route_prefix=prefix))
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            async with httpx.AsyncClient(transport=transport, base_url="http://shop.example") as client:
                client.headers["accept-encoding"] = "identity"
                return await client.request(method, path, headers=named)

        return anyio.run(once)

    return asked
