"""What a CRM uses at present is its own rate: a source of rates comes before it, for all days that it tells."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

import pytest

from collector.kpi.money import Exchange
from collector.plugin import Connector, ConnectorSettings, Instant, Rate, Window, stream
from tests.polling.bench import NOW, Bench

TODAY = NOW.date()


class Town(Connector[ConnectorSettings]):
    """A bank that sets no price on some days, and a shop whose own ones are too high."""

    name = "town"
    bank_is_open: ClassVar[bool] = True

    @stream(every="1h", restates="3d")
    async def bank(self, window: Window) -> AsyncIterator[Rate]:
        for day in window.days() if self.bank_is_open else ():
            if day < TODAY:
                yield Rate(day, "USD", "RUB", Decimal(80))

    @stream(every="1h")
    async def shop(self, now: Instant) -> AsyncIterator[Rate]:
        for back in range(2):
            yield Rate(now.date() - timedelta(days=back), "USD", "RUB", Decimal(99))


def prices(bench: Bench, *days: date) -> list[Decimal | None]:
    for name in ("bank", "shop"):
        assert bench.poll(name).ok
    with bench.store.read() as tx:
        return [Exchange(tx, bench.project).rate("USD", day) for day in days]


def test_a_source_of_rates_comes_before_what_a_system_uses_at_present(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Town, backfill="5d")

    assert prices(bench, TODAY - timedelta(days=1), TODAY) == [80, 80]


def test_without_one_that_is_better_than_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Town, "bank_is_open", False)
    bench = Bench(tmp_path, Town, backfill="5d")

    assert prices(bench, TODAY - timedelta(days=2), TODAY) == [None, 99]
