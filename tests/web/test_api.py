"""The JSON API and its CSV."""

import csv
import io
from collections.abc import Callable
from typing import Any

import httpx
import pytest

Ask = Callable[..., httpx.Response]


def _rows(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_a_value_has_the_keys_of_kpi_show_and_its_project(ask: Ask) -> None:
    assert ask("/api/v1/kpis?kpi=revenue").json() == [
        {
            "project": "shop",
            "kpi": "revenue",
            "window": "30d",
            "from": "2026-10-24",
            "through": "2026-11-22",
            "value": "1234567.89",
            "unit": "money",
            "currency": "RUB",
            "fresh": True,
            "undefined": None,
            "member": None,
        }
    ]


def test_a_breakdown_has_its_dimension_as_a_key_and_leaves_the_whole_out(ask: Ask) -> None:
    found = ask("/api/v1/kpis?by=channel").json()

    assert [(row["value"], row["channel"], row["member"]) for row in found] == [
        ("-5", "=cmd|' /C calc'!A0", "x"),
        ("7.50", "<script>alert(1)", "y"),
    ]


def test_what_is_undefined_is_null_with_its_reason(ask: Ask) -> None:
    assert [(row["value"], row["undefined"]) for row in ask("/api/v1/kpis?kpi=win_rate&window=all").json()] == [
        (None, "zero_denominator")
    ]


def test_values_are_chosen_by_project_and_window(ask: Ask) -> None:
    assert ask("/api/v1/kpis?project=club").json() == []
    assert {row["window"] for row in ask("/api/v1/kpis?window=30d").json()} == {"30d"}
    assert len(ask("/api/v1/kpis?window=30d&window=all").json()) == 4


@pytest.mark.parametrize("query", ["project=nobody", "kpi=nothing", "window=3d", "by=colour"])
def test_what_does_not_exist_is_said(ask: Ask, query: str) -> None:
    answer = ask(f"/api/v1/kpis?{query}")

    assert answer.status_code == 404
    assert answer.json()["error"].startswith(f"There is no {query.split('=')[0]} ")


@pytest.mark.parametrize("how", [{"path": "&format=csv"}, {"accept": "text/csv"}])
def test_csv_by_parameter_or_accept_and_no_formulas_in_it(ask: Ask, how: dict[str, str]) -> None:
    rows = _rows(ask("/api/v1/kpis?by=channel" + how.pop("path", ""), **how))

    assert [(row["channel"], row["value"], row["fresh"]) for row in rows] == [
        ("'=cmd|' /C calc'!A0", "-5", "true"),
        ("<script>alert(1)", "7.50", "true"),
    ]


def test_an_unknown_format_is_a_bad_request(ask: Ask) -> None:
    assert ask("/api/v1/kpis?format=xml").status_code == 400


def test_sources_are_told_stream_by_stream(ask: Ask) -> None:
    deals, leads = ask("/api/v1/sources").json()

    assert (deals["source"], deals["connector"], deals["stream"], deals["state"]) == ("crm", "csv", "deals", "done")
    assert (deals["last_success"], deals["data_through"]) == ("2026-11-23T09:26:00Z", "2026-11-22")
    assert (leads["up"], leads["state"], leads["freshness"], leads["reason"]) == (False, "failed", "held", "bad_file")
    assert len(_rows(ask("/api/v1/sources?format=csv"))) == 2
    assert ask("/api/v1/sources?project=club").json() == []


def test_before_the_first_snapshot_there_is_no_answer_yet(ask: Ask, daemon: Any) -> None:
    daemon.snapshot = None

    assert ask("/api/v1/kpis").status_code == 503
    assert ask("/api/v1/sources").json() == {"error": "Not ready: the first snapshot is not made yet."}


@pytest.mark.parametrize(("path", "schema"), [("/api/v1/kpis", "Value"), ("/api/v1/sources", "Source")])
def test_openapi_describes_what_is_answered(ask: Ask, path: str, schema: str) -> None:
    document = ask("/api/v1/openapi.json").json()
    described = document["components"]["schemas"][schema]["properties"]

    assert path in document["paths"]
    assert all(set(row) == set(described) for row in ask(path).json())


def test_openapi_describes_what_a_history_answers(ask: Ask) -> None:
    document = ask("/api/v1/openapi.json").json()
    described = document["components"]["schemas"]["Point"]

    (row,) = ask("/api/v1/kpis/revenue/history").json()
    assert set(row) == set(described["properties"]) == set(described["required"])


def test_openapi_tells_each_refusal(ask: Ask) -> None:
    told = ask("/api/v1/openapi.json").json()["paths"]["/api/v1/kpis"]["get"]["responses"]

    assert str(ask("/api/v1/kpis?format=xml").status_code) in told
    assert str(ask("/api/v1/kpis?kpi=nothing").status_code) in told
