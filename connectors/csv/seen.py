"""Which ids a file has had so far, in bounded memory however many there are.

Ids are kept as 64-bit hashes: two of 50 million different ones meet with a chance of one
in 15,000. Past the first half million they move to SQLite's own temporary file, which is
used here as a set on disk and holds nothing else.
"""

import sqlite3
from types import TracebackType

from collector.plugin import TemporaryFailure

_MOST_IN_MEMORY = 500_000
_CACHE_KIB = 16_384


class Seen:
    """A set that only grows; `with` it, for it may hold a temporary file."""

    def __init__(self, most_in_memory: int = _MOST_IN_MEMORY) -> None:
        self._most = most_in_memory
        self._hashes: set[int] = set()
        self._disk: sqlite3.Connection | None = None

    def add(self, name: str) -> bool:
        """Whether it is new."""
        number = hash(name)
        if self._disk is not None:
            return self._added(self._disk, number)
        if number in self._hashes:
            return False
        self._hashes.add(number)
        if len(self._hashes) >= self._most:
            self._move()
        return True

    def _move(self) -> None:
        # "" is a file that SQLite makes where temporary files go, and removes by itself
        self._disk = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{_CACHE_KIB}"):
            self._disk.execute(f"PRAGMA {pragma}").fetchall()
        self._disk.execute("CREATE TABLE seen (hash INTEGER PRIMARY KEY)")
        self._disk.execute("BEGIN")
        for number in sorted(self._hashes):
            self._added(self._disk, number)
        self._hashes.clear()

    def _added(self, disk: sqlite3.Connection, number: int) -> bool:
        try:
            return disk.execute("INSERT OR IGNORE INTO seen VALUES (?)", (number,)).rowcount == 1
        except sqlite3.Error as error:
            raise TemporaryFailure(f"no room for comparing ids in the folder for temporary files: {error}") from error

    def __enter__(self) -> "Seen":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._disk is not None:
            self._disk.close()
