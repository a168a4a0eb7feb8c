"""Numbers, units and days in an explanation: exact as far as a person reads, in the reader's language."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal

from collector.vocabulary.explanations import UNITS, say
from collector.vocabulary.texts import Language
from collector.web import words

_SPACE = "\u00a0"
_ONE = Decimal(1)
_MOST_DIGITS = 20
_MOST_DAYS = 10


def rounded(value: Decimal, places: int = 4) -> Decimal:
    """A figure as people read it: four decimals at most, and no zeros behind them."""
    if value.adjusted() > _MOST_DIGITS:
        return value
    short = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN).normalize()
    return short.quantize(_ONE) if short == short.to_integral_value() else short


def readable(value: Decimal, places: int = 4) -> Decimal:
    """The same, with more decimals for what is small: so many digits that say something."""
    return rounded(value, max(places, places - 1 - value.adjusted()) if value else places)


def number(value: Decimal, language: Language) -> str:
    """`12 000.5`, in Russian `12 000,5`."""
    return _grouped(readable(value), language)


def _grouped(value: Decimal, language: Language) -> str:
    text = f"{value:,f}".replace(",", _SPACE)
    return text.replace(".", ",") if language == "ru" else text


def is_exact(value: Decimal) -> bool:
    """Whether `number` shows all of it."""
    return readable(value) == value


def amount(value: Decimal, unit: str, currency: str | None, language: Language) -> str:
    """A figure with its unit: `600 EUR/customer`, `12 [lead]`, `0.25 (25 %)`, `5 400 s (1.5 h)`."""
    shown = number(value, language)
    above, _, below = unit.partition("/")
    if unit == "ratio":
        share = _grouped(readable(value * 100, 2), language)
        return f"{shown} ({share}{_SPACE}%)"
    if unit == "second":
        told = words.figure(value, unit=unit, currency=None, language=language)
        return f"{shown} [{say(UNITS, unit, language)}] ({told})"
    if above == "money":
        per = f"/{say(UNITS, below, language)}" if below else ""
        return f"{shown} {currency or say(UNITS, above, language)}{per}"
    named = "/".join(say(UNITS, each, language) for each in (above, below) if each)
    return f"{shown} [{named}]"


def days(found: Iterable[date]) -> str:
    """The days one by one, at most ten of them."""
    told = [day.isoformat() for day in found]
    return ", ".join(told[:_MOST_DAYS]) + (f", … +{len(told) - _MOST_DAYS}" if len(told) > _MOST_DAYS else "")


def moment(at: datetime) -> str:
    """An instant in UTC, to the minute."""
    return f"{at:%Y-%m-%d %H:%M}Z"
