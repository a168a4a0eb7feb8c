"""docs/kpis.md and docs/measures.md say what the code says."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from collector.kpi.catalogue import built_in, resolve_kpis
from collector.kpi.definition import Definition
from collector.kpi.values import UNDEFINED_REASONS, Kpi
from collector.settings.errors import ConfigErrors
from collector.settings.model import Config, Project, WebSettings
from collector.snapshot.families import family_name
from collector.vocabulary.explanations import ADVICE, say
from collector.vocabulary.measures import BUILT_IN, all_measures
from collector.vocabulary.texts import REASONS

DOCS = Path(__file__).parents[2] / "docs"


def section(document: str, name: str) -> list[str]:
    """The lines between the markers of a table."""
    text = (DOCS / document).read_text(encoding="utf-8")
    found = re.search(rf"<!-- table: {name} -->\n(.*?)<!-- end -->", text, re.DOTALL)
    assert found is not None
    return found.group(1).splitlines()


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    header = list(header)
    return [
        f"| {' | '.join(header)} |",
        f"| {' | '.join('---' for _ in header)} |",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]


def catalogue() -> list[str]:
    project = Project("default", ZoneInfo("UTC"), "EUR")
    config = Config(Path("collector.yml"), "", WebSettings(), {"default": project}, all_measures())
    return table(
        ["KPI", "formula", "unit", "better", "windows", "metric", "en", "ru"],
        (row(kpi) for kpi in resolve_kpis(config, project, [])),
    )


def row(kpi: Kpi) -> list[str]:
    label = "" if kpi.label is None else f'{{{kpi.label[0]}="{kpi.label[1]}"}}'
    where = "".join(f", where {dimension}: {', '.join(members)}" for dimension, members in kpi.where)
    optional = f", optional: {', '.join(kpi.optional)}" if kpi.optional else ""
    return [
        f"`{kpi.name}`",
        f"`{kpi.formula}`{where}{optional}",
        kpi.unit,
        kpi.better,
        " ".join(kpi.windows),
        f"`{family_name(kpi, None)}{label}`",
        f"**{kpi.title['en']}**: {kpi.description['en']}",
        f"**{kpi.title['ru']}**: {kpi.description['ru']}",
    ]


def keys() -> list[str]:
    fields = Definition.model_fields.items()
    return table(
        ["key", "meaning"],
        (
            [f"`{name}`" + (" (required)" if each.is_required() else ""), each.description or ""]
            for name, each in fields
        ),
    )


def reasons() -> list[str]:
    return table(
        ["reason", "meaning", "what to do"],
        (
            [f"`{reason}`", REASONS[reason]["en"], say(ADVICE, reason, "en", missing="the measures that it names")]
            for reason in UNDEFINED_REASONS
        ),
    )


def test_every_kpi_of_the_catalogue_is_documented_as_it_is() -> None:
    assert section("kpis.md", "catalogue") == catalogue()


def test_every_key_of_a_definition_is_documented() -> None:
    assert section("kpis.md", "keys") == keys()


def test_every_reason_for_no_value_is_documented() -> None:
    assert section("kpis.md", "reasons") == reasons()


def test_every_measure_is_documented_in_both_languages() -> None:
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section("measures.md", "measures")[2:]]

    assert [row[:4] for row in rows] == [
        [f"`{each.name}`", each.unit, each.aggregation, ", ".join(each.of) or "–"] for each in BUILT_IN
    ]
    assert all(re.search("[a-z]", row[4]) and re.search("[а-я]", row[5]) for row in rows)


MISTAKES: list[dict[str, Any]] = [
    {"formula": "spend / leeds"},
    {"formula": "spend + leads"},
    {"unit": "ratio"},
    {"formula": "exit()"},
    {"formula": "1" + "+1" * 5000},
    {"name": "a", "formula": "b"},
    {"name": "goal_x"},
    {"constants": {"spend": 1}},
    {"constants": {"fee": 1}},
    {"windows": ["all"], "lag": "14d"},
    {"formula": "revenue / leads", "lag": "14d"},
]


def test_every_mistake_that_is_shown_is_told_so() -> None:
    text = (DOCS / "kpis.md").read_text(encoding="utf-8")
    shown = re.findall(r"^\| [^|]+ \| `+ ?(.+?)`+ \|$", text[text.index("| mistake |") :], re.MULTILINE)

    assert shown == [told(each) for each in MISTAKES]


def told(changed: Mapping[str, Any]) -> str:
    """What is told of a definition, the first thing."""
    kpi = {"name": "mine", "formula": "spend / leads", "unit": "money/lead", "better": "down", **changed}
    circle = [{**kpi, "name": "b", "formula": "a"}] if kpi["name"] == "a" else []
    project = Project("default", ZoneInfo("UTC"), "EUR", kpis=(kpi, *circle))
    config = Config(Path("collector.yml"), "", WebSettings(), {"default": project}, all_measures())
    with pytest.raises(ConfigErrors) as caught:
        resolve_kpis(config, project, [])
    return next(each.fault for each in caught.value.errors if "cannot be used" not in each.fault)


def test_both_definitions_of_romi_and_roas_are_shown() -> None:
    text = (DOCS / "kpis.md").read_text(encoding="utf-8")
    of_new, of_all = ({each.name: each.formula for each in built_in(which)} for which in ("new", "all"))

    for name in ("romi", "roas"):
        assert f"| `{name}` | `{of_new[name]}` | `{of_all[name]}` |" in text
    assert {name for name, formula in of_new.items() if of_all[name] != formula} == {"romi", "roas"}
