"""connectors/csv/README.md says what the code does: its tables are made from it."""

import re
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from collector.plugin import ConnectorSettings, format_duration
from connectors.csv import plugin
from connectors.csv.names import CLICK_IDS, FACT_DIMENSIONS
from connectors.csv.settings import CsvSettings

README = Path(plugin.__file__).with_name("README.md").read_text(encoding="utf-8")


def section(name: str) -> str:
    return re.split(r"^## ", README.split(f"\n## {name}\n")[1], flags=re.MULTILINE)[0].strip()


def settings_table() -> str:
    """The connector's own settings; those of every source are documented once for all."""
    own = {name: spec for name, spec in CsvSettings.model_fields.items() if name not in ConnectorSettings.model_fields}
    rows = [f"| `{name}` | {default(spec)} | {spec.description} |" for name, spec in own.items()]
    return "\n".join(["| key | default | for |", "|---|---|---|", *rows])


def default(spec: FieldInfo) -> str:
    if spec.is_required():
        return "required"
    return "–" if spec.default in (None, {}) else f"`{spec.default}`"


def streams_table(desk: Any) -> str:
    (stream,) = desk.source(record="deal", columns={"closed_at": "d", "amount": "a", "status": "s"}).streams()
    return "\n".join(
        [
            "| stream | kind | interval | yields |",
            "|---|---|---|---|",
            f"| `{stream.name}` | {stream.kind} | {format_duration(stream.every)} | what `record` says |",
        ]
    )


def test_it_has_the_headings_of_every_connector() -> None:
    assert re.findall(r"^#+ .*", README, re.MULTILINE) == [
        "# CSV files", "## Permissions", "## Settings", "## Streams", "## Good to know", "## When it fails",
    ]  # fmt: skip


def test_its_settings_are_the_models() -> None:
    assert settings_table() in section("Settings")


def test_its_streams_are_the_connectors(desk: Any) -> None:
    assert streams_table(desk) in section("Streams")


def test_it_names_what_columns_may_hold() -> None:
    for name in (*FACT_DIMENSIONS, *CLICK_IDS):
        assert f"`{name}`" in README
