"""One poll of a stream at a time, and one keeper of a ledger, also between processes.

Files beside the store, one byte a stream; the kernel lets go of a lock when its process
dies, however it dies.
"""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class PollLocks:
    """The streams that this process is polling."""

    def __init__(self, store_path: Path) -> None:
        self._file = os.open(f"{store_path}-polls", os.O_CREAT | os.O_RDWR, 0o600)
        self._held: set[int] = set()

    def take(self, stream_id: int) -> bool:
        """Whether nobody else polls the stream; then it is this caller's until `release`."""
        if stream_id in self._held:
            return False
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, stream_id)
        except OSError:
            return False
        self._held.add(stream_id)
        return True

    def release(self, stream_id: int) -> None:
        """Let others poll the stream."""
        self._held.discard(stream_id)
        fcntl.lockf(self._file, fcntl.LOCK_UN, 1, stream_id)

    def close(self) -> None:
        """Let go of all."""
        os.close(self._file)


class BookLocks:
    """Who keeps a ledger has it alone: two that make it anew would clear away each other's hidden rows."""

    def __init__(self, store_path: Path) -> None:
        self._path = f"{store_path}-books"
        self._file: int | None = None
        self._guard = threading.Lock()
        self._keepers: dict[int, threading.Lock] = {}

    @contextmanager
    def keeping(self, ledger: int) -> Iterator[None]:
        """Wait for the turn, in this process and among processes."""
        with self._guard:
            if self._file is None:
                self._file = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)
            file = self._file
            mine = self._keepers.setdefault(ledger, threading.Lock())
        with mine:
            fcntl.lockf(file, fcntl.LOCK_EX, 1, ledger)
            try:
                yield
            finally:
                fcntl.lockf(file, fcntl.LOCK_UN, 1, ledger)

    def close(self) -> None:
        """Let go of all."""
        with self._guard:
            if self._file is not None:
                os.close(self._file)
                self._file = None
