"""Leaves no trace of what was changed or deleted: in free pages, in what is left between rows, in the log.

The file is written anew (`VACUUM`), and the write-ahead log emptied. Both go on beside a
running daemon; its writes wait meanwhile, and are tried again where that takes too long.
"""

import re
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path

from sqlalchemy import Text, func, select, update

from collector.store.connect import Store
from collector.store.errors import StoreError
from collector.store.locks import PATIENCE_SECONDS
from collector.store.schema import forgotten, metadata

_AT_ONCE = 1 << 20
_SHORTEST = 6  # a shorter text stands everywhere, and says nothing


class NotWiped(StoreError):
    """What was forgotten stands in no table any more, but old pages of the file may still hold it."""

    def __init__(self, place: str, fault: str) -> None:
        super().__init__(
            f"store {place}: {fault}\n  No table holds the id any more, but old pages of the file may. "
            "Give the same command again, and it goes on from here."
        )


def wipe(store: Store, *, waiting: Callable[[], None], patience: float = PATIENCE_SECONDS) -> None:
    """Write the file anew and empty its log; `waiting` is told when others have to end first.

    Raises:
        NotWiped: no room, or others did not end in time.
    """
    try:
        with closing(sqlite3.connect(store.path, timeout=1, isolation_level=None)) as connection:
            _until(lambda: _vacuumed(connection), waiting, patience)
            _until(lambda: _emptied(connection), waiting, patience)
        with store.write() as tx:
            tx.execute(update(forgotten).where(~forgotten.c.wiped).values(wiped=True))
    except sqlite3.DatabaseError as error:
        fault = "the disk is full" if "full" in str(error) or "disk I/O" in str(error) else str(error)
        raise NotWiped(str(store.path), fault) from error
    except TimeoutError as error:
        raise NotWiped(str(store.path), "others did not let go of it in time") from error


def _until(done: Callable[[], bool], waiting: Callable[[], None], patience: float) -> None:
    """Try until it is done; each try waits for about a second itself."""
    for tries in range(max(1, int(patience))):
        if done():
            return
        if not tries:
            waiting()
    raise TimeoutError


def _vacuumed(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("VACUUM")
    except sqlite3.OperationalError as error:
        if "locked" not in str(error):
            raise
        return False
    return True


def _emptied(connection: sqlite3.Connection) -> bool:
    busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        time.sleep(0.1)
    return not busy


def traces(store: Store, texts: Iterable[str]) -> list[str]:
    """Where one of these texts still stands: tables and columns, such as `member.value`."""
    wanted = [text for text in texts if len(text) >= _SHORTEST]
    if not any(_in_file(store, text.encode()) for text in wanted):
        return []
    return sorted({place for text in wanted for place in _columns(store, text)})


def _in_file(store: Store, sought: bytes) -> bool:
    return any(_in_chunks(Path(f"{store.path}{suffix}"), sought) for suffix in ("", "-wal"))


def _in_chunks(path: Path, sought: bytes) -> bool:
    if not path.exists():
        return False
    with path.open("rb") as file:
        before = b""
        while chunk := file.read(_AT_ONCE):
            if sought in before + chunk:
                return True
            before = chunk[-len(sought) :]
    return False


def _columns(store: Store, text: str) -> Iterator[str]:
    """The columns in which it stands by itself, not as a part of another word."""
    alone = re.compile(rf"(?<!\w){re.escape(text)}(?!\w)")
    with store.read() as tx:
        for table in metadata.sorted_tables:
            for column in table.columns:
                if isinstance(column.type, Text):
                    found = tx.execute(select(column).where(func.instr(column, text) > 0)).scalars()
                    if any(alone.search(value) for value in found):
                        yield f"{table.name}.{column.name}"
