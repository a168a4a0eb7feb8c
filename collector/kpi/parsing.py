"""Formulas, read: text to a syntax tree.

Names (`spend`, or `cac.90d` at another window), numbers, `+ - * / ( )`, `min max abs`, and
nothing else: what the parser does not know does not exist, so no input can run code.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from collector.kpi.formula import Call, FormulaError, Name, Node, Number, Operation
from collector.kpi.windows import WINDOWS, unknown_window

MAX_CHARACTERS = 1_000
MAX_DEPTH = 50

FUNCTIONS = ("min", "max", "abs")
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?(?![\w.]))|(?P<name>[a-z][a-z0-9_]*(?:\.[a-z0-9]+)?(?![\w.]))|(?P<sign>[-+*/(),]))"
)


def parse(text: str) -> Node:
    """The syntax tree of a formula.

    Raises:
        FormulaError: it is none, too long or too deep; says where.
    """
    if len(text) > MAX_CHARACTERS:
        raise FormulaError(MAX_CHARACTERS + 1, f"a formula has at most {MAX_CHARACTERS} characters, this {len(text)}")
    return _Parser(text).whole()


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
        if function.text not in FUNCTIONS:
            raise FormulaError(function.at, f"there is no function {function.text!r}; there are {', '.join(FUNCTIONS)}")
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
    if name in FUNCTIONS:
        raise FormulaError(token.at, f"{name} is a function; write {name}( … )")
    if dot and window not in WINDOWS:
        raise FormulaError(token.at, unknown_window(window))
    return Name(name, window or None, at=token.at)
