"""What is derived can be made anew at any time, beside others; nothing comes out otherwise, unless it was wrong."""

import threading
from pathlib import Path
from typing import Any

import pytest

from collector.store import configured
from collector.store.care.rebuild import rebuild
from collector.store.errors import StoreFull
from tests.polling.bench import Bench
from tests.polling.importer import STREAMS, All, dump
from tests.store.room import no_room
from tests.store.test_care_unused import Care


def made_anew(bench: Bench, **more: Any) -> dict[str, int]:
    """By source and kind, how many figures differ."""
    found = rebuild(bench.store, bench.config, tell=lambda *_: None, **more)
    return {f"{each.source} {each.what}": each.changed for each in found}


@pytest.fixture(scope="module")
def all_kinds(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """A history by all four kinds of stream; its figures are the same after each test."""
    bench = Bench(tmp_path_factory.mktemp("all"), All, backfill="60d")
    for name in STREAMS:
        assert bench.poll(name).ok
    return bench


def test_nothing_changes(all_kinds: Bench) -> None:
    before = dump(all_kinds.store)

    assert made_anew(all_kinds) == {"src facts": 0, "src leads and deals": 0}
    assert dump(all_kinds.store) == before


def test_each_step_is_told_before_it_begins(all_kinds: Bench) -> None:
    told: list[tuple[int, int, str]] = []
    rebuild(all_kinds.store, all_kinds.config, tell=lambda number, of, step: told.append((number, of, step.what)))

    assert told == [(1, 3, "facts"), (2, 3, "facts"), (3, 3, "leads and deals")]
    assert rebuild(all_kinds.store, all_kinds.config, project="other", tell=lambda *_: None) == []


@pytest.mark.parametrize(
    ("damage", "where"),
    [
        ("UPDATE daily SET value = value + 1 WHERE part_id IN ({facts}) AND dimension_id = 0", "src facts"),
        ("DELETE FROM daily WHERE part_id IN ({facts}) AND day % 2 = 0", "src facts"),
        ("INSERT INTO daily SELECT part_id, measure_id, 0, 99, 0, '', 1, 0, 0 FROM fact GROUP BY part_id", "src facts"),
        ("UPDATE daily SET value = 0 WHERE part_id IN ({ledger})", "src leads and deals"),
        ("DELETE FROM visit WHERE day % 2 = 0", "src leads and deals"),
        ("UPDATE visit SET previous = 1 WHERE previous = 0", "src leads and deals"),
        ("UPDATE sample SET value = value * 2 WHERE value > 0", "src leads and deals"),
        ("DELETE FROM posting WHERE number < 9", "src leads and deals"),
    ],
)
def test_what_was_wrong_is_right_again_and_counted(all_kinds: Bench, damage: str, where: str) -> None:
    before = dump(all_kinds.store)
    parts = "SELECT part.id FROM part JOIN stream ON stream.id = stream_id WHERE kind {} 'ledger'"
    with all_kinds.store.write() as tx:
        tx.exec_driver_sql(damage.format(facts=parts.format("!="), ledger=parts.format("=")))
    assert dump(all_kinds.store) != before

    changed = made_anew(all_kinds)

    assert dump(all_kinds.store) == before
    assert {each for each, number in changed.items() if number} <= {where}
    assert changed[where] or "posting" in damage


def test_a_channel_that_stands_wrongly_is_found_again(tmp_path: Path) -> None:
    care = Care(tmp_path)
    assert care.poll("visits").ok
    channels = care.total("sessions", by="channel")
    with care.store.write() as tx:
        wrong = "(SELECT id FROM member WHERE value = 's0 / cpc')"
        tx.exec_driver_sql(f"UPDATE dimset_channel SET member_id = {wrong}")
        tx.exec_driver_sql("UPDATE part SET rolled = NULL")
    configured.keep_up(care.store, care.config)
    assert care.total("sessions", by="channel") != channels

    assert made_anew(care)["src facts"] > 0
    assert care.total("sessions", by="channel") == channels


def test_what_is_due_is_counted_in_and_is_no_difference(all_kinds: Bench) -> None:
    with all_kinds.store.write() as tx:
        tx.exec_driver_sql("INSERT INTO touched (project, system, kind, key) VALUES ('default', 'src', 'deal', 'd1')")

    assert made_anew(all_kinds)["src leads and deals"] == 0
    assert dump(all_kinds.store)["touched"] == [(0,)]


def test_nobody_ever_reads_half_of_it(all_kinds: Bench) -> None:
    expected = [all_kinds.total(name) for name in ("spend", "deals_won", "leads")]
    done, seen = threading.Event(), set()

    def read() -> None:
        while not done.is_set():
            seen.add(tuple(all_kinds.total(name) for name in ("spend", "deals_won", "leads")))

    reader = threading.Thread(target=read)
    reader.start()
    made_anew(all_kinds)
    done.set()
    reader.join()

    assert seen == {tuple(expected)}


def test_without_room_the_figures_stay_as_they_were(all_kinds: Bench) -> None:
    before = dump(all_kinds.store)
    with no_room(all_kinds.store), pytest.raises(StoreFull, match="nothing was lost"):
        made_anew(all_kinds)

    assert {**dump(all_kinds.store), "hidden": []} == {**before, "hidden": []}
    assert made_anew(all_kinds) == {"src facts": 0, "src leads and deals": 0}
    assert dump(all_kinds.store) == before
