"""What is wrong with a file's rows, and what becomes of it: the file fails, or the row is left out."""

from collections.abc import Callable

from collector.plugin import BadFile

TOLD = 20
"""Bad rows that are told one by one; the rest is counted."""


class BadRow(Exception):
    """A row that does not make a record; `column` is the file's own name for it."""

    def __init__(self, fault: str, column: str | None = None) -> None:
        super().__init__(fault)
        self.fault = fault
        self.column = column


class BadRows:
    """The bad rows of one file, met one after another."""

    def __init__(self, part: str, *, skip: bool, warn: Callable[[str], None]) -> None:
        self._part = part
        self._skip = skip
        self._warn = warn
        self._first: BadFile | None = None
        self._count = 0

    def met(self, bad: BadRow, line: int) -> None:
        """Leave the row out, or raise `BadFile`."""
        error = BadFile(part=self._part, line=line, column=bad.column, fault=bad.fault)
        if not self._skip:
            raise error
        self._first = self._first or error
        self._count += 1
        if self._count <= TOLD:
            self._warn(f"{error}; the row is left out")

    def ended(self, *, good: bool) -> None:
        """The file's end; one in which no row is `good` is a bad file, whatever was asked."""
        if self._first is None:
            return
        if not good:
            what = f"none of its {self._count} rows can be read; the first: {self._first.fault}"
            raise BadFile(part=self._part, line=self._first.line, column=self._first.column, fault=what)
        if self._count > TOLD:
            self._warn(f"{self._part}: {self._count} bad rows were left out, of which the first {TOLD} are told")
