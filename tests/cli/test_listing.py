"""Listings as table, JSON lines and CSV."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from collector.cli.listing import as_csv, as_table, plain, show


def test_a_table_is_aligned_and_numbers_stand_to_the_right() -> None:
    rows = [{"kpi": "cac", "value": Decimal("1.5")}, {"kpi": "new_customers", "value": 120}]

    assert as_table(rows, ["kpi", "value"]).splitlines() == [
        "KPI            VALUE",
        "cac              1.5",
        "new_customers    120",
    ]


def test_a_table_without_rows_is_its_header() -> None:
    assert as_table([], ["kpi", "data_through"]) == "KPI  DATA THROUGH\n"


def test_json_is_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    show([{"title": "Лиды", "value": Decimal("12")}, {"value": None}], columns=["value"], output="json")

    assert capsys.readouterr().out == '{"title": "Лиды", "value": "12"}\n{"value": null}\n'


@pytest.mark.parametrize("text", ["=1+1", "+7 900", "-x", "@sum", "\t=1", "\r=1"])
def test_csv_neutralises_what_a_spreadsheet_would_run(text: str) -> None:
    assert as_csv([{"title": text}], ["title"]).splitlines()[1].strip('"').startswith("'")


def test_csv_leaves_numbers_alone() -> None:
    assert as_csv([{"value": Decimal("-12.5"), "fresh": False}], ["value", "fresh"]) == "value,fresh\n-12.5,no\n"


@pytest.mark.parametrize(
    ("value", "means"),
    [
        (datetime(2026, 11, 2, 10, tzinfo=UTC), "2026-11-02T10:00:00Z"),
        (date(2026, 11, 2), "2026-11-02"),
        (Decimal("1E+3"), "1000"),
        (timedelta(minutes=2), 120.0),
        (("a", Decimal(1)), ["a", "1"]),
        ({"a": {"b": date(2026, 1, 1)}}, {"a": {"b": "2026-01-01"}}),
        (True, True),
    ],
)
def test_values_are_plain_in_json(value: object, means: object) -> None:
    assert plain(value) == means
