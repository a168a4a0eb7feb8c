"""Who keeps a ledger has it alone, in threads and processes."""

import subprocess
import sys
import threading
from datetime import UTC, datetime
from typing import Any

from collector.store import books, entities
from collector.store.connect import Store
from collector.store.states import System
from tests.store.conftest import MakeDeal
from tests.store.crm import RULES, Crm

ORPHANS = "SELECT count(*) FROM {} WHERE part_id NOT IN (SELECT id FROM part WHERE live)"


def orphans(store: Store) -> list[int]:
    with store.read() as tx:
        tables = ("posting", "visit", "sample", "daily")
        return [tx.exec_driver_sql(ORPHANS.format(table)).scalar_one() for table in tables]


def test_many_who_make_a_ledger_anew_leave_one_behind(crm: Crm, deal: MakeDeal) -> None:
    crm.commit(*(deal(n, won="2026-02-03", customer=f"c{n % 50}") for n in range(400)), roll_up=False)
    threads = [threading.Thread(target=crm.rebuild) for _ in range(4)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert crm.measure("deals_won", "2026-02-03") == 400
    assert orphans(crm.store) == [0, 0, 0, 0]


def test_another_process_waits_for_its_turn(crm: Crm, deal: MakeDeal) -> None:
    crm.commit(deal(1, won="2026-02-03"))
    ledger = "SELECT id FROM stream WHERE kind = 'ledger'"
    with crm.store.read() as tx:
        number = tx.exec_driver_sql(ledger).scalar_one()
    try_it = (
        "import fcntl, sys; fcntl.lockf(open(sys.argv[1], 'r+'), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, int(sys.argv[2]))"
    )
    command = [sys.executable, "-c", try_it, f"{crm.store.path}-books", str(number)]

    with crm.store.books.keeping(number):
        assert subprocess.run(command, capture_output=True, check=False).returncode == 1
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_a_touch_that_takes_the_number_of_another_systems_settled_one_is_still_due(crm: Crm, deal: MakeDeal) -> None:
    """While one system's ledger is written another's touches are settled, and new ones take their numbers."""
    crm.commit(deal(1, won="2026-02-03"))
    crm.commit(deal(2, won="2026-02-03"), roll_up=False)
    with crm.store.write() as tx:
        tx.exec_driver_sql("INSERT INTO touched (project, system, kind, key) VALUES ('default', 'other', 'deal', '9')")

    _while_names_are_looked_up(crm.store, lambda: _settle_the_other_and_commit(crm, deal))
    books.keep(crm.store, crm.system, RULES)

    assert crm.measure("deals_won", "2026-02-03") == 3


def _settle_the_other_and_commit(crm: Crm, deal: MakeDeal) -> None:
    books.keep(crm.store, System("default", "other"), RULES)
    with crm.store.write() as tx:
        changed = entities.upsert(tx, crm.part, [deal(3, won="2026-02-03")], seen=datetime(2026, 3, 1, tzinfo=UTC))
        entities.touch(tx, crm.stream_id, changed)


def _while_names_are_looked_up(store: Store, act: Any) -> None:
    """Between reading the states and writing the entries, the writer asks for the numbers of names."""
    look_up = store.names.members

    def once(dimension: str, wanted: Any) -> Any:
        store.names.members = look_up  # type: ignore[method-assign]
        act()
        return look_up(dimension, wanted)

    store.names.members = once  # type: ignore[method-assign, assignment]
