"""The way to the chart and the alert: collectors, a real Prometheus and a real Alertmanager.

One collector is well. The other's project, `breaking`, has two sources without files, one
whose data end ten days ago, one that breaks during the tests, and a KPI that nothing feeds.
"""

import json
import re
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.ops import shop, stack
from tests.ops.conftest import Stopping
from tests.ops.stack import Program, query, until, value

QUICK = {"interval": "1s", "timeout": "1s", "hold_max": "6s"}


@dataclass
class Stack:
    steady: Program
    breaking: Program
    prometheus: Program
    alertmanager: Program
    folder: Path
    """Of the breaking collector."""


@pytest.fixture(scope="module")
def running(
    tmp_path_factory: pytest.TempPathFactory,
    prometheus_binary: str,
    alertmanager_binary: str,
    stopped_after: Stopping,
) -> Stack:
    steady, breaking, around = (tmp_path_factory.mktemp(name) for name in ("steady", "breaking", "around"))
    shop.write_shop(steady)
    shop.write_shop(breaking)
    (breaking / "leads.csv").unlink()
    shop.write(breaking / "ads.csv", "day,cost,channel", [f"{shop.yesterday() - timedelta(days=10)},50,Paid Search"])
    plan = shop.ADS | {"path": "plan.csv", "columns": {"day": "day", "budget": "planned"}}
    kinds = {"orders": shop.ORDERS, "requests": shop.REQUESTS, "ads": shop.ADS, "plan": plan}
    sources = {name: keys | QUICK for name, keys in kinds.items()}
    kpis = ["sales", "leads", "spend", "budget_use", "traffic"]
    broken = shop.write_config(breaking, "breaking", sources=sources, kpis=kpis)
    collectors = [
        stopped_after(stack.collector(shop.write_config(steady))),
        stopped_after(stack.collector(broken)),
    ]
    alertmanager = stopped_after(stack.alertmanager(alertmanager_binary, around))
    prometheus = stopped_after(
        stack.prometheus(prometheus_binary, around, collectors=collectors, alerts_to=alertmanager)
    )
    until(lambda: (value(prometheus, "min(count_over_time(up[1m]))") or 0) >= 4, what="some scrapes of both")
    return Stack(collectors[0], collectors[1], prometheus, alertmanager, breaking)


def test_both_targets_are_up_and_no_scrape_fails(running: Stack) -> None:
    targets = running.prometheus.get("/api/v1/targets").json()["data"]["activeTargets"]

    assert [(target["health"], target["lastError"]) for target in targets] == [("up", ""), ("up", "")]
    assert value(running.prometheus, "sum(min_over_time(up[1m]))") == 2


@pytest.mark.parametrize(
    ("series", "expected"),
    [
        ('marketing_revenue{window="30d", currency="EUR"}', 6000),
        ('marketing_sales{window="30d"}', 60),
        ('marketing_average_order_value{window="7d", currency="EUR"}', 100),
        ('marketing_new_customers{window="30d"}', 30),
        ('marketing_active_customers{window="30d"}', 31),
        ('marketing_returning_share_ratio{window="30d"}', 1 / 31),
        ('marketing_cltv{window="all", model="historical", currency="EUR"}', 10000 / 101),
        ('marketing_leads{window="7d"}', 28),
        ('marketing_qualified_leads{window="7d"}', 14),
        ('marketing_conversion_ratio{window="30d", step="lead_to_deal"}', 0.25),
        ('marketing_conversion_ratio{window="30d", step="deal_to_win"}', 2 / 3),
        ('marketing_spend{window="30d", currency="EUR"}', 1500),
        ('marketing_cac{window="30d", currency="EUR"}', 50),
        ('marketing_cost_per_lead{window="30d", currency="EUR"}', 12.5),
        ('kpi_collector_source_up{source="orders", connector="csv"}', 1),
    ],
)
def test_prometheus_has_the_shop_s_figures(running: Stack, series: str, expected: float) -> None:
    chosen = series.replace("{", '{project="default", ', 1)

    assert value(running.prometheus, chosen) == pytest.approx(expected, rel=1e-12)


def test_prometheus_reads_the_gzip_body_whole(running: Stack) -> None:
    answer = running.steady.get("/metrics")
    samples = [line for line in answer.text.splitlines() if not line.startswith("#")]
    scraped = value(running.prometheus, f'scrape_samples_scraped{{instance="{running.steady.address}"}}')

    assert answer.headers["content-encoding"] == "gzip"
    assert scraped == len(samples)


def test_promtool_finds_nothing_to_say_about_the_metrics(running: Stack, promtool: str) -> None:
    for collector in (running.steady, running.breaking):
        text = collector.get("/metrics").content
        checked = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, check=False)

        assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")


def _queries(dashboard: Path) -> Iterator[str]:
    for panel in json.loads(dashboard.read_text(encoding="utf-8"))["panels"]:
        for target in panel.get("targets", ()):
            chosen = target["expr"].replace("$window", "30d").replace("$currency", "EUR")
            yield chosen.replace("$__rate_interval", "4m")


