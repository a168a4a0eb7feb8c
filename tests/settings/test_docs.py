"""docs/configuration.md tells every key as the models have it; the sample configuration loads."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from collector.clock import SystemClock
from collector.plugin.discovery import Plugins, discover
from collector.plugin.durations import format_duration
from collector.plugin.settings import Active, ConnectorSettings
from collector.settings.goals import Bonus, Goal
from collector.settings.keys import CONTAINERS, ChannelRule, Privacy, ProjectKeys, Retention, TopKeys, Vat
from collector.settings.load import load
from collector.settings.model import Margin, WebSettings

ROOT = Path(__file__).parents[2]
SECTIONS: dict[str, type[BaseModel]] = {
    "Keys of the daemon": TopKeys,
    "`web`": WebSettings,
    "`retention`": Retention,
    "Keys of a project": ProjectKeys,
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
