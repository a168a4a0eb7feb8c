"""A forgotten person is in no byte of the store; no figure changes, not even when a source tells of them again."""

import shutil
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.plugin.records import Customer, Deal, Gone
from collector.store import books, entities, parts, streams
from collector.store.care.backup import back_up
from collector.store.care.forget import Person, find, forget, recall
from collector.store.care.task import Place
from collector.store.care.wipe import NotWiped, traces, wipe
from collector.store.connect import open_store
from collector.store.errors import Busy, StoreFull
from collector.store.locks import PollLocks
from collector.store.streams import Outcome, StreamIdentity
from tests.store.business import NOW, START, Business
from tests.store.conftest import MakeDeal, MakeLead
from tests.store.crm import Crm
from tests.store.figures import figures
from tests.store.room import no_room

ANN = "contact:ZQX-7781-forget-me"
IDS = (ANN, "контакт:Ж-7781-Иванов", 'contact:"7781"\\ZQX', "contact:🙂-ZQX-7781")
DAYS = (START.date() - timedelta(days=20), NOW.date() + timedelta(days=20))


def erase(crm: Crm, customer: str) -> Person:
    """All that the command does."""
    (person,) = find(crm.store, customer)
    forget(Place(crm.store, PollLocks(crm.store.path)), person)
    books.keep(crm.store, crm.system, crm.rules)
    wipe(crm.store, waiting=lambda: None)
    return person


def in_bytes(path: Path, text: str) -> list[str]:
    """The files beside a store, and itself, that hold a text in any encoding that may be met."""
    sought = {text.encode(), text.encode("utf-16-le"), text.encode("unicode_escape")}
    sought.add(text.encode().replace(b'"', b'\\"'))
    found = [each for each in path.parent.iterdir() if each.name.startswith(path.name)]
    return [each.name for each in found if any(each_sought in each.read_bytes() for each_sought in sought)]


def bought(crm: Crm, deal: MakeDeal, lead: MakeLead, customer: str) -> list[Any]:
    """A customer's history, stored in many small steps, so that it leaves old pages behind."""
    ids = {"yclid": "777001777", "fbclid": "{fbclid}"}
    told: list[Any] = [Customer(customer, parent_id="company:1"), lead(1, customer=customer, click_ids=ids)]
    told += [deal(n, won=f"2026-02-{n + 1:02}", customer=customer, click_ids=ids) for n in range(1, 20)]
    told += [deal(50 + n, won="2026-02-01", customer="contact:2") for n in range(5)]
    for each in told:
        crm.commit(each)
    crm.commit(*(deal(100 + n, customer=f"contact:other{n}") for n in range(300)))
    crm.commit(*(Gone(entity="deal", id=str(100 + n)) for n in range(300)))
    return told


@pytest.mark.parametrize("customer", IDS)
def test_no_byte_of_the_id_is_left_and_all_totals_stay(
    customer: str, crm: Crm, deal: MakeDeal, lead: MakeLead, tmp_path: Path
) -> None:
    told = bought(crm, deal, lead, customer)
    before = figures(crm, *DAYS)
    assert in_bytes(crm.store.path, customer)

    person = erase(crm, customer)

    assert person == Person("default", "crm", (customer,), leads=1, deals=19)
    assert in_bytes(crm.store.path, customer) == []
    assert in_bytes(crm.store.path, "777001777") == []
    assert figures(crm, *DAYS) == before
    assert traces(crm.store, [customer]) == []

    crm.rebuild()
    assert figures(crm, *DAYS) == before
    crm.commit(*told)  # the source tells all of it again
    assert figures(crm, *DAYS) == before
    back_up(crm.store.path, tmp_path / "backup.db")
    crm.store.close()
    assert in_bytes(tmp_path / "collector.db", customer) == in_bytes(tmp_path / "backup.db", customer) == []


