"""A zero, a gap, a paused, a new and a late source: what each is, on /metrics, in `kpi show`, on the page."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import anyio
import httpx
import pytest

from collector.clock import SystemClock, day_of
from collector.daemon import set_up
from collector.kpi.history import Point
from collector.plugin.discovery import discover
from collector.polling.counters import Counts
from collector.settings.load import load
from collector.snapshot.build import build
from collector.snapshot.gather import gather
from collector.snapshot.history import Asked
from collector.snapshot.inputs import DaemonFacts
from collector.snapshot.snapshot import Snapshot
from collector.store import configured
from collector.store.connect import open_store
from collector.web.app import make_app
from tests.kpi.conftest import Business

Run = Callable[..., str]


@dataclass(frozen=True)
class Face:
    """The application needs no more of a daemon than this."""

    snapshot: Snapshot
    not_ready: None = None
    lifecycle: bool = False

    async def reload(self) -> None:
        raise AssertionError("nobody asked for it")

    async def history(self, asked: Asked) -> Sequence[Point]:
        raise AssertionError("nobody asked for it")


def snapshot(config_path: Path) -> Snapshot:
    plugins = discover()
    config = load(config_path, plugins=plugins, environ={}, clock=SystemClock())
    store = open_store(config.store)
    try:
        configured.apply(store, config)
        configured.keep_up(store, config)
        inputs = gather(
            store, set_up(config, plugins), counts=Counts(), daemon=DaemonFacts("1"), now=SystemClock().now()
        )
        return build(None, inputs)
    finally:
        store.close()


def page(shown: Snapshot) -> str:
    async def asked() -> str:
        transport = httpx.ASGITransport(app=make_app(Face(shown), route_prefix="/"))
        async with httpx.AsyncClient(transport=transport, base_url="http://shop.example") as client:
            return (await client.get("/?lang=en")).text

    return anyio.run(asked)


def metrics(shown: Snapshot, name: str, window: str) -> list[str]:
    text = b"".join(shown.bodies["text"].plain).decode()
    return [line for line in text.splitlines() if line.startswith(name + "{") and f'window="{window}"' in line]


def shown_value(config: Path, run: Run, kpi: str, window: str) -> tuple[str | None, str | None]:
    line = json.loads(run("--config", config, "kpi", "show", kpi, "--window", window, "--format", "json"))
    return line["value"], line["undefined"]


def day(ago: int) -> date:
    return day_of(SystemClock().now(), ZoneInfo("UTC")) - timedelta(days=ago)


def facts(*values: tuple[int, int]) -> str:
    return "day,spend\n" + "\n".join(f"{day(ago)},{value}" for ago, value in values)


# name → (settings of the source, its rows, window, value, reason)
SCENES = {
    "a true zero": ({}, [(90, 5), (1, 0)], "7d", "0", None),
    "a file that ends early shifts the window": ({}, [(90, 5), (10, 7)], "7d", "7", None),
    "a day between two rows is a zero": ({}, [(8, 5), (1, 7)], "7d", "7", None),
    "a paused account": ({"active": {"until": f"{day(3)}"}}, [(90, 5), (4, 9), (3, 2), (2, 50)], "7d", "11", None),
    "an account that is paused for long": ({"active": {"until": f"{day(30)}"}}, [(90, 5), (30, 9)], "7d", "0", None),
    "a source added last week": ({}, [(5, 5), (1, 7)], "30d", None, "too_short"),
    "a source whose life began last week": ({"active": {"from": f"{day(5)}"}}, [(5, 5), (1, 7)], "30d", "12", None),
}


@pytest.mark.parametrize("scene", SCENES)
def test_a_state_is_the_same_wherever_it_is_shown(scene: str, business: Business, kpi_collector: Run) -> None:
    settings, rows, window, value, reason = SCENES[scene]
    business.settings["kpis"] = ["spend"]
    business.facts("ads", facts(*rows), **settings)
    business.poll()
    shown = snapshot(business.config)

    assert shown_value(business.config, kpi_collector, "spend", window) == (value, reason)
    lines = metrics(shown, "marketing_spend", window)
    assert [float(line.split()[-1]) for line in lines] == ([] if value is None else [float(value)])
    undefined = [line for line in metrics(shown, "marketing_kpi_undefined", window) if 'kpi="spend"' in line]
    assert [f'reason="{reason}"' in line for line in undefined] == ([] if reason is None else [True])
    if reason is not None:
        assert "period too short so far" in page(shown)


def test_a_late_source_holds_back_the_window_unless_it_is_optional(business: Business, kpi_collector: Run) -> None:
    business.settings["kpis"] = ["spend"]
    business.facts("ads", facts((90, 1), (1, 10)))
    business.facts("late", facts((90, 1), (9, 100)))
    business.poll()
    assert shown_value(business.config, kpi_collector, "spend", "7d") == ("100", None)  # ends nine days ago

    business.sources["late"]["required"] = False
    shown = snapshot(business.config)
    assert shown_value(business.config, kpi_collector, "spend", "7d") == ("10", None)
    doubts = metrics(shown, "marketing_kpi_doubt", "7d")
    assert any('doubt="partial"' in line for line in doubts)


def test_a_source_that_was_never_read_is_told_everywhere(business: Business, kpi_collector: Run) -> None:
    business.settings["kpis"] = ["spend"]
    business.facts("ads", facts((5, 1)))
    shown = snapshot(business.config)

    assert shown_value(business.config, kpi_collector, "spend", "7d") == (None, "no_data")
    assert 'reason="no_data"' in metrics(shown, "marketing_kpi_undefined", "7d")[0]
    assert metrics(shown, "marketing_spend", "7d") == []
    assert "no data yet" in page(shown)


def test_cuts_that_disagree_are_told(business: Business) -> None:
    business.settings["kpis"] = ["traffic"]
    rows = f"day,channel,sessions\n{day(28)},,0\n{day(1)},,100\n{day(1)},Email,60\n{day(1)},Direct,30"
    business.facts("site", rows, cuts=[[], ["channel"]])
    business.poll()
    text = b"".join(snapshot(business.config).bodies["text"].plain).decode()

    assert 'marketing_reconciliation_gap_ratio{project="default",check="cut_sessions_channel"} 0.1' in text
