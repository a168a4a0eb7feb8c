"""connectors/yandex_metrica/README.md says what the code does: its tables are made from it."""

import re
from pathlib import Path

from collector.plugin import ConnectorSettings, format_duration
from connectors.yandex_metrica import mapping, plugin, traffic
from connectors.yandex_metrica.settings import CURRENT, MetricaSettings
from tests.connectors.yandex_metrica.asked import Vendor, answering, connector

README = Path(plugin.__file__).with_name("README.md").read_text(encoding="utf-8")


def section(name: str) -> str:
    return re.split(r"^## ", README.split(f"\n## {name}\n")[1], flags=re.MULTILINE)[0].strip()


def test_it_has_the_headings_of_every_connector() -> None:
    assert re.findall(r"^#+ .*", README, re.MULTILINE) == [
        "# Yandex Metrica", "## Permissions", "## Settings", "## Streams", "## Good to know", "## When it fails",
    ]  # fmt: skip


def test_its_settings_are_the_models() -> None:
    fields = MetricaSettings.model_fields
    own = {name: spec for name, spec in fields.items() if name not in ConnectorSettings.model_fields}
    for name, spec in own.items():
        default = f"`{spec.default}`" if isinstance(spec.default, str) else "–"
        assert f"| `{name}` | {default} | {spec.description} |" in section("Settings")
    assert all(f"`{model}`" in section("Settings") for model in CURRENT)


def test_its_streams_are_the_connectors() -> None:
    streams = connector(Vendor(answering())).streams()
    rows = [
        f"| `{each.name}` | {each.kind} | {format_duration(each.every)} | {', '.join(sorted(each.yields))} |"
        for each in streams
    ]
    assert "\n".join(rows) in section("Streams")
    assert all(f"`{name}`" in section("Streams") for each in streams for name in each.provides)
    assert all(f"`{name}`" in section("Streams") for name in mapping.CUT)


def test_every_traffic_source_is_in_it() -> None:
    assert all(f"`{name}`" in section("Good to know") for name in traffic.CHANNELS)