def test_what_is_told_again_changes_nothing(crm: Crm, deal: MakeDeal, lead: MakeLead) -> None:
    told = bought(crm, deal, lead, ANN)
    erase(crm, ANN)
    with crm.store.write() as tx:
        assert entities.upsert(tx, crm.part, told, seen=NOW) == set()


def test_the_ledger_finds_nothing_changed(crm: Crm, deal: MakeDeal, lead: MakeLead) -> None:
    bought(crm, deal, lead, ANN)
    (person,) = find(crm.store, ANN)
    forget(Place(crm.store, PollLocks(crm.store.path)), person)
    renamed = crm.daily()
    books.keep(crm.store, crm.system, crm.rules)
    assert crm.daily() == renamed

    crm.rebuild()
    assert crm.daily() == renamed


def test_another_deal_of_theirs_is_still_theirs(crm: Crm, deal: MakeDeal, lead: MakeLead) -> None:
    bought(crm, deal, lead, ANN)
    erase(crm, ANN)
    crm.commit(deal(30, won="2026-04-01", customer=ANN, click_ids={"yclid": "777002777"}))

    assert crm.customers("returning_customers", "2026-04-01", "2026-04-01") == 1
    assert crm.measure("new_customers", "2026-04-01") == 0
    assert in_bytes(crm.store.path, ANN) == in_bytes(crm.store.path, "777002777") == []


def test_a_click_id_keeps_its_name_for_that_tells_the_channel(crm: Crm, deal: MakeDeal, lead: MakeLead) -> None:
    bought(crm, deal, lead, ANN)
    erase(crm, ANN)
    with crm.store.read() as tx:
        body = tx.exec_driver_sql("SELECT body FROM entity WHERE kind = 'lead'").scalar_one()

    assert '"click_ids":{"yclid":"forgotten","fbclid":"{fbclid}"}' in body


def test_whom_the_crm_has_merged_is_one_person_and_their_company_is_not(crm: Crm, deal: MakeDeal) -> None:
    crm.commit(
        Customer("contact:old-ANN-1", merged_into=ANN, parent_id="company:1"),
        Customer("contact:older-ANN-1", merged_into="contact:old-ANN-1"),
        Customer(ANN, parent_id="company:1"),
        Customer("contact:colleague", parent_id="company:1"),
        deal(1, won="2026-02-01", customer="contact:older-ANN-1"),
        deal(2, won="2026-02-02", customer=ANN),
    )
    for asked in (ANN, "contact:older-ANN-1"):
        (person,) = find(crm.store, asked)
        assert person.ids[0] == asked
        assert set(person.ids) == {ANN, "contact:old-ANN-1", "contact:older-ANN-1"}
    before = figures(crm, *DAYS)
    erase(crm, ANN)

    assert [in_bytes(crm.store.path, each) for each in ("ANN-1", ANN)] == [[], []]
    assert in_bytes(crm.store.path, "contact:colleague")
    assert figures(crm, *DAYS) == before
    assert crm.customers("active_customers", "2026-02-01", "2026-02-28") == 1


def test_a_company_is_forgotten_and_its_contacts_stay_together(crm: Crm, deal: MakeDeal) -> None:
    crm.commit(
        Customer("contact:1", parent_id="company:ZQX-7781"),
        Customer("contact:2", parent_id="company:ZQX-7781", merged_into="contact:3"),
        Customer("contact:3", parent_id="company:ZQX-7781"),
        deal(1, won="2026-02-01", customer="contact:1"),
        deal(2, won="2026-03-01", customer="contact:2"),
    )
    erase(crm, "company:ZQX-7781")

    assert in_bytes(crm.store.path, "company:ZQX-7781") == []
    assert crm.customers("returning_customers", "2026-03-01", "2026-03-01") == 1
    assert [each.ids for each in find(crm.store, "contact:1")] == [("contact:1",)]


