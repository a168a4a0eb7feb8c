"""VK's little language, in which `execute` is told what to do: values are those of JSON.

Read and run in one: each piece of a script becomes a function of its variables. There is
what clients use: variables, `while`, `if`, arithmetic, lists with `push`, `slice` and
`splice`, fields of all items by `@.`, and calls of methods as `API.wall.get({…})`.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Api = Callable[[str, Mapping[str, Any]], Any]
"""Method and parameters → its answer; False where it is refused."""

Scope = dict[str, Any]
Value = Callable[[Scope], Any]
Step = Callable[[Scope], None]

MOST_STEPS = 20_000
_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<name>[A-Za-z_$][\w$]*)"""
    r"""|(?P<sign>===|!==|==|!=|<=|>=|&&|\|\||[-+*/%<>=!?:;,.()\[\]{}@]))""",
    re.DOTALL,
)
_WORDS = {"true": True, "false": False, "null": None}
_LEVELS: Sequence[Sequence[str]] = (
    ("||",),
    ("&&",),
    ("==", "!=", "===", "!=="),
    ("<", ">", "<=", ">="),
    ("+", "-"),
    ("*", "/", "%"),
)


class CannotCompile(Exception):
    """The script is none: error 12."""


class Failed(Exception):
    """It failed while it ran: error 13."""


class _Returned(Exception):
    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


def run(code: str, api: Api) -> Any:
    """What a script returns.

    Raises:
        CannotCompile: it is none.
        Failed: it asks for what cannot be done.
    """
    step = _Reader(code, api).script()
    try:
        step({})
    except _Returned as returned:
        return returned.value
    return None


def _tokens(code: str) -> list[tuple[str, str]]:
    found, at = [], 0
    code = code.rstrip()
    while at < len(code):
        match = _TOKEN.match(code, at)
        if match is None or match.lastgroup is None:
            raise CannotCompile(f"unexpected {code[at : at + 20]!r}")
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return [*found, ("end", "")]


