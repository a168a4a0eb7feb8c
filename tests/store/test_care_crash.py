"""Pruning and rebuilding may be cut off before any step: figures stay right, and the next time it is finished."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import event

from collector.store.care.prune import prune
from collector.store.care.rebuild import rebuild
from collector.store.care.task import Place
from collector.store.care.verify import Verdict, verify
from collector.store.connect import Store, open_store
from collector.store.locks import PollLocks
from tests.polling.bench import NOW, Bench
from tests.polling.importer import STREAMS, All, dump

RETENTION = {"facts": "20d", "entities": "280d", "readings": "1d"}
Care = Callable[[Store, Bench], object]

LEFT = (
    "INSERT INTO stream (project, source, name, kind, system, counted, history_complete, state) "
    "VALUES ('default', 'gone', 'rows', 'part', 'gone', 0, 1, 'done')",
    "INSERT INTO part (stream_id, name, fingerprint, live, missing, records) "
    "SELECT id, 'x', '', name = 'rows', 0, 0 FROM stream WHERE name IN ('rows', 'leads')",
    "INSERT INTO fact SELECT part.id, day, measure_id, dimset_id, currency, value, flags FROM fact, part "
    "WHERE part.name = 'x'",
)
"""A source that is not configured, with facts; hidden facts of one that is."""


class CutOffError(Exception):
    """The process has died here, but for what the kernel does afterwards."""


def pruned(store: Store, bench: Bench) -> None:
    locks = PollLocks(store.path)
    try:
        prune(Place(store, locks), bench.config, NOW)
    finally:
        locks.close()


def rebuilt(store: Store, bench: Bench) -> None:
    rebuild(store, bench.config, tell=lambda *_: None)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    made = Bench(tmp_path_factory.mktemp("all"), All, backfill="60d")
    for name in STREAMS:
        assert made.poll(name).ok
    with made.store.write() as tx:
        for statement in LEFT:
            tx.exec_driver_sql(statement)
    made.config = replace(made.config, retention=RETENTION)
    made.store.close()
    return made


def run(care: Care, bench: Bench, path: Path, *, until: int | None = None) -> int:
    """Care for a store; before the step `until` the process dies. Returns how many steps there were."""
    store = open_store(f"sqlite:///{path}")
    steps = 0

    def step(*_: object) -> None:
        nonlocal steps
        steps += 1
        if steps == until:
            raise CutOffError

    for name in ("before_cursor_execute", "commit"):
        event.listen(store.engine, name, step)
    try:
        care(store, bench)
    except CutOffError:
        assert until is not None
    finally:
        store.close()
    return steps


def look(bench: Bench, path: Path) -> tuple[dict[str, list[tuple[object, ...]]], Verdict]:
    store, locks = open_store(f"sqlite:///{path}"), PollLocks(path)
    found = dump(store), verify(store, bench.config, locks, full=True)
    locks.close()
    store.close()
    return found


@pytest.mark.parametrize("seed", [7, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(100, 110))])
@pytest.mark.parametrize("care", [pruned, rebuilt])
def test_what_was_cut_off_is_finished_the_next_time(care: Care, seed: int, bench: Bench, tmp_path: Path) -> None:
    whole = tmp_path / "whole.db"
    shutil.copy(bench.store.path, whole)
    steps = run(care, bench, whole)
    expected, verdict = look(bench, whole)
    assert all("hidden" in each for each in verdict.faults)  # those that were there before, and that rebuilding leaves
    assert care is rebuilt or verdict == Verdict()
    chance = Random(seed)
    for round_ in range(8):
        path = tmp_path / f"{round_}.db"
        shutil.copy(bench.store.path, path)
        run(care, bench, path, until=chance.randint(1, steps))
        _, verdict = look(bench, path)
        assert [each for each in verdict.faults if "sums" in each or "posting" in each] == []
        run(care, bench, path)
        assert look(bench, path)[0] == expected
