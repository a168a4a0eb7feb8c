"""Many rows at once, the quick way of each database."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from sqlalchemy import Connection, Table

Row = tuple[object, ...]


def insert_rows(tx: Connection, table: Table, rows: Sequence[Row], *, on_conflict: str = "") -> None:
    """Insert tuples in the order of the table's columns, past SQLAlchemy's per-row work.

    `on_conflict` is SQL after the values (`ON CONFLICT … DO …`).
    """
    if rows:
        tx.exec_driver_sql(_statement(table, len(rows[0]), on_conflict), list(rows))


def insert_columns(tx: Connection, table: Table, columns: Iterable[str], rows: Sequence[Row]) -> None:
    """The same for some of the columns; the others take their defaults."""
    if rows:
        names = tuple(columns)
        marks = ", ".join("?" * len(names))
        tx.exec_driver_sql(f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks})", list(rows))  # noqa: S608


@lru_cache
def _statement(table: Table, width: int, on_conflict: str) -> str:
    return f"INSERT INTO {table.name} VALUES ({', '.join('?' * width)}) {on_conflict}".rstrip()  # noqa: S608
