"""Formulas: text to a small syntax tree, its unit, and its value.

Names (`spend`, or `cac.90d` at another window), numbers, `+ - * / ( )`, `min max abs`, and
nothing else: what the parser does not know does not exist, so no input can run code.
"""

import decimal
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from typing import Literal, TypeAlias

from collector.kpi.windows import WINDOWS, unknown_window
from collector.vocabulary.units import RATIO_UNIT, Unit

MAX_CHARACTERS = 1_000
MAX_DEPTH = 50

DIGITS = decimal.Context(prec=34, traps=[decimal.InvalidOperation, decimal.DivisionByZero])
"""How values are computed: 34 digits, of which people read 12."""

_FUNCTIONS = ("min", "max", "abs")
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?(?![\w.]))|(?P<name>[a-z][a-z0-9_]*(?:\.[a-z0-9]+)?(?![\w.]))|(?P<sign>[-+*/(),]))"
)


@dataclass(frozen=True)
class Number:
    """A number as written."""

    value: Decimal


@dataclass(frozen=True)
class Name:
    """A measure or KPI, at its formula's window or another; `where` keeps some members of dimensions."""

    name: str
    window: str | None = None
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()
    at: int = 0
    """Where it stands in the text, from 1."""


@dataclass(frozen=True)
class Operation:
    """`left` and `right`, joined by a sign."""

    sign: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True)
class Call:
    """`min`, `max` or `abs` of arguments."""

    function: str
    arguments: tuple["Node", ...]


Node: TypeAlias = Number | Name | Operation | Call


class FormulaError(ValueError):
    """A formula cannot be used; `at` is the character, from 1."""

    def __init__(self, at: int, fault: str) -> None:
        super().__init__(f"{fault} (at character {at})")
        self.at = at
        self.fault = fault


class ZeroDenominator(ArithmeticError):
    """Something was to be divided by zero."""


def parse(text: str) -> Node:
    """The syntax tree of a formula.

    Raises:
        FormulaError: it is none, too long or too deep; says where.
    """
    if len(text) > MAX_CHARACTERS:
        raise FormulaError(MAX_CHARACTERS + 1, f"a formula has at most {MAX_CHARACTERS} characters, this {len(text)}")
    return _Parser(text).whole()


def names(node: Node) -> Iterator[Name]:
    """All names in a tree, in the order of the text."""
    match node:
        case Name():
            yield node
        case Operation():
            yield from names(node.left)
            yield from names(node.right)
        case Call():
            for argument in node.arguments:
                yield from names(argument)


def replace_names(node: Node, by: Callable[[Name], Node]) -> Node:
    """The tree with each name replaced by what `by` gives for it."""
    match node:
        case Name():
            return by(node)
        case Operation():
            return Operation(node.sign, replace_names(node.left, by), replace_names(node.right, by))
        case Call():
            return Call(node.function, tuple(replace_names(each, by) for each in node.arguments))
        case Number():
            return node


def nearest(name: str, known: Iterator[str] | list[str] | tuple[str, ...]) -> str:
    """` Did you mean …?`, or nothing."""
    near = get_close_matches(name, list(known), n=1)
    return f" Did you mean {near[0]}?" if near else ""


# ── reading ──────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Token:
    kind: Literal["number", "name", "sign", "end"]
    text: str
    at: int


