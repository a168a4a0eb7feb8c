"""One poll of a stream at a time, and one keeper of a ledger, also between processes.

Files beside the store, one byte a stream; the kernel lets go of a lock when its process
dies, however it dies.
"""

import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from collector.store.errors import Busy

CHANNELS = 0
"""Of `BookLocks.keeping`: the channels of facts, which are no ledger."""

PATIENCE_SECONDS = 600.0
"""How long whoever needs several streams at rest waits for their polls."""

_LOOK_AGAIN_SECONDS = 0.1


class PollLocks:
    """The streams that this process is polling, or that it keeps others from polling."""

    def __init__(self, store_path: Path) -> None:
        self._path = store_path
        self._file = os.open(f"{store_path}-polls", os.O_CREAT | os.O_RDWR, 0o600)
        self._guard = threading.Lock()
        self._held: set[int] = set()

    def take(self, stream_id: int) -> bool:
        """Whether nobody else polls the stream; then it is this caller's until `release`."""
        with self._guard:
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
        with self._guard:
            self._held.discard(stream_id)
            fcntl.lockf(self._file, fcntl.LOCK_UN, 1, stream_id)

    @contextmanager
    def at_rest(
        self,
        stream_ids: Iterable[int],
        *,
        waiting: Callable[[], None] = lambda: None,
        patience: float = PATIENCE_SECONDS,
    ) -> Iterator[None]:
        """Nobody polls these streams meanwhile; waits for polls that are under way, and tells `waiting` of each.

        Call it in a thread. Polls never wait for a lock, so this cannot wait in a circle.

        Raises:
            Busy: a poll did not end in time.
        """
        taken: list[int] = []
        try:
            for number in sorted(set(stream_ids)):
                if not self.take(number):
                    waiting()
                    self._take_in_time(number, patience)
                taken.append(number)
            yield
        finally:
            for number in taken:
                self.release(number)

    def _take_in_time(self, stream_id: int, patience: float) -> None:
        for _ in range(max(1, int(patience / _LOOK_AGAIN_SECONDS))):
            time.sleep(_LOOK_AGAIN_SECONDS)
            if self.take(stream_id):
                return
        raise Busy(str(self._path), patience)

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
