"""Mistakes of a configuration, gathered while it is compiled; and rows that cannot be what they should be."""

from collections.abc import Callable

from collector.plugin import BadResponse
from connectors.http_json import templates
from connectors.http_json.expressions import BadExpression, Expression, expression

MOST_TOLD = 20


class Faults:
    """Mistakes, a line each, which begins with its key."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def add(self, key: str, fault: str) -> None:
        """A mistake at a key."""
        self.lines.append(f"{key}: {' '.join(fault.split())}")

    def expression(self, key: str, text: str) -> Expression:
        """The expression; one that cannot be read is told, and finds nothing."""
        try:
            return expression(text)
        except BadExpression as error:
            self.add(key, str(error))
            return _NOTHING

    def optional(self, key: str, text: str | None) -> Expression | None:
        """The same where there may be none."""
        return None if text is None else self.expression(key, text)

    def template(self, key: str, text: str, known: frozenset[str]) -> None:
        """Tell what is wrong with a text's placeholders."""
        for fault in templates.faults(text, known):
            self.add(key, fault)

    def raise_if_any(self) -> None:
        """Raises ValueError with all of them, each once."""
        if self.lines:
            raise ValueError("\n".join(dict.fromkeys(self.lines)))


_NOTHING = expression("`null`")


class BadRow(ValueError):
    """A row that is not what the mapping says."""


class BadRows:
    """What becomes of bad rows in one run of a stream: the end of it, or warnings."""

    def __init__(self, *, skip: bool, warn: Callable[[str], None]) -> None:
        self._skip = skip
        self._warn = warn
        self._bad = 0
        self._good = 0

    def good(self) -> None:
        """A row that is what it should be."""
        self._good += 1

    def bad(self, record: str, fault: str, where: str) -> None:
        """One that is not.

        Raises:
            BadResponse: bad rows are not to be left out.
        """
        error = BadResponse(expected=f"a {record}, but {fault}", where=where)
        if not self._skip:
            raise error
        self._bad += 1
        if self._bad <= MOST_TOLD:
            self._warn(str(error))

    def end(self, where: str) -> None:
        """No more rows.

        Raises:
            BadResponse: all of them were bad.
        """
        if self._bad and not self._good:
            raise BadResponse(expected="some good row", where=where, got=f"{self._bad} bad ones")
        if self._bad > MOST_TOLD:
            self._warn(f"{where}: {self._bad} bad rows were left out")
