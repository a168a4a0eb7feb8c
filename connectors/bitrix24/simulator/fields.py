"""The fields of the portal's tables: their two names, and how their values are shown and understood.

Rows hold plain values: whole numbers, texts, instants in seconds, money in hundredths. The
classic methods show them in capitals and as texts, crm.item.list in camel case and as numbers.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

Kind = Literal["number", "link", "text", "flag", "instant", "day", "money", "links"]
Style = Literal["classic", "universal", "numbers"]
"""`numbers`: capitals, yet whole numbers as such, as in the history of stages."""


class Field(NamedTuple):
    """One column. `link` is a number that is 0 where there is none; `empty` is what classic methods show for none."""

    name: str
    camel: str
    kind: Kind
    get: Callable[[Any], Any]
    empty: Any = None


Fields = Mapping[str, Field]


def by_name(*fields: Field) -> Fields:
    """In order."""
    return {field.name: field for field in fields}


class Unfit(ValueError):
    """A value that a field cannot be compared with."""


@dataclass(frozen=True)
class Look:
    """How a portal shows values: in its own time."""

    zone: ZoneInfo

    def shown(self, field: Field, row: Any, style: Style) -> Any:
        """The field's value in a row, as it is sent."""
        value = field.get(row)
        if style == "universal":
            return self._universal(field.kind, value)
        if value is None:
            return ("0" if style == "classic" else 0) if field.kind == "link" else field.empty
        if field.kind in ("number", "link"):
            return str(value) if style == "classic" else value
        if field.kind == "money":
            return f"{Decimal(value).scaleb(-2):.2f}"
        return self._plain(field.kind, value)

    def _universal(self, kind: Kind, value: Any) -> Any:
        if kind == "link":
            return value or 0
        if value is None:
            return None
        if kind == "money":
            return value // 100 if value % 100 == 0 else value / 100
        return self._plain(kind, value)

    def _plain(self, kind: Kind, value: Any) -> Any:
        if kind == "flag":
            return "Y" if value else "N"
        if kind == "instant":
            return self.time(value)
        if kind == "day":
            then = datetime.fromtimestamp(value, self.zone)
            return then.replace(hour=0, minute=0, second=0).isoformat(timespec="seconds")
        return value

    def time(self, instant: float) -> str:
        """An instant in the portal's time, with its offset."""
        return datetime.fromtimestamp(int(instant), self.zone).isoformat(timespec="seconds")

    def understood(self, field: Field, told: Any) -> Any:
        """A filter's value as rows hold it; None: none.

        Raises:
            Unfit: it is nothing of the kind.
        """
        if told is None or told == "" or (field.kind == "link" and str(told) == "0"):
            return None
        if field.kind in ("instant", "day"):
            return self._instant(str(told))
        if field.kind == "flag":
            return str(told).upper() in ("Y", "1", "TRUE")
        if field.kind == "text":
            return str(told)
        try:
            number = Decimal(str(told))
        except InvalidOperation:
            raise Unfit(told) from None
        return int(number * 100) if field.kind == "money" else int(number)

    def _instant(self, told: str) -> int:
        try:
            then = datetime.fromisoformat(told)
        except ValueError:
            raise Unfit(told) from None
        return int((then if then.tzinfo else then.replace(tzinfo=self.zone)).astimezone(UTC).timestamp())
