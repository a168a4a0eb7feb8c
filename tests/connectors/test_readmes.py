"""The README of each built-in connector says what the code does: its tables are made from it.

`kpi-collector connector docs NAME --write connectors/NAME/README.md` brings them up to date.
"""

import re
from pathlib import Path

import pytest

from collector.cli.connector_page import blocks, connectors_table
from collector.cli.marked import pieces
from collector.plugin.discovery import ConnectorInfo, discover
from collector.vocabulary.measures import all_measures

ROOT = Path(__file__).parents[2]
BUILT_IN = {name: info for name, info in discover().connectors.items() if info.origin == "kpi-collector"}
HEADINGS = ["## Permissions", "## Settings", "## Streams", "## Good to know", "## When it fails"]


def readme(name: str) -> str:
    return (ROOT / "connectors" / name / "README.md").read_text(encoding="utf-8")


def made(info: ConnectorInfo) -> dict[str, str]:
    return blocks(info, all_measures(discover().measures))


@pytest.mark.parametrize("name", BUILT_IN)
def test_it_has_the_headings_of_every_connector(name: str) -> None:
    title = BUILT_IN[name].type.title

    prose = re.sub(r"```.*?```", "", readme(name), flags=re.DOTALL)
    assert [line for line in re.findall(r"^#+ .*", prose, re.MULTILINE) if not line.startswith("###")] == [
        f"# {title}",
        *HEADINGS,
    ]


@pytest.mark.parametrize("name", BUILT_IN)
def test_its_tables_are_those_of_the_code(name: str) -> None:
    code, told = made(BUILT_IN[name]), pieces(readme(name))

    assert told.keys() - code.keys() == set()
    assert code.keys() - told.keys() - {"about", "limits"} == set()  # these may be told in words
    for piece, text in told.items():
        assert text == code[piece], f"kpi-collector connector docs {name} --write connectors/{name}/README.md"


def test_the_readmes_list_of_connectors_is_that_of_the_code() -> None:
    pages = {name: f"connectors/{name}/README.md" for name in BUILT_IN}

    told = pieces((ROOT / "README.md").read_text(encoding="utf-8"))["connectors"]

    assert told == connectors_table(BUILT_IN.values(), pages), "kpi-collector connector docs --write README.md"
