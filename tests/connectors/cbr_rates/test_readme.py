"""connectors/cbr_rates/README.md says what the code does: its tables are made from it."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from collector.plugin import ConnectorSettings, SourceContext, format_duration
from connectors.cbr_rates import plugin
from connectors.cbr_rates.settings import CbrSettings

README = Path(plugin.__file__).with_name("README.md").read_text(encoding="utf-8")


def section(name: str) -> str:
    return re.split(r"^## ", README.split(f"\n## {name}\n")[1], flags=re.MULTILINE)[0].strip()


def test_it_has_the_headings_of_every_connector() -> None:
    assert re.findall(r"^#+ .*", README, re.MULTILINE) == [
        "# Bank of Russia", "## Permissions", "## Settings", "## Streams", "## Good to know", "## When it fails",
    ]  # fmt: skip


def test_its_settings_are_the_models() -> None:
    own = {name: spec for name, spec in CbrSettings.model_fields.items() if name not in ConnectorSettings.model_fields}
    for name, spec in own.items():
        assert f"| `{name}` | – | {spec.description} |" in section("Settings")


def test_its_streams_are_the_connectors() -> None:
    context = SourceContext("default", "rates", ZoneInfo("UTC"), "RUB", lambda: datetime.now(UTC))
    client: Any = None
    for each in plugin.CbrRates(CbrSettings(), context, client).streams():
        yields = ", ".join(sorted(each.yields))
        assert f"| `{each.name}` | {each.kind} | {format_duration(each.every)} | {yields} |" in section("Streams")
