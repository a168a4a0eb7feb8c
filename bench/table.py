"""What a bench prints."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """Rows under columns, with a note that says how they were measured."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""

    def __str__(self) -> str:
        lines = [tuple(self.columns), *map(tuple, self.rows)]
        widths = [max(len(line[i]) for line in lines) for i in range(len(self.columns))]
        rule = tuple("-" * width for width in widths)
        shown = [_line(line, widths) for line in (lines[0], rule, *lines[1:])]
        return "\n".join([self.title, *shown, *([self.note] if self.note else [])])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = (
        cell.ljust(width) if i == 0 else cell.rjust(width)
        for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join([first, *rest])
