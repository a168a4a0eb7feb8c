"""Old leads and deals go, and no figure of a day that is kept changes by it."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.plugin.records import Customer, Deal, Gone, Lead, StageChange
from collector.store import parts
from collector.store.care.old_entities import OldEntities
from collector.store.care.task import Place
from collector.store.codec import to_instant
from collector.store.connect import open_store
from collector.store.errors import Busy
from collector.store.ledger import MEASURES, SAMPLED, STOCKS, UNMARGINED
from collector.store.locks import PollLocks
from collector.store.measures import daily_values, distinct_customers, member_names, samples, window_totals
from collector.store.rules import Rules
from collector.store.schema import stream
from collector.store.states import System
from collector.store.streams import states
from tests.store.conftest import MakeDeal
from tests.store.crm import Crm

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
NOW = START + timedelta(days=150)
FIRST = (START + timedelta(days=110)).date()
"""The first day that is kept."""

LAST = NOW.date()
DIMENSIONS = (None, "channel", "manager", "campaign", "pipeline")


def prune(crm: Crm, first: date = FIRST, now: datetime = NOW) -> int:
    return OldEntities(crm.system, crm.rules, now, first).take(Place(crm.store, PollLocks(crm.store.path)))


def figures(crm: Crm, first: date = FIRST, last: date = LAST) -> list[object]:
    """All that can be asked of these days."""
    found: list[object] = []
    names = [*MEASURES, *UNMARGINED.values()]
    flows = [name for name in names if name not in STOCKS]
    spans = [(first, first), (first, last), (first + timedelta(days=3), first + timedelta(days=20))]
    with crm.store.read() as tx:
        for by in DIMENSIONS:
            found += sorted(map(repr, daily_values(tx, "default", measures=flows, first=first, last=last, by=by)))
            for begin, end in spans:
                customers = distinct_customers(tx, "default", first=begin, last=end, by=by)
                found.append((begin, end, by, sorted(map(repr, customers.items()))))
                stocks = window_totals(tx, "default", measures=STOCKS, first=begin, last=end, by=by)
                found += sorted(repr(each) for each in stocks if each.value)
        for name in SAMPLED:
            sampled = samples(tx, "default", name, first, last)
            titles = member_names(tx, {number for each in sampled for number in each.members})
            found.append(sorted((each.value, [titles.get(n) for n in each.members]) for each in sampled))
    return found


# ── the property ─────────────────────────────────────────────────────────────────────

Record = Deal | Lead | StageChange | Customer | Gone
KNOWN = ["contact:1", "contact:2", "contact:3", "company:1"]
TAGS: list[dict[str, Any]] = [{}, {}, {}, {"utm_source": "yandex", "utm_medium": "cpc"}, {"click_ids": {"gclid": "1"}}]
STATUSES = {"lead": ["open", "qualified", "converted", "lost", "junk"], "deal": ["open", "won", "won", "won", "lost"]}


class Business:
    """Few customers who come again and again, around the days on which it is decided what stays."""

    def __init__(self, seed: int) -> None:
        self._chance = Random(seed)

    def records(self, count: int) -> list[Record]:
        makers: list[Callable[[], Record]] = [self.deal, self.lead]
        rarer: list[Callable[[], Record]] = [self.change, self.customer, self.gone]
        told = [self._chance.choice(makers)() for _ in range(count)]
        return [*told, *(self._chance.choice(rarer)() for _ in range(count // 5))]

    def instant(self) -> datetime:
        day = self._chance.choice([0, 10, 15, 20, 60, 108, 109, 110, 111, 140, self._chance.randrange(150)])
        return START + timedelta(days=day, hours=self._chance.randrange(-13, 13))

    def deal(self) -> Deal:
        pick, status, created = self._chance.choice, self._chance.choice(STATUSES["deal"]), self.instant()
        closed = created + timedelta(days=pick([0, 1, 30, -5]))
        return Deal(
            id=self.id(),
            created_at=created,
            updated_at=self.instant(),
            status=status,
            amount=Decimal(pick([-3, 0, 10, 20, 50])),
            currency="RUB",
            closed_at=None if status == "open" else closed,
            customer_id=self.person(),
            manager=pick([None, "ann", "bob"]),
            lead_id=pick([None, self.id(), self.id()]),
            lead_source=pick([None, "CALL"]),
            is_repeat=pick([None, None, None, True, False]),
            **pick(TAGS),
        )

    def lead(self) -> Lead:
        pick = self._chance.choice
        return Lead(
            id=self.id(),
            created_at=self.instant(),
            updated_at=self.instant(),
            status=pick(STATUSES["lead"]),
            customer_id=self.person(),
            first_response_at=pick([None, self.instant()]),
            lead_source=pick([None, "EMAIL"]),
            **pick(TAGS),
        )

    def later(self, count: int) -> list[Record]:
        """What happens after the last day, to people who may be known; it names no lead of before."""
        found: list[Record] = []
        for number in range(count):
            moment = NOW + timedelta(hours=self._chance.randrange(1, 60 * 24))
            key = f"later{number}"
            if self._chance.random() < 0.5:
                found.append(replace(self.lead(), id=key, created_at=moment, updated_at=moment))
                continue
            deal = replace(self.deal(), id=key, created_at=moment, updated_at=moment, lead_id=None)
            found.append(replace(deal, closed_at=moment) if deal.closed_at else deal)
        return found

    def change(self) -> StageChange:
        entity = self._chance.choice(["lead", "deal"])
        status = self._chance.choice(STATUSES[entity])
        return StageChange(entity=entity, id=self.id(), at=self.instant(), stage=status.upper(), status=status)

    def customer(self) -> Customer:
        pick = self._chance.choice
        return Customer(id=pick(KNOWN), parent_id=pick([None, "company:1"]), merged_into=pick([None, *KNOWN]))

    def gone(self) -> Gone:
        return Gone(entity=self._chance.choice(["deal", "lead"]), id=self.id())

    def id(self) -> str:
        return str(self._chance.randrange(1, 21))

    def person(self) -> str | None:
        return self._chance.choice([None, *KNOWN, *KNOWN])


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
        before = figures(crm)
        prune(crm)
        assert figures(crm) == before
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
        assert figures(pruned, last=end) == figures(whole, last=end)
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
