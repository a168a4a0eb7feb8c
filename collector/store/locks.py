"""One poll of a stream at a time, also between processes.

A file beside the store, one byte a stream; the kernel lets go of a lock when its process
dies, however it dies.
"""

import fcntl
import os
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
