"""channels explain: to which channel evidence leads, and by which rule."""

import json
from pathlib import Path
from typing import Any

import pytest

RULES = """
channels:
  - {channel: Influencers, source: "blog-*"}
  - {channel: Marketplaces, lead_source: "ozon*"}
"""


def explained(cli: Any, *evidence: str) -> dict[str, str]:
    outcome = cli("channels", "explain", *evidence, "--format", "json")

    assert outcome.code == 0
    found: dict[str, str] = json.loads(outcome.out)
    return found


@pytest.fixture
def own_rules(config: Path) -> Path:
    config.write_text(config.read_text() + RULES)
    return config


def test_it_prints_channel_rule_and_evidence(cli: Any, config: Path) -> None:
    assert explained(cli, "utm_source=VK", "utm_medium=cpc", "utm_content=ad 7") == {
        "channel": "Paid Social",
        "rule": "built-in: social source and paid medium",
        "evidence": "utm_source=vk, utm_medium=cpc",
    }


def test_as_a_table_for_people(cli: Any, config: Path) -> None:
    assert cli("channels", "explain", "yclid=12").out.splitlines() == [
        "CHANNEL      RULE            EVIDENCE",
        "Paid Search  click id yclid  yclid=12",
    ]


def test_the_configurations_rules_come_first(cli: Any, own_rules: Path) -> None:
    assert explained(cli, "utm_source=blog-anna", "utm_medium=cpc")["rule"] == "channels[0]"
    assert explained(cli, "lead_source=Ozon 7")["channel"] == "Marketplaces"


@pytest.mark.parametrize(
    ("evidence", "rule"),
    [
        (("utm_source=vk", "utm_medium=cpc", "gclid=1", "lead_source=CALL"), "built-in: social source and paid medium"),
        (("utm_source=leaflet", "gclid=1", "lead_source=CALL"), "click id gclid"),
        (("gclid=1", "referrer=https://vk.com/"), "click id gclid"),
        (("utm_source=leaflet", "referrer=https://vk.com/", "lead_source=CALL"), "CRM source CALL"),
        (("utm_source={source}", "referrer=https://vk.com/", "lead_source=CALL"), "built-in: social referrer"),
        (("utm_source=", "lead_source=CALL"), "CRM source CALL"),
        (("utm_source=leaflet", "lead_source=WEB"), "no rule matches"),
    ],
)
def test_the_strongest_evidence_that_a_rule_matches_counts(
    cli: Any, config: Path, evidence: tuple[str, ...], rule: str
) -> None:
    assert explained(cli, *evidence)["rule"] == rule


def test_where_nothing_matches_it_is_unassigned_and_says_what_was_there(cli: Any, config: Path) -> None:
    assert explained(cli, "utm_source=Листовка", "lead_source=WEB") == {
        "channel": "Unassigned",
        "rule": "no rule matches",
        "evidence": "utm_source=Листовка, lead_source=WEB",
    }


def test_without_a_configuration_the_built_in_rules_answer(cli: Any) -> None:
    outcome = cli("channels", "explain", "utm_source=dzen", "utm_medium=post", "--format", "json")

    assert (outcome.code, json.loads(outcome.out)["channel"]) == (0, "Organic Social")
    assert outcome.err == "no collector.yml here: by the built-in rules only\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("utm_sorce=vk",), "there is no key 'utm_sorce'. Did you mean utm_source?"),
        (("zzz=1",), "there is no key 'zzz'. Keys: dclid"),
        (("vk",), "'vk' is no KEY=VALUE; write for instance utm_source=vk"),
        (("utm_source=a", "UTM_SOURCE=b"), "utm_source is given twice"),
        ((), "Missing argument"),
        (("yclid=1", "--project", "shop"), "there is no project 'shop'. Projects: default."),
        (("yclid=1", "--config", "gone.yml"), "gone.yml: cannot be read"),
    ],
)
def test_what_it_cannot_read_exits_with_2(cli: Any, config: Path, arguments: tuple[str, ...], told: str) -> None:
    outcome = cli("channels", "explain", *arguments)

    assert (outcome.code, outcome.out) == (2, "")
    assert told in outcome.err


def test_projects_that_differ_in_their_rules_have_to_be_named(cli: Any, own_rules: Path) -> None:
    shop = "projects:\n  shop: {channels: [{channel: Partners, source: 'blog-*'}]}\n"
    own_rules.write_text(own_rules.read_text() + shop)

    refused = cli("channels", "explain", "utm_source=blog-anna")
    assert (refused.code, "name one by --project: default, shop" in refused.err) == (2, True)
    assert explained(cli, "utm_source=blog-anna", "--project", "shop")["channel"] == "Partners"