def test_a_circle_of_links_still_stands_for_one_customer(crm: Crm, deal: MakeDeal) -> None:
    crm.commit(
        Customer("contact:a-ZQX", parent_id="contact:b-ZQX"),
        Customer("contact:b-ZQX", parent_id="contact:a-ZQX"),
        deal(1, won="2026-02-01", customer="contact:a-ZQX"),
        deal(2, won="2026-02-02", customer="contact:b-ZQX"),
    )
    before = figures(crm, *DAYS)
    erase(crm, "contact:a-ZQX")
    assert figures(crm, *DAYS) == before

    crm.commit(deal(3, won="2026-03-02", customer="contact:b-ZQX"))
    assert crm.measure("deals_won", "2026-01-01", "2026-04-01") == 3
    assert crm.measure("new_customers", "2026-01-01", "2026-04-01") == 1


def test_one_who_only_has_leads_is_found_too(crm: Crm, lead: MakeLead) -> None:
    crm.commit(lead(1, customer=ANN), roll_up=False)

    assert find(crm.store, ANN) == [Person("default", "crm", (ANN,), leads=1, deals=0)]
    assert find(crm.store, "1") == []  # a lead's own id is no customer's
    erase(crm, ANN)
    assert in_bytes(crm.store.path, ANN) == []


def test_a_message_that_quotes_the_id_is_rewritten(crm: Crm, deal: MakeDeal) -> None:
    crm.commit(deal(1, won="2026-02-01", customer=ANN))
    with crm.store.write() as tx:
        told = f"the id '{ANN}' is in this file already; {ANN}0 is another"
        streams.record_outcome(tx, crm.stream_id, Outcome(NOW, 1, "failed", reason="bad_file", message=told))
    erase(crm, ANN)

    with crm.store.read() as tx:
        message = str(tx.exec_driver_sql("SELECT message FROM stream WHERE kind = 'since'").scalar())
    assert message.startswith("the id 'forgotten:")
    assert message.endswith(f"{ANN}0 is another")


def test_where_the_text_still_stands_is_told(crm: Crm, deal: MakeDeal) -> None:
    crm.commit(deal(1, won="2026-02-01", customer=ANN, manager=ANN))
    erase(crm, ANN)

    assert traces(crm.store, [ANN]) == ["entity.body", "member.value"]
    assert traces(crm.store, ["crm"]) == []  # too short to say anything


# ── what sources tell afterwards ─────────────────────────────────────────────────────


def test_a_customer_that_the_vendor_deletes_is_the_forgotten_one(crm: Crm, deal: MakeDeal) -> None:
    crm.commit(Customer(ANN, parent_id="company:1"), deal(1, won="2026-02-01", customer=ANN))
    erase(crm, ANN)
    crm.commit(Gone(entity="customer", id=ANN))

    with crm.store.read() as tx:
        assert tx.exec_driver_sql("SELECT gone FROM entity WHERE kind = 'customer'").scalar() == 1
    assert in_bytes(crm.store.path, ANN) == []


def test_a_sweep_that_lists_the_id_takes_nobody_away(crm: Crm, deal: MakeDeal) -> None:
    people = [Customer(f"contact:{n}") for n in range(9)]
    crm.commit(Customer(ANN), *people)
    erase(crm, ANN)
    listed = [ANN, *(each.id for each in people)]
    with crm.store.write() as tx:
        assert entities.sweep(tx, crm.part, ["customer"], listed, began=NOW) == (set(), 0)
        gone, _ = entities.sweep(tx, crm.part, ["customer"], listed[1:], began=NOW)

    assert len(gone) == 1


def test_a_file_that_is_staged_anew_is_veiled(crm: Crm, deal: MakeDeal, lead: MakeLead) -> None:
    told = bought(crm, deal, lead, ANN)
    before = figures(crm, *DAYS)
    erase(crm, ANN)
    with crm.store.write() as tx:
        number = parts.begin(tx, crm.stream_id, name="")
        entities.stage_rows(tx, number, told, seen=NOW)
        parts.publish(tx, number, records=len(told), span=None)
        entities.touch(tx, crm.stream_id, [("*", "")])
    books.keep(crm.store, crm.system, crm.rules)

    assert figures(crm, *DAYS) == before
    assert in_bytes(crm.store.path, ANN) == []


