"""Sample reports → exact facts, by the mapping table."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from collector.plugin import BadResponse, Fact, Member, Window
from connectors.yandex_direct import mapping, reports, tsv
from tests.connectors.yandex_direct.desk import NOW

SAMPLES = Path(__file__).parent / "samples"
BRAND, SPRING = "Поиск | бренд", 'РСЯ "весна"'


def read(name: str, *, columns: tuple[str, ...] = reports.FIELDS, **more: bool) -> list[tsv.Row]:
    text = (SAMPLES / name).read_bytes().decode()
    return list(tsv.rows(text, "POST reports", columns=columns, **more))


def facts(name: str, *, micros: bool = False) -> list[Fact]:
    return [fact for row in read(name) for fact in mapping.facts(row, "RUB", micros=micros)]


def of_row(day: str, id_: str, name: str, channel: str, shown: int, clicks: int, cost: str) -> list[Fact]:
    members = {
        "campaign": id_,
        "campaign_name": name,
        "default_channel": channel,
        "source_medium": "yandex / cpc",
    }
    return [
        Fact(date.fromisoformat(day), "spend", Decimal(cost), "RUB", members),
        Fact(date.fromisoformat(day), "impressions", Decimal(shown), None, members),
        Fact(date.fromisoformat(day), "clicks", Decimal(clicks), None, members),
    ]


EXPECTED = [
    *of_row("2026-03-01", "10002", BRAND, "Paid Search", 4102, 61, "1530.42"),
    *of_row("2026-03-01", "10007", SPRING, "Display", 51233, 118, "890.00"),
    *of_row("2026-03-02", "10002", BRAND, "Paid Search", 3998, 58, "1499.10"),
    *of_row("2026-03-02", "10007", SPRING, "Display", 49001, 0, "0.00"),
]


@pytest.mark.parametrize("name", ["direct_full.tsv", "direct_columns_only_header.tsv"])
def test_a_report_with_or_without_title_and_count(name: str) -> None:
    assert facts(name) == EXPECTED


def test_money_in_millionths() -> None:
    assert facts("direct_micros.tsv", micros=True) == EXPECTED


def test_a_day_that_is_not_over() -> None:
    assert facts("direct_partial_day.tsv") == of_row("2026-03-03", "10002", BRAND, "Paid Search", 410, 6, "160.02")


@pytest.mark.parametrize("name", ["direct_empty.tsv", "direct_empty_columns_only.tsv"])
def test_no_rows_are_a_complete_answer(name: str) -> None:
    assert read(name) == []


def test_dashes_are_no_value() -> None:
    (row,) = read("direct_dashes.tsv")

    assert row["AvgCpc"] == "--"
    assert list(mapping.facts(row, "RUB")) == EXPECTED[9:]
    without = {**row, "Cost": "--", "CampaignName": "--", "AdNetworkType": "--"}
    assert [fact.measure for fact in mapping.facts(without, "RUB")] == ["impressions", "clicks"]
    assert mapping.member(without) is None


def test_campaigns_are_known_by_id_and_called_by_name() -> None:
    assert mapping.member(read("direct_full.tsv")[0]) == Member("campaign", "10002", BRAND)


def test_the_request_is_the_samples() -> None:
    window = Window(date(2026, 3, 1), date(2026, 3, 2))
    report = reports.report_of(window, include_vat=True, now=NOW)
    sample = json.loads((SAMPLES / "direct_request.json").read_text(encoding="utf-8"))
    sample["params"]["ReportName"] = report.name

    assert reports.body(report, window, include_vat=True) == sample
    assert reports.body(report, window, include_vat=False)["params"]["IncludeVAT"] == "NO"


HEAD = "\t".join(reports.FIELDS) + "\n"
ROW = "2026-03-01\t7\tA\tSEARCH\t1\t1\t1.00\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "expected a report with the columns"),
        ("some text\n", "expected a report with the columns"),
        (HEAD + ROW + "Total rows: 2\n", "expected 2 rows, as the report says"),
        (HEAD + ROW + ROW[:12], "expected 7 cells in a row"),
        (HEAD + ROW, "expected the count of rows at the report's end"),
        (HEAD + "Total rows: 0\n" + ROW, "expected the end after the count"),
    ],
)
def test_half_a_report_is_none(text: str, told: str) -> None:
    with pytest.raises(BadResponse, match=told):
        list(tsv.rows(text, "POST reports", columns=reports.FIELDS, counted=True))


def test_names_may_have_tabs_and_lines_may_end_as_on_windows() -> None:
    text = (HEAD + ROW.replace("\tA\t", "\tA\tB | \u2028 «C»\t") + "Total rows: 1\n").replace("\n", "\r\n")

    (row,) = tsv.rows(text, "POST reports", columns=reports.FIELDS, counted=True)

    assert (row["CampaignName"], row["Cost"]) == ("A B | \u2028 «C»", "1.00")


@pytest.mark.parametrize(("column", "value"), [("Cost", "much"), ("Cost", "NaN"), ("Date", "today")])
def test_a_value_that_is_none_is_told(column: str, value: str) -> None:
    row = {**read("direct_full.tsv")[0], column: value}

    with pytest.raises(BadResponse):
        list(mapping.facts(row, "RUB"))
