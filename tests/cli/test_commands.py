"""check, config and connector."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml


def test_check_tells_what_each_source_answered(cli: Any, config: Path) -> None:
    outcome = cli("check", "--format", "json")

    assert outcome.code == 0
    assert json.loads(outcome.out) == {
        "project": "default",
        "source": "site",
        "connector": "acme",
        "state": "ok",
        "streams": ["visits"],
        "message": "=2 counters; reads as ann@example.com",
    }


def test_check_neutralises_formulas_in_csv(cli: Any, config: Path) -> None:
    assert cli("check", "--format", "csv").out.splitlines() == [
        "project,source,connector,state,streams,message",
        "default,site,acme,ok,visits,'=2 counters; reads as ann@example.com",
    ]


@pytest.mark.parametrize(
    ("token", "state", "message"),
    [
        ("refused", "credentials_refused", "the token ******** is not accepted"),
        ("crashes", "crashed", "KeyError: 'oops'"),
    ],
)
def test_check_exits_with_1_where_a_source_fails(cli: Any, config: Path, token: str, state: str, message: str) -> None:
    config.write_text(config.read_text().replace("t0ken-c4n4ry", token))

    outcome = cli("check", "--format", "json")

    row = json.loads(outcome.out)
    assert (outcome.code, row["state"], row["message"]) == (1, state, message)
    assert "1 of 1 sources did not answer as they should" in outcome.err


def test_check_exits_with_1_for_what_is_not_built_yet(cli: Any, config: Path) -> None:
    config.write_text("engine: procrastinate\nstore: postgresql://u:c4n4ry@h/d\n" + config.read_text())

    outcome = cli("check")

    assert outcome.code == 1
    assert "PostgreSQL is not supported yet" in outcome.err
    assert "procrastinate is not supported yet" in outcome.err


def test_check_exits_with_2_for_a_bad_configuration(cli: Any, config: Path) -> None:
    config.write_text("curency: EUR\n" + config.read_text())

    outcome = cli("check")

    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == "collector.yml:1: curency: unknown key\n  Did you mean currency?\n"


MISTAKES = """currency: EUR
timezone: Europe/Berln
kpis: [salez, {name: ours, formula: spend, unit: money, better: up, windows: [8d], by: [region]}]
sources:
  ads: {connector: csvv}
projects:
  other: {kpis: [{name: sum, formula: spend + clicks, unit: money, better: up}]}
"""


def test_mistakes_in_kpis_are_told_with_all_others(cli: Any, tmp_path: Path) -> None:
    path = tmp_path / "wrong.yml"
    path.write_text(MISTAKES)
    told = cli("--config", str(path), "check")

    places = [line.split(": ", 2)[:2] for line in told.err.splitlines() if line.startswith(str(path))]
    assert (told.code, [(where.rpartition(":")[2], place) for where, place in places]) == (
        2,
        [
            ("2", "timezone"),
            ("3", "kpis.ours.windows[0]"),
            ("3", "kpis[0]"),
            ("5", "sources.ads.connector"),
            ("7", "projects.other.kpis.sum.formula"),
        ],
    )


def test_mistakes_in_the_kpis_of_two_projects_are_told_at_once(cli: Any, config: Path) -> None:
    further = "\nkpis: [salez]\nprojects:\n  other: {kpis: [leedz]}\n"
    config.write_text(config.read_text() + further)
    told = cli("--config", str(config), "check")

    assert (told.code, "'salez'" in told.err, "'leedz'" in told.err) == (2, True, True)


def test_check_prints_warnings_on_stderr(cli: Any, config: Path) -> None:
    config.write_text(config.read_text().replace("site: shop", "hold_max: 1m"))

    outcome = cli("check")

    assert outcome.code == 0
    assert "warning: collector.yml:3: sources.site.hold_max: 1m is under the interval, 1h" in outcome.err


@pytest.mark.parametrize(("output", "read"), [("yaml", yaml.safe_load), ("json", json.loads)])
def test_config_show_has_all_that_is_in_effect_but_no_secret(cli: Any, config: Path, output: str, read: Any) -> None:
    outcome = cli("config", "show", "--format", output)

    shown = read(outcome.out)
    assert outcome.code == 0
    assert shown["currency"] == "EUR"
    assert shown["web"]["listen"] == "127.0.0.1:9841"
    assert shown["sources"]["site"]["token"] == "********"
    assert shown["sources"]["site"]["timeout"] == "5m"
    assert "c4n4ry" not in outcome.out + outcome.err


def test_what_config_show_prints_is_a_configuration(cli: Any, config: Path, tmp_path: Path) -> None:
    (tmp_path / "again.yml").write_text(cli("config", "show").out)

    assert cli("config", "show", "--config", "again.yml").out == (tmp_path / "again.yml").read_text()


def test_config_schema_is_json(cli: Any) -> None:
    assert "source:acme" in json.loads(cli("config", "schema").out)["$defs"]


def test_connector_list_has_name_version_stability_and_origin(cli: Any) -> None:
    rows = [json.loads(line) for line in cli("connector", "list", "--format", "json").out.splitlines()]

    assert {"name": "acme", "version": "0", "stability": "beta", "origin": "given", "title": "Acme Analytics"} in rows


def test_connector_schema_marks_secrets(cli: Any) -> None:
    token = json.loads(cli("connector", "schema", "acme").out)["properties"]["token"]

    assert (token["format"], token["writeOnly"]) == ("password", True)


@pytest.mark.parametrize("command", [("poll", "--dry-run"), ("connector", "try")])
def test_days_in_the_wrong_order_are_a_mistake_and_days_to_come_are_empty(
    cli: Any, config: Path, command: tuple[str, ...]
) -> None:
    wrong = cli(*command, "site", "--since", "2026-11-05", "--until", "2026-11-02")
    to_come = cli(*command, "site", "--since", "2999-01-01")

    assert wrong.code == 2
    assert "--until 2026-11-02 is before --since 2026-11-05" in wrong.err
    assert to_come.code == 0
    assert "sessions" not in to_come.out
