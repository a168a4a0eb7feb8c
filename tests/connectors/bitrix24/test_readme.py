"""connectors/bitrix24/README.md says what the code does: its tables are made from it."""

import re
from pathlib import Path

from collector.plugin import ConnectorSettings, format_duration
from connectors.bitrix24 import plugin
from connectors.bitrix24.settings import Bitrix24Settings
from tests.connectors.bitrix24.asked import Portal, connector

README = Path(plugin.__file__).with_name("README.md").read_text(encoding="utf-8")


def section(name: str) -> str:
    return re.split(r"^## ", README.split(f"\n## {name}\n")[1], flags=re.MULTILINE)[0].strip()


def test_it_has_the_headings_of_every_connector() -> None:
    assert re.findall(r"^#+ .*", README, re.MULTILINE) == [
        "# Bitrix24", "## Permissions", "## Settings", "## Streams", "## Good to know", "## When it fails",
    ]  # fmt: skip


def test_its_settings_are_the_models() -> None:
    fields = Bitrix24Settings.model_fields
    own = {name: spec for name, spec in fields.items() if name not in ConnectorSettings.model_fields}
    for name, spec in own.items():
        default = "–" if spec.default in (None, {}) else f"`{spec.default}`"
        assert f"| `{name}` | {default} | {spec.description} |" in section("Settings")


def test_its_streams_are_the_connectors() -> None:
    rows = [
        f"| `{each.name}` | {each.kind} | {format_duration(each.every)} | {', '.join(sorted(each.yields))} |"
        for each in connector(Portal(lambda *_: [])).streams()
    ]
    assert "\n".join(rows) in section("Streams")
