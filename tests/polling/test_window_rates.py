"""A window stream may yield rates: those of the days that it was asked for replace what was there."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

import pytest

from collector.plugin import Connector, ConnectorSettings, Rate, Window, stream
from collector.store.rates import rates
from tests.polling.bench import Bench


class Bank(Connector[ConnectorSettings]):
    """Sets a price a day, unless it is a holiday."""

    name = "bank"
    price: ClassVar[Decimal] = Decimal("83.1204")
    holidays: ClassVar[frozenset[int]] = frozenset()
    strays: ClassVar[bool] = False

    @stream(every="1h", restates="3d")
    async def prices(self, window: Window) -> AsyncIterator[Rate]:
        for day in window.days():
            if day.day not in self.holidays:
                yield Rate(day + timedelta(days=9 if self.strays else 0), "USD", "RUB", self.price)


def known(bench: Bench) -> dict[int, Decimal]:
    with bench.store.read() as tx:
        return {day.day: value for day, value in rates(tx, "default").by_pair.get(("USD", "RUB"), [])}


def test_rates_of_the_days_that_are_read_again_are_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(tmp_path, Bank, backfill="5d")
    assert bench.poll().records == 6
    assert known(bench) == dict.fromkeys(range(15, 21), Decimal("83.1204"))

    monkeypatch.setattr(Bank, "price", Decimal("0.0066521"))
    monkeypatch.setattr(Bank, "holidays", frozenset({19}))
    bench.turn()

    assert known(bench) == {
        **dict.fromkeys((15, 16), Decimal("83.1204")),
        **dict.fromkeys((17, 18, 20), Decimal("0.0066521")),
    }


def test_a_rate_of_another_day_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(tmp_path, Bank, backfill="5d")
    monkeypatch.setattr(Bank, "strays", True)

    report = bench.turn().report

    assert (report.reason, known(bench)) == ("bad_response", {})
    assert "expected days from 2026-11-17 to 2026-11-20" in (report.message or "")