class _Reader:
    """Reads a script from its first word to its last."""

    def __init__(self, code: str, api: Api) -> None:
        self._tokens = _tokens(code)
        self._at = 0
        self._api = api
        self._steps = 0

    # ── words ────────────────────────────────────────────────────────────────────────

    def _next(self) -> tuple[str, str]:
        self._at += 1
        return self._tokens[self._at - 1]

    def _is(self, *words: str) -> bool:
        kind, word = self._tokens[self._at]
        return kind in ("sign", "name") and word in words

    def _skip(self, word: str) -> bool:
        if self._is(word):
            self._at += 1
            return True
        return False

    def _need(self, word: str) -> None:
        if not self._skip(word):
            raise CannotCompile(f"{word!r} is missing before {self._tokens[self._at][1]!r}")

    def _name(self) -> str:
        kind, word = self._next()
        if kind != "name":
            raise CannotCompile(f"a name is missing before {word!r}")
        return word

    # ── statements ───────────────────────────────────────────────────────────────────

    def script(self) -> Step:
        """All of it."""
        steps = []
        while self._tokens[self._at][0] != "end":
            steps.append(self._statement())
        return _in_turn(steps)

    def _statement(self) -> Step:
        if self._skip("{"):
            steps = []
            while not self._skip("}"):
                if self._tokens[self._at][0] == "end":
                    raise CannotCompile("'}' is missing")
                steps.append(self._statement())
            return _in_turn(steps)
        if self._skip(";"):
            return _in_turn(())
        if self._skip("var"):
            return self._variables()
        if self._skip("while"):
            return self._loop()
        if self._skip("if"):
            return self._choice()
        if self._skip("return"):
            value = self._value() if not self._is(";") else _always(None)
            self._skip(";")
            return lambda scope: _return(value(scope))
        return self._assignment()

    def _variables(self) -> Step:
        steps = []
        while True:
            name = self._name()
            steps.append(_setting(name, self._value() if self._skip("=") else _always(None)))
            if not self._skip(","):
                self._skip(";")
                return _in_turn(steps)

    def _loop(self) -> Step:
        self._need("(")
        test = self._value()
        self._need(")")
        body = self._statement()

        def step(scope: Scope) -> None:
            while test(scope):
                self._steps += 1
                if self._steps > MOST_STEPS:
                    raise Failed("too many operations")
                body(scope)

        return step

    def _choice(self) -> Step:
        self._need("(")
        test = self._value()
        self._need(")")
        then = self._statement()
        otherwise = self._statement() if self._skip("else") else _in_turn(())
        return lambda scope: then(scope) if test(scope) else otherwise(scope)

    def _assignment(self) -> Step:
        begins = self._at
        target = self._postfix()
        if not self._skip("="):
            self._at = begins
            value = self._value()
            self._skip(";")
            return lambda scope: _ignore(value(scope))
        value = self._value()
        self._skip(";")
        last = self._tokens[begins : self._at]
        if last[1][1] == "=":
            return _setting(last[0][1], value)
        owner, field = target.__dict__.get("place", (None, None))
        if owner is None:
            raise CannotCompile("nothing that a value could be given to")
        return lambda scope: _put(owner(scope), field(scope), value(scope))

    # ── values ───────────────────────────────────────────────────────────────────────

    def _value(self) -> Value:
        test = self._level(0)
        if not self._skip("?"):
            return test
        then = self._value()
        self._need(":")
        otherwise = self._value()
        return lambda scope: then(scope) if test(scope) else otherwise(scope)

    def _level(self, level: int) -> Value:
        if level == len(_LEVELS):
            return self._unary()
        value = self._level(level + 1)
        while self._is(*_LEVELS[level]):
            sign = self._next()[1]
            value = _combined(sign, value, self._level(level + 1))
        return value

    def _unary(self) -> Value:
        if self._skip("!"):
            value = self._unary()
            return lambda scope: not value(scope)
        if self._skip("-"):
            value = self._unary()
            return lambda scope: -_number(value(scope))
        return self._postfix()

    def _postfix(self) -> Value:
        value = self._call() if self._skip("API") else self._primary()
        while True:
            if self._skip("."):
                name = self._name()
                value = self._method(value, name) if self._skip("(") else _field(value, _always(name))
            elif self._skip("["):
                value = _field(value, self._value())
                self._need("]")
            elif self._skip("@"):
                self._need(".")
                value = _of_each(value, self._name())
            else:
                return value

    def _call(self) -> Value:
        self._need(".")
        family = self._name()
        self._need(".")
        method = f"{family}.{self._name()}"
        self._need("(")
        params = _always({}) if self._is(")") else self._value()
        self._need(")")
        return lambda scope: self._api(method, params(scope) or {})

    def _method(self, of: Value, name: str) -> Value:
        arguments = []
        while not self._skip(")"):
            arguments.append(self._value())
            self._skip(",")
        if name not in _OF_LISTS:
            raise CannotCompile(f"there is no method {name}")
        method = _OF_LISTS[name]

        def value(scope: Scope) -> Any:
            rows = of(scope)
            if not isinstance(rows, list):
                raise Failed(f"Method {name} requires an array")
            return method(rows, *(each(scope) for each in arguments))

        return value

    def _primary(self) -> Value:
        kind, word = self._next()
        if kind == "number":
            return _always(float(word) if "." in word else int(word))
        if kind == "text":
            return _always(_text(word))
        if kind == "name":
            return _always(_WORDS[word]) if word in _WORDS else (lambda scope: scope.get(word))
        if word == "(":
            value = self._value()
            self._need(")")
            return value
        if word == "[":
            return self._list()
        if word == "{":
            return self._object()
        raise CannotCompile(f"unexpected {word!r}")

    def _list(self) -> Value:
        items = []
        while not self._skip("]"):
            items.append(self._value())
            if not self._skip(",") and not self._is("]"):
                raise CannotCompile("']' is missing")
        return lambda scope: [each(scope) for each in items]

    def _object(self) -> Value:
        fields: list[tuple[str, Value]] = []
        while not self._skip("}"):
            kind, word = self._next()
            if kind not in ("text", "name", "number"):
                raise CannotCompile(f"unexpected {word!r} in an object")
            self._need(":")
            fields.append((_text(word) if kind == "text" else word, self._value()))
            if not self._skip(",") and not self._is("}"):
                raise CannotCompile("'}' is missing")
        return lambda scope: {name: each(scope) for name, each in fields}


