"""Days of 23 and 25 hours: each is closed when it ends, none is lost or doubled, in whatever zone the vendor is.

A day is closed in the project's zone. One that goes on where the vendor is is marked until it is
over there.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from collector.clock import FixedClock, end_of_day
from collector.plugin import Connector
from collector.store.streams import states
from collector.testing.conformance import bench as benches
from collector.testing.conformance import ground
from collector.testing.conformance.bench import Bench
from collector.testing.conformance.ground import grounds_of
from collector.testing.conformance.trial import Trial
from collector.testing.simulator import World
from connectors.cbr_rates.plugin import CbrRates
from connectors.google_analytics.plugin import GoogleAnalytics
from connectors.vk_ads.plugin import VkAds
from connectors.yandex_direct.plugin import YandexDirect
from connectors.yandex_metrica.plugin import YandexMetrica

SECOND = timedelta(seconds=1)
PARTIAL = 4
"""Among a fact's flags, as the store has them."""
HOURS = {
    ("Europe/Berlin", date(2026, 3, 29)): 23,
    ("Europe/Berlin", date(2026, 10, 25)): 25,
    ("America/New_York", date(2026, 3, 8)): 23,
    ("America/New_York", date(2026, 11, 1)): 25,
    ("Australia/Sydney", date(2026, 10, 4)): 23,
    ("Australia/Sydney", date(2026, 4, 5)): 25,
}
ANALYTICS = [GoogleAnalytics, YandexMetrica]
OF_MOSCOW = [YandexDirect, VkAds, CbrRates]


@pytest.fixture(autouse=True)
def no_users(monkeypatch: pytest.MonkeyPatch) -> None:
    """Users of 7 and 28 days are two requests a day, and close as visits do."""
    monkeypatch.setattr("connectors.yandex_metrica.plugin.SPANS", {})


@contextmanager
def scene(
    connector: type[Connector[Any]], folder: Path, *, at: datetime, zone: str, there: str | None = None
) -> Iterator[Bench]:
    """A project in a zone at an instant; `there`: the vendor's zone, if it may choose one."""
    folder.mkdir(exist_ok=True)
    clock = FixedClock(at)
    (plot,) = grounds_of(connector)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ground, "SMALL", World(seed=1, days=20, today=at.date()))
        patch.setattr(benches, "ZoneInfo", lambda _: ZoneInfo(zone))
        trial = Trial(connector, plot, folder)
        with plot.laid(folder, clock) as laid:
            if there is not None:
                laid.simulator.switches.zone = there  # type: ignore[union-attr]
            with trial.bench(laid, clock, {"backfill": "6d"}) as bench:
                yield bench


def poll(bench: Bench) -> None:
    reports = bench.poll_all()
    assert all(report.ok for report in reports), reports


def closed(bench: Bench) -> set[date | None]:
    """The last complete day of each stream."""
    with bench.store.read() as tx:
        return {state.data_through for state in states(tx).values()}


def partial(bench: Bench) -> set[date]:
    return {date.fromordinal(int(str(row[2]))) for row in bench.books()["facts"] if int(str(row[8])) & PARTIAL}


def days_with_data(bench: Bench) -> list[date]:
    books = bench.books()
    found = {row[2] for row in books["facts"]} | {row[3] for row in books["rates"]}
    return sorted(date.fromordinal(int(str(day))) for day in found)


@pytest.mark.parametrize(("zone", "day"), HOURS)
def test_the_days_are_of_23_and_25_hours(zone: str, day: date) -> None:
    begins = end_of_day(day - timedelta(days=1), ZoneInfo(zone))

    assert end_of_day(day, ZoneInfo(zone)) - begins == timedelta(hours=HOURS[zone, day])


FEW = {
    (GoogleAnalytics, "America/New_York", date(2026, 11, 1)), (YandexMetrica, "Europe/Berlin", date(2026, 3, 29)),
    (YandexDirect, "Europe/Berlin", date(2026, 3, 29)), (VkAds, "America/New_York", date(2026, 11, 1)),
    (CbrRates, "America/New_York", date(2026, 11, 1)),
}  # fmt: skip


@pytest.mark.parametrize(
    ("connector", "zone", "day"),
    [
        pytest.param(*each, marks=() if each in FEW else pytest.mark.soak)
        for connector in (*ANALYTICS, *OF_MOSCOW)
        for zone, day in HOURS
        for each in [(connector, zone, day)]
    ],
)
def test_a_day_is_closed_when_it_ends_and_none_is_lost_or_doubled(
    connector: type[Connector[Any]], zone: str, day: date, tmp_path: Path
) -> None:
    ends = end_of_day(day, ZoneInfo(zone))
    there = "America/Los_Angeles" if connector in ANALYTICS else None
    with scene(connector, tmp_path / "kept", at=ends - SECOND, zone=zone, there=there) as bench:
        poll(bench)
        assert closed(bench) == {day - timedelta(days=1)}

        bench.clock.advance(SECOND)
        poll(bench)
        assert closed(bench) == {day}

        bench.clock.advance(ends + timedelta(days=1, hours=12) - bench.clock.now())
        poll(bench)
        assert closed(bench) == {day + timedelta(days=1)}
        kept, days = bench.books(), days_with_data(bench)
    if connector is not CbrRates:  # a bank has days without rates
        assert days == [day + timedelta(days=back) for back in range(-6, 3)]
    with scene(connector, tmp_path / "fresh", at=ends - SECOND, zone=zone, there=there) as bench:
        bench.clock.advance(ends + timedelta(days=1, hours=12) - bench.clock.now())
        poll(bench)
        fresh = bench.books()
    first = (day - timedelta(days=2)).toordinal()  # the first one that both read at the last instant
    for name, at in (("facts", 2), ("rates", 3)):
        assert [row for row in kept[name] if int(str(row[at])) >= first] == [
            row for row in fresh[name] if int(str(row[at])) >= first
        ]


@pytest.mark.parametrize(
    ("connector", "zone", "there", "day"),
    [
        (GoogleAnalytics, "Europe/Berlin", "America/New_York", date(2026, 10, 25)),
        (GoogleAnalytics, "Europe/Berlin", "America/New_York", date(2026, 11, 1)),
        (YandexMetrica, "Australia/Sydney", "Europe/Berlin", date(2026, 3, 29)),
        (YandexMetrica, "Europe/Berlin", "America/New_York", date(2026, 3, 8)),
        (YandexDirect, "Australia/Sydney", "Europe/Moscow", date(2026, 10, 4)),
        (VkAds, "Australia/Sydney", "Europe/Moscow", date(2026, 4, 5)),
    ],
)
def test_a_day_that_goes_on_where_the_vendor_is_is_marked_until_it_is_over_there(
    connector: type[Connector[Any]], zone: str, there: str, day: date, tmp_path: Path
) -> None:
    ends = end_of_day(day, ZoneInfo(zone))
    with scene(connector, tmp_path, at=ends, zone=zone, there=there if connector in ANALYTICS else None) as bench:
        for instant, expected in (
            (ends, True),
            (end_of_day(day, ZoneInfo(there)) - SECOND, True),
            (end_of_day(day, ZoneInfo(there)) + LAG.get(connector, timedelta(0)), False),
        ):
            bench.clock.advance(instant - bench.clock.now())
            poll(bench)
            assert (day in partial(bench), closed(bench)) == (expected, {day}), instant
            assert day - timedelta(days=1) not in partial(bench)


LAG: dict[type[Connector[Any]], timedelta] = {YandexMetrica: timedelta(hours=1)}
"""How far behind the vendor says that it is."""
