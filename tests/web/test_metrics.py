"""/metrics: negotiation, selection, and what it says before the first snapshot."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

Ask = Callable[..., httpx.Response]
TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
PROMETHEUS = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def _names(told: str, read: Any) -> set[str]:
    return {sample.name for family in read(told) for sample in family.samples}


@pytest.mark.parametrize(
    ("accept", "type_"),
    [
        (PROMETHEUS, OPENMETRICS),
        ("application/openmetrics-text", OPENMETRICS),
        ("application/openmetrics-text;q=0.5,text/plain;q=0.5", OPENMETRICS),
        ("application/openmetrics-text; version=1.0.0; q=0.4, text/plain; q=0.5", TEXT),
        ("application/openmetrics-text;q=0", TEXT),
        ("application/openmetrics-text;version=2.0.0", TEXT),
        ("application/openmetrics-text;q=nonsense", TEXT),
        (BROWSER, TEXT),
        ("*/*", TEXT),
        ("application/json", TEXT),
        ("", TEXT),
    ],
)
def test_the_format_is_the_one_that_the_client_likes_best(ask: Ask, accept: str, type_: str) -> None:
    assert ask("/metrics", accept=accept).headers["content-type"] == type_


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("gzip", True),
        ("gzip, deflate, br", True),
        ("br;q=1, gzip;q=0.5", True),
        ("*", True),
        ("gzip;q=0", False),
        ("identity, gzip;q=0.5", False),
        ("deflate", False),
        ("", False),
    ],
)
def test_gzip_is_for_those_who_take_it(ask: Ask, accepted: str, packed: bool) -> None:
    answer = ask("/metrics", accept_encoding=accepted)

    assert (answer.headers.get("content-encoding") == "gzip") is packed
    assert 'marketing_revenue{project="shop",window="30d",currency="RUB"} 1234567.89\n' in answer.text
    assert answer.headers["vary"] == "Accept, Accept-Encoding"


def test_both_formats_hold_the_snapshot_and_the_process(ask: Ask) -> None:
    text = _names(ask("/metrics").text, read_text)
    openmetrics = _names(ask("/metrics", accept=PROMETHEUS, accept_encoding="gzip").text, read_openmetrics)

    assert text == openmetrics
    assert {"marketing_revenue", "kpi_collector_source_up", "process_cpu_seconds_total", "python_info"} <= text


def test_before_the_first_snapshot_there_is_the_process_alone(ask: Ask, daemon: Any) -> None:
    daemon.snapshot = None
    text = _names(ask("/metrics").text, read_text)

    assert "process_cpu_seconds_total" in text
    assert all(name.startswith(("process_", "python_")) for name in text)
    assert ask("/metrics", accept=PROMETHEUS).text.endswith("# EOF\n")
    assert ask("/metrics?project=shop").status_code == 503


def test_a_project_is_selected(ask: Ask) -> None:
    answer = ask("/metrics?project=shop")

    assert 'project="club"' not in answer.text
    assert "marketing_revenue{" in answer.text
    assert 'kpi_collector_source_up{project="shop"' in answer.text
    assert "process_" not in answer.text
    assert ask("/metrics?project=shop", accept=PROMETHEUS).text.endswith("} 0\n# EOF\n") is False
    assert _names(ask("/metrics?project=shop", accept=PROMETHEUS).text, read_openmetrics)


def test_an_unknown_project_is_not_found(ask: Ask) -> None:
    answer = ask("/metrics?project=nobody")

    assert answer.status_code == 404
    assert answer.text == "There is no project 'nobody'; there are: club, shop.\n"


def test_families_are_selected_by_name(ask: Ask) -> None:
    told = ask("/metrics?name[]=marketing_revenue&name[]=python_info&name[]=nothing").text

    assert _names(told, read_text) == {"marketing_revenue", "python_info"}


def test_a_projects_families_are_selected_by_name(ask: Ask) -> None:
    told = ask("/metrics?project=shop&name[]=marketing_kpi_info&name[]=python_info", accept=PROMETHEUS).text

    assert _names(told, read_openmetrics) == {"marketing_kpi_info"}


def test_head_tells_the_size_and_sends_nothing(ask: Ask) -> None:
    answer = ask("/metrics?name[]=marketing_revenue", method="HEAD")

    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) == len(ask("/metrics?name[]=marketing_revenue").content)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_metrics_are_only_read(ask: Ask, method: str) -> None:
    answer = ask("/metrics", method=method)

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
