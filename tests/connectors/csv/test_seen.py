"""connectors/csv/seen.py: which ids a file has had."""

import threading
import tracemalloc

from hypothesis import given
from hypothesis.strategies import lists, text

from connectors.csv.seen import Seen


@given(names=lists(text(max_size=2), max_size=60))
def test_a_name_is_new_once_in_memory_and_on_disk(names: list[str]) -> None:
    with Seen() as in_memory, Seen(most_in_memory=5) as on_disk:
        expected = [name not in names[:place] for place, name in enumerate(names)]
        assert [in_memory.add(name) for name in names] == expected
        assert [on_disk.add(name) for name in names] == expected


def test_past_its_bound_it_takes_no_more_memory() -> None:
    with Seen(most_in_memory=1_000) as seen:
        tracemalloc.start()
        added = sum(seen.add(f"deal {number}") for number in range(30_000))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

    assert added == 30_000
    assert peak < 500_000


def test_it_may_be_asked_from_any_thread() -> None:
    told: list[bool] = []
    with Seen(most_in_memory=1) as seen:
        seen.add("a")
        worker = threading.Thread(target=lambda: told.extend((seen.add("a"), seen.add("b"))))
        worker.start()
        worker.join()

    assert told == [False, True]
