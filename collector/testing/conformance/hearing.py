"""All that a connector says while it works: log lines as it wrote them, before secrets are covered."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

_SILENCED = ("httpx", "httpcore", "hpack", "urllib3", "asyncio", "collector")
"""Not the connector's words: the program keeps these quiet, or covers what they say."""


class _Ear(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.partition(".")[0] not in _SILENCED:
            self.lines.append(self.format(record))


@contextmanager
def hearing() -> Iterator[list[str]]:
    """Every line that is logged meanwhile, of any level, with its traceback."""
    ear, root = _Ear(), logging.getLogger()
    level, others = root.level, root.handlers[:]
    root.handlers[:] = [ear]  # the others would tell people of all this
    root.setLevel(logging.DEBUG)
    try:
        yield ear.lines
    finally:
        root.handlers[:] = others
        root.setLevel(level)
