"""What was written and where: values that know their file and line.

Between `documents` (YAML in) and the models (plain values in).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

Scalar = str | int | Decimal | bool | None
KeyPath = tuple[str | int, ...]
"""("sources", "crm", "columns", "amount"), from the root of what is looked at."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A file, as people are told it, and the folder that its relative paths start from.

    `environment`: it is no file but a variable, whose value is taken as it is.
    """

    shown: str
    folder: Path
    environment: bool = False


@dataclass(slots=True)
class Entry:
    """A value. `line` is its own, a collection's that of its key; `key_line` its key's.

    `written` is what stood in the file where the value was expanded from `${…}`;
    `broken`: it could not be, which is told already.
    """

    value: "Scalar | dict[str, Entry] | list[Entry]"
    origin: Origin
    line: int
    key_line: int
    written: str | None = None
    broken: bool = False

    @property
    def mapping(self) -> "dict[str, Entry]":
        """What a mapping holds; nothing for anything else."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def items(self) -> "list[Entry]":
        """What a list holds; nothing for anything else."""
        return self.value if isinstance(self.value, list) else []

    def below(self, step: str | int) -> "Entry | None":
        """The entry under a key or number."""
        if isinstance(step, str):
            return self.mapping.get(step)
        return self.items[step] if 0 <= step < len(self.items) else None

    def plain(self) -> Any:
        """The value without its places."""
        match self.value:
            case dict():
                return {key: entry.plain() for key, entry in self.value.items()}
            case list():
                return [entry.plain() for entry in self.value]
            case _:
                return self.value

    def walk(self, path: KeyPath = ()) -> "Iterator[tuple[KeyPath, Entry]]":
        """Itself and all below, each with its path."""
        yield path, self
        match self.value:
            case dict():
                for key, entry in self.value.items():
                    yield from entry.walk((*path, key))
            case list():
                for number, entry in enumerate(self.value):
                    yield from entry.walk((*path, number))
            case _:
                pass

    def scalars(self) -> Iterator[str]:
        """The texts in it, at any depth."""
        for _, entry in self.walk():
            if entry.value is not None and not isinstance(entry.value, dict | list | bool):
                yield str(entry.value)


def reach(root: Entry, path: KeyPath) -> tuple[Entry, KeyPath]:
    """The deepest entry on the way along `path`, and how far that is."""
    entry = root
    for depth, step in enumerate(path):
        below = entry.below(step)
        if below is None:
            return entry, path[:depth]
        entry = below
    return entry, path


def told(root: Entry, path: KeyPath, prefix: str = "") -> str:
    """A path as people read it: `goals.cac-q4.due`; items of a list are called by their `name`."""
    text = prefix
    entry: Entry | None = root
    for step in path:
        entry = None if entry is None else entry.below(step)
        name = step if isinstance(step, str) else _named(entry)
        text += f"[{step}]" if name is None else f".{name}" if text else name
    return text


def _named(entry: Entry | None) -> str | None:
    name = entry.below("name") if entry is not None else None
    if name is None or name.written is not None:  # what comes from elsewhere may be secret
        return None
    return name.value if isinstance(name.value, str) else None


def made(value: Any, origin: Origin) -> Entry:
    """An entry from a plain value, which stands in no file."""
    match value:
        case Mapping():
            return Entry({str(key): made(inner, origin) for key, inner in value.items()}, origin, 0, 0)
        case list() | tuple():
            return Entry([made(inner, origin) for inner in value], origin, 0, 0)
        case float():
            return Entry(Decimal(repr(value)), origin, 0, 0)
        case _:
            return Entry(value, origin, 0, 0)