@pytest.mark.parametrize("dashboard", ["overview.json", "overview-ru.json"])
def test_every_query_of_a_dashboard_has_data(running: Stack, dashboard: str) -> None:
    expressions = list(_queries(stack.DASHBOARDS / dashboard))
    empty = [
        expr
        for expr in expressions
        if not any(query(running.prometheus, expr.replace("$project", name)) for name in ("default", "breaking"))
    ]

    assert len(expressions) > 30
    assert empty == []


def test_the_queries_about_figures_have_data_in_one_project(running: Stack) -> None:
    figures = [
        expr for expr in _queries(stack.DASHBOARDS / "overview.json") if not re.search("failures|undefined", expr)
    ]

    assert [expr for expr in figures if not query(running.prometheus, expr.replace("$project", "default"))] == []


def test_the_variables_of_a_dashboard_offer_what_there_is(running: Stack) -> None:
    offered = {}
    dashboard = json.loads((stack.DASHBOARDS / "overview.json").read_text(encoding="utf-8"))
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            found = re.fullmatch(r"label_values\((.+),\s*(\w+)\)", variable["definition"])
            assert found is not None
            match = {"match[]": found[1].replace("$project", "default")}
            offered[variable["name"]] = running.prometheus.get(f"/api/v1/label/{found[2]}/values", **match).json()[
                "data"
            ]

    assert offered == {
        "project": ["breaking", "default"],
        "window": ["30d", "7d", "90d", "mtd"],
        "currency": ["EUR"],
    }


def _rules() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(stack.RULES.read_text(encoding="utf-8"))["groups"][0]["rules"]
    return found


OF_CREDENTIALS = {"kpi_collector_credentials_expiry_timestamp_seconds", "kpi_collector_needs_reauth"}
"""Only sources with credentials have them, and files have none; their rules are tried by promtool's scenes."""


def test_every_metric_that_a_rule_asks_for_exists(running: Stack) -> None:
    asked = {
        name for rule in _rules() for name in re.findall(r"\b(?:up|kpi_collector_\w+|marketing_\w+)\b", rule["expr"])
    }

    missing = {name for name in asked if not query(running.prometheus, f"count({name})")}
    assert missing == OF_CREDENTIALS


def _firing(running: Stack) -> set[tuple[str, str]]:
    """Alerts that have reached Alertmanager: name, and the source, KPI or project they speak of."""
    alerts = running.alertmanager.get("/api/v2/alerts").json()
    return {
        (labels["alertname"], labels.get("kpi") or labels.get("source") or labels.get("instance", ""))
        for labels in (alert["labels"] for alert in alerts)
    }


def test_a_project_that_is_well_alerts_nobody(running: Stack) -> None:
    until(lambda: ("SourceDown", "requests") in _firing(running), what="rules have been evaluated")

    assert query(running.prometheus, 'ALERTS{project="default"}') == []


def test_what_was_wrong_from_the_start_is_told(running: Stack) -> None:
    expected = {
        ("SourceDown", "requests"),
        ("DataStale", "ads"),
        ("SourceDown", "plan"),
        ("KpiHistoryIncomplete", "leads"),
        ("KpiUndefined", "budget_use"),
        ("KpiNotConfigured", "traffic"),
    }

    until(lambda: expected <= _firing(running), what=f"{expected} at Alertmanager")
    assert ("SourceDown", "orders") not in _firing(running)


def test_a_refused_configuration_is_told(running: Stack) -> None:
    config = running.folder / "collector.yml"
    good = config.read_text(encoding="utf-8")
    config.write_text(good + "curency: EUR\n", encoding="utf-8")
    running.breaking.process.send_signal(signal.SIGHUP)

    refused = ("ConfigReloadFailed", running.breaking.address)
    until(lambda: refused in _firing(running), what=f"{refused} at Alertmanager")
    config.write_text(good, encoding="utf-8")
    running.breaking.process.send_signal(signal.SIGHUP)
    until(
        lambda: value(running.prometheus, "min(kpi_collector_config_last_reload_successful)"), what="it is good again"
    )


def test_a_source_that_breaks_is_told_then_its_kpi_held_then_withdrawn(running: Stack) -> None:
    (running.folder / "orders.csv").unlink()

    for expected in (("SourceDown", "orders"), ("KpiHeld", "sales"), ("KpiWithdrawn", "sales")):
        until(lambda expected=expected: expected in _firing(running), what=f"{expected} at Alertmanager")  # type: ignore[misc]
    assert query(running.prometheus, 'marketing_sales{project="breaking"}') == []
    assert value(running.prometheus, 'marketing_sales{project="default", window="30d"}') == 60


def test_a_collector_that_ends_is_told(running: Stack) -> None:
    """The last one: it ends the breaking collector."""
    assert running.breaking.stop() == 0

    down = ("CollectorDown", running.breaking.address)
    until(lambda: down in _firing(running), what=f"{down} at Alertmanager")
    assert value(running.prometheus, f'up{{instance="{running.steady.address}"}}') == 1