class _Parser:
    """Recursive descent: sums of products of signed atoms."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._next = 0
        self._depth = 0

    def whole(self) -> Node:
        node = self._sum()
        if self._token.kind != "end":
            raise self._unexpected("an operator")
        return node

    @property
    def _token(self) -> _Token:
        return self._tokens[self._next]

    def _take(self, *signs: str) -> str | None:
        token = self._token
        if token.kind == "sign" and token.text in signs:
            self._next += 1
            return token.text
        return None

    def _unexpected(self, wanted: str) -> FormulaError:
        token = self._token
        found = "the formula ends here" if token.kind == "end" else f"there is {token.text!r}"
        return FormulaError(token.at, f"{wanted} is needed, but {found}")

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise FormulaError(self._token.at, f"nested more than {MAX_DEPTH} deep; split it into several KPIs")

    def _sum(self) -> Node:
        return self._chain(self._product, "+", "-")

    def _product(self) -> Node:
        return self._chain(self._signed, "*", "/")

    def _chain(self, operand: Callable[[], Node], *signs: str) -> Node:
        depth = self._depth
        node = operand()
        while sign := self._take(*signs):
            self._deeper()  # a chain makes the tree deep to its left
            node = Operation(sign, node, operand())
        self._depth = depth
        return node

    def _signed(self) -> Node:
        if not (sign := self._take("-", "+")):
            return self._atom()
        self._deeper()
        inner = self._signed()
        self._depth -= 1
        return inner if sign == "+" else Operation("*", Number(Decimal(-1)), inner)

    def _atom(self) -> Node:
        token = self._token
        if token.kind == "number":
            self._next += 1
            return Number(Decimal(token.text))
        if token.kind == "name":
            self._next += 1
            return self._call(token) if self._token.text == "(" else _name(token)
        if self._take("("):
            self._deeper()
            node = self._sum()
            self._depth -= 1
            self._close()
            return node
        raise self._unexpected("a name, a number or (")

    def _call(self, function: _Token) -> Node:
        if function.text not in _FUNCTIONS:
            raise FormulaError(
                function.at, f"there is no function {function.text!r}; there are {', '.join(_FUNCTIONS)}"
            )
        self._take("(")
        self._deeper()
        arguments = [self._sum()]
        while self._take(","):
            arguments.append(self._sum())
        self._depth -= 1
        self._close()
        if (function.text == "abs") != (len(arguments) == 1):
            wanted = "one argument" if function.text == "abs" else "two arguments or more"
            raise FormulaError(function.at, f"{function.text} takes {wanted}, here are {len(arguments)}")
        return Call(function.text, tuple(arguments))

    def _close(self) -> None:
        if not self._take(")"):
            raise self._unexpected("a closing )")


def _tokens(text: str) -> Iterator[_Token]:
    at, end = 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None:
            at += len(text[at:]) - len(text[at:].lstrip())
            shown = re.match(r"[\w.]+|.", text[at:])
            what = shown.group() if shown else text[at]
            raise FormulaError(
                at + 1, f"{what!r:.60} has no place in a formula: names, numbers, + - * / ( ), min max abs"
            )
        kind = found.lastgroup or ""
        start = found.start(kind)
        if kind == "number":
            yield _Token("number", found.group(kind), start + 1)
        elif kind == "name":
            yield _Token("name", found.group(kind), start + 1)
        else:
            yield _Token("sign", found.group(kind), start + 1)
        at = found.end()
    yield _Token("end", "", end + 1)


def _name(token: _Token) -> Name:
    name, dot, window = token.text.partition(".")
    if name in _FUNCTIONS:
        raise FormulaError(token.at, f"{name} is a function; write {name}( … )")
    if dot and window not in WINDOWS:
        raise FormulaError(token.at, unknown_window(window))
    return Name(name, window or None, at=token.at)


# ── units ────────────────────────────────────────────────────────────────────────────


def unit_of(node: Node, unit: Callable[[Name], Unit]) -> Unit:
    """The unit of a formula's result, from those of its names.

    Raises:
        FormulaError: unequal units are added up, subtracted or compared.
    """
    return _derived(node, unit) or RATIO_UNIT


def _derived(node: Node, unit: Callable[[Name], Unit]) -> Unit | None:
    """The unit; None for a zero, which has any."""
    match node:
        case Number():
            return RATIO_UNIT if node.value else None
        case Name():
            return unit(node)
        case Operation(sign="*" | "/"):
            left, right = _derived(node.left, unit) or RATIO_UNIT, _derived(node.right, unit) or RATIO_UNIT
            return left.times(right) if node.sign == "*" else left.per(right)
        case Operation():
            verb = "added to" if node.sign == "+" else "subtracted from"
            return _alike((node.right, node.left), unit, verb)
        case Call():
            return _alike(node.arguments, unit, "compared with")


def _alike(nodes: tuple[Node, ...], unit: Callable[[Name], Unit], verb: str) -> Unit | None:
    units = [found for node in nodes if (found := _derived(node, unit)) is not None]
    for other in units[1:]:
        if not units[0].fits(other):
            at = min((name.at for node in nodes for name in names(node)), default=1)
            raise FormulaError(at, f"{units[0]} cannot be {verb} {other}")
    return min(units, key=lambda each: len(each.powers), default=None)


# ── values ───────────────────────────────────────────────────────────────────────────


def evaluate(node: Node, value: Callable[[Name], Decimal]) -> Decimal:
    """The value of a formula, from those of its names.

    Raises:
        ZeroDenominator: it divides by zero.
    """
    with decimal.localcontext(DIGITS):
        return _value(node, value)


def _value(node: Node, value: Callable[[Name], Decimal]) -> Decimal:
    match node:
        case Number():
            return node.value
        case Name():
            return value(node)
        case Operation():
            return _joined(node.sign, _value(node.left, value), _value(node.right, value))
        case Call():
            arguments = [_value(each, value) for each in node.arguments]
            return {"min": min, "max": max}[node.function](arguments) if len(arguments) > 1 else abs(arguments[0])


def _joined(sign: str, left: Decimal, right: Decimal) -> Decimal:
    match sign:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
    if right == 0:
        raise ZeroDenominator
    return left / right
