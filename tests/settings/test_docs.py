"""docs/configuration.md tells every key as the models have it; the sample configuration loads."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from collector.clock import SystemClock
from collector.plugin.discovery import Plugins, discover
from collector.plugin.durations import format_duration
from collector.plugin.settings import Active, ConnectorSettings
from collector.settings.goals import Bonus, Goal
from collector.settings.keys import CONTAINERS, ProjectKeys, Retention, TopKeys
from collector.settings.load import load
from collector.settings.model import WebSettings
from collector.settings.sections import ChannelRule, Margin, OwnMeasure, Privacy, Vat
from collector.vocabulary.hours import parse_working_hours

ROOT = Path(__file__).parents[2]
SECTIONS: dict[str, type[BaseModel]] = {
    "Keys of the daemon": TopKeys,
    "`web`": WebSettings,
    "`retention`": Retention,
    "Keys of a project": ProjectKeys,
    "`measures`": OwnMeasure,
    "`margin`": Margin,
    "`vat`": Vat,
    "`channels`": ChannelRule,
    "`privacy`": Privacy,
    "`goals`": Goal,
    "`bonuses`": Bonus,
    "Keys of every source": ConnectorSettings,
    "`active`": Active,
}


def table(model: type[BaseModel]) -> list[str]:
    """The rows that a section must have."""
    left_out = ProjectKeys.model_fields if model is TopKeys else {}
    return [
        f"| `{field.alias or name}` | {default(field.default)} | {field.description} |"
        for name, field in model.model_fields.items()
        if name not in left_out
    ]


def default(value: Any) -> str:
    if value is PydanticUndefined:
        return "required"
    if value is None or value in ({}, []) or isinstance(value, BaseModel):
        return "–"
    if isinstance(value, timedelta):
        return f"`{format_duration(value)}`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def section(text: str, heading: str) -> str:
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"docs/configuration.md has no section {heading!r}"
    return found[1]


@pytest.fixture(scope="module")
def text() -> str:
    return (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("heading", SECTIONS)
def test_every_key_is_documented_with_its_default(text: str, heading: str) -> None:
    rows = [line for line in section(text, heading).splitlines() if line.startswith("| `")]

    assert rows == table(SECTIONS[heading])


def test_the_keys_that_hold_others_are_documented(text: str) -> None:
    for key, meaning in CONTAINERS.items():
        assert f"| `{key}` | – | {meaning} |" in section(text, "Keys that hold others")


def test_every_example_is_yaml(text: str) -> None:
    for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL):
        assert yaml.safe_load(block)


def test_the_working_hours_that_are_shown_can_be_meant(text: str) -> None:
    shown = re.findall(r"```yaml\n(.*?)```", section(text, "`working_hours`"), re.DOTALL)
    said = yaml.load(shown[0], yaml.BaseLoader)["sources"]["crm"]["working_hours"]  # noqa: S506 - texts only, as `documents` does

    assert parse_working_hours(said, ZoneInfo("Europe/Moscow")).told("en") == (
        "working hours Mon–Thu 09:00–18:00; Fri 09:00–16:45; Sat 10:00–13:00, 14:00–16:00 (Europe/Moscow), "
        "but on no holiday of RU"
    )


@pytest.fixture(scope="module")
def installed() -> Plugins:
    return discover()


def test_the_sample_configuration_loads(installed: Plugins) -> None:
    config = load(ROOT / "config" / "collector.yml", plugins=installed, environ={}, clock=SystemClock())

    assert config.sources
    assert config.warnings == ()


def test_the_sample_names_most_keys_of_the_top_level() -> None:
    sample = (ROOT / "config" / "collector.yml").read_text(encoding="utf-8")

    missing = [key for key in TopKeys.model_fields if not re.search(rf"^#? ?{key}:", sample, re.MULTILINE)]
    assert missing == []
