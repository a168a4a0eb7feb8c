"""A copy of the store as it is at one instant, made while others write.

`VACUUM INTO` reads in one transaction, which no writer waits for, and leaves out what was
deleted. The copy grows under a name of its own, is flushed and checked, and only then
gets the name that was asked for: a half one can never be taken for a backup.
"""

import os
import secrets
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from collector.store.connect import inspect
from collector.store.errors import StoreError

_STEPS = 100_000  # of SQLite's machine, between two looks at how far it is


@dataclass(frozen=True)
class Backup:
    """A copy that was checked."""

    path: Path
    schema: str
    bytes: int


class BackupFailed(StoreError):
    """No copy was made; the store is as it was."""

    def __init__(self, target: Path, fault: str) -> None:
        super().__init__(f"backup {target}: {fault}; no copy was made, and the store is as it was")


def back_up(store: Path, target: Path, *, progress: Callable[[float], None] = lambda _: None) -> Backup:
    """Copy the store to `target`, which must not exist; `progress` hears the share that is done, from 0 to 1.

    Raises:
        BackupFailed: there is something already, no room, or a copy that is not whole.
        StoreRefused: the store itself is damaged, newer, or not ours.
    """
    if not store.exists() or store.stat().st_size == 0:
        raise BackupFailed(target, f"there is no store at {store} yet")
    inspect(store)
    if target.exists() or target.is_symlink():
        raise BackupFailed(target, "is there already")
    growing = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        os.close(os.open(growing, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        _copy(store, growing, progress)
        schema = _checked(growing)
        _flush(growing)
        _name(growing, target)
        _flush(target.parent)
    except FileExistsError as error:
        raise BackupFailed(target, "is there already") from error
    except sqlite3.DatabaseError as error:
        raise BackupFailed(target, _told(error)) from error
    except OSError as error:
        raise BackupFailed(target, (error.strerror or str(error)).lower()) from error
    finally:
        for left in (growing, Path(f"{growing}-journal")):
            with suppress(OSError):
                left.unlink()
    return Backup(target, schema, target.stat().st_size)


def _copy(store: Path, growing: Path, progress: Callable[[float], None]) -> None:
    with closing(sqlite3.connect(f"{store.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None)) as source:
        pages, free, size = (source.execute(f"PRAGMA {name}").fetchone()[0] for name in _SIZES)
        whole = max(1, (pages - free) * size)

        def look() -> None:
            progress(min(1.0, growing.stat().st_size / whole))

        source.set_progress_handler(look, _STEPS)
        source.execute("VACUUM INTO ?", [str(growing.absolute())])


_SIZES = ("page_count", "freelist_count", "page_size")


def _checked(copy: Path) -> str:
    """The schema of a copy that is whole."""
    with closing(sqlite3.connect(f"{copy.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if verdict != "ok":
            raise sqlite3.DatabaseError(f"the copy is not whole ({verdict})")
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def _name(growing: Path, target: Path) -> None:
    """Give the copy its name; unlike a rename, a link refuses where somebody was quicker."""
    try:
        os.link(growing, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        if target.exists():
            raise FileExistsError from None
        growing.rename(target)


def _flush(path: Path) -> None:
    """Down to the disk: a file, or the names in a folder."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _told(error: sqlite3.DatabaseError) -> str:
    text = str(error)
    return "the disk is full" if "full" in text or "disk I/O" in text else text
