"""A value of a row to a record's field: found, replaced by its map, read as what the field holds."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from collector.plugin import Json
from connectors.http_json.expressions import BadExpression, Expression
from connectors.http_json.faults import BadRow
from connectors.http_json.mapped import ValueSettings
from connectors.http_json.templates import Filler

INSTANTS = frozenset(
    ("created_at", "updated_at", "closed_at", "first_response_at", "last_activity_at", "published_at", "at")
)
NUMBERS = frozenset(("amount", "value", "likes", "comments", "shares", "saves", "views", "reach", "clicks"))
TRUTHS = frozenset(("ever_qualified", "ever_converted", "is_repeat", "is_deal", "deleted"))
CURRENCIES = frozenset(("currency", "per"))

_TRUTHS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
_NOON = time(12)
_SPACES = dict.fromkeys(map(ord, " \u00a0\u2009\u202f"))


@dataclass(frozen=True)
class Around:
    """What a row stands in: the whole answer, the row around it, and the values of placeholders."""

    body: Json
    filler: Filler
    outer: Json = None


@dataclass(frozen=True)
class Source:
    """Where a field's value comes from, compiled."""

    name: str
    settings: ValueSettings
    path: Expression | None
    read: Callable[[Any, ValueSettings], Any]

    def of(self, row: Json, around: Around) -> Any:
        """The field's value; None where it is unknown.

        Raises:
            BadRow: it cannot be what the field holds.
        """
        told = self.settings.path or "const"
        try:
            found = self._found(row, around)
            return None if found is None else self.read(found, self.settings)
        except (BadRow, BadExpression, OverflowError) as error:
            shown = f" ({told})" if told != self.name else ""
            raise BadRow(f"{self.name}{shown}: {error}") from None

    def _found(self, row: Json, around: Around) -> Json:
        if self.path is None:
            return around.filler.text(self.settings.const or "")
        found = self.path.of({"row": row, "outer": around.outer, "body": around.body}[self.settings.of])
        if found == "":
            found = None
        if self.settings.map is None or found is None:
            return self.settings.default if found is None else found
        mapped = self.settings.map.get(plain(found), self.settings.default)
        if mapped is None:
            raise BadRow(f"{plain(found)!r:.80} is none of those in its map ({', '.join(self.settings.map)})")
        return mapped


def plain(value: Json) -> str:
    """A JSON value as the text that people write for it.

    Raises:
        BadRow: it is a list or an object.
    """
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case Decimal():
            return format(value, "f")
        case int() | float():
            return str(value)
    raise BadRow(f"a plain value is needed, got {'a list' if isinstance(value, list) else 'an object'}")


def readers(zone: ZoneInfo) -> Mapping[str, Callable[[Any, ValueSettings], Any]]:
    """How fields are read that hold no text, by name; `measure` stands for all measures."""

    def moment(value: Any, settings: ValueSettings) -> date | datetime:
        return _moment(value, settings.date, zone)

    def instant(value: Any, settings: ValueSettings) -> datetime:
        found = moment(value, settings)
        if not isinstance(found, datetime):
            found = datetime.combine(found, _NOON)
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)

    def day(value: Any, settings: ValueSettings) -> date:
        found = moment(value, settings)
        if not isinstance(found, datetime):
            return found
        return (found.astimezone(zone) if found.tzinfo else found).date()

    return {
        **dict.fromkeys(INSTANTS, instant),
        **dict.fromkeys(TRUTHS, lambda value, _: _truth(value)),
        **dict.fromkeys(CURRENCIES, lambda value, _: plain(value).upper()),
        **dict.fromkeys(NUMBERS, _number),
        "measure": _number,
        "day": day,
        "flags": lambda value, _: frozenset(value if isinstance(value, list) else plain(value).split()),
    }


def text(value: Any, _: ValueSettings) -> str:
    """A field that holds text; a number is taken as it is written."""
    return plain(value)


def _number(value: Any, settings: ValueSettings) -> Decimal:
    try:
        if isinstance(value, str):
            number = Decimal(_plain_number(value.translate(_SPACES), settings.decimal))
        elif isinstance(value, bool | list | dict):
            raise BadRow(f"a number is needed, got {value!r:.80}")
        else:
            number = Decimal(str(value))
        return number if settings.factor is None else number * settings.factor
    except ArithmeticError:
        raise BadRow(f"a number is needed, got {value!r:.80}") from None


def _plain_number(written: str, decimal: str) -> str:
    """A number as Python writes it; the sign that is not the decimal one may part thousands."""
    other = "," if decimal == "." else "."
    whole, _, _ = written.partition(decimal)
    if other in written and not re.fullmatch(rf"[+-]?\d{{1,3}}({re.escape(other)}\d{{3}})+", whole):
        raise BadRow(f"{written!r:.80} is no number; its decimal sign is set to be {decimal!r}")
    return written.replace(other, "").replace(decimal, ".")


def _moment(value: Any, form: str, zone: ZoneInfo) -> date | datetime:
    try:
        match form:
            case "unix" | "ms":
                seconds = Decimal(plain(value)) / (1000 if form == "ms" else 1)
                return datetime.fromtimestamp(float(seconds), UTC).astimezone(zone)
            case "iso":
                return _iso(value)
        found = datetime.strptime(plain(value), form)  # noqa: DTZ007  # its zone is given by the caller
        return found if any(sign in form for sign in ("%H", "%I", "%X", "%c")) else found.date()
    except (ValueError, OverflowError, OSError, InvalidOperation):
        wanted = {"iso": "a day or instant such as 2026-11-02T10:00:00Z", "unix": "seconds since 1970"}
        wanted["ms"] = "milliseconds since 1970"
        hint = ""
        if form == "iso" and not isinstance(value, str):
            hint = "; if it counts since 1970, say date: unix or date: ms"
        raise BadRow(f"{wanted.get(form, f'a date as in {form}')} is needed, got {value!r:.80}{hint}") from None


def _iso(value: Any) -> date | datetime:
    if not isinstance(value, str):
        raise ValueError("no text")
    try:
        return date.fromisoformat(value)
    except ValueError:
        return datetime.fromisoformat(value)


def _truth(value: Any) -> bool:
    try:
        return _TRUTHS[plain(value).lower()]
    except KeyError:
        raise BadRow(f"true or false is needed, got {value!r:.80}") from None
