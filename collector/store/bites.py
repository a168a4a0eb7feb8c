"""Rows removed some thousand at a time, so that no other writer waits long."""

import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, delete, select, tuple_

from collector.store.connect import Store

ROWS_AT_ONCE = 8_000
"""Removed in one transaction."""

_PAUSE_SECONDS = 0.02


def pause() -> None:
    """Between two bites: who waits for SQLite's lock looks for it now and then, and would hardly ever find it free."""
    time.sleep(_PAUSE_SECONDS)


def remove(store: Store, table: Table, among: ColumnElement[bool], *, by: Sequence[Column[Any]]) -> int:
    """Remove the rows `among`, in the order of `by`, which tells them apart; returns how many there were.

    Each bite ends before the key of the n-th row from here.
    """
    edge = select(*by).where(among).order_by(*by).offset(ROWS_AT_ONCE).limit(1)
    removed = 0
    while True:
        with store.write() as tx:
            until = tx.execute(edge).first()
            bite = among if until is None else among & (tuple_(*by) < tuple_(*until))
            removed += tx.execute(delete(table).where(bite)).rowcount
            if until is None:
                return removed
        pause()


def of_part(store: Store, table: Table, part_id: int) -> int:
    """Remove all rows of a part."""
    keys = [column for column in table.primary_key.columns if column.name != "part_id"]
    return remove(store, table, table.c.part_id == part_id, by=keys)
