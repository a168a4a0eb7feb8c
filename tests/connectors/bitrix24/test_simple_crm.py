"""A portal without leads: its deals are leads too, and the step from lead to deal waits for `deal_stages`."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from collector.testing.simulator import World, running
from connectors.bitrix24 import mapping
from connectors.bitrix24.simulator import Bitrix24Simulator
from tests.testing.company.fed import program


def conversion(folder: Path, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """The step from lead to deal, once the portal is read with these settings."""
    config = folder / "collector.yml"
    source = {"connector": "bitrix24", "plan": "enterprise", **settings}
    said = {"currency": "RUB", "store": "sqlite:///store.db", "sources": {"crm": source}}
    config.write_text(yaml.safe_dump(said), encoding="utf-8")
    program("--config", config, "poll", "--all")
    asked = ("kpi", "show", "lead_to_deal", "--window", "30d", "--format", "json")
    (line,) = program("--config", config, *asked).splitlines()
    found: Mapping[str, Any] = json.loads(line)
    return found


def test_the_step_to_a_deal_is_not_configured_until_its_stages_are_named(tmp_path: Path) -> None:
    simulator = Bitrix24Simulator(World(seed=1, days=30))
    simulator.switches.has_leads = False
    with running(simulator) as found:
        before = conversion(tmp_path, found.settings)
        after = conversion(tmp_path, {**found.settings, "deal_stages": ["C1:EXECUTING"]})

    assert (before["value"], before["undefined"]) == (None, "not_configured")
    assert after["undefined"] is None
    assert 0 < float(after["value"]) < 1


def test_a_lead_says_that_it_is_a_deal_where_there_is_nothing_else() -> None:
    row = {"ID": "7", "DATE_CREATE": "2026-03-01T09:00:00+03:00", "STAGE_ID": "NEW", "STAGE_SEMANTIC_ID": "P"}
    meaning = mapping.Meaning(zone=ZoneInfo("Europe/Moscow"))

    assert mapping.lead_of_deal(row, meaning).is_deal
    assert mapping.lead({**row, "STATUS_ID": "NEW", "STATUS_SEMANTIC_ID": "P"}, meaning).is_deal is None
