"""Names are numbered before the transaction that needs them, never within it."""

import threading

import pytest

from collector.store.connect import Store


def test_a_name_asked_for_within_a_write_transaction_is_refused_at_once(store: Store) -> None:
    store.names.dimensions(["manager"])

    with store.write(), pytest.raises(RuntimeError, match="within a write transaction"):
        store.names.dimensions(["manager"])  # known or not: that it was known is luck


def test_another_threads_transaction_is_only_waited_for(store: Store) -> None:
    """The one holds the names and waits to write, the other writes and needs no names: both come to an end."""
    inside, found = threading.Event(), dict[str, int]()

    def number() -> None:
        inside.wait()
        found.update(store.names.dimensions(["pipeline"]))

    other = threading.Thread(target=number)
    other.start()
    with store.write():
        inside.set()
        other.join(timeout=0.05)
        assert not found
    other.join(timeout=5)
    assert set(found) == {"pipeline"}
