"""Rolled up poll by poll is the same as rebuilt, whatever happens to the entities."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from collector.plugin.records import Customer, Deal, Gone, Lead, Post, StageChange
from collector.store import books
from collector.store.connect import open_store
from tests.store.crm import Crm

IDS = [f"contact:{n}" for n in range(4)] + ["company:1", "company:2"]
START = datetime(2026, 1, 1, 12, tzinfo=UTC)
days = st.integers(0, 40).map(lambda n: START + timedelta(days=n))
ids = st.integers(1, 6).map(str)
customers = st.none() | st.sampled_from(IDS)
tags: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [{}, {}, {"utm_source": "yandex", "utm_medium": "cpc"}, {"utm_source": "?"}, {"click_ids": {"yclid": "1"}}]
)


@st.composite
def deals(draw: st.DrawFn) -> Deal:
    status = draw(st.sampled_from(["open", "won", "lost"]))
    return Deal(
        id=draw(ids),
        created_at=draw(days),
        updated_at=draw(days),
        status=status,
        amount=Decimal(draw(st.integers(-5, 50))),
        currency=draw(st.sampled_from(["RUB", "USD"])),
        closed_at=None if status == "open" else draw(days),
        customer_id=draw(customers),
        manager=draw(st.sampled_from([None, "ann", "bob"])),
        lead_id=draw(st.none() | ids),
        lead_source=draw(st.sampled_from([None, "CALL", "EMAIL"])),
        **draw(tags),
    )


@st.composite
def leads(draw: st.DrawFn) -> Lead:
    return Lead(
        id=draw(ids),
        created_at=draw(days),
        updated_at=draw(days),
        status=draw(st.sampled_from(["open", "qualified", "converted", "lost", "junk"])),
        customer_id=draw(customers),
        first_response_at=draw(st.none() | days),
        **draw(tags),
    )


@st.composite
def changes(draw: st.DrawFn) -> StageChange:
    entity = draw(st.sampled_from(["lead", "deal"]))
    status = draw(st.sampled_from(["open", "qualified", "converted"] if entity == "lead" else ["open", "won", "lost"]))
    return StageChange(entity=entity, id=draw(ids), at=draw(days), stage=status.upper(), status=status)


@st.composite
def posts(draw: st.DrawFn) -> Post:
    views = draw(st.none() | st.integers(0, 9))
    return Post(
        id=draw(ids),
        network="vk",
        kind="post",
        published_at=draw(days),
        likes=draw(st.none() | st.integers(0, 9)),
        views=views,
    )


links = st.builds(Customer, id=st.sampled_from(IDS), parent_id=customers, merged_into=customers)
gone = st.builds(Gone, entity=st.sampled_from(["deal", "lead", "customer", "post"]), id=ids | st.sampled_from(IDS))
polls = st.lists(st.lists(deals() | leads() | changes() | posts() | links | gone, max_size=6), max_size=8)


@given(polls=polls)
def test_rolling_up_poll_by_poll_equals_a_rebuild(polls: list[list[Any]]) -> None:
    with TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/collector.db")
        crm = Crm(store)
        for records in polls:
            crm.commit(*records)
        step_by_step = crm.daily()
        crm.rebuild()
        assert step_by_step == crm.daily()
        store.close()


@given(polls=polls, first=st.integers(0, 40), length=st.integers(0, 20))
def test_new_and_returning_customers_are_the_active_ones(polls: list[list[Any]], first: int, length: int) -> None:
    begin = (START + timedelta(days=first)).date().isoformat()
    end = (date.fromisoformat(begin) + timedelta(days=length)).isoformat()
    with TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/collector.db")
        crm = Crm(store)
        for records in polls:
            crm.commit(*records)
        active = crm.customers("active_customers", begin, end)
        assert crm.measure("new_customers", begin, end) + crm.customers("returning_customers", begin, end) == active
        store.close()


def test_a_ledger_that_was_left_behind_by_a_crash_catches_up(crm: Any, deal: Any) -> None:
    crm.commit(deal(1, won="2026-02-03"))
    crm.commit(deal(2, won="2026-02-03"), roll_up=False)
    assert crm.measure("deals_won", "2026-02-03") == 1

    books.keep(crm.store, crm.system, crm.rules)
    assert crm.measure("deals_won", "2026-02-03") == 2
