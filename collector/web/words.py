"""Figures, days and ages as people read them, in their language."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from collector.vocabulary.texts import Language, text

_NARROW_SPACE = "\u202f"
_SPACE = "\u00a0"
_DAY = 86400
_AGE_STEPS = ((2 * _DAY, _DAY, "days"), (2 * 3600, 3600, "hours"), (2 * 60, 60, "minutes"))
_MONTHS = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "ru": ("янв.", "февр.", "марта", "апр.", "мая", "июня", "июля", "авг.", "сент.", "окт.", "нояб.", "дек."),
}
_WHOLE_MONEY = Decimal(1000)
"""From here on an amount is shown without its hundredths."""
_BIG_RATIO = Decimal(2)
"""A ratio above it is a multiple (LTV:CAC 3.2), not a share."""


def figure(value: Decimal, *, unit: str, currency: str | None, language: Language, as_share: bool = True) -> str:
    """A KPI's value with its unit; `as_share`: a ratio is written in per cent."""
    above, _, below = unit.partition("/")
    if unit == "ratio" or above == below:
        return f"{_grouped(value * 100, 1, language)}{_SPACE}%" if as_share else _grouped(value, 2, language)
    if unit == "second":
        return _duration(value, language)
    if above == "money":
        amount = _grouped(value, 0 if abs(value) >= _WHOLE_MONEY else 2, language)
        return f"{amount}{_SPACE}{currency}" if currency else amount
    return _grouped(value, 0 if value == value.to_integral_value() else 2, language)


def are_shares(values: Sequence[Decimal]) -> bool:
    """Whether ratios of one KPI read best in per cent."""
    return all(abs(value) < _BIG_RATIO for value in values)


def decimal(value: Decimal, places: int, language: Language) -> str:
    """A number of so many decimals, its thousands apart."""
    return _grouped(value, places, language)


def _grouped(value: Decimal, places: int, language: Language) -> str:
    rounded = value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP) if value.adjusted() < 20 else value
    shown = f"{rounded:,f}"
    if language == "ru":
        shown = shown.replace(",", _NARROW_SPACE).replace(".", ",")
    return shown.replace("-", "−")


def _duration(seconds: Decimal, language: Language) -> str:
    """A figure in its greatest fitting unit, with a tenth where there is one: `3.5 d`."""
    for least, size, name in _AGE_STEPS:
        if seconds >= least:
            return text(name, language, n=_grouped(seconds / size, 1, language).removesuffix(".0").removesuffix(",0"))
    return text("seconds", language, n=_grouped(seconds, 0, language))


def age(passed: timedelta, language: Language) -> str:
    """A duration in its greatest fitting unit: `3 d`, `5 h`, `12 min`."""
    seconds = max(0, int(passed.total_seconds()))
    for least, size, name in _AGE_STEPS:
        if seconds >= least:
            return text(name, language, n=seconds // size)
    return text("seconds", language, n=seconds)


def day(of: date, language: Language) -> str:
    """`20 Nov 2026`."""
    return f"{of.day}{_SPACE}{_MONTHS[language][of.month - 1]}{_SPACE}{of.year}"


def hour(at: datetime, now: datetime, zone: ZoneInfo, language: Language) -> str:
    """An instant that is near: `14:05`, with its day if that is another one."""
    local = at.astimezone(zone)
    return f"{local:%H:%M}" if local.date() == now.astimezone(zone).date() else moment(at, zone, language)


def moment(at: datetime, zone: ZoneInfo, language: Language) -> str:
    """An instant on a zone's clock."""
    local = at.astimezone(zone)
    return f"{day(local.date(), language)}, {local:%H:%M}"
