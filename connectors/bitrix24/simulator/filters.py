"""What `filter` asks: prefixes, lists, nested groups; as the classic methods and crm.item.list read it.

A condition is compared with rows as they are held, not as they are shown. `tables` finds rows by it.
"""

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.bitrix24.simulator.fields import Field, Fields, Look, Unfit
from connectors.bitrix24.simulator.php import listed
from connectors.bitrix24.simulator.refusals import classic, invalid

PREFIXES = ("!=%", "!%=", "!%", "!@", "!=", "=%", "%=", ">=", "<=", ">", "<", "@", "%", "=", "!")
_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le,
}  # fmt: skip


@dataclass(frozen=True)
class Condition:
    """One field against one value or a list of them."""

    field: Field
    prefix: str
    values: tuple[Any, ...]

    def holds(self, row: Any) -> bool:
        """Whether a row is asked for."""
        value = self.field.get(row)
        if self.field.kind == "link":
            value = value or None
        if self.prefix in _ORDER:
            asked = self.values[0] if self.values else None
            return value is not None and asked is not None and _ORDER[self.prefix](value, asked)
        found = any(self._fits(value, asked) for asked in self.values)
        return not found if self.prefix.startswith("!") else found

    def _fits(self, value: Any, asked: Any) -> bool:
        if isinstance(value, tuple):
            return asked in value
        if "%" not in self.prefix:
            return bool(value == asked) or (not value and asked is None and self.field.kind == "text")
        text, wanted = str(value or "").lower(), str(asked or "").lower()
        if self.prefix.strip("!") == "%":
            return wanted in text
        return re.fullmatch(".*".join(map(re.escape, wanted.split("%"))), text) is not None


@dataclass(frozen=True)
class Group:
    """Conditions and further groups, all of which have to hold, or one."""

    is_any: bool
    parts: tuple["Condition | Group", ...]

    def holds(self, row: Any) -> bool:
        """Whether a row is asked for."""
        found = (part.holds(row) for part in self.parts)
        return any(found) if self.is_any else all(found)


Part = Condition | Group


def classic_parts(told: Any, fields: Fields, look: Look) -> list[Part]:
    """Of crm.lead.list and its like: fields that it does not know, and values that make no sense, count for nothing."""
    if told in (None, "", []):
        return []
    if not isinstance(told, Mapping):
        raise classic("Parameter 'filter' must be array.")
    found: list[Part] = []
    for key, value in told.items():
        prefix, name = _split(str(key))
        if (field := fields.get(name.upper())) is not None:
            try:
                found.append(_condition(field, prefix, value, look))
            except Unfit:
                found.append(Condition(field, "=", ()))
    return found


def universal_parts(told: Any, fields: Fields, look: Look) -> list[Part]:
    """Of crm.item.list, by camel case names; what it does not know it refuses."""
    if told in (None, "", []):
        return []
    if not isinstance(told, Mapping):
        raise invalid("Invalid filter: filter must be array")
    return list(_universal(told, {field.camel.lower(): field for field in fields.values()}, look))


def _universal(told: Mapping[str, Any], fields: Mapping[str, Field], look: Look) -> Iterator[Part]:
    for key, value in told.items():
        if str(key).isdigit() and isinstance(value, Mapping):
            rest = {name: each for name, each in value.items() if str(name).lower() != "logic"}
            logic = next((each for name, each in value.items() if str(name).lower() == "logic"), "AND")
            yield Group(str(logic).upper() == "OR", tuple(_universal(rest, fields, look)))
            continue
        prefix, name = _split(str(key))
        field = fields.get(name.lower()) or fields.get(name.replace("_", "").lower())
        if field is None:
            raise invalid(f"Invalid filter: field '{name}' is not allowed in filter")
        try:
            yield _condition(field, prefix, value, look)
        except Unfit:
            raise invalid(f"Invalid filter: field '{name}' has invalid value") from None


def _split(key: str) -> tuple[str, str]:
    prefix = next((each for each in PREFIXES if key.startswith(each)), "")
    return prefix, key[len(prefix) :]


def _condition(field: Field, prefix: str, told: Any, look: Look) -> Condition:
    values = listed(told) if isinstance(told, (list, Mapping)) else [told]
    if "%" in prefix:
        return Condition(field, prefix, tuple(map(str, values)))
    return Condition(field, prefix, tuple(look.understood(field, value) for value in values))
