"""connectors/csv/README.md: what belongs to this connector alone; its settings are looked at with all others'."""

from pathlib import Path
from typing import Any

from collector.plugin import format_duration
from connectors.csv import plugin
from connectors.csv.names import CLICK_IDS, FACT_DIMENSIONS

README = Path(plugin.__file__).with_name("README.md").read_text(encoding="utf-8")


def test_its_stream_is_the_connectors(desk: Any) -> None:
    (stream,) = desk.source(record="deal", columns={"closed_at": "d", "amount": "a", "status": "s"}).streams()

    row = f"| `{stream.name}` | {stream.kind} | {format_duration(stream.every)} | what `record` says |"
    assert row in README.splitlines()


def test_it_names_what_columns_may_hold() -> None:
    for name in (*FACT_DIMENSIONS, *CLICK_IDS):
        assert f"`{name}`" in README
