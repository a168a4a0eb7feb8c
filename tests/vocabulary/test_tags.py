"""One way to write each value."""

from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.vocabulary.tags import clean_tag, source_medium, split_source_medium


@pytest.mark.parametrize(
    ("written", "clean"),
    [
        ("VK", "vk"),
        ("  spring   sale\t", "spring sale"),
        ("spring+sale", "spring sale"),
        ("spring%20sale", "spring sale"),
        ("spring%2520sale", "spring sale"),
        ("Осенняя Распродажа", "осенняя распродажа"),
        ("%D0%BE%D1%81%D0%B5%D0%BD%D1%8C", "осень"),
        ("%EE%F1%E5%ED%FC", "осень"),
        ("%D0%BE%D1%81%D0%B5%D0", "осе"),
        ("осень%2B%D1%87%D0%B0%D0%B9", "осень чай"),
        ("и\u0306од", "йод"),
        ("\ufeffvk\u200b", "vk"),
        ("100%", "100%"),
        ("50%25", "50%"),
        ("a\x00b", "ab"),
        ("(none)", "(none)"),
        ("id|{phrase_id}|cid|7", "id|{phrase_id}|cid|7"),
        ("spring_{campaign_id}", "spring_{campaign_id}"),
    ],
)
def test_values_are_cleaned(written: str, clean: str) -> None:
    assert clean_tag(written) == clean


@pytest.mark.parametrize(
    "written",
    [
        None,
        "",
        "  ",
        "+",
        "%20",
        "(not set)",
        "(Not Set)",
        "(not+set)",
        "%28not%20set%29",
        "{campaign_id}",
        "{{campaign.name}}",
        "{{ad.id}}_{{adset.id}}",
        "%7Bkeyword%7D",
        "{keyword:чай}",
        "${source}",
    ],
)
def test_what_says_nothing_is_missing(written: str | None) -> None:
    assert clean_tag(written) is None


@pytest.mark.parametrize(
    ("source", "medium", "member"),
    [
        ("Google", "CPC", "google / cpc"),
        ("вк", "Таргет", "вк / таргет"),
        ("(direct)", "(none)", "(direct) / (none)"),
        ("vk", None, "vk / (not set)"),
        ("vk", "(not set)", "vk / (not set)"),
        ("vk", "{medium}", "vk / (not set)"),
        ("", "cpc", "(not set) / cpc"),
        (None, None, "(not set)"),
        ("(not set)", "", "(not set)"),
    ],
)
def test_source_and_medium_are_one_member(source: str | None, medium: str | None, member: str) -> None:
    assert source_medium(source, medium) == member


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("google / organic", ("google", "organic")),
        ("VK/CPC", ("vk", "cpc")),
        ("vk.com/club / referral", ("vk.com/club", "referral")),
        ("https://vk.com/club", ("https://vk.com/club", None)),
        ("(not set)", (None, None)),
        ("(not set) / (not set)", (None, None)),
        (" / cpc", (None, "cpc")),
        ("vk / ", ("vk", None)),
        ("vk", ("vk", None)),
        ("", (None, None)),
    ],
)
def test_the_member_is_read_back(written: str, parts: tuple[str | None, str | None]) -> None:
    assert split_source_medium(written) == parts


@given(st.text(max_size=40))
def test_a_clean_value_stays_as_it_is(written: str) -> None:
    clean = clean_tag(written)

    assert clean_tag(clean) == clean


@given(st.text(alphabet="abcабв /&=?{}()", max_size=20))
def test_encoding_a_value_once_or_twice_does_not_change_it(written: str) -> None:
    assert clean_tag(quote(written)) == clean_tag(written)
    assert clean_tag(quote_plus(quote(written))) == clean_tag(written)
