"""What we ship for Prometheus and Alertmanager is sound, and each rule tells people what to do."""

import re
import subprocess
from typing import Any

import pytest
import yaml

from tests.ops.stack import ROOT, RULES

FOLDER = ROOT / "config/prometheus"


def _rules() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"][0]["rules"]
    return found


def _run(*command: str) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_promtool_accepts_configuration_and_rules(promtool: str) -> None:
    assert "SUCCESS" in _run(promtool, "check", "config", "config/prometheus/prometheus.yml")
    assert f"SUCCESS: {len(_rules())} rules found" in _run(promtool, "check", "rules", str(RULES))


@pytest.mark.parametrize("scenes", ["alerts_test.yml", "alerts_days_test.yml"])
def test_each_rule_fires_when_it_should_and_only_then(promtool: str, scenes: str) -> None:
    assert "SUCCESS" in _run(promtool, "test", "rules", str(FOLDER / scenes))


def test_each_rule_has_a_scene() -> None:
    scenes = "".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*_test.yml"))

    assert [rule["alert"] for rule in _rules() if not re.search(rf"\b{rule['alert']}\b", scenes)] == []


def test_amtool_accepts_alertmanager_s_configuration(amtool: str) -> None:
    assert "SUCCESS" in _run(amtool, "check-config", "config/alertmanager/alertmanager.yml")


@pytest.mark.parametrize(("severity", "receiver"), [("critical", "pager"), ("warning", "chat"), ("info", "nobody")])
def test_severities_go_where_they_belong(amtool: str, severity: str, receiver: str) -> None:
    config = "--config.file=config/alertmanager/alertmanager.yml"

    assert _run(amtool, "config", "routes", "test", config, f"severity={severity}").strip() == receiver


@pytest.mark.parametrize("rule", _rules(), ids=lambda rule: str(rule["alert"]))
def test_a_rule_says_what_is_wrong_and_what_to_do_in_both_languages(rule: dict[str, Any]) -> None:
    texts = rule["annotations"]
    cyrillic = re.compile("[а-яё]", re.IGNORECASE)

    assert rule["labels"]["severity"] in {"critical", "warning", "info"}
    assert set(texts) == {"summary", "description", "summary_ru", "description_ru"}
    assert all(len(text) > 20 for text in texts.values())
    assert not any(cyrillic.search(texts[name]) for name in ("summary", "description"))
    assert all(cyrillic.search(texts[name]) for name in ("summary_ru", "description_ru"))


def test_rules_about_kpis_leave_pilots_alone() -> None:
    about_kpis = [rule for rule in _rules() if "marketing_kpi_" in rule["expr"]]

    assert about_kpis
    assert [rule["alert"] for rule in about_kpis if 'marketing_kpi_info{mode="live"}' not in rule["expr"]] == []


def test_the_docs_have_each_alert_with_its_severity() -> None:
    docs = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| `(\w+)` \| (\w+) \|", docs, re.MULTILINE)

    assert told == [(rule["alert"], rule["labels"]["severity"]) for rule in _rules()]
