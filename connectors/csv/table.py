"""Lines to rows: the header, where its columns stand, and rows as wide as it.

Lines count from 1, the header included; a row is known by the line that it begins on.
"""

import csv
from collections.abc import Iterable, Iterator
from itertools import chain
from operator import methodcaller

from collector.plugin import BadFile
from connectors.csv.faults import BadRow, BadRows
from connectors.csv.text import Text

_MOST_TOLD = 50
_stripped = methodcaller("strip")


class Table:
    """The rows of one file. `line` is where the present one begins."""

    def __init__(self, text: Text, *, part: str, delimiter: str) -> None:
        self._text = text
        self._part = part
        self._delimiter = delimiter
        self._reader = csv.reader(chain.from_iterable(text.blocks()), delimiter=delimiter, strict=True)
        self.line = 0
        self.header = self._first_row()

    def _first_row(self) -> list[str]:
        try:
            header = next(filter(is_filled, self._reader), None)
        except csv.Error as error:
            raise self._bad(f"the header cannot be read: {error}") from None
        if header is None:
            raise BadFile(part=self._part, fault="is empty")
        if fault := next(filter(None, map(self._text.fault_of, header)), None):
            raise self._bad(f"the header {fault}")
        self._text.row_ended = self._reader.line_num
        return list(map(_stripped, header))

    def _bad(self, fault: str, column: str | None = None) -> BadFile:
        return BadFile(part=self._part, line=max(self._reader.line_num, 1), column=column, fault=fault)

    def places(self, names: Iterable[str]) -> dict[str, int]:
        """Where the named columns stand.

        Raises:
            BadFile: some are missing (all are named), or stand there twice.
        """
        wanted = tuple(dict.fromkeys(names))
        if missing := [name for name in wanted if name not in self.header]:
            there = ", ".join(f"{name[:80]!r}" for name in self.header[:_MOST_TOLD])
            lacks = ", ".join(map(repr, missing))
            raise self._bad(f"lacks the column{'s' * (len(missing) > 1)} {lacks}; it has {there}{self._hint()}")
        if twice := next((name for name in wanted if self.header.count(name) > 1), None):
            raise self._bad("stands in the header more than once", twice)
        return {name: self.header.index(name) for name in wanted}

    def _hint(self) -> str:
        if len(self.header) > 1:
            return ""
        found = next((sign for sign in ";\t|," if sign in self.header[0]), None)
        return f" (is its delimiter {found!r}, not {self._delimiter!r}?)" if found else ""

    def rows(self, bad_rows: BadRows, *, needed: int) -> Iterator[list[str]]:
        """Each row that has at least `needed` cells and no more than the header; the others are met as bad."""
        reader, text, width, ended = self._reader, self._text, len(self.header), self._reader.line_num
        while True:
            try:
                for row in reader:
                    self.line = ended + 1
                    text.row_ended = ended = reader.line_num
                    if len(row) != width or self.line <= text.doubtful_through:
                        fault = self._fault(row, needed)
                        if fault is not None:
                            if is_filled(row):
                                bad_rows.met(fault, self.line)
                            continue
                    yield row
                return
            except csv.Error as error:
                self.line = ended + 1
                text.row_ended = ended = reader.line_num
                if ended > self.line:  # other rows may have been swallowed: to leave out one would be a guess
                    what = f"a quoted cell begins in this row and does not end as it should ({error})"
                    raise BadFile(part=self._part, line=self.line, fault=what) from None
                bad_rows.met(BadRow(f"is no row: {error}"), self.line)

    def _fault(self, row: list[str], needed: int) -> BadRow | None:
        width = len(self.header)
        if len(row) > width:
            return BadRow(f"has {len(row)} cells, the header {width}")
        if len(row) < needed:
            return BadRow(f"has {len(row)} cells, the header {width}", self.header[len(row)])
        if self.line <= self._text.doubtful_through:
            for name, cell in zip(self.header, row, strict=False):
                if fault := self._text.fault_of(cell):
                    return BadRow(fault, name)
        return None


def is_filled(row: list[str]) -> bool:
    """Whether any cell of a row holds something; rows that do not are no rows."""
    return any(map(_stripped, row))
