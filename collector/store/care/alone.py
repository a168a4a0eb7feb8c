"""The store to oneself: for what must not happen while another process has it open."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, StaticPool, create_engine
from sqlalchemy.exc import DatabaseError, OperationalError

from collector.store.connect import Store, translated
from collector.store.errors import StoreError


class Accompanied(StoreError):
    """Another process has the store open."""

    def __init__(self, place: str) -> None:
        super().__init__(f"store {place}: another process has it open")


@contextmanager
def alone(store: Store) -> Iterator[Connection]:
    """A transaction during which nobody else has the store open, or can open it.

    Whoever has a WAL database open holds a shared lock on its file, idle or not; SQLite's
    exclusive mode needs that lock alone.

    Raises:
        Accompanied: somebody has it open.
    """
    store.engine.dispose()  # our own idle connections count too
    engine = create_engine("sqlite://", creator=lambda: _exclusive(store), poolclass=StaticPool)
    try:
        with engine.connect() as connection:
            try:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            except OperationalError as error:
                raise Accompanied(str(store.path)) from error
            yield connection
            connection.exec_driver_sql("COMMIT")
    except DatabaseError as error:
        raise translated(error, str(store.path)) from error
    finally:
        engine.dispose()


def _exclusive(store: Store) -> sqlite3.Connection:
    connection = sqlite3.connect(store.path, timeout=0, isolation_level=None)
    connection.execute("PRAGMA locking_mode=EXCLUSIVE")
    return connection
