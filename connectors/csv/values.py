"""Cells to values: numbers, days, instants, truths.

Each reader raises `InvalidRecord`, which says what would be right. A blank cell is no value:
None for a number, wrong for a day.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal
from typing import TypeVar
from zoneinfo import ZoneInfo

from collector.plugin import InvalidRecord
from connectors.csv.settings import ISO

K = TypeVar("K", bound=str | tuple[str, ...])
V = TypeVar("V")

_SPACES = " \u00a0\u2007\u2009\u202f"  # plain, no-break, figure, thin, narrow no-break
_MOST_DIGITS = 64
_NOON = time(12)
_CLOCK = re.compile(r"%-?[HIMSfpXc]")
_TRUTHS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


class Memo(dict[K, V]):
    """What cells mean, remembered within a bound: days, campaigns and counts repeat a lot.

    Looking up what is known costs no call of ours. `room` is in characters of keys, with 64
    for each entry; past it the memo begins anew.
    """

    def __init__(self, read: Callable[[K], V], *, room: int = 4_000_000) -> None:
        super().__init__()
        self._room = room
        self._read: Callable[[K], V] = read
        self._taken = 0

    def __missing__(self, key: K) -> V:
        value = self._read(key)
        self._taken += 64 + len("".join(key))
        if self._taken > self._room:
            self.clear()
            self._taken = 0
        self[key] = value
        return value


@dataclass(frozen=True)
class Values:
    """How a file writes its values."""

    number: Callable[[str], Decimal | None]
    day: Callable[[str], date]
    instant: Callable[[str], datetime]


def values(*, decimal: str, date_format: str, zone: ZoneInfo, months: bool = False) -> Values:
    """Readers for one file; with `months`, a day may be written as its month (2026-11)."""
    moment = _iso if date_format == ISO else _formatted(date_format)

    def read(text: str) -> date | datetime:
        text = text.strip()
        try:
            return moment(text + "-01" if months and _MONTH.fullmatch(text) else text)
        except (ValueError, OverflowError):
            wanted = "2026-11-02" if date_format == ISO else date_format
            got = f"got {text!r:.80}" if text else "the cell is empty"
            raise InvalidRecord(f"a date such as {wanted} is needed, {got}") from None

    return Values(
        number=_numbers(decimal),
        day=lambda text: _day(read(text), zone),
        instant=lambda text: _instant(read(text), zone),
    )


_MONTH = re.compile(r"\d{4}-\d\d", re.ASCII)


def _iso(text: str) -> date | datetime:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return datetime.fromisoformat(text)


def _formatted(date_format: str) -> Callable[[str], date | datetime]:
    has_clock = _CLOCK.search(date_format) is not None

    def moment(text: str) -> date | datetime:
        found = datetime.strptime(text, date_format)  # noqa: DTZ007  # its zone is given by the caller
        return found if has_clock else found.date()

    return moment


def _day(moment: date | datetime, zone: ZoneInfo) -> date:
    if not isinstance(moment, datetime):
        return moment
    if moment.tzinfo is None:
        return moment.date()
    return _shifted(moment, zone).date()


def _instant(moment: date | datetime, zone: ZoneInfo) -> datetime:
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, _NOON)
    return _shifted(moment if moment.tzinfo else moment.replace(tzinfo=zone), UTC)


def _shifted(moment: datetime, zone: tzinfo) -> datetime:
    try:
        return moment.astimezone(zone)
    except (ValueError, OverflowError):
        raise InvalidRecord(f"{moment.isoformat()} lies outside the calendar") from None


def _numbers(decimal: str) -> Callable[[str], Decimal | None]:
    comma = "," if decimal == "." else "."
    sign = re.escape(decimal)
    plain = re.compile(r"-?\d{1,20}(?:\.\d{1,20})?", re.ASCII).fullmatch
    grouped = rf"\d{{1,3}}([{_SPACES}{comma}])\d{{3}}(?:\1\d{{3}})*"
    whole = re.compile(rf"[+-]?(?:(?:{grouped}|\d+)(?:{sign}\d*)?|{sign}\d+)(?:[eE][+-]?\d{{1,2}})?", re.ASCII)
    cleaned = str.maketrans({**dict.fromkeys(_SPACES + comma), decimal: "."})
    point = decimal == "."

    def number(text: str) -> Decimal | None:
        if point and plain(text):
            return Decimal(text)
        text = text.strip().replace("\u2212", "-")
        if not text:
            return None
        if len(text) > _MOST_DIGITS or not whole.fullmatch(text):
            other = re.fullmatch(rf"[+-]?\d+{re.escape(comma)}\d+", text, re.ASCII)
            hint = f"; its decimal sign is set to be {decimal!r}" if other else ""
            raise InvalidRecord(f"{text!r:.80} is no number{hint}")
        return Decimal(text.translate(cleaned))

    return number


def currency(text: str) -> str:
    """An ISO 4217 code, in any case."""
    code = text.upper()
    if len(code) == 3 and code.isascii() and code.isalpha():
        return code
    raise InvalidRecord(f"a currency such as EUR is needed, got {text!r:.80}")


def truth(text: str) -> bool:
    """`true false 1 0 yes no`, in any case."""
    try:
        return _TRUTHS[text.lower()]
    except KeyError:
        raise InvalidRecord(f"true, false, 1, 0, yes or no is needed, got {text!r:.80}") from None


def constants(zone: ZoneInfo) -> Values:
    """How constants are written, whatever the file's own way."""
    return values(decimal=".", date_format=ISO, zone=zone, months=True)


_INSTANTS = frozenset(
    ("created_at", "updated_at", "closed_at", "first_response_at", "last_activity_at", "published_at")
)
_TRUTHS_OF = frozenset(("ever_qualified", "ever_converted", "is_repeat", "is_deal", "deleted"))
_TEXTS = frozenset((
    "id", "stage", "loss_reason", "customer_id", "lead_source", "lead_id", "manager", "pipeline", "parent_id",
    "merged_into", "network", "kind", "permalink", "utm_source", "utm_medium", "utm_campaign", "utm_content",
    "utm_term", "flags",
))  # fmt: skip


def reader(field: str, written: Values) -> Callable[[str], object]:
    """How a record's field is read; a measure is a number."""
    if field in _TEXTS:
        return str
    if field in _INSTANTS:
        return written.instant
    if field in _TRUTHS_OF:
        return truth
    named = {"day": written.day, "currency": currency, "per": currency, "status": str.lower}
    return named.get(field, written.number)


def tells_the_day(date_format: str) -> bool:
    """Whether a date written so holds its day, not only its month."""
    if date_format == ISO:
        return True
    written = datetime(2026, 11, 23, 22, 45).strftime(date_format)  # noqa: DTZ001
    return datetime.strptime(written, date_format).day == 23  # noqa: DTZ007
