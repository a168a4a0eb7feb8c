"""JMESPath over JSON whose numbers are Decimals.

The library knows `int` and `float` as numbers. Here a number with a point is a Decimal,
just as it was written, also where an expression itself has one (`price > 9.5`); sums,
means and comparisons of them stay exact.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import Any

import jmespath
from jmespath import exceptions, functions

from collector.plugin import Json


class _Functions(functions.Functions):
    """JMESPath's own functions, for which a Decimal is a number too."""

    def _get_allowed_pytypes(self, types: Any) -> Any:
        allowed, subtypes = super()._get_allowed_pytypes(types)  # type: ignore[misc]  # the stubs leave out what is private
        return _with_decimal(allowed), [_with_decimal(each) for each in subtypes]

    def _convert_to_jmespath_type(self, pyobject: str) -> str:
        return "number" if pyobject == "Decimal" else str(super()._convert_to_jmespath_type(pyobject))  # type: ignore[misc]

    @functions.signature({"types": ["array-number"]})
    def _func_avg(self, numbers: list[Any]) -> Decimal | None:
        return Decimal(sum(numbers)) / len(numbers) if numbers else None

    @functions.signature({"types": []})
    def _func_to_number(self, value: Any) -> Any:
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            return value
        try:
            found = Decimal(value) if isinstance(value, str) else None
        except InvalidOperation:
            return None
        return found if found is not None and found.is_finite() else None

    @functions.signature({"types": []})
    def _func_to_string(self, value: Any) -> str:
        return str(value) if isinstance(value, Decimal) else str(super()._func_to_string(value))  # type: ignore[misc]

    @functions.signature({"types": []})
    def _func_type(self, value: Any) -> Any:
        return "number" if isinstance(value, Decimal) else super()._func_type(value)  # type: ignore[misc]


def _with_decimal(names: Any) -> list[str]:
    return [*names, "Decimal"] if "float" in names else list(names)


_OPTIONS = jmespath.Options(custom_functions=_Functions())


class BadExpression(ValueError):
    """It cannot be read, or cannot be made of what it met."""


@dataclass(frozen=True)
class Expression:
    """One that was compiled; `text` as it was written."""

    text: str
    compiled: Any

    def of(self, data: Json) -> Json:
        """What it finds; None where there is nothing.

        Raises:
            BadExpression: a function met what it is not for.
        """
        try:
            return self.compiled.search(data, options=_OPTIONS)
        except (exceptions.JMESPathError, ArithmeticError, TypeError, ValueError) as error:
            raise BadExpression(f"{self.text!r}: {_first_line(error)}") from error

    def holds(self, data: Json) -> bool:
        """Whether what it finds is true, in JMESPath's sense: not null, false, or empty.

        Raises:
            BadExpression: a function met what it is not for.
        """
        found = self.of(data)
        return not (found is None or found is False or found in ("", [], {}))


def expression(text: str) -> Expression:
    """Compile.

    Raises:
        BadExpression: it is none, or calls a function that there is not.
    """
    try:
        compiled: Any = jmespath.compile(text)
    except (exceptions.JMESPathError, RecursionError) as error:
        raise BadExpression(f"{text!r} is no JMESPath: {_first_line(error)}") from error
    for name, arguments in _calls(compiled.parsed):
        _check_call(text, name, arguments)
    return Expression(text, jmespath.parser.ParsedResult(text, _exact(compiled.parsed)))


def _check_call(text: str, name: str, arguments: int) -> None:
    known = _Functions.FUNCTION_TABLE.get(name)
    if known is None:
        near = get_close_matches(name, _Functions.FUNCTION_TABLE, n=1)
        hint = f"; did you mean {near[0]}()?" if near else ""
        raise BadExpression(f"{text!r} calls {name}(), which JMESPath has not{hint}")
    takes = known["signature"]
    variadic = bool(takes and takes[-1].get("variadic"))
    if arguments < len(takes) or (arguments > len(takes) and not variadic):
        raise BadExpression(f"{text!r}: {name}() takes {len(takes)} arguments, not {arguments}")


def _calls(node: Any) -> Iterator[tuple[str, int]]:
    if isinstance(node, dict):
        if node.get("type") == "function_expression":
            yield node["value"], len(node["children"])
        for child in node.get("children", ()):
            yield from _calls(child)


def _exact(node: Any) -> Any:
    """The syntax tree with Decimals for the floats in its literals."""
    match node:
        case dict():
            return {key: _exact(value) for key, value in node.items()}
        case list():
            return [_exact(each) for each in node]
        case float():
            return Decimal(repr(node))
    return node


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
