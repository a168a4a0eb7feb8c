"""A user's mistakes in the configuration, told all in one go: place, fault, remedy."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

Path = tuple[str | int, ...]
"""Where a key stands: ("projects", "default", "goals", 1, "due")."""


@dataclass(frozen=True, order=True)
class ConfigError:
    """One mistake. `line` counts from 1; 0 where there is no line to name."""

    file: str
    line: int
    place: str
    fault: str
    remedy: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        told = ": ".join(part for part in (where, self.place, self.fault) if part)
        return f"{told}\n  {self.remedy}" if self.remedy else told


class ConfigErrors(Exception):
    """The configuration cannot be used; `errors` are all that is wrong with it."""

    def __init__(self, errors: Iterable[ConfigError]) -> None:
        self.errors = tuple(dict.fromkeys(errors))
        super().__init__("\n".join(map(str, self.errors)))


def place(path: Path, plain: Any = None) -> str:
    """A path as people read it: `goals.cac-q4.due`, `channels[2].source`.

    `plain` is the value at the root of the path, where items of a list are called by
    their `name`. The default project's keys stand at the top level, and are told so.
    """
    text = ""
    for step in path[2:] if path[:2] == ("projects", "default") else path:
        name = step if isinstance(step, str) else None
        plain, item = _below(plain, step), plain
        if isinstance(item, Sequence) and isinstance(plain, dict) and isinstance(plain.get("name"), str):
            name = plain["name"]
        text += f"[{step}]" if name is None else f".{name}" if text else name
    return text


def _below(plain: Any, step: str | int) -> Any:
    if isinstance(plain, dict):
        return plain.get(step)
    if isinstance(plain, list) and isinstance(step, int) and 0 <= step < len(plain):
        return plain[step]
    return None
