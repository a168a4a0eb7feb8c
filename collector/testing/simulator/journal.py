"""What a simulator was asked, for tests to read; secrets are covered as it is written."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from starlette.requests import Request

COVERED = "********"
_SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization"})


@dataclass
class Entry:
    """One request. `number` counts from 1; `fault` is what was done to it on purpose, `overrun` the limit it broke."""

    number: int
    at: datetime
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    status: int | None = None
    """None: it is not answered yet."""
    fault: str | None = None
    overrun: str | None = None


@dataclass
class Journal:
    """All requests, oldest first. `cover` takes secrets out of a text."""

    cover: Callable[[str], str] = str
    entries: list[Entry] = field(default_factory=list)

    def __iter__(self) -> Iterator[Entry]:
        return iter(tuple(self.entries))

    def __len__(self) -> int:
        return len(self.entries)

    def begin(self, request: Request, at: datetime) -> Entry:
        """Write a request down as it comes in."""
        headers = {
            name: COVERED if name in _SECRET_HEADERS else self.cover(value) for name, value in request.headers.items()
        }
        query = {name: self.cover(value) for name, value in request.query_params.multi_items()}
        entry = Entry(len(self.entries) + 1, at, request.method, self.cover(request.url.path), query, headers)
        self.entries.append(entry)
        return entry

    @property
    def overruns(self) -> list[Entry]:
        """Those that broke a limit."""
        return [entry for entry in self if entry.overrun is not None]
