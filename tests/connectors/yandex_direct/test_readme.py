"""connectors/yandex_direct/README.md says what the code does: its tables are those of the code."""

import re
from pathlib import Path

from collector.plugin import ConnectorSettings, format_duration
from connectors.yandex_direct import mapping, plugin
from connectors.yandex_direct.settings import YandexDirectSettings
from tests.connectors.yandex_direct.desk import Desk

README = Path(plugin.__file__).with_name("README.md").read_text(encoding="utf-8")


def section(name: str) -> str:
    return re.split(r"^## ", README.split(f"\n## {name}\n")[1], flags=re.MULTILINE)[0].strip()


def test_it_has_the_headings_of_every_connector() -> None:
    assert re.findall(r"^#+ .*", README, re.MULTILINE) == [
        "# Yandex Direct", "## Permissions", "## Settings", "## Streams", "## Good to know", "## When it fails",
    ]  # fmt: skip


def test_its_settings_are_the_models() -> None:
    fields = YandexDirectSettings.model_fields
    for name, spec in fields.items():
        if name not in ConnectorSettings.model_fields:
            told = "–" if spec.default is None else f"`{str(spec.default).replace('True', 'true')}`"
            default = "required" if spec.is_required() else told
            assert f"| `{name}` | {default} | {spec.description} |" in section("Settings")


def test_its_streams_are_the_connectors(tmp_path: Path) -> None:
    (stream,) = Desk(tmp_path).bench.connector.streams()
    told = ", ".join(sorted(stream.yields))
    row = f"| `{stream.name}` | {stream.kind} | {format_duration(stream.every)} | {told} |"

    assert row in section("Streams")
    for name in (*mapping.MEASURES, *mapping.CUT):
        assert f"`{name}`" in section("Streams")
