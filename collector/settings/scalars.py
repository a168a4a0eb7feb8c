"""Values that several keys have in common, and what is told of a wrong one."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field

from collector.plugin.durations import Duration, parse_duration
from collector.settings.faults import mistake
from collector.settings.findings import nearest
from collector.vocabulary.currencies import CURRENCIES, nearest_currency

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def _zone(value: str) -> str:
    try:
        return ZoneInfo(value).key
    except (LookupError, ValueError, OSError):
        near = nearest(value, available_timezones())
        hint = f"Did you mean {near}?" if near else "Write a name such as Europe/Moscow."
        raise mistake(f"{value!r} is no time zone", hint) from None


def _currency(value: str) -> str:
    if value in CURRENCIES:
        return value
    near = nearest_currency(value)
    hint = f"Did you mean {near}?" if near else "Write its ISO 4217 code, such as EUR."
    raise mistake(f"{value!r} is no currency", hint)


def _day(value: object) -> object:
    """Text only as 2026-11-02: pydantic would take seconds since 1970 as well."""
    if isinstance(value, date) or (isinstance(value, str) and _DAY.fullmatch(value)):
        return value
    raise mistake(f"{value!r} is no day", "Write it as 2026-11-02.")


def _texts(value: object) -> object:
    """One text is English."""
    texts = {"en": value} if isinstance(value, str) else value
    if isinstance(texts, Mapping) and (others := sorted({str(key) for key in texts} - {"en", "ru"})):
        raise mistake(f"{others[0]!r} is no language of ours", "Write {en: …, ru: …}.")
    return texts


def _kept(value: object) -> object:
    return value if value == "forever" or not isinstance(value, str) else parse_duration(value)


Zone = Annotated[str, AfterValidator(_zone)]
Currency = Annotated[str, AfterValidator(_currency)]
Day = Annotated[date, BeforeValidator(_day)]
Texts = Annotated[dict[str, str], BeforeValidator(_texts, json_schema_input_type=str | dict[str, str])]
Kept = Annotated[Duration | Literal["forever"], BeforeValidator(_kept)]
Fraction = Annotated[Decimal, Field(ge=0, le=1)]
"""A share: 0.35 is 35 %."""
Price = Annotated[Decimal, Field(gt=0)]
