"""Values of past days for the API: bounded in number and in time, and only of what there is."""

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from collector.cli import invoke
from collector.clock import SystemClock
from collector.daemon import set_up
from collector.kpi.history import BadStretch, Stretch
from collector.plugin.discovery import discover
from collector.settings.load import load
from collector.snapshot.gather import Setup
from collector.snapshot.history import Asked, NoSuchName, past
from collector.store.connect import Store, open_store

CONFIG = """
currency: EUR
store: sqlite:///c.db
kpis: [spend, sales]
sources:
  ads: {connector: csv, record: fact, path: ads.csv, columns: {day: day, channel: channel, spend: spend}}
projects:
  club:
    currency: USD
    kpis: [sales]
    sources:
      desk: {connector: csv, record: fact, path: ads.csv, columns: {day: day, spend: spend}}
"""
DAYS = Stretch(date(2026, 10, 1), date(2026, 10, 3))


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[tuple[Store, Setup]]:
    (tmp_path / "collector.yml").write_text(CONFIG)
    (tmp_path / "ads.csv").write_text(
        "day,channel,spend\n2026-10-01,Email,10\n2026-10-02,Display,5\n2026-10-03,Email,1\n"
    )
    quiet = SystemClock().now().timestamp() - 3600
    os.utime(tmp_path / "ads.csv", (quiet, quiet))
    assert invoke(["--config", str(tmp_path / "collector.yml"), "--log.level", "error", "poll", "--all"]) == 0
    plugins = discover()
    config = load(tmp_path / "collector.yml", plugins=plugins, environ={}, clock=SystemClock())
    store = open_store(config.store)
    yield store, set_up(config, plugins)
    store.close()


def asked(shop: tuple[Store, Setup], kpi: str, **more: Any) -> list[tuple[str, str, str]]:
    found = past(*shop, Asked(kpi, **more), now=SystemClock().now(), expired=lambda: False)
    return [(point.value.window, point.at.isoformat(), str(point.value.value)) for point in found]


def test_the_values_of_a_window_day_by_day(shop: tuple[Store, Setup]) -> None:
    assert asked(shop, "spend", stretch=DAYS, windows=("1d",)) == [
        ("1d", "2026-10-01", "10"),
        ("1d", "2026-10-02", "5"),
        ("1d", "2026-10-03", "1"),
    ]


def test_of_a_member(shop: tuple[Store, Setup]) -> None:
    found = asked(shop, "spend", stretch=DAYS, windows=("1d",), by="channel", member="Email")

    assert [value for _, _, value in found] == ["10", "0", "1"]


def test_without_a_window_all_of_the_kpis_own(shop: tuple[Store, Setup]) -> None:
    found = asked(shop, "spend", stretch=DAYS)

    assert [window for window, _, _ in found] == [each for each in ("7d", "30d", "90d", "mtd") for _ in range(3)]


def test_of_all_projects_that_show_it_unless_one_is_named(shop: tuple[Store, Setup]) -> None:
    found = past(*shop, Asked("sales", DAYS, ("1d",)), now=SystemClock().now(), expired=lambda: False)
    one = past(*shop, Asked("sales", DAYS, ("1d",), projects=("club",)), now=SystemClock().now(), expired=lambda: False)

    assert {point.value.project for point in found} == {"default", "club"}
    assert {point.value.project for point in one} == {"club"}


@pytest.mark.parametrize(
    ("kpi", "more", "fault"),
    [
        ("salse", {}, "There is no kpi 'salse'; there are: sales, spend."),
        ("spend", {"projects": ("clubb",)}, "There is no project 'clubb'; there are: club, default."),
        ("spend", {"projects": ("club",)}, "There is no kpi 'spend'; there are: sales, spend."),
        ("spend", {"windows": ("8d",)}, "There is no window '8d'"),
        ("spend", {"by": "colour", "member": "red"}, "There is no dimension 'colour'"),
    ],
)
def test_what_does_not_exist_is_told(shop: tuple[Store, Setup], kpi: str, more: dict[str, Any], fault: str) -> None:
    with pytest.raises(NoSuchName) as told:
        asked(shop, kpi, **more)

    assert str(told.value).startswith(fault)


@pytest.mark.parametrize("stretch", [Stretch(number=401), Stretch(number=101)])
def test_more_points_than_an_answer_holds_are_refused(shop: tuple[Store, Setup], stretch: Stretch) -> None:
    with pytest.raises(BadStretch, match="more than 400 points"):
        asked(shop, "spend", stretch=stretch)


def test_a_kpi_without_the_dimension_is_refused(shop: tuple[Store, Setup]) -> None:
    with pytest.raises(BadStretch, match="spend cannot be broken down by manager"):
        asked(shop, "spend", by="manager", member="ann")


def test_it_gives_up_when_nobody_waits_any_more(shop: tuple[Store, Setup]) -> None:
    waits = iter([False, True])

    with pytest.raises(TimeoutError):
        past(*shop, Asked("spend", DAYS, ("1d",)), now=SystemClock().now(), expired=lambda: next(waits))
