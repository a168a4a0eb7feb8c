"""The CRM's own count beside the store's: by what its sweeps have listed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from collector.kpi.reconciliation.counts import counted
from collector.kpi.reconciliation.findings import Finding
from collector.plugin import Deal, Lead
from collector.store import entities, parts, streams
from collector.store.connect import Store, open_store
from collector.store.streams import StreamIdentity

SEEN = datetime(2026, 11, 1, 9, tzinfo=UTC)
SWEPT = SEEN + timedelta(hours=1)


@pytest.fixture
def store(tmp_path: Path) -> Any:
    made = open_store(f"sqlite:///{tmp_path}/store.db")
    yield made
    made.close()


def stream(store: Store, source: str, name: str) -> int:
    """A counted stream's only part."""
    known = [
        StreamIdentity("default", *each, "since", each[0], counted=True) for each in {*_made(store), (source, name)}
    ]
    with store.write() as tx:
        numbers = streams.register(tx, known)
        return parts.only_part(tx, numbers["default", source, name])


def _made(store: Store) -> set[tuple[str, str]]:
    with store.read() as tx:
        return {(source, name) for _, source, name in streams.states(tx)}


def leads(*ids: int) -> list[Any]:
    return [Lead(id=str(each), created_at=SEEN, updated_at=SEEN, status="open") for each in ids]


def deals(*ids: int) -> list[Any]:
    told: dict[str, Any] = {"created_at": SEEN, "updated_at": SEEN, "status": "open", "amount": 1, "currency": "EUR"}
    return [Deal(id=str(each), **told) for each in ids]


def swept(store: Store, part: int, records: list[Any], listed: range) -> None:
    """These are read, and then a sweep lists those."""
    with store.write() as tx:
        entities.upsert(tx, part, records, seen=SEEN)
        entities.sweep(tx, part, {each.type for each in records}, map(str, listed), began=SWEPT)


def found(store: Store, *, live: bool = True) -> dict[str, Finding]:
    with store.read() as tx:
        project = SimpleNamespace(name="default", zone=ZoneInfo("Europe/Moscow"))
        engine = SimpleNamespace(tx=tx, project=project, live=live)
        return {each.check: each for each in counted(cast("Any", engine))}


def test_there_is_none_before_the_first_sweep_and_for_the_past(store: Store) -> None:
    part = stream(store, "crm", "leads")
    assert found(store) == {}

    swept(store, part, leads(*range(40)), range(40))
    assert found(store).keys() == {"crm_leads"}
    assert found(store, live=False) == {}


def test_what_was_deleted_is_gone_on_both_sides(store: Store) -> None:
    swept(store, stream(store, "crm", "leads"), leads(*range(40)), range(5, 40))
    told = found(store)["crm_leads"]

    assert (told.a, told.b, told.gap, told.state) == (35, 35, 0, "ok")
    assert told.last == SWEPT.date()


def test_what_was_never_read_is_a_gap_and_much_of_it_an_alarm(store: Store) -> None:
    part = stream(store, "crm", "leads")
    swept(store, part, leads(*range(99)), range(100))
    assert (found(store)["crm_leads"].gap, found(store)["crm_leads"].state) == (0.01, "outside")

    swept(store, part, leads(0), range(130))
    assert found(store)["crm_leads"].state == "drift"


def test_a_sweep_that_was_refused_is_an_alarm(store: Store) -> None:
    """Rights that are lost look like deletions: nothing is taken away, and it is told."""
    swept(store, stream(store, "crm", "leads"), leads(*range(100)), range(60))
    told = found(store)["crm_leads"]

    assert (told.a, told.b, told.state) == (60, 100, "drift")
    assert told.gap == pytest.approx(-0.4)


def test_leads_that_are_deals_too_are_counted_as_leads(store: Store) -> None:
    """One list is of both: every deal is a lead."""
    swept(store, stream(store, "amo", "leads"), [*leads(*range(40)), *deals(*range(10))], range(40))

    assert {check: (each.a, each.b) for check, each in found(store).items()} == {"crm_leads": (40, 40)}


def test_several_systems_add_up(store: Store) -> None:
    for source, number in (("one", 40), ("two", 60)):
        swept(store, stream(store, source, "deals"), deals(*range(number)), range(number))

    assert (found(store)["crm_deals"].a, found(store)["crm_deals"].b) == (100, 100)


def test_of_a_few_nothing_is_said(store: Store) -> None:
    swept(store, stream(store, "crm", "deals"), deals(*range(20)), range(25))

    assert (found(store)["crm_deals"].gap, found(store)["crm_deals"].lack) == (None, "too_few")
