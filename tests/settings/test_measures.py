"""`measures:`: measures of the user's own, which sources may give and formulas may name."""

from collections.abc import Callable
from typing import Any

import pytest

from collector.plugin.discovery import discover
from collector.plugin.measure import Measure
from collector.settings.show import effective
from tests.settings.conftest import Folder

Errors = Callable[..., list[str]]

SOURCES = """currency: EUR
sources:
  site: {connector: acme, token: t}
"""


def test_a_measure_is_a_unit_or_more(folder: Any) -> None:
    config = folder.load(
        SOURCES
        + """measures:
  calls: call
  salaries: {unit: money, title: {en: Salaries, ru: Зарплаты}}
  seats: {unit: seat, aggregation: last, title: Seats}
"""
    )

    assert [config.measures[name] for name in ("calls", "salaries", "seats")] == [
        Measure("calls", "call"),
        Measure("salaries", "money"),
        Measure("seats", "seat", "last"),
    ]
    assert config.measures["salaries"].title == {"en": "Salaries", "ru": "Зарплаты"}
    assert config.measures["seats"].title == {"en": "Seats"}
    assert "sessions" in config.measures


def test_a_source_may_give_it(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = """
        currency: EUR
        measures: {calls: call}
        sources: {phone: {connector: csv, record: fact, path: calls.csv, columns: {day: date, calls: number}}}
    """
    (source,) = Folder(tmp_path, discover()).load(text).sources

    assert [list(stream.provides) for stream in source.streams] == [["calls"]]


def test_measures_of_all_projects_are_one_vocabulary(folder: Any) -> None:
    config = folder.load(
        SOURCES
        + """measures: {calls: call}
projects:
  shop: {measures: {visits: visit, calls: {unit: call, aggregation: sum}}, sources: {a: {connector: acme, token: u}}}
"""
    )

    assert list(config.own_measures) == ["calls", "visits"]


def test_an_included_file_adds_its_measures(folder: Any) -> None:
    folder.write("more.yml", "measures: {visits: visit}")

    assert list(folder.load("include: more.yml\nmeasures: {calls: call}\n" + SOURCES).own_measures) == [
        "calls",
        "visits",
    ]


def test_they_are_shown_with_what_is_in_effect(folder: Any) -> None:
    config = folder.load(SOURCES + "measures: {calls: call, seats: {unit: seat, aggregation: last, title: Seats}}")

    assert effective(config)["measures"] == {
        "calls": {"unit": "call", "aggregation": "sum"},
        "seats": {"unit": "seat", "aggregation": "last", "title": {"en": "Seats"}},
    }


def test_one_that_exists_may_be_told_again_as_it_is(folder: Any) -> None:
    config = folder.load(SOURCES + "measures: {leads: lead, followers: {unit: follower, aggregation: last}}")

    assert config.own_measures == {}
    assert config.measures["leads"].of == ("lead",)


@pytest.mark.parametrize(
    ("measure", "told"),
    [
        ("spend: lead", "spend: is built in, as money, sum → Choose another name, or say the same."),
        ("followers: follower", "followers: is built in, as follower, last → Choose another name, or say the same."),
        ("users_28d: user", "users_28d: is built in, as user, given → Choose another name, or say the same."),
        ("calls_total: call", "calls_total: 'calls_total' is reserved → Names do not end with "),
        ("step: call", "step: 'step' is reserved → It is a label of the metrics; choose another name."),
        ("Calls: call", "Calls: 'Calls' is no name → A name is lower case letters, digits and _, a letter first."),
        ("calls: money/call", "calls: 'money/call' is no unit of a measure → Write money, second, or a noun"),
        ("calls: Call", "calls: 'Call' is no unit of a measure → "),
        ("calls: {unit: 7}", "calls.unit: '7' is no unit of a measure → "),
        ("calls: 7", "calls: found 7; should be a mapping"),
        ("calls: [call]", "calls: found a list; should be a "),
        ("calls:", "calls: has no value"),
        ("share: ratio", "share: adds up shares, which means nothing → "),
        ("calls: {aggregation: sum}", "calls.unit: is missing → money, second, or a noun for what is counted."),
        ("calls: {unit: call, agregation: sum}", "calls.agregation: unknown key → Did you mean aggregation?"),
        ("calls: {unit: call, aggregation: given}", "calls.aggregation: found 'given'; should be 'sum' or 'last' → "),
        ("calls: {unit: call, title: {de: Anrufe}}", "calls.title: 'de' is no language of ours → "),
    ],
)
def test_what_cannot_be_a_measure_is_told(errors: Errors, measure: str, told: str) -> None:
    (found,) = errors(SOURCES + f"measures:\n  {measure}\n")

    assert found.startswith(f"collector.yml:5: measures.{told}")


def test_two_definitions_of_one_name_are_told_at_the_later(folder: Any) -> None:
    text = SOURCES + "measures: {calls: call}\nprojects:\n  shop:\n    measures:\n      calls: money\n    sources: {}\n"

    assert folder.errors(text) == [
        "collector.yml:8: projects.shop.measures.calls: is defined in collector.yml:4 already, as call, sum"
        " → Choose another name, or say the same."
    ]
