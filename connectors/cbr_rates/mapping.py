"""The bank's answers → rates. Pure functions: prices are exact decimals, for one unit of a currency."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from xml.etree.ElementTree import Element

from collector.plugin import BadResponse, Rate
from connectors.cbr_rates.markup import parsed

PER = "RUB"
DAILY, DYNAMIC = "/XML_daily.asp", "/XML_dynamic.asp"
_ROOT = "ValCurs"


@dataclass(frozen=True)
class Listed:
    """All rates of a day: `day` is the one for which they were set, which may be earlier than the one asked for."""

    day: date
    rates: tuple[Rate, ...]
    ids: Mapping[str, str]
    """Currency → the bank's own id of it; some end with a letter, so they are never computed."""


def listed(body: bytes) -> Listed:
    """An answer of XML_daily.asp.

    Raises:
        BadResponse: it is none, or holds no rate: the bank answers so to a wrong question.
    """
    root = parsed(body, root=_ROOT, where=DAILY)
    day = _day(root.get("Date"), DAILY)
    rates, ids = [], {}
    for each in root.iter("Valute"):
        currency = _text(each, "CharCode", DAILY)
        rates.append(Rate(day, currency, PER, _price(each, DAILY)))
        ids[currency] = each.get("ID") or ""
    if not rates:
        raise BadResponse(expected="a list of currencies", where=DAILY, got="none")
    return Listed(day, tuple(rates), ids)


def history(body: bytes, currency: str) -> Iterator[Rate]:
    """An answer of XML_dynamic.asp; days for which no rate was set have none.

    Raises:
        BadResponse: it is none.
    """
    for each in parsed(body, root=_ROOT, where=DYNAMIC).iter("Record"):
        yield Rate(_day(each.get("Date"), DYNAMIC), currency, PER, _price(each, DYNAMIC))


def _price(element: Element, where: str) -> Decimal:
    """Of one unit: the nominal may change from one day to the next."""
    value, nominal = (_decimal(_text(element, name, where), where) for name in ("Value", "Nominal"))
    if nominal <= 0 or value <= 0:
        raise BadResponse(expected="a price above zero", where=where, got=f"{value} for {nominal}")
    return value / nominal


def _text(element: Element, name: str, where: str) -> str:
    found = (element.findtext(name) or "").strip()
    if not found:
        raise BadResponse(expected=f"a {name}", where=where, got=f"a {element.tag} without one")
    return found


def _decimal(text: str, where: str) -> Decimal:
    try:
        found = Decimal(text.replace("\xa0", "").replace(" ", "").replace(",", "."))
    except InvalidOperation as error:
        raise BadResponse(expected="a number with a comma", where=where, got=text) from error
    if not found.is_finite():
        raise BadResponse(expected="a number with a comma", where=where, got=text)
    return found


def _day(text: str | None, where: str) -> date:
    parts = (text or "").replace("/", ".").split(".")
    try:
        day, month, year = map(int, parts)
        return date(year, month, day)
    except ValueError as error:
        raise BadResponse(expected="a date such as 21.03.2026", where=where, got=text) from error
