"""A stranger's package, installed with pip, is found, configured, polled and exposed; nothing else changes."""

import json
import re
import signal
import time
import urllib.request
from typing import Any

ACME = """\
currency: EUR
margin: {{default: 1}}
sources:
  acme: {{connector: acme, base_url: "{url}", token: "${{ACME_KEY}}", backfill: 60d}}
"""


def lines(told: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in told.splitlines()]


def test_its_connector_is_listed_with_its_distribution_and_version(machine: Any) -> None:
    listed = machine("acme").run("connector", "list", "--format", "json")

    assert listed.returncode == 0, listed.stderr
    assert listed.stderr == ""
    assert {"name": "acme", "version": "1.2.3", "stability": "beta", "origin": "acme-kpis", "title": "Acme"} in lines(
        listed.stdout
    )


def test_its_settings_are_in_the_schema_and_its_secret_is_marked(machine: Any) -> None:
    schema = machine("acme").run("connector", "schema", "acme")

    token = json.loads(schema.stdout)["properties"]["token"]
    assert token["description"] == "Read-only key: Acme → Settings → API"
    assert token["writeOnly"] is True


def test_it_is_configured_polled_and_shown_by_a_kpi_of_its_own(machine: Any, acme_api: str) -> None:
    here = machine("acme")
    here.configure(ACME.format(url=acme_api))

    checked = here.run("check", "--format", "json")
    assert checked.returncode == 0, checked.stderr
    assert [(row["source"], row["state"], row["streams"]) for row in lines(checked.stdout)] == [
        ("acme", "ok", ["orders", "visits"])
    ]

    polled = here.run("poll", "--all", "--format", "json")
    assert polled.returncode == 0, polled.stdout + polled.stderr
    # 250 orders, one a day; 61 days (60 and today) of three rows, of which the whole makes two facts
    assert {row["stream"]: (row["state"], row["records"]) for row in lines(polled.stdout)} == {
        "orders": ("done", 250),
        "visits": ("done", 61 * 4),
    }

    shown = here.run("kpi", "show", "revenue_per_demo", "--window", "7d", "--format", "json")
    assert shown.returncode == 0, shown.stderr
    (row,) = lines(shown.stdout)
    assert (row["kpi"], row["unit"], row["currency"]) == ("revenue_per_demo", "money/demo", "EUR")
    assert float(row["value"]) == 14  # 7 orders of 140 EUR, 7 days of 10 demos

    for told in (checked, polled, shown):
        assert "acme-k3y-c4n4ry" not in told.stdout + told.stderr


def test_its_kpi_and_its_family_are_on_metrics_and_its_hook_hears_of_polls(machine: Any, acme_api: str) -> None:
    here = machine("acme")
    here.configure(ACME.format(url=acme_api))

    with here.start("run", "--web.listen-address", "127.0.0.1:0") as daemon:
        try:
            heard = [daemon.stderr.readline()]
            address = re.search(r"http://[0-9.]+:\d+", heard[0])
            assert address, heard[0] + daemon.stderr.read()
            metrics = when_there(address[0] + "/metrics", "marketing_revenue_per_demo{")
        finally:
            daemon.send_signal(signal.SIGTERM)
        heard += daemon.stderr.readlines()

    assert daemon.returncode == 0
    assert 'marketing_revenue_per_demo{project="default",window="7d",currency="EUR"} 14\n' in metrics
    assert 'marketing_traffic{project="default",window="7d"} 280\n' in metrics
    assert 'acme_demos_pay{project="default"} 0\n' in metrics
    told = "".join(heard)
    assert "heard of acme/orders: done, 250 records" in told
    assert re.search(
        r"heard of acme/visits: done, \d+ records", told
    )  # the last days first, history in turns after them
    assert "acme-k3y-c4n4ry" not in told + metrics


def when_there(url: str, wanted: str) -> str:
    """The page once it holds what is wanted; the daemon has a minute to come to it."""
    deadline = time.monotonic() + 60
    while True:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - the daemon's own address
            page: str = answer.read().decode()
        if wanted in page:
            return page
        assert time.monotonic() < deadline, page
        time.sleep(0.1)


def test_plugins_for_another_major_version_of_the_api_are_refused_and_the_others_work(machine: Any) -> None:
    listed = machine("acme", "future").run("connector", "list", "--format", "json")

    assert listed.returncode == 0
    assert {row["name"] for row in lines(listed.stdout)} >= {"acme", "csv", "http_json"}
    told = "made for plugin API {}, this is kpi-collector's plugin API 1.0; install a version of the plugin for API 1\n"
    assert listed.stderr == (
        "warning: plugin future (future-kpis 0.9): " + told.format("2")
        + "warning: plugin future_connector (future-kpis 0.9): connector later: " + told.format("2.1")
    )  # fmt: skip


def test_a_source_that_names_a_refused_connector_is_told_why_there_is_none(machine: Any) -> None:
    here = machine("acme", "future")
    here.configure("currency: EUR\nsources:\n  shop: {connector: future}\n  studio: {connector: later}\n")

    checked = here.run("check")

    assert checked.returncode == 2
    assert "there is no connector 'future'" in checked.stderr
    assert "there is no connector 'later'" in checked.stderr
    assert "plugin future (future-kpis 0.9): made for plugin API 2," in checked.stderr
    assert "connector later: made for plugin API 2.1," in checked.stderr
    assert "Traceback" not in checked.stderr


def test_a_plugin_that_cannot_be_imported_is_left_out_and_the_others_work(machine: Any, acme_api: str) -> None:
    here = machine("acme", "broken")
    here.configure(ACME.format(url=acme_api))

    checked = here.run("check", "--format", "json")

    assert checked.returncode == 0, checked.stderr
    assert [row["state"] for row in lines(checked.stdout)] == ["ok"]
    assert checked.stderr == (
        "warning: plugin broken (broken-kpis 0.9): cannot be imported (RuntimeError: BROKEN_HOME is not set); "
        "mend or uninstall it\n"
    )


def test_a_refused_key_is_a_failed_poll_that_says_so(machine: Any, acme_api: str) -> None:
    here = machine("acme")
    here.configure(ACME.format(url=acme_api).replace("${ACME_KEY}", "revoked-k3y"))

    polled = here.run("poll", "acme/visits", "--format", "json")

    assert polled.returncode == 1
    (row,) = lines(polled.stdout)
    assert (row["state"], row["reason"]) == ("failed", "credentials_refused")
    assert "revoked-k3y" not in polled.stdout + polled.stderr
