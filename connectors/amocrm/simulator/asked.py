"""Queries as PHP writes them: `filter[id][0]=1`, `filter[id][]=1`, `filter[updated_at][from]=…`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from starlette.requests import Request

_KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")


class BadParameter(Exception):
    """A parameter that the vendor does not understand."""

    def __init__(self, path: str, detail: str) -> None:
        super().__init__(f"{path}: {detail}")
        self.path, self.detail = path, detail


Path = tuple[str, ...]


@dataclass(frozen=True)
class Span:
    """Two bounds, both inside; None: open."""

    first: int | None = None
    last: int | None = None

    def __contains__(self, value: int | None) -> bool:
        if self.first is None and self.last is None:
            return True
        return value is not None and (self.first is None or value >= self.first) and value <= (self.last or value)


class Asked:
    """The parameters of a request, brackets as steps of a path."""

    def __init__(self, request: Request, *, has_filters: bool = True) -> None:
        told = [(_path(key), value) for key, value in request.query_params.multi_items()]
        self._told = [each for each in told if has_filters or each[0][0] != "filter"]

    def key(self) -> tuple[object, ...]:
        """What is asked for, whatever the page."""
        return tuple(each for each in self._told if each[0][0] not in ("page", "limit"))

    def text(self, *path: str) -> str | None:
        """A single value."""
        return next((value for told, value in self._told if told == path), None)

    def texts(self, *path: str) -> list[str]:
        """An array in any spelling; one that is written as a text has commas."""
        found: list[str] = []
        for told, value in self._told:
            if told == path:
                found += [each.strip() for each in value.split(",") if each.strip()]
            elif told[:-1] == path and (told[-1] == "" or told[-1].isdigit()):
                found.append(value)
        return found

    def numbers(self, *path: str) -> list[int]:
        """An array of ids.

        Raises:
            BadParameter: something in it is none.
        """
        return [_whole(each, path) for each in self.texts(*path)]

    def span(self, *path: str) -> Span:
        """`[from]` and `[to]`; a plain value is exactly that.

        Raises:
            BadParameter: a bound is no number.
        """
        exact = self.text(*path)
        if exact is not None:
            return Span(_whole(exact, path), _whole(exact, path))
        first, last = self.text(*path, "from"), self.text(*path, "to")
        return Span(None if not first else _whole(first, path), None if not last else _whole(last, path))

    def items(self, *path: str) -> list[dict[str, str]]:
        """An array of maps, by its index."""
        found: dict[str, dict[str, str]] = {}
        for told, value in self._told:
            if told[: len(path)] == path and len(told) == len(path) + 2:
                found.setdefault(told[-2], {})[told[-1]] = value
        return list(found.values())

    def has(self, *path: str) -> bool:
        """Whether anything begins with this path."""
        return any(told[: len(path)] == path for told, _ in self._told)

    def order(self, allowed: Sequence[str]) -> tuple[str, bool] | None:
        """Field, and whether it goes down.

        Raises:
            BadParameter: nothing can be sorted by it.
        """
        for told, value in self._told:
            if told[0] == "order" and len(told) > 1:
                if told[1] not in allowed or value.lower() not in ("asc", "desc"):
                    raise BadParameter(f"order.{told[1]}", "The value you selected is not a valid choice.")
                return told[1], value.lower() == "desc"
        return None

    def page(self, *, default: int, most: int) -> tuple[int, int]:
        """Number and size; a size over the most is the most.

        Raises:
            BadParameter: one of them is no number above zero.
        """
        number, size = (_whole(self.text(name) or fallback, (name,)) for name, fallback in _fallbacks(default))
        if number < 1 or size < 1:
            raise BadParameter("page" if number < 1 else "limit", "This value should be positive.")
        return number, min(size, most)


def _fallbacks(default: int) -> tuple[tuple[str, str], ...]:
    return ("page", "1"), ("limit", str(default))


@lru_cache(maxsize=1000)
def _path(key: str) -> Path:
    matched = _KEY.fullmatch(key)
    if matched is None:
        return (key,)
    return (matched[1], *re.findall(r"\[([^\[\]]*)\]", matched[2]))


def _whole(text: str, path: Path) -> int:
    if not text.lstrip("-").isdigit():
        raise BadParameter(".".join(path), "This value should be of type integer.")
    return int(text)
