"""Every KPI of the catalogue has a worked example, and its numbers are true."""

import re
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from collector.kpi.catalogue import resolve_kpis
from collector.settings.model import Config, Project, WebSettings
from collector.vocabulary.measures import all_measures
from collector.vocabulary.texts import LANGUAGES, Language
from tests.kpi.examples import (
    COMPANY,
    DOCS,
    DOCUMENTS,
    EVER,
    EXAMPLES,
    LATE,
    PAID,
    SEPTEMBER,
    Company,
    Example,
    Reader,
    by_hand,
    document,
)

SUM = re.compile(r"\w+\.csv: \d+( \+ \d+)+")


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    with Company(tmp_path_factory.mktemp("example")).reading() as reader:
        yield reader


def test_every_kpi_of_the_catalogue_has_an_example() -> None:
    project = Project("default", ZoneInfo("UTC"), "EUR")
    config = Config(Path("collector.yml"), "", WebSettings(), {"default": project}, all_measures())

    assert [each.kpi for each in EXAMPLES] == [kpi.name for kpi in resolve_kpis(config, project, [])]


@pytest.mark.parametrize("example", [pytest.param(each, id=each.kpi) for each in EXAMPLES])
def test_the_program_finds_what_was_found_by_hand(company: Reader, example: Example) -> None:
    found = company.explained(example)

    inputs = {each["name"]: each["value"] for each in found["inputs"]}
    assert inputs == {name: by_hand(example, name).value for name in inputs}
    assert (found["value"], found["undefined"], found["flags"]) == (example.value, None, list(example.doubts))


def test_the_sums_in_the_notes_come_to_the_figures() -> None:
    figures = [*SEPTEMBER.values(), *PAID.values(), *EVER.values(), *LATE.values()]
    sums = [(each, note) for each in figures for note in (each.en, each.ru) if SUM.fullmatch(note)]

    assert len(sums) > 30
    for each, note in sums:
        assert sum(map(int, note.partition(": ")[2].split(" + "))) == int(each.value), note


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_documents_say_what_the_program_says(company: Reader, language: Language) -> None:
    written = (DOCS / DOCUMENTS[language]).read_text(encoding="utf-8")

    assert written == document(company, language), "write them anew: python -m tests.kpi.examples"


def test_the_company_is_small_enough_to_be_checked_by_hand() -> None:
    rows = [row for path in COMPANY.glob("*.csv") for row in path.read_text(encoding="utf-8").splitlines()[1:]]

    assert len(rows) < 60
