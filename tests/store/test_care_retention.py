"""Old leads and deals go, and no figure of a day that is kept changes by it."""

import shutil
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.plugin.records import Gone, StageChange
from collector.store import parts
from collector.store.care.old_entities import OldEntities
from collector.store.care.task import Place
from collector.store.codec import to_instant
from collector.store.connect import open_store
from collector.store.errors import Busy
from collector.store.locks import PollLocks
from collector.store.rules import Rules
from collector.store.schema import stream
from collector.store.states import System
from collector.store.streams import states
from tests.store.business import NOW, START, Business
from tests.store.conftest import MakeDeal
from tests.store.crm import Crm
from tests.store.figures import figures

FIRST = (START + timedelta(days=110)).date()
"""The first day that is kept."""

LAST = NOW.date()


def prune(crm: Crm, first: date = FIRST, now: datetime = NOW) -> int:
    return OldEntities(crm.system, crm.rules, now, first).take(Place(crm.store, PollLocks(crm.store.path)))


# ── the property ─────────────────────────────────────────────────────────────────────

rule_sets = st.builds(
    Rules,
    zone=st.sampled_from([ZoneInfo("UTC"), ZoneInfo("Asia/Vladivostok")]),
    margin=st.sampled_from([None, Decimal("0.5")]),
    attribution=st.sampled_from(["last", "last", "first"]),
    lead_dedup=st.sampled_from([timedelta(hours=24), timedelta(days=10)]),
)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that was made before: making one takes longer than all the rest."""
    path = tmp_path_factory.mktemp("empty") / "collector.db"
    open_store(f"sqlite:///{path}").close()
    return path


@given(seed=st.integers(0, 2**32), rules=rule_sets)
def test_no_figure_of_a_kept_day_changes(seed: int, rules: Rules, empty: Path) -> None:
    with TemporaryDirectory() as folder:
        shutil.copy(empty, folder)
        crm = Crm(open_store(f"sqlite:///{folder}/collector.db"), rules)
        crm.commit(*Business(seed).records(60))
        before = figures(crm, FIRST, LAST)
        prune(crm)
        assert figures(crm, FIRST, LAST) == before
        kept = crm.daily()
        crm.rebuild()
        assert crm.daily() == kept
        assert prune(crm) == 0
        assert crm.daily() == kept
        crm.store.close()


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32), rules=rule_sets.filter(lambda rules: rules.attribution == "last"))
def test_what_comes_later_is_counted_as_if_nothing_had_gone(seed: int, rules: Rules, empty: Path) -> None:
    with TemporaryDirectory() as folder:
        pruned, whole = (_copied(empty, Path(folder) / name, rules) for name in ("pruned.db", "whole.db"))
        business = Business(seed)
        past, future = business.records(50), business.later(15)
        for crm in (pruned, whole):
            crm.commit(*past)
        prune(pruned)
        for crm in (pruned, whole):
            crm.commit(*future)
        end = LAST + timedelta(days=60)
        assert figures(pruned, FIRST, end) == figures(whole, FIRST, end)
        pruned.store.close()
        whole.store.close()


def _copied(empty: Path, path: Path, rules: Rules) -> Crm:
    shutil.copy(empty, path)
    return Crm(open_store(f"sqlite:///{path}"), rules)


# ── scenes ───────────────────────────────────────────────────────────────────────────


def keys(crm: Crm, kind: str = "deal") -> list[str]:
    with crm.store.read() as tx:
        query = "SELECT key FROM entity WHERE kind = ? ORDER BY key"
        return list(tx.exec_driver_sql(query, (kind,)).scalars())


def test_a_customers_first_won_deal_never_goes(crm: Crm, deal: MakeDeal) -> None:
    crm.commit(
        deal(1, won="2026-01-05", customer="c1"),
        deal(2, won="2026-01-06", customer="c1"),
        deal(3, won="2026-05-01", customer="c1"),
        deal(4, won="2026-01-05"),
    )
    prune(crm)

    assert keys(crm) == ["1", "3"]
    assert crm.customers("returning_customers", "2026-05-01", "2026-05-01") == 1


def test_open_deals_stay_for_they_are_in_todays_pipeline(crm: Crm, deal: MakeDeal) -> None:
    crm.commit(deal(1, created="2025-01-01"), deal(2, created="2025-01-01", lost="2025-02-01"))
    prune(crm)

    assert keys(crm) == ["1"]
    assert crm.measure("pipeline_amount", "2026-05-20") == 100


def test_the_stage_changes_of_what_goes_go_too(crm: Crm, deal: MakeDeal) -> None:
    moments = [START + timedelta(days=1), NOW - timedelta(days=1)]
    told = [StageChange(entity="deal", id=key, at=at, stage="won", status="won") for key in "12" for at in moments[:1]]
    crm.commit(deal(1, won="2026-01-02"), deal(2), *told)
    prune(crm)

    assert keys(crm, "stage_change") == [f"deal:2:{to_instant(moments[0])}:won"]


def test_stage_changes_that_a_file_tells_again_go_again(crm: Crm, deal: MakeDeal) -> None:
    change = StageChange(entity="deal", id="1", at=START, stage="won", status="won")
    crm.commit(deal(1, won="2026-01-02"), change)
    prune(crm)
    crm.commit(change)
    prune(crm)

    assert keys(crm, "stage_change") == []


def test_a_deal_that_was_deleted_long_ago_goes_from_all_parts(crm: Crm, deal: MakeDeal) -> None:
    crm.commit(deal(1, lost="2026-01-05"), deal(2, created="2026-05-05"))
    crm.commit(Gone(entity="deal", id="1"), Gone(entity="deal", id="2"))
    prune(crm)

    assert keys(crm) == ["2"]


def test_the_stream_tells_from_which_day_on_all_are_there(crm: Crm, deal: MakeDeal) -> None:
    crm.commit(deal(1, created="2026-05-05", won="2026-05-06"))
    prune(crm)
    assert kept_from(crm) is None  # nothing went: there was nothing before

    crm.commit(deal(2, won="2026-01-06"))
    prune(crm)
    assert kept_from(crm) == FIRST


def kept_from(crm: Crm) -> date | None:
    with crm.store.read() as tx:
        return states(tx)["default", "crm", "deals"].kept_from


def test_a_file_that_is_read_anew_is_whole_again(crm: Crm, deal: MakeDeal) -> None:
    crm.commit(deal(2, won="2026-01-06"))
    prune(crm)
    with crm.store.write() as tx:
        again = parts.begin(tx, crm.stream_id, name="")
        parts.publish(tx, again, records=0, span=None)
    assert kept_from(crm) == FIRST  # until retention has looked at it
    prune(crm)

    assert kept_from(crm) is None


def test_a_system_that_is_polled_is_waited_for_but_not_for_ever(crm: Crm, deal: MakeDeal) -> None:
    crm.commit(deal(1, won="2026-01-06"))
    locks, told = PollLocks(crm.store.path), []
    assert locks.take(crm.stream_id)
    place = Place(crm.store, locks, waiting=lambda: told.append("waiting"), patience=0.1)
    task = OldEntities(crm.system, crm.rules, NOW, FIRST)

    with pytest.raises(Busy, match="did not end within"):
        task.take(place)
    assert told == ["waiting"]
    assert keys(crm) == ["1"]

    locks.release(crm.stream_id)
    assert task.take(place) == 1
    assert locks.take(crm.stream_id)


def test_pilots_grow_old_for_themselves(crm: Crm, deal: MakeDeal) -> None:
    crm.commit(deal(1, won="2026-01-06"), deal(2, won="2026-01-07", customer="c"))
    with crm.store.write() as tx:
        tx.execute(stream.update().values(counted=False))
    pilots = System("default", "crm", counted=False)

    assert prune(crm) == 0
    assert OldEntities(pilots, crm.rules, NOW, FIRST).take(Place(crm.store, PollLocks(crm.store.path))) == 1
    assert keys(crm) == ["2"]
