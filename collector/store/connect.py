"""Opens a store: checks that it is ours and whole, brings its schema up to date.

Readers never wait: SQLite in WAL mode, a read transaction each. Writers queue for one
lock in the process, and for SQLite's own between processes; a write transaction begins
IMMEDIATE, so that it never fails half-way for want of the lock.
"""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError

from collector.clock import SystemClock
from collector.store.errors import StoreError, StoreFull, StoreRefused, TooGreat
from collector.store.locks import BookLocks
from collector.store.names import Names

SCHEMA = "0006"
"""The revision that this program reads and writes; migrations lead to it."""

_APPLICATION_ID = 0x4B504943  # "KPIC": marks a SQLite file as ours
_QUICK_CHECK_BYTES = 16 * 1024 * 1024  # checking a bigger file whole would delay every start
_CACHE = "cache_size=-16384"
"""16 MB a connection: with 32, a million deals took over 200 MB and no less time (`bench/records.py`)."""

_BUSY_SECONDS = 30


class Store:
    """An open store. `read()` and `write()` give transactions; both may be used in any thread."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self.engine = engine
        self.path = path
        self.names = Names(self)
        self.books = BookLocks(path)
        self._writing = threading.Lock()
        self._clock = SystemClock()
        self._writing_since: float | None = None
        self._writer: int | None = None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A read transaction: one consistent state, whatever is written meanwhile."""
        with self._translated(), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """The one write transaction of the moment; committed at the end, or taken back whole.

        Raises:
            StoreFull: no room; nothing was changed.
            StoreRefused: the file turned out to be damaged.
        """
        with self._writing, self._translated(), self.engine.connect() as connection:
            connection = connection.execution_options(immediate=True)
            self._writing_since, self._writer = self._clock.monotonic(), threading.get_ident()
            try:
                with connection.begin():
                    yield connection
            finally:
                self._writing_since = self._writer = None

    @property
    def is_writing_here(self) -> bool:
        """Whether this thread is in a write transaction."""
        return self._writer == threading.get_ident()

    @property
    def write_seconds(self) -> float:
        """For how long the write transaction of the moment has been under way; 0 where there is none."""
        since = self._writing_since
        return 0.0 if since is None else self._clock.monotonic() - since

    def bytes(self) -> int:
        """Size on disk, with the write-ahead log."""
        return sum(file.stat().st_size for suffix in ("", "-wal") if (file := Path(f"{self.path}{suffix}")).exists())

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()
        self.books.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except DatabaseError as error:
            raise translated(error, str(self.path)) from error


def translated(error: DatabaseError | sqlite3.Error, place: str) -> Exception:
    """A database's own error as ours, where a person can do something about it."""
    told = str(error.orig if isinstance(error, DatabaseError) else error)
    if "disk is full" in told or "disk I/O error" in told:
        return StoreFull(place)
    if "malformed" in told or "not a database" in told:
        return StoreRefused(place, f"the file is damaged ({told})", _RESTORE)
    if "readonly" in told or "unable to open" in told:
        return StoreRefused(place, f"cannot be written ({told})", "Give this user the right to write there.")
    if "integer overflow" in told:
        return TooGreat(place)
    if "locked" in told:
        return StoreError(f"store {place}: another process has held the lock for too long; try again later")
    return error


_RESTORE = "It was left untouched. Restore a backup, or move the file away to begin anew."


def open_store(url: str) -> Store:
    """Open, or make, the store at `sqlite:///…`.

    Raises:
        StoreRefused: damaged, made by a newer version, not ours, or not writable.
    """
    path = path_of(url)
    inspect(path)
    _create(path)
    store = Store(_engine(path), path)
    try:
        _migrate(store)
    except DatabaseError as error:
        store.close()
        raise translated(error, str(path)) from error
    except BaseException:
        store.close()
        raise
    return store


def path_of(url: str) -> Path:
    """The file of `sqlite:///…`.

    Raises:
        StoreRefused: it names none.
    """
    try:
        location = make_url(url)
    except ArgumentError as error:
        raise StoreRefused("", "its URL cannot be read", "Write store: sqlite:///path/to/collector.db") from error
    if location.get_backend_name() != "sqlite" or not location.database:
        raise StoreRefused(
            location.render_as_string(hide_password=True),
            "only SQLite stores are served by this version",
            "Write store: sqlite:///path/to/collector.db",
        )
    return Path(location.database)


def inspect(path: Path) -> None:
    """Look at an existing file without changing a byte of it.

    Raises:
        StoreRefused: damaged, made by a newer version, or not ours.
    """
    if not path.exists() or path.stat().st_size == 0:
        return
    if path.is_dir():
        raise StoreRefused(str(path), "is a folder", "Name a file in it, such as collector.db.")
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            ours = connection.execute("PRAGMA application_id").fetchone()[0] == _APPLICATION_ID
            tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            small = path.stat().st_size <= _QUICK_CHECK_BYTES
            verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0] if small else "ok"
            version = connection.execute("SELECT version_num FROM alembic_version").fetchone() if ours else None
    except sqlite3.DatabaseError as error:
        if "locked" in str(error):
            raise translated(error, str(path)) from error
        if "unable to open" in str(error) or "readonly" in str(error):
            raise StoreRefused(str(path), f"cannot be opened ({error})", "Give this user the right to it.") from error
        raise StoreRefused(str(path), f"the file is damaged or no SQLite database ({error})", _RESTORE) from error
    if verdict != "ok":
        raise StoreRefused(str(path), f"the file is damaged ({verdict})", _RESTORE)
    if tables and not ours:
        raise StoreRefused(
            str(path), "is a database of another program", "It was left untouched. Name another file in `store:`."
        )
    if version and version[0] > SCHEMA:
        raise StoreRefused(
            str(path),
            f"has schema {version[0]}, this version of kpi-collector knows {SCHEMA}",
            "It was left untouched. Run the newer version that made it, or name another file.",
        )


def _create(path: Path) -> None:
    """A new file belongs to this user alone: it holds customers' data."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StoreRefused(
            str(path), f"cannot be written ({error.strerror})", "Give this user the right to write there."
        ) from error


def _engine(path: Path) -> Engine:
    engine = create_engine(
        f"sqlite:///{path}", connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False}, pool_size=8
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # transactions are begun by us, below
        for pragma in ("journal_mode=WAL", "synchronous=FULL", _CACHE, "temp_store=FILE"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("immediate", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


def _migrate(store: Store) -> None:
    with store.read() as tx:
        made = tx.execute(text("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'")).first()
        if made and tx.execute(text("SELECT version_num FROM alembic_version")).scalar() == SCHEMA:
            return
    from collector.store.migrate import upgrade  # alembic is slow to import, and seldom needed

    with store.write() as tx:
        upgrade(tx, SCHEMA)
        tx.execute(text(f"PRAGMA application_id = {_APPLICATION_ID}"))
