"""connectors/google_analytics/README.md says what the code does: its tables are made from it."""

import re
from pathlib import Path

from collector.plugin import ConnectorSettings, format_duration
from connectors.google_analytics import plugin
from connectors.google_analytics.settings import GoogleAnalyticsSettings
from tests.connectors.google_analytics.place import placed

README = Path(plugin.__file__).with_name("README.md").read_text(encoding="utf-8")


def section(name: str) -> str:
    return re.split(r"^## ", README.split(f"\n## {name}\n")[1], flags=re.MULTILINE)[0].strip()


def test_it_has_the_headings_of_every_connector() -> None:
    assert re.findall(r"^#+ .*", README, re.MULTILINE) == [
        "# Google Analytics 4", "## Permissions", "## Settings", "## Streams", "## Good to know", "## When it fails",
    ]  # fmt: skip


def test_its_settings_are_the_models() -> None:
    for name, spec in GoogleAnalyticsSettings.model_fields.items():
        if name in ConnectorSettings.model_fields and name != "base_url":
            continue
        default = spec.default
        told = "required" if spec.is_required() else "–" if default in (None, {}, []) else f"`{default}`"
        told = told.replace("True", "true")
        assert f"| `{name}` | {told} | {spec.description} |" in section("Settings")


def test_its_streams_are_the_connectors(tmp_path: Path) -> None:
    with placed(tmp_path, ad_cost=["google_ads"]) as place:
        rows = [
            f"| `{each.name}` | {each.kind} | {format_duration(each.every)} | {', '.join(sorted(each.yields))} |"
            for each in place.bench.streams
        ]
        measures = {name for each in place.bench.streams for name in each.provides}
    assert "\n".join(rows) in section("Streams")
    assert all(f"`{name}`" in section("Streams") for name in measures)
