"""The dashboards are what their builder makes, and hang together."""

import json
from itertools import combinations
from typing import Any

import pytest
import yaml

from config.grafana.build import LANGUAGES, built
from tests.ops.stack import DASHBOARDS, ROOT

PROVISIONING = ROOT / "config/grafana/provisioning"


def _dashboard(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DASHBOARDS / name).read_text(encoding="utf-8"))
    return found


def test_the_files_are_what_the_builder_makes() -> None:
    for path, text in built().items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name}: run python -m config.grafana.build"
    assert {path.name for path in DASHBOARDS.iterdir()} == set(LANGUAGES.values())


@pytest.mark.parametrize("name", LANGUAGES.values())
def test_a_datasource_is_always_the_variable(name: str) -> None:
    def sources(node: Any) -> list[Any]:
        if isinstance(node, dict):
            own = [node["datasource"]] if "datasource" in node else []
            return own + [each for value in node.values() for each in sources(value)]
        return [each for value in node for each in sources(value)] if isinstance(node, list) else []

    found = sources(_dashboard(name))

    assert len(found) > 30
    assert all(source == {"type": "prometheus", "uid": "${datasource}"} for source in found)


@pytest.mark.parametrize("name", LANGUAGES.values())
def test_panels_have_their_own_numbers_and_places(name: str) -> None:
    panels = _dashboard(name)["panels"]
    places = [panel["gridPos"] for panel in panels]

    assert len({panel["id"] for panel in panels}) == len(panels)
    assert all(place["x"] + place["w"] <= 24 for place in places)
    for one, other in combinations(places, 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        below = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or below, f"{one} and {other} overlap"


def test_both_languages_ask_the_same_and_say_it_differently() -> None:
    english, russian = (_dashboard(name) for name in ("overview.json", "overview-ru.json"))

    def asked(dashboard: dict[str, Any]) -> list[str]:
        return [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]

    assert asked(english) == asked(russian)
    assert english["uid"] != russian["uid"]
    assert not {panel["title"] for panel in english["panels"]} & {panel["title"] for panel in russian["panels"]}


def test_ratios_are_shown_as_percents_and_money_with_its_currency() -> None:
    shown = {panel["title"]: panel["fieldConfig"]["defaults"] for panel in _dashboard("overview.json")["panels"][1:13]}

    assert shown["Returning share"]["unit"] == "percentunit"
    assert shown["Revenue, $currency"]["unit"] == "locale"
    assert shown["Leads"]["unit"] == "locale"


def test_grafana_is_told_of_the_datasource_and_the_folder_without_secrets() -> None:
    datasources = yaml.safe_load((PROVISIONING / "datasources/prometheus.yml").read_text(encoding="utf-8"))
    providers = yaml.safe_load((PROVISIONING / "dashboards/kpi-collector.yml").read_text(encoding="utf-8"))

    (datasource,) = datasources["datasources"]
    assert (datasource["type"], datasource["url"]) == ("prometheus", "http://prometheus:9090")
    assert "secureJsonData" not in datasource
    assert providers["providers"][0]["options"]["path"] == "/etc/grafana/dashboards"