def test_a_source_that_joins_another_system_takes_its_forgotten_along(crm: Crm, deal: MakeDeal) -> None:
    crm.commit(deal(1, won="2026-02-01", customer=ANN))
    erase(crm, ANN)
    with crm.store.write() as tx:
        streams.register(tx, [StreamIdentity("default", "crm", "deals", "since", "sales", counted=True)])
    crm.commit(deal(1, won="2026-02-02", customer=ANN), roll_up=False)

    assert in_bytes(crm.store.path, ANN) == []


def test_the_same_id_in_another_system_is_another_person(crm: Crm, deal: MakeDeal) -> None:
    crm.commit(deal(1, won="2026-02-01", customer=ANN))
    with crm.store.write() as tx:
        known = [StreamIdentity("default", name, "deals", "since", name, counted=True) for name in ("crm", "other")]
        number = streams.register(tx, known)["default", "other", "deals"]
        entities.upsert(tx, parts.only_part(tx, number), [deal(1, customer=ANN)], seen=NOW)

    assert [each.system for each in find(crm.store, ANN)] == ["crm", "other"]
    (person,) = find(crm.store, ANN, system="crm")
    forget(Place(crm.store, PollLocks(crm.store.path)), person)
    assert [each.system for each in find(crm.store, ANN)] == ["other"]
    assert recall(crm.store, ANN, system="crm") is False
    assert recall(crm.store, ANN, system="other") is None


def test_whether_somebody_was_forgotten_is_remembered(crm: Crm, deal: MakeDeal) -> None:
    crm.commit(deal(1, won="2026-02-01", customer=ANN))
    assert recall(crm.store, ANN) is None
    erase(crm, ANN)

    assert recall(crm.store, ANN) is True
    assert find(crm.store, ANN) == []


# ── beside others, and without room ──────────────────────────────────────────────────


def test_a_poll_that_is_under_way_is_waited_for(crm: Crm, deal: MakeDeal) -> None:
    crm.commit(deal(1, won="2026-02-01", customer=ANN))
    (person,) = find(crm.store, ANN)
    locks, told = PollLocks(crm.store.path), []
    assert locks.take(crm.stream_id)

    with pytest.raises(Busy):
        forget(Place(crm.store, locks, lambda: told.append("waiting"), patience=0.1), person)
    assert told == ["waiting"]
    assert find(crm.store, ANN) == [person]


def test_it_works_beside_readers_and_writers(crm: Crm, deal: MakeDeal, lead: MakeLead) -> None:
    bought(crm, deal, lead, ANN)
    before = figures(crm, *DAYS)
    neighbour = open_store(f"sqlite:///{crm.store.path}")
    done, failed = threading.Event(), []

    def bother() -> None:
        number = 0
        while not done.is_set():
            number += 1
            try:
                neighbour.names.measures([f"m{number}"])
                with neighbour.read() as tx:
                    tx.exec_driver_sql("SELECT count(*) FROM entity, measure").scalar()
            except Exception as error:  # noqa: BLE001 - told below
                failed.append(error)

    others = [threading.Thread(target=bother) for _ in range(2)]
    for other in others:
        other.start()
    erase(crm, ANN)
    done.set()
    for other in others:
        other.join()

    assert failed == []
    assert figures(crm, *DAYS) == before
    assert in_bytes(crm.store.path, ANN) == []
    neighbour.close()


