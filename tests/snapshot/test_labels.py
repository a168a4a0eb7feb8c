"""Label values and numbers: whatever a vendor sends, a scrape can be read."""

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.snapshot.labels import MAX_CHARACTERS, clean, escape, labels, number, plain_number, unique_titles


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("12", "12"),
        ("0", "0"),
        ("-0", "0"),
        ("0.00", "0"),
        ("12.500000", "12.5"),
        ("100", "100"),
        ("1E+3", "1000"),
        ("9007199254740993", "9007199254740993"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("0.3333333333333333333333333333", "0.3333333333333333"),
        ("0.1", "0.1"),
        ("-1234.5", "-1234.5"),
        ("1E-9", "1e-09"),
        ("NaN", None),
        ("Infinity", None),
        ("1E+400", None),
    ],
)
def test_numbers_are_written_as_short_as_they_are_exact(value: str, text: str | None) -> None:
    assert number(Decimal(value)) == text


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**40), max_value=10**40))
def test_a_number_is_read_back_as_the_nearest_float(value: Decimal) -> None:
    text = number(value)

    assert text is not None
    assert float(text) == float(value)


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**18), 10**18))
def test_our_own_figures_are_read_back_exactly(value: float) -> None:
    assert float(plain_number(value)) == float(value)


def test_a_label_is_escaped() -> None:
    assert labels(title='a\\b "c"\nd') == '{title="a\\\\b \\"c\\"\\nd"}'


def test_control_characters_become_spaces_and_lone_surrogates_a_mark() -> None:
    assert clean("a\x00b\tc\rd\ud800e\nf") == "a b c d\ufffde\nf"


def test_a_long_label_is_cut_with_a_hash_of_the_whole() -> None:
    one, other = clean("x" * 200 + "1"), clean("x" * 200 + "2")

    assert clean("x" * MAX_CHARACTERS) == "x" * MAX_CHARACTERS
    assert len(one) == MAX_CHARACTERS
    assert one[:-8] == other[:-8] == "x" * 191 + "…"
    assert one != other


@given(st.dictionaries(st.text(max_size=3), st.none() | st.text("ab()​ 1", max_size=4) | st.just("x" * 300), max_size=8))
def test_titles_are_unique_whatever_the_members_are_called(members: dict[str, str | None]) -> None:
    shown = unique_titles(members.items(), taken=("a",))

    assert len(set(shown.values())) == len(members)
    assert "a" not in shown.values()
    assert all(math.inf > len(title) > 0 and len(title) <= MAX_CHARACTERS for title in shown.values())


@given(st.lists(st.tuples(st.text("abc", min_size=1, max_size=2), st.text("ab", max_size=2)), unique_by=lambda m: m[0]))
def test_titles_do_not_depend_on_the_order(members: list[tuple[str, str]]) -> None:
    assert unique_titles(members) == unique_titles(reversed(members))


@given(st.text())
def test_an_escaped_text_has_no_bare_quote_or_line_break(text: str) -> None:
    assert "\n" not in escape(text)
    assert '"' not in escape(text).replace("\\\\", "").replace('\\"', "")
