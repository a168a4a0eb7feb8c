"""Probes, reload, errors in plain words, the prefix, security headers."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

Ask = Callable[..., httpx.Response]


def test_healthy_whatever_is_missing(ask: Ask, daemon: Any) -> None:
    daemon.snapshot, daemon.not_ready = None, "the store is not open yet"

    assert ask("/-/healthy").status_code == 200


def test_ready_only_with_store_configuration_and_a_snapshot(ask: Ask, daemon: Any) -> None:
    assert (ask("/-/ready").status_code, ask("/-/ready").text) == (200, "Ready.\n")

    daemon.snapshot = None
    assert (ask("/-/ready").status_code, ask("/-/ready").text) == (
        503,
        "Not ready: the first snapshot is not made yet.\n",
    )

    daemon.not_ready = "the store is not open yet"
    assert ask("/-/ready").text == "Not ready: the store is not open yet.\n"


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_reload(ask: Ask, daemon: Any, method: str) -> None:
    assert ask("/-/reload", method=method).status_code == 200
    assert len(daemon.reloads) == 1


def test_reload_with_get_is_not_possible(ask: Ask, daemon: Any) -> None:
    daemon.lifecycle = False

    assert ask("/-/reload").status_code == 405
    assert set(ask("/-/reload").headers["allow"].split(", ")) == {"POST", "PUT"}


def test_reload_without_lifecycle_is_forbidden(ask: Ask, daemon: Any) -> None:
    daemon.lifecycle = False

    assert ask("/-/reload", method="POST").status_code == 403
    assert daemon.reloads == []


def test_a_bad_configuration_answers_with_the_reason(ask: Ask, daemon: Any) -> None:
    daemon.bad_config = "collector.yml:3: currency: 'RUBB' is no currency"
    answer = ask("/-/reload", method="POST")

    assert answer.status_code == 500
    assert "collector.yml:3: currency: 'RUBB' is no currency" in answer.text


def test_errors_are_told_in_plain_words(ask: Ask) -> None:
    assert (ask("/nothing").status_code, ask("/nothing").text) == (
        404,
        "There is nothing at /nothing. The scoreboard is at /, the metrics are at /metrics.\n",
    )
    assert ask("/api/v1/nothing").json()["error"].startswith("There is nothing at /api/v1/nothing.")
    assert (ask("/", method="POST").status_code, ask("/", method="POST").text) == (405, "POST is not possible at /.\n")


@pytest.mark.parametrize("prefix", ["/kpi", "kpi/", "/kpi/"])
def test_everything_is_under_the_prefix(ask: Ask, prefix: str) -> None:
    for path in ("/kpi/metrics", "/kpi/", "/kpi/-/healthy", "/kpi/-/ready", "/kpi/api/v1/kpis", "/kpi/api/v1/sources"):
        assert ask(path, prefix=prefix).status_code == 200, path
    for path in ("/metrics", "/-/healthy", "/api/v1/kpis", "/"):
        assert ask(path, prefix=prefix).status_code == 404, path
    assert ask("/kpi/nothing", prefix=prefix).text.endswith("the metrics are at /kpi/metrics.\n")


@pytest.mark.parametrize("path", ["/", "/-/healthy", "/api/v1/kpis", "/nothing"])
def test_every_answer_has_security_headers(ask: Ask, path: str) -> None:
    headers = ask(path).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
