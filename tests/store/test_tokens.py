"""Tokens in the store: one lease at a time, compare-and-swap, renames and what is left behind."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collector.store import tokens
from collector.store.care.backup import back_up
from collector.store.care.task import Place
from collector.store.care.unused import GoneToken
from collector.store.connect import Store, open_store
from collector.store.locks import PollLocks
from collector.store.streams import StreamIdentity, register
from collector.store.tokens import NOTHING, Body, Lease, Owner

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
CRM = Owner("default", "crm", "client of ours")
SOON = NOW + timedelta(minutes=1)


def body(pair: str) -> Body:
    return Body(pair, f"body of {pair}", sealed=False, renewable=True, expires_at=SOON)


def kept(store: Store, owner: Owner = CRM) -> tokens.Kept:
    with store.read() as tx:
        found = tokens.kept(tx, owner)
    assert found is not None
    return found


def lease(store: Store, holder: str, spending: str) -> bool:
    with store.write() as tx:
        return tokens.take_lease(tx, CRM, Lease(holder, SOON, spending))


def swap(store: Store, spent: str, new: str) -> bool:
    with store.write() as tx:
        return tokens.swap(tx, CRM, spent, body(new), at=NOW)


def test_a_lease_is_on_one_token_only(store: Store) -> None:
    assert lease(store, "one", NOTHING)
    assert swap(store, NOTHING, "first")
    assert not lease(store, "two", NOTHING)
    assert lease(store, "two", "first")
    assert kept(store).leased == Lease("two", SOON, "first")


def test_a_pair_is_written_whoever_has_the_lease_but_only_in_the_place_of_the_one_that_was_spent(store: Store) -> None:
    lease(store, "one", NOTHING)
    lease(store, "two", NOTHING)  # has taken it over

    assert swap(store, NOTHING, "first")
    assert not swap(store, NOTHING, "another")
    assert (kept(store).pair, kept(store).lease) == ("first", None)


def test_only_its_holder_gives_a_lease_back(store: Store) -> None:
    lease(store, "one", NOTHING)
    with store.write() as tx:
        assert not tokens.give_back(tx, CRM, "two")
        assert not tokens.prolong(tx, CRM, "two", until=SOON)
        assert tokens.give_back(tx, CRM, "one")
    assert kept(store).lease is None


def test_a_refusal_is_of_one_token_and_ends_with_the_next(store: Store) -> None:
    lease(store, "one", NOTHING)
    swap(store, NOTHING, "first")
    with store.write() as tx:
        assert not tokens.refuse(tx, CRM, "another", at=NOW, reason="revoked", settings="these")
        assert tokens.refuse(tx, CRM, "first", at=NOW, reason="revoked", settings="these")
    assert (kept(store).refused_at, kept(store).refused) == (NOW, "revoked")

    swap(store, "first", "second")
    assert kept(store).refused_at is None


def test_signing_in_replaces_whatever_was(store: Store) -> None:
    lease(store, "one", NOTHING)
    with store.write() as tx:
        tokens.replace(tx, CRM, body("signed-in"), at=NOW)
    assert (kept(store).pair, kept(store).lease) == ("signed-in", None)
    assert not swap(store, NOTHING, "late")


def registered(store: Store, *sources: tuple[str, str | None]) -> None:
    with store.write() as tx:
        register(tx, [StreamIdentity("default", name, "deals", "since", name, True, was) for name, was in sources])


def test_a_source_takes_its_token_along_to_its_new_name(store: Store) -> None:
    registered(store, ("crm", None))
    with store.write() as tx:
        tokens.replace(tx, CRM, body("first"), at=NOW)
    registered(store, ("amo", "crm"))
    assert kept(store, CRM._replace(source="amo")).pair == "first"

    registered(store, ("amo", "crm"))
    with store.read() as tx:
        assert tokens.owners(tx) == [CRM._replace(source="amo")]


@pytest.mark.parametrize("has_it", [True, False])
def test_prune_forgets_the_token_of_a_source_that_is_gone(store: Store, tmp_path: Path, has_it: bool) -> None:
    with store.write() as tx:
        tokens.replace(tx, CRM, body("first"), at=NOW)
        gone = tokens.gone(tokens.owners(tx), {("default", "crm")} if has_it else {("other", "crm")})
    assert gone == ([] if has_it else [CRM])

    locks = PollLocks(store.path)
    taken = [GoneToken(each).take(Place(store, locks)) for each in gone]
    locks.close()
    with store.read() as tx:
        assert (taken, tokens.owners(tx)) == (([], [CRM]) if has_it else ([1], []))


def test_what_is_deleted_leaves_no_trace_in_the_file(store: Store) -> None:
    with store.write() as tx:
        tokens.replace(tx, CRM, body("first"), at=NOW)
    with store.write() as tx:
        tokens.leave_no_trace(tx)
        tokens.forget(tx, CRM)
    path = store.path
    store.close()
    assert b"body of first" not in path.read_bytes()


def test_a_backup_holds_the_tokens(store: Store, tmp_path: Path) -> None:
    with store.write() as tx:
        tokens.replace(tx, CRM, body("first"), at=NOW)
    back_up(store.path, tmp_path / "copy.db")
    copy = open_store(f"sqlite:///{tmp_path}/copy.db")
    assert kept(copy).pair == "first"
    copy.close()
