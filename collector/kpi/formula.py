"""Formulas as small syntax trees: the unit that one gives, and its value.

Made by `parsing`; `meaning` puts measures in the place of KPIs, and the engine computes.
"""

import decimal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from typing import TypeAlias

from collector.vocabulary.units import RATIO, RATIO_UNIT, Unit, parse_unit

DIGITS = decimal.Context(prec=34, traps=[decimal.InvalidOperation, decimal.DivisionByZero])
"""How values are computed: 34 digits, of which people read 12."""


@dataclass(frozen=True)
class Number:
    """A number as written."""

    value: Decimal


@dataclass(frozen=True)
class Name:
    """A measure or KPI, at its formula's window or another.

    `where` keeps some members of dimensions; `lag` shifts the window back by so many days.
    """

    name: str
    window: str | None = None
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()
    lag: int = 0
    at: int = 0
    """Where it stands in the text, from 1."""


@dataclass(frozen=True)
class Constant:
    """A value that the KPI's definition names; `values` are in the order of the days from which they hold."""

    name: str
    values: tuple[tuple[date | None, Decimal], ...]
    """None: from the beginning."""
    unit: str = RATIO
    at: int = 0
    """Where it stands in the text, from 1."""

    def on(self, day: date | None) -> Decimal | None:
        """The value that began last, by the end of the day; None before the first, or on no day."""
        begun = [value for first, value in self.values if first is None or (day is not None and first <= day)]
        return begun[-1] if begun else None


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


Leaf: TypeAlias = Number | Name | Constant
Node: TypeAlias = Leaf | Operation | Call


class FormulaError(ValueError):
    """A formula cannot be used; `at` is the character, from 1."""

    def __init__(self, at: int, fault: str) -> None:
        super().__init__(f"{fault} (at character {at})")
        self.at = at
        self.fault = fault


class ZeroDenominator(ArithmeticError):
    """Something was to be divided by zero."""


class NoConstant(ArithmeticError):
    """A constant has no value on that day: it lies before the first."""

    def __init__(self, constant: Constant, day: date | None) -> None:
        super().__init__(f"{constant.name} has no value on {day}")
        self.constant = constant


def parts(node: Node) -> tuple[Node, ...]:
    """What a node is made of."""
    match node:
        case Operation():
            return node.left, node.right
        case Call():
            return node.arguments
    return ()


def leaves(node: Node) -> Iterator[Leaf]:
    """All numbers, names and constants in a tree, in the order of the text."""
    if isinstance(node, Number | Name | Constant):
        yield node
    for part in parts(node):
        yield from leaves(part)


def names(node: Node) -> Iterator[Name]:
    """All names in a tree, in the order of the text."""
    return (leaf for leaf in leaves(node) if isinstance(leaf, Name))


def constants(node: Node) -> Iterator[Constant]:
    """All constants in a tree, in the order of the text."""
    return (leaf for leaf in leaves(node) if isinstance(leaf, Constant))


def depth(node: Node) -> int:
    """How many nodes stand in each other."""
    return 1 + max(map(depth, parts(node)), default=0)


def replace_names(node: Node, by: Callable[[Name], Node]) -> Node:
    """The tree with each name replaced by what `by` gives for it."""
    match node:
        case Name():
            return by(node)
        case Operation():
            return Operation(node.sign, replace_names(node.left, by), replace_names(node.right, by))
        case Call():
            return Call(node.function, tuple(replace_names(each, by) for each in node.arguments))
        case Number() | Constant():
            return node


def adds_up(node: Node) -> bool:
    """Whether the values of members add up to that of the whole: names added and subtracted, times numbers."""
    match node:
        case Name():
            return True
        case Operation(sign="+" | "-"):
            return adds_up(node.left) and adds_up(node.right)
        case Operation(sign="*", left=Number() | Constant()):
            return adds_up(node.right)
        case Operation(sign="*" | "/", right=Number() | Constant()):
            return adds_up(node.left)
    return False


def nearest(name: str, known: Iterator[str] | list[str] | tuple[str, ...]) -> str:
    """` Did you mean …?`, or nothing."""
    near = get_close_matches(name, list(known), n=1)
    return f" Did you mean {near[0]}?" if near else ""


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
        case Constant():
            return parse_unit(node.unit)
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
            written = (leaf for node in nodes for leaf in leaves(node))
            at = min((leaf.at for leaf in written if not isinstance(leaf, Number)), default=1)
            raise FormulaError(at, f"{units[0]} cannot be {verb} {other}")
    return min(units, key=lambda each: len(each.powers), default=None)


# ── values ───────────────────────────────────────────────────────────────────────────


def evaluate(node: Node, value: Callable[[Name], Decimal], *, on: date | None = None) -> Decimal:
    """The value of a formula, from those of its names; `on`: the day whose constants count.

    Raises:
        ZeroDenominator: it divides by zero.
        NoConstant: a constant has no value on that day.
    """
    with decimal.localcontext(DIGITS):
        return _value(node, value, on)


def _value(node: Node, value: Callable[[Name], Decimal], on: date | None) -> Decimal:
    match node:
        case Number():
            return node.value
        case Name():
            return value(node)
        case Constant():
            found = node.on(on)
            if found is None:
                raise NoConstant(node, on)
            return found
        case Operation():
            return _joined(node.sign, _value(node.left, value, on), _value(node.right, value, on))
        case Call():
            arguments = [_value(each, value, on) for each in node.arguments]
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
