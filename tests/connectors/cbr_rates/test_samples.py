"""The bank's answers come to rates, value by value; what is none is a bad response."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from collector.plugin import BadResponse, Rate
from connectors.cbr_rates.mapping import history, listed
from connectors.cbr_rates.markup import parsed

SAMPLES = Path(__file__).with_name("samples")


def sample(name: str) -> bytes:
    return (SAMPLES / f"{name}.xml").read_bytes()


def rate(day: int, currency: str, value: str) -> Rate:
    return Rate(date(2026, 3, day), currency, "RUB", Decimal(value))


def test_a_days_rates_are_for_one_unit() -> None:
    found = listed(sample("daily"))

    assert found.rates == (rate(21, "USD", "83.1204"), rate(21, "KZT", "0.168817"), rate(21, "UZS", "0.0066521"))
    assert found.ids == {"USD": "R01235", "KZT": "R01335", "UZS": "R01717"}


def test_a_sunday_is_answered_with_saturdays_rates_also_without_a_rate_of_one_unit() -> None:
    assert listed(sample("daily_sunday_answers_saturday")).rates == (rate(21, "EUR", "90.4417"),)


def test_a_currencys_days_without_a_rate_have_no_record() -> None:
    assert list(history(sample("dynamic"), "USD")) == [
        rate(3, "USD", "83.1204"),
        rate(4, "USD", "83.0107"),
        rate(11, "USD", "82.4450"),
    ]
    assert list(history(sample("dynamic_empty"), "USD")) == []


def test_a_nominal_that_changes_changes_no_price() -> None:
    assert list(history(sample("dynamic_nominal_changes"), "TRY")) == [
        rate(3, "TRY", "1.942"),
        rate(4, "TRY", "1.9431"),
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"Error in parameters",
        b"<html><body>down</body></html>",
        sample("daily")[:300],
        b'<?xml version="1.0" encoding="windows-1251"?><ValCurs Date="21.03.2026" name=""></ValCurs>',
        sample("daily").replace(b"83,1204", b"a lot"),
        sample("daily").replace(b"83,1204", b"NaN"),
        sample("daily").replace(b"83,1204", b"-1"),
        sample("daily").replace(b"<Nominal>1<", b"<Nominal>0<"),
        sample("daily").replace(b"<Value>83,1204</Value>", b""),
        sample("daily").replace(b"21.03.2026", b"yesterday"),
        sample("daily").replace(b"windows-1251", b"klingon-8"),
    ],
)
def test_what_is_no_list_of_rates_is_a_bad_response(body: bytes) -> None:
    with pytest.raises(BadResponse):
        listed(body)


LAUGHS = '<!DOCTYPE v [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><ValCurs Date="21.03.2026">&b;</ValCurs>'
EXTERNAL = '<!DOCTYPE v [<!ENTITY a SYSTEM "file:///etc/hostname">]><ValCurs Date="21.03.2026">&a;</ValCurs>'


@pytest.mark.parametrize("text", [LAUGHS, EXTERNAL, '<!DOCTYPE ValCurs SYSTEM "http://127.0.0.1/x.dtd"><ValCurs/>'])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "windows-1251"])
def test_a_document_type_is_refused_in_whatever_encoding(text: str, encoding: str) -> None:
    body = f'<?xml version="1.0" encoding="{encoding}"?>{text}'.encode(encoding)

    with pytest.raises(BadResponse, match="a document type"):
        parsed(body, root="ValCurs", where="x")


def test_names_are_in_windows_1251() -> None:
    first, *_ = parsed(sample("daily"), root="ValCurs", where="x")
    assert first.findtext("Name") == "Доллар США"
