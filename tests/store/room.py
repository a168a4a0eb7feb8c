"""A store whose disk has just become full."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from collector.store.care.wipe import wipe
from collector.store.connect import Store


@contextmanager
def no_room(store: Store) -> Iterator[None]:
    """As long as this lasts the file can neither grow nor take back pages that were free."""
    wipe(store, waiting=lambda: None)
    with store.read() as tx:
        pages = tx.exec_driver_sql("PRAGMA page_count").scalar_one()
    limit = pages

    def bound(connection: Any, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {limit}")

    event.listen(store.engine, "checkout", bound)
    try:
        yield
    finally:
        limit = 1_000_000_000
        with store.read(), store.read(), store.read():
            event.remove(store.engine, "checkout", bound)
