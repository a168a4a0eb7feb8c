"""connectors/http_json/README.md: what belongs to this connector alone; its settings are looked at with all others'."""

import re
from pathlib import Path

import pytest

from connectors.http_json import plugin
from connectors.http_json.names import CLICK_IDS, PLACEHOLDERS, RECORDS_OF
from connectors.http_json.templates import FORMATS

README = Path(plugin.__file__).with_name("README.md").read_text(encoding="utf-8")


def section(name: str) -> str:
    return re.split(r"^## ", README.split(f"\n## {name}\n")[1], flags=re.MULTILINE)[0].strip()


@pytest.mark.parametrize("kind", RECORDS_OF)
def test_it_names_what_a_stream_of_each_kind_yields_and_its_placeholders(kind: str) -> None:
    row = next(line for line in section("Streams").splitlines() if line.startswith(f"| `{kind}` |"))

    for name in RECORDS_OF[kind]:
        assert f"`{name}`" in row
    for name in PLACEHOLDERS[kind]:
        assert f"`{{{name}}}`" in row


def test_it_names_the_formats_and_click_ids() -> None:
    for form in ("`iso`", "`date`", "`unix`", "`ms`", *(f"`{name}`" for name in CLICK_IDS)):
        assert form in README
    assert FORMATS.startswith("date, iso, unix, ms")
