"""connectors/google_analytics/README.md says what the code does: its tables are made from it."""

import re
from pathlib import Path

from collector.plugin import format_duration
from connectors.google_analytics import plugin
from tests.connectors.google_analytics.place import placed

README = Path(plugin.__file__).with_name("README.md").read_text(encoding="utf-8")


def section(name: str) -> str:
    return re.split(r"^## ", README.split(f"\n## {name}\n")[1], flags=re.MULTILINE)[0].strip()


def test_its_streams_are_the_connectors(tmp_path: Path) -> None:
    with placed(tmp_path, ad_cost=["google_ads"]) as place:
        rows = [
            f"| `{each.name}` | {each.kind} | {format_duration(each.every)} | {', '.join(sorted(each.yields))} |"
            for each in place.bench.streams
        ]
        measures = {name for each in place.bench.streams for name in each.provides}
    assert "\n".join(rows) in section("Streams")
    assert all(f"`{name}`" in section("Streams") for name in measures)