# ── what the pieces do ───────────────────────────────────────────────────────────────


def _text(word: str) -> str:
    told = word if word.startswith('"') else '"' + word[1:-1].replace('"', '\\"').replace("\\'", "'") + '"'
    try:
        return str(json.loads(told, strict=False))
    except ValueError as error:
        raise CannotCompile(f"{word[:20]} is no text") from error


def _always(value: Any) -> Value:
    return lambda scope: value  # noqa: ARG005 - every value is one of the variables


def _in_turn(steps: Sequence[Step]) -> Step:
    def step(scope: Scope) -> None:
        for each in steps:
            each(scope)

    return step


def _setting(name: str, value: Value) -> Step:
    return lambda scope: scope.__setitem__(name, value(scope))


def _return(value: Any) -> None:
    raise _Returned(value)


def _ignore(value: Any) -> None:
    del value


def _field(of: Value, name: Value) -> Value:
    def value(scope: Scope) -> Any:
        return _got(of(scope), name(scope))

    value.__dict__["place"] = (of, name)
    return value


def _got(owner: Any, name: Any) -> Any:
    if isinstance(owner, dict):
        return owner.get(str(name))
    if isinstance(owner, list | str) and name == "length":
        return len(owner)
    if isinstance(owner, list) and isinstance(name, int) and 0 <= name < len(owner):
        return owner[name]
    return None


def _put(owner: Any, name: Any, value: Any) -> None:
    if isinstance(owner, dict):
        owner[str(name)] = value
    elif isinstance(owner, list) and isinstance(name, int) and 0 <= name < len(owner):
        owner[name] = value
    else:
        raise Failed("a field of nothing")


def _of_each(of: Value, name: str) -> Value:
    def value(scope: Scope) -> Any:
        rows = of(scope)
        return [_got(each, name) for each in rows] if isinstance(rows, list) else None

    return value


def _combined(sign: str, one: Value, other: Value) -> Value:
    if sign == "||":
        return lambda scope: one(scope) or other(scope)
    if sign == "&&":
        return lambda scope: one(scope) and other(scope)
    does = _SIGNS[sign]
    return lambda scope: does(one(scope), other(scope))


def _added(one: Any, other: Any) -> Any:
    if isinstance(one, list) and isinstance(other, list):
        return one + other
    if isinstance(one, str) or isinstance(other, str):
        return f"{'' if one is None else one}{'' if other is None else other}"
    return _number(one) + _number(other)


def _number(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return int(bool(value))
    if isinstance(value, int | float):
        return value
    raise Failed("a number is needed")


def _divided(one: Any, other: Any) -> Any:
    if not _number(other):
        raise Failed("division by zero")
    return _number(one) / _number(other)


_SIGNS: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": _added,
    "-": lambda one, other: _number(one) - _number(other),
    "*": lambda one, other: _number(one) * _number(other),
    "/": _divided,
    "%": lambda one, other: _number(one) % (_number(other) or 1),
    "<": lambda one, other: _number(one) < _number(other),
    ">": lambda one, other: _number(one) > _number(other),
    "<=": lambda one, other: _number(one) <= _number(other),
    ">=": lambda one, other: _number(one) >= _number(other),
    "==": lambda one, other: one == other,
    "===": lambda one, other: one == other,
    "!=": lambda one, other: one != other,
    "!==": lambda one, other: one != other,
}


def _slice(rows: list[Any], begin: Any = 0, end: Any = None) -> list[Any]:
    return rows[_number(begin) : None if end is None else _number(end)]


def _splice(rows: list[Any], begin: Any, count: Any = None) -> list[Any]:
    first = _number(begin)
    last = len(rows) if count is None else first + _number(count)
    taken = rows[first:last]
    rows[first:last] = []
    return taken


_OF_LISTS: Mapping[str, Callable[..., Any]] = {
    "push": lambda rows, *more: rows.extend(more),
    "slice": _slice,
    "splice": _splice,
    "pop": lambda rows: rows.pop() if rows else None,
    "indexOf": lambda rows, value: rows.index(value) if value in rows else -1,
}
