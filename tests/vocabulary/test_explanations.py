"""What explanations say: every text in both languages, with the same places."""

import re
from string import Formatter

import pytest

from collector.kpi.values import UNDEFINED_REASONS
from collector.plugin.records import FLAGS as RECORD_FLAGS
from collector.vocabulary import explanations
from collector.vocabulary.explanations import ADVICE, FLAGS, TABLES, UNITS, Words, say
from collector.vocabulary.measures import BUILT_IN
from collector.vocabulary.texts import LANGUAGES

DOUBTS = {"partial", "provisional", "immature", "vat_unset", *RECORD_FLAGS}


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_all_tables_are_listed() -> None:
    found = [each for name, each in vars(explanations).items() if name.isupper() and name != "TABLES"]

    assert [id(each) for each in found] == [id(each) for each in TABLES]


@pytest.mark.parametrize("words", TABLES)
def test_every_text_is_there_in_both_languages_with_the_same_places(words: Words) -> None:
    for key, texts in words.items():
        assert set(texts) == set(LANGUAGES), key
        assert all(texts.values()), key
        assert places(texts["en"]) == places(texts["ru"]), key


@pytest.mark.parametrize("words", TABLES)
def test_russian_is_russian(words: Words) -> None:
    for key, texts in words.items():
        said = re.sub(r"\{.*?\}|`.*?`", "", texts["ru"])
        assert re.search("[а-яё]", said, re.IGNORECASE) or not re.search("[a-z]", said, re.IGNORECASE), key


def test_every_reason_and_every_doubt_has_a_sentence() -> None:
    assert set(ADVICE) == set(UNDEFINED_REASONS)
    assert set(FLAGS) == DOUBTS


def test_every_unit_of_a_built_in_measure_has_a_word() -> None:
    assert {measure.unit for measure in BUILT_IN} <= set(UNITS)


def test_a_key_that_nobody_put_into_words_stands_for_itself() -> None:
    assert say(UNITS, "subscription", "ru") == "subscription"
