"""What is wrong with a store is told in a sentence; what a poll has not finished is not wrong."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from collector.store import parts
from collector.store.care.verify import Verdict, verify
from collector.store.locks import PollLocks
from tests.polling.bench import Bench
from tests.polling.importer import STREAMS, All, dump
from tests.store.test_care_rebuild import made_anew


def verdict(bench: Bench, *, full: bool = True) -> Verdict:
    locks = PollLocks(bench.store.path)
    try:
        return verify(bench.store, bench.config, locks, full=full)
    finally:
        locks.close()


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    bench = Bench(tmp_path_factory.mktemp("all"), All, backfill="60d")
    for name in STREAMS:
        assert bench.poll(name).ok
    return bench


@pytest.fixture
def bench(filled: Bench) -> Iterator[Bench]:
    yield filled
    made_anew(filled)


@pytest.mark.parametrize("full", [False, True])
def test_a_store_that_is_well_has_no_fault(bench: Bench, full: bool) -> None:
    assert verdict(bench, full=full) == Verdict()


def test_it_changes_nothing(bench: Bench) -> None:
    before = dump(bench.store)
    written: list[str] = []

    def note(_: Any, __: Any, statement: str, *more: Any) -> None:
        if statement.lstrip().split()[0] in ("UPDATE", "DELETE", "INSERT") and "temp." not in statement:
            written.append(statement)

    event.listen(bench.store.engine, "before_cursor_execute", note)
    verdict(bench)
    event.remove(bench.store.engine, "before_cursor_execute", note)
    assert written == []
    assert dump(bench.store) == before


PARTS = "SELECT part.id FROM part JOIN stream ON stream.id = stream_id WHERE kind {} 'ledger'"
FACTS, LEDGER = PARTS.format("!="), PARTS.format("=")


@pytest.mark.parametrize(
    ("damage", "fault", "only_full"),
    [
        (f"UPDATE daily SET value = 1 WHERE part_id IN ({FACTS})", "figures are not the sums of its facts", False),
        (f"DELETE FROM daily WHERE part_id IN ({FACTS})", "figures are not the sums of its facts", False),
        (f"UPDATE daily SET value = 0 WHERE part_id IN ({LEDGER})", "figures are not the sums of the postings", True),
        ("UPDATE posting SET body = '[[],[],[],[]]'", "not what its leads and deals come to", False),
        ("DELETE FROM posting WHERE number < 9", "8 postings are not what its leads and deals come to", True),
        ("DELETE FROM visit WHERE day % 2 = 0", "customers bought are not those", True),
        ("UPDATE visit SET previous = 1 WHERE previous = 0", "customers bought are not those", True),
        ("UPDATE sample SET value = value + 1", "1 samples are not those of the postings", True),
    ],
)  # fmt: skip
def test_a_figure_that_is_not_what_it_is_made_of_is_told(
    bench: Bench, damage: str, fault: str, only_full: bool
) -> None:
    with bench.store.write() as tx:
        tx.exec_driver_sql(damage)

    assert fault in "\n".join(verdict(bench).faults)
    assert bool(verdict(bench, full=False).faults) is not only_full
    assert all("run `store rebuild`" in each for each in verdict(bench).faults)
    made_anew(bench)
    assert verdict(bench) == Verdict()


def test_a_posting_that_nobody_has_is_told(bench: Bench) -> None:
    with bench.store.write() as tx:
        tx.exec_driver_sql(
            "INSERT INTO posting SELECT part_id, 'customer/nobody', 999999, '[[],[],[],[]]' FROM posting LIMIT 1"
        )

    assert verdict(bench).faults == [
        "src, leads and deals: 1 postings are not what its leads and deals come to; run `store rebuild`"
    ]


def test_a_row_that_belongs_to_nothing_is_told(bench: Bench) -> None:
    with bench.store.write() as tx:
        tx.exec_driver_sql("INSERT INTO fact VALUES (99999, 1, 1, 1, '', 7, 0)")
    assert verdict(bench, full=False).faults == ["1 rows of fact name a part that is not there; restore a backup"]

    with bench.store.write() as tx:
        tx.exec_driver_sql("DELETE FROM fact WHERE part_id = 99999")


def test_what_is_due_is_a_fault_once_nobody_polls(bench: Bench) -> None:
    with bench.store.write() as tx:
        tx.exec_driver_sql("INSERT INTO touched (project, system, kind, key) VALUES ('default', 'src', 'deal', 'd1')")
    assert verdict(bench).faults == [
        "src, leads and deals: 1 changes are not in the figures; the next poll, or `store rebuild`, counts them"
    ]

    locks = PollLocks(bench.store.path)
    assert locks.take(bench.numbers["default", "src", "crm"])
    found = verify(bench.store, bench.config, locks, full=True)
    locks.close()
    assert found == Verdict(notes=["src, leads and deals: not looked at, a poll is under way"])


def test_hidden_parts_are_a_fault_once_nobody_polls(bench: Bench) -> None:
    number = bench.numbers["default", "src", "spend"]
    with bench.store.write() as tx:
        parts.begin(tx, number, name="#staged")
    locks = PollLocks(bench.store.path)
    assert locks.take(number)
    assert verify(bench.store, bench.config, locks, full=False) == Verdict(notes=["src/spend: a poll is under way"])
    locks.close()

    assert verdict(bench).faults == [
        "src/spend: 1 hidden part was left by a poll that was cut off; the next poll, or `store prune`, removes them"
    ]
    parts.remove_hidden(bench.store, number)


def test_what_other_settings_are_about_to_change_is_noted(bench: Bench) -> None:
    with bench.store.write() as tx:
        tx.exec_driver_sql("UPDATE part SET rolled = 'of former settings', fingerprint = 'of former settings'")

    assert verdict(bench).faults == []
    assert {each.partition(": ")[2] for each in verdict(bench).notes} == {
        "not looked at, other settings are about to change its figures"
    }


def test_a_damaged_page_is_told(tmp_path: Path) -> None:
    bench = Bench(tmp_path, All, backfill="20d")
    assert bench.poll("spend").ok
    with bench.store.read() as tx:
        root = tx.exec_driver_sql("SELECT rootpage FROM sqlite_master WHERE name = 'fact'").scalar_one()
        size = tx.exec_driver_sql("PRAGMA page_size").scalar_one()
    with bench.store.engine.connect() as connection:
        connection.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    bench.store.engine.dispose()
    with bench.store.path.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(os.urandom(size))

    (fault,) = verdict(bench, full=False).faults
    assert "the file is damaged" in fault