def test_somebody_who_reads_for_too_long_is_told_and_it_goes_on_later(crm: Crm, deal: MakeDeal) -> None:
    crm.commit(deal(1, won="2026-02-01", customer=ANN))
    neighbour, told = open_store(f"sqlite:///{crm.store.path}"), []
    with neighbour.read() as tx:
        tx.exec_driver_sql("SELECT 1 FROM entity").first()
        (person,) = find(crm.store, ANN)
        forget(Place(crm.store, PollLocks(crm.store.path)), person)
        with pytest.raises(NotWiped, match="others did not let go of it in time"):
            wipe(crm.store, waiting=lambda: told.append("waiting"), patience=1)
    assert told == ["waiting"]
    assert recall(crm.store, ANN) is False

    wipe(crm.store, waiting=lambda: None)
    assert recall(crm.store, ANN) is True
    assert in_bytes(crm.store.path, ANN) == []
    neighbour.close()


def test_without_room_nothing_is_replaced(crm: Crm, deal: MakeDeal) -> None:
    crm.commit(*(deal(n, won="2026-02-01", customer=ANN) for n in range(500)))
    before = crm.daily()
    (person,) = find(crm.store, ANN)

    with no_room(crm.store), pytest.raises(StoreFull, match="nothing was lost"):
        forget(Place(crm.store, PollLocks(crm.store.path)), person)
    assert find(crm.store, ANN) == [person]
    assert crm.daily() == before
    assert recall(crm.store, ANN) is None


FULL = """
import resource, sys
from collector.store.care.wipe import NotWiped, wipe
from collector.store.connect import open_store
store = open_store(f"sqlite:///{sys.argv[1]}")
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
try:
    wipe(store, waiting=lambda: None)
except NotWiped as error:
    sys.exit(str(error))
"""


def test_without_room_to_wipe_that_is_told_and_goes_on_later(crm: Crm, deal: MakeDeal, lead: MakeLead) -> None:
    bought(crm, deal, lead, ANN)
    before = figures(crm, *DAYS)
    (person,) = find(crm.store, ANN)
    forget(Place(crm.store, PollLocks(crm.store.path)), person)
    command = [sys.executable, "-c", FULL, str(crm.store.path), "100000"]
    died = subprocess.run(command, capture_output=True, text=True, check=False)

    assert died.returncode == 1
    assert "the disk is full" in died.stderr
    assert "Give the same command again" in died.stderr
    assert recall(crm.store, ANN) is False
    assert figures(crm, *DAYS) == before
    wipe(crm.store, waiting=lambda: None)
    assert in_bytes(crm.store.path, ANN) == []


# ── the property ─────────────────────────────────────────────────────────────────────

PEOPLE = ["contact:ZQX-1-Анна", "contact:ZQX-2-Bob", "contact:ZQX-3-🙂", "company:ZQX-4"]


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32), who=st.sampled_from(PEOPLE))
def test_no_figure_changes_whoever_is_forgotten(seed: int, who: str, empty: Path) -> None:
    with TemporaryDirectory() as folder:
        shutil.copy(empty, folder)
        crm = Crm(open_store(f"sqlite:///{folder}/collector.db"))
        business = Business(seed, PEOPLE)
        past = business.records(40)
        crm.commit(*past, deal_of(who))
        before = figures(crm, *DAYS)
        person = erase(crm, who)
        assert [in_bytes(crm.store.path, each) for each in person.ids] == [[]] * len(person.ids)
        assert figures(crm, *DAYS) == before
        crm.rebuild()
        assert figures(crm, *DAYS) == before
        crm.commit(*(each for each in past if not isinstance(each, Gone)))
        crm.commit(*(each for each in past if isinstance(each, Gone)))
        assert [in_bytes(crm.store.path, each) for each in person.ids] == [[]] * len(person.ids)
        crm.store.close()


def deal_of(who: str) -> Deal:
    at = datetime(2026, 2, 1, tzinfo=UTC)
    return Deal("known", at, at, "won", amount=7, currency="RUB", closed_at=at, customer_id=who)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / "collector.db"
    open_store(f"sqlite:///{path}").close()
    return path
