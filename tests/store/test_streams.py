"""Streams that are registered are the ones that count; a system's ledger goes with its sources."""

from datetime import date
from decimal import Decimal

from collector.store import books, entities, parts, streams
from collector.store.connect import Store
from collector.store.measures import window_totals
from collector.store.states import System
from collector.store.streams import StreamIdentity
from tests.store.conftest import MakeDeal
from tests.store.crm import RULES

Life = tuple[date | None, date | None]


def crm(name: str, *, was: str | None = None, active: Life = (None, None)) -> StreamIdentity:
    return StreamIdentity("default", name, "deals", "since", name, counted=True, was=was, active=active)


def register(store: Store, *identities: StreamIdentity) -> dict[streams.StreamKey, int]:
    with store.write() as tx:
        numbers = streams.register(tx, identities)
    for each in identities:
        books.keep(store, System("default", each.system), RULES)
    return numbers


def fill(store: Store, stream_id: int, system: str, *deals: entities.Entity) -> None:
    with store.write() as tx:
        part = parts.only_part(tx, stream_id)
        changed = entities.upsert(tx, part, deals, seen=deals[0].created_at)  # type: ignore[union-attr]
        entities.touch(tx, stream_id, changed)
    books.keep(store, System("default", system), RULES)


def revenue(store: Store) -> Decimal:
    with store.read() as tx:
        days = (date(2026, 1, 1), date(2026, 12, 31))
        totals = window_totals(tx, "default", measures=["revenue"], first=days[0], last=days[1])
    return sum((total.value for total in totals), Decimal(0))


def two_crms(store: Store, deal: MakeDeal) -> None:
    numbers = register(store, crm("old"), crm("other"))
    fill(store, numbers["default", "old", "deals"], "old", deal(1, won="2026-02-03", amount="900"))
    fill(store, numbers["default", "other", "deals"], "other", deal(1, won="2026-02-03", amount="50"))


def test_a_crm_that_is_no_longer_configured_counts_no_more_until_it_is_again(store: Store, deal: MakeDeal) -> None:
    two_crms(store, deal)

    register(store, crm("other"))
    assert revenue(store) == 50

    register(store, crm("old"), crm("other"))
    assert revenue(store) == 950


def test_a_crm_that_is_renamed_counts_once(store: Store, deal: MakeDeal) -> None:
    two_crms(store, deal)

    register(store, crm("new", was="old"), crm("other"))

    assert revenue(store) == 950


def test_a_crms_life_holds_from_its_first_deal_on(store: Store, deal: MakeDeal) -> None:
    numbers = register(store, crm("crm", active=(date(2026, 2, 1), None)))

    fill(store, numbers["default", "crm", "deals"], "crm", deal(1, won="2026-01-31"), deal(2, won="2026-02-01"))

    assert revenue(store) == 100
