"""Follows docs/tutorial.md to the letter: applies its blocks, and types its commands.

A block stands under a line that says where it belongs: **`file`**, and as a whole, or in
place of definitions (`visits`) or lines (the line `from …`) that it replaces together.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_STEP = re.compile(
    r"^(?:(?P<where>[^\n`]*\*\*`(?P<file>[^`\n]+)`\*\*, as a whole|(?:\*\*`(?P<other>[^`\n]+)`\*\*, i|I)n place of "
    r"(?P<what>[^\n]+)):\n\n```(?:python|yaml)\n(?P<text>.*?)^```$)|^```console\n(?P<typed>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Edit:
    """A block, the file it belongs to, and what it replaces there; nothing: the whole file."""

    file: str
    replaced: tuple[str, ...]
    text: str

    @property
    def lines(self) -> int:
        """Those that an author writes."""
        return sum(bool(line.strip()) for line in self.text.splitlines())


@dataclass(frozen=True)
class Typed:
    """A command, and what is printed under it."""

    command: str
    shown: str


def steps(text: str) -> Iterator[Edit | Typed]:
    """All that a reader does, in order."""
    file = ""
    for found in _STEP.finditer(text):
        if found["typed"] is not None:
            for scene in found["typed"].removeprefix("$ ").split("\n$ "):
                command, _, shown = scene.partition("\n")
                yield Typed(command, shown)
            continue
        file = found["file"] or found["other"] or file
        yield Edit(file, tuple(re.findall(r"`([^`]+)`", found["what"] or "")), found["text"])


def apply(edit: Edit, path: Path) -> None:
    """Write the block where it belongs.

    Raises:
        LookupError: there is not what it replaces.
    """
    if not edit.replaced:
        path.write_text(edit.text, encoding="utf-8")
        return
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    places = [_place(name, text, lines) for name in edit.replaced]
    gone = {number for first, last in places for number in range(first, last)}
    kept = [line for number, line in enumerate(lines) if number not in gone]
    begin = min(first for first, _ in places)
    path.write_text("\n".join([*kept[:begin], *edit.text.splitlines(), *kept[begin:]]) + "\n", encoding="utf-8")


def _place(name: str, text: str, lines: list[str]) -> tuple[int, int]:
    """The lines of a definition, with the decorators and comments above it; or the line itself."""
    if " " in name and "…" not in name:
        (at,) = [number for number, line in enumerate(lines) if line.strip() == name]
        return at, at + 1
    for node in ast.walk(ast.parse(text)):
        if _named(node) == name:
            assert isinstance(node, ast.stmt)
            assert node.end_lineno is not None
            decorators = getattr(node, "decorator_list", [])
            first = min([node.lineno, *(each.lineno for each in decorators)]) - 1
            while lines[first - 1].strip().startswith("#"):
                first -= 1
            return first, node.end_lineno
    raise LookupError(name)


def _named(node: ast.AST) -> str | None:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return node.name
        case ast.ImportFrom(module=str() as module):
            return f"from {module} import (…)"
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name
    return None
