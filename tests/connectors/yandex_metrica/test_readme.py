"""connectors/yandex_metrica/README.md says what the code does: its tables are made from it."""

import re
from pathlib import Path

from connectors.yandex_metrica import plugin, traffic

README = Path(plugin.__file__).with_name("README.md").read_text(encoding="utf-8")


def section(name: str) -> str:
    return re.split(r"^## ", README.split(f"\n## {name}\n")[1], flags=re.MULTILINE)[0].strip()


def test_every_traffic_source_is_in_it() -> None:
    assert all(f"`{name}`" in section("Good to know") for name in traffic.CHANNELS)
