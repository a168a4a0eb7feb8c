"""The CDNOW sample: our figures against those that plain Python finds in the raw file.

What stands above the line shares no code with the program.
"""

import csv
import json
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, localcontext
from pathlib import Path

import pytest

FILE = Path(__file__).parent / "cdnow" / "transactions.csv"


@dataclass(frozen=True)
class Order:
    customer: str
    day: date
    amount: Decimal


def orders() -> list[Order]:
    with FILE.open(newline="", encoding="utf-8") as file:
        return [
            Order(row["customer_id"], date.fromisoformat(row["date"]), Decimal(row["amount"]))
            for row in csv.DictReader(file)
        ]


def truth(known: list[Order], first: date, last: date) -> dict[str, Decimal | None]:
    """What the KPIs of the days from first to last must come out as, straight from the definitions."""
    inside = [order for order in known if first <= order.day <= last]
    debut: dict[str, date] = {}
    days: dict[str, set[date]] = {}
    for order in known:
        debut[order.customer] = min(debut.get(order.customer, order.day), order.day)
        if order.day <= last:
            days.setdefault(order.customer, set()).add(order.day)
    active = {order.customer for order in inside}
    new = {customer for customer, day in debut.items() if first <= day <= last}
    returning = {customer for customer in active if debut[customer] < first}
    repeat = {customer for customer in active if len(days[customer]) >= 2}
    revenue = sum((order.amount for order in inside), Decimal(0))
    return {
        "sales": Decimal(len(inside)),
        "revenue": revenue,
        "average_order_value": share(revenue, len(inside)),
        "new_customers": Decimal(len(new)),
        "active_customers": Decimal(len(active)),
        "returning_customers": Decimal(len(returning)),
        "returning_share": share(Decimal(len(returning)), len(active)),
        "repeat_purchase_rate": share(Decimal(len(repeat)), len(new)),
        "cltv_historical": share(revenue, len(new)),
    }


def share(above: Decimal, below: int) -> Decimal | None:
    with localcontext(prec=34):
        return above / below if below else None


def month_ends() -> list[date]:
    months = [(1997, month) for month in range(1, 13)] + [(1998, month) for month in range(1, 7)]
    return [date(year, month, monthrange(year, month)[1]) for year, month in months]


# ── the program ──────────────────────────────────────────────────────────────────────

CONFIG = f"""
currency: USD
timezone: America/New_York
store: sqlite:///store.db
margin: {{default: 1}}
sources:
  shop:
    connector: csv
    record: deal
    path: {FILE}
    columns: {{customer_id: customer_id, closed_at: date, amount: amount}}
    constants: {{status: won, currency: USD}}
"""

Shown = Callable[..., dict[str, dict[str, str | None]]]


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory, kpi_collector: Callable[..., str]) -> Path:
    path = tmp_path_factory.mktemp("cdnow") / "collector.yml"
    path.write_text(CONFIG)
    kpi_collector("--config", path, "poll", "--all")
    return path


@pytest.fixture(scope="module")
def show(config: Path, kpi_collector: Callable[..., str]) -> Shown:
    """By KPI, the line that `kpi show` prints for a day and window."""

    def shown(day: date, window: str) -> dict[str, dict[str, str | None]]:
        asked = ("--at", day.isoformat(), "--window", window, "--format", "json")
        lines = kpi_collector("--config", config, "kpi", "show", *asked).splitlines()
        return {line["kpi"]: line for line in map(json.loads, lines)}

    return shown


def assert_same(found: dict[str, dict[str, str | None]], first: date, last: date) -> None:
    for kpi, value in truth(orders(), first, last).items():
        line = found[kpi]
        assert (line["from"], line["through"]) == (first.isoformat(), last.isoformat())
        if value is None:
            assert (line["value"], line["undefined"]) == (None, "zero_denominator"), kpi
        else:
            assert line["value"] is not None, line
            assert abs(Decimal(line["value"]) - value) <= abs(value) * Decimal("1e-12"), (kpi, last)


@pytest.mark.parametrize("day", month_ends(), ids=str)
def test_each_month_comes_to_what_the_raw_file_says(show: Shown, day: date) -> None:
    assert_same(show(day, "mtd"), day.replace(day=1), day)


DAYS = [date(1997, 1, 1), date(1997, 3, 31), date(1997, 9, 17), date(1998, 2, 28), date(1998, 6, 30)]


@pytest.mark.parametrize("day", DAYS, ids=str)
@pytest.mark.parametrize("length", [1, 7, 28, 30, 90, 365])
def test_trailing_windows_come_to_what_the_raw_file_says(show: Shown, day: date, length: int) -> None:
    assert_same(show(day, f"{length}d"), day - timedelta(days=length - 1), day)


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_the_whole_history_comes_to_what_the_raw_file_says(show: Shown, day: date) -> None:
    assert_same(show(day, "all"), date(1997, 1, 1), day)


@pytest.mark.parametrize("day", DAYS, ids=str)
@pytest.mark.parametrize("window", ["wtd", "qtd", "ytd"])
def test_periods_to_date_come_to_what_the_raw_file_says(show: Shown, day: date, window: str) -> None:
    starts = {
        "wtd": day - timedelta(days=day.weekday()),
        "qtd": date(day.year, (day.month - 1) // 3 * 3 + 1, 1),
        "ytd": date(day.year, 1, 1),
    }

    assert_same(show(day, window), starts[window], day)


def test_figures_written_out(show: Shown) -> None:
    march = show(date(1997, 3, 31), "mtd")
    whole = show(date(1998, 6, 30), "all")

    assert march["sales"]["value"] == "1204"
    assert whole["sales"]["value"] == "6919"
    assert whole["new_customers"]["value"] == "2357"
    assert whole["revenue"]["value"] == "244091.94"


@pytest.mark.parametrize("day", month_ends(), ids=str)
def test_new_and_returning_customers_are_the_active_ones(show: Shown, day: date) -> None:
    found = show(day, "28d")
    new, active, returning = (
        Decimal(found[name]["value"] or 0) for name in ("new_customers", "active_customers", "returning_customers")
    )

    assert new + returning == active
