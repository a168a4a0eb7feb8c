"""The vault: one token at a time for all processes, whoever dies, waits or stands still meanwhile."""

import asyncio
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from collector import log
from collector.clock import FixedClock
from collector.plugin import (
    Connector,
    ConnectorSettings,
    CredentialsRefused,
    Grant,
    RateLimited,
    SourceContext,
    TemporaryFailure,
    Token,
)
from collector.plugin.discovery import ConnectorInfo
from collector.polling.access import SourceAccess
from collector.polling.credentials import LEASE, Vault
from collector.polling.job import reading
from collector.polling.owners import owner_of
from collector.polling.sealing import Locked, pair_of
from collector.settings.model import Source
from collector.store import tokens
from collector.store.connect import Store, open_store
from collector.store.errors import StoreFull
from tests.polling.token_vendor import Reached, Vendor, grant

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
pytestmark = pytest.mark.anyio


class Settings(ConnectorSettings):
    client_secret: SecretStr = SecretStr("client-c4n4ry")


class Acme(Connector[Settings]):
    name = "acme"


def make_source(name: str = "crm", **settings: Any) -> Source:
    context = SourceContext(project="default", source=name, zone=ZoneInfo("UTC"), currency="RUB", now=lambda: NOW)
    return Source(name, "default", ConnectorInfo(Acme, "test", "1"), Settings(**settings), context, ())


class Process:
    """A process that has the store open: its own vault, its own client, the machine's clock."""

    def __init__(self, place: "Place", refresh: str | None, **more: Any) -> None:
        self.store: Store = open_store(place.url)
        self.http = Reached(place.vendor, place.clock)
        self.vault = Vault(self.store, place.clock, more.pop("keys", ()), sleep=place.sleep)
        self.source = make_source(**more)
        self.grant: Grant = grant(refresh)
        self.access: SourceAccess = self.vault.access(self.source, self.grant, self.http)

    def kept(self) -> tokens.Kept | None:
        owner = owner_of(self.source, self.grant)
        return reading(self.store, lambda tx: tokens.kept(tx, owner))

    def pause(self) -> None:
        """Stand still right after the vendor was told."""
        self.http.after.clear()


class Place:
    """A machine: a store, a vendor, a clock that moves when somebody sleeps."""

    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder}/collector.db"
        self.clock = FixedClock(NOW)
        self.vendor = Vendor()
        self.refresh: str | None = self.vendor.first()
        self.processes: list[Process] = []
        self.slept = 0

    async def sleep(self, seconds: float) -> None:
        self.slept += 1
        self.clock.advance(timedelta(seconds=seconds))
        await asyncio.sleep(0)

    def process(self, **more: Any) -> Process:
        self.processes.append(Process(self, self.refresh, **more))
        return self.processes[-1]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    for each in made.processes:
        each.store.close()


def later(place: Place) -> None:
    """Let the access token run out."""
    place.clock.advance(timedelta(days=2))


# ── one process ──────────────────────────────────────────────────────────────────────


async def test_a_token_is_obtained_once_and_then_kept(place: Place) -> None:
    first = place.process()
    token = await first.access.token()
    assert (await first.access.token()) == token
    assert (await place.process().access.token()) == token
    assert place.vendor.spends.total() == 1


async def test_a_token_that_runs_out_is_renewed_before_it_is_used(place: Place) -> None:
    process = place.process()
    await process.access.token()
    later(place)
    token = await process.access.token()
    assert token.access.get_secret_value() == place.vendor.access
    assert place.vendor.used_again == 0


async def test_streams_that_ask_at_once_share_one_renewal(place: Place) -> None:
    process = place.process()
    found = await asyncio.gather(*(process.access.token() for _ in range(8)))
    assert len({pair_of(each) for each in found}) == 1
    assert place.vendor.spends.total() == 1


async def test_what_the_vendor_calls_expired_is_renewed_once(place: Place) -> None:
    process = place.process()
    old = await process.access.token()
    found = await asyncio.gather(*(process.access.renewed(old) for _ in range(4)))
    assert len({pair_of(each) for each in found}) == 1
    assert place.vendor.spends.total() == 2


async def test_a_newer_token_that_another_process_has_written_is_taken(place: Place) -> None:
    one, two = place.process(), place.process()
    old = await one.access.token()
    await two.access.token()
    new = await one.access.renewed(old)
    assert await two.access.renewed(old) == new
    assert place.vendor.spends.total() == 2


async def test_a_token_of_another_identity_is_of_no_use(place: Place) -> None:
    await place.process().access.token()
    place.refresh = place.vendor.first()
    token = await place.process().access.token()
    assert token.access.get_secret_value() == place.vendor.access
    assert place.vendor.used_again == 0


async def test_client_credentials_are_used_once_for_all_starts(place: Place) -> None:
    for _ in range(3):
        process = place.process()
        process.grant = grant(None, kind="client_credentials", authorize_url=None)
        process.access = process.vault.access(process.source, process.grant, process.http)
        await process.access.token()
    kept = process.kept()
    assert kept is not None
    assert kept.renewable
    assert len({each.access for each in [await p.access.token() for p in place.processes]}) == 1


# ── two processes ────────────────────────────────────────────────────────────────────


async def test_who_finds_a_live_lease_waits_for_its_outcome(place: Place) -> None:
    one, two = place.process(), place.process()
    one.pause()
    first = asyncio.create_task(one.access.token())
    await one.http.answered.wait()
    second = asyncio.create_task(two.access.token())
    while place.slept < 5:
        await asyncio.sleep(0.01)
    one.http.after.set()
    assert await first == await second
    assert place.vendor.spends.total() == 1


async def test_who_has_waited_takes_the_token_that_was_given_again(place: Place) -> None:
    """Some vendors answer with the same token while it lives; one renewal of it is enough."""
    one, two = place.process(), place.process()
    kept = await one.access.token()
    await two.access.token()
    same = Reached.repeating(kept)
    one.access.http = two.access.http = same
    same.after.clear()
    first = asyncio.create_task(one.access.renewed(kept))
    await same.answered.wait()
    second = asyncio.create_task(two.access.renewed(kept))
    while place.slept < 2:
        await asyncio.sleep(0.01)
    same.after.set()
    assert pair_of(await first) == pair_of(await second) == pair_of(kept)
    assert same.requests == 1


async def test_a_lease_whose_holder_died_before_it_called_is_taken_over(place: Place) -> None:
    one, two = place.process(), place.process()
    _die_with_lease(one, place)
    token = await two.access.token()
    assert token.access.get_secret_value() == place.vendor.access
    assert place.clock.now() >= NOW + LEASE
    assert place.vendor.used_again == 0


async def test_a_lease_that_the_clock_never_ends_is_taken_over_after_its_length(place: Place) -> None:
    one, two = place.process(), place.process()
    _die_with_lease(one, place, until=timedelta(days=1))  # the clock was set back by a day
    await two.access.token()
    assert LEASE <= timedelta(seconds=place.clock.monotonic()) < 2 * LEASE


async def test_killed_after_the_call_the_successor_waits_and_then_a_person_is_asked_for(place: Place) -> None:
    one, two = place.process(), place.process()
    _die_with_lease(one, place)
    place.vendor.answer({"grant_type": "refresh_token", "refresh_token": place.refresh})
    with pytest.raises(CredentialsRefused, match="revoked"):
        await two.access.token()
    assert timedelta(seconds=place.clock.monotonic()) >= 2 * LEASE  # the lease, then the wait for its holder
    kept = two.kept()
    assert kept is not None
    assert kept.refused_at is not None
    assert kept.lease is None


async def test_standing_still_after_the_call_the_pair_is_written_whoever_has_the_lease(place: Place) -> None:
    one, two = place.process(), place.process()
    one.pause()
    first = asyncio.create_task(one.access.token())
    await one.http.answered.wait()
    place.clock.advance(LEASE + timedelta(seconds=1))
    second = asyncio.create_task(two.access.token())  # takes the lease over, and is refused
    await two.http.answered.wait()
    one.http.after.set()
    assert await first == await second
    assert (await first).access.get_secret_value() == place.vendor.access


async def test_who_wakes_after_a_person_was_asked_for_still_saves_the_access(place: Place) -> None:
    one, two = place.process(), place.process()
    one.pause()
    first = asyncio.create_task(one.access.token())
    await one.http.answered.wait()
    place.clock.advance(LEASE + timedelta(seconds=1))
    with pytest.raises(CredentialsRefused):
        await two.access.token()
    assert two.access.refused
    one.http.after.set()
    token = await first
    assert await two.access.token() == token
    assert not two.access.refused


async def test_standing_still_before_the_call_the_token_is_left_alone(place: Place) -> None:
    one, two = place.process(), place.process()
    guard = _Delayed(one, place)
    token = await two.access.token()
    guard.go.set()
    assert await guard.task == token
    assert place.vendor.spends.total() == 1


async def test_who_signs_in_meanwhile_wins(place: Place) -> None:
    one, two = place.process(), place.process()
    one.pause()
    first = asyncio.create_task(one.access.token())
    await one.http.answered.wait()
    given_token = Token(access=SecretStr("signed-in"), refresh=SecretStr("fresh"))
    await two.access.accept(given_token)
    one.http.after.set()
    assert await first == given_token


# ── failures ─────────────────────────────────────────────────────────────────────────


def _no_connection() -> TemporaryFailure:
    failure = TemporaryFailure("no connection")
    failure.__cause__ = httpx.ConnectError("refused")
    return failure


@pytest.mark.parametrize(
    ("failure", "given_back"),
    [(_no_connection(), True), (RateLimited(timedelta(seconds=3)), True), (TemporaryFailure("ReadTimeout"), False)],
)
async def test_a_lease_is_given_back_only_if_the_token_was_surely_not_spent(
    place: Place, failure: Exception, given_back: bool
) -> None:
    process = place.process()
    process.http.fails = failure
    with pytest.raises(type(failure)):
        await process.access.token()
    kept = process.kept()
    assert kept is not None
    assert (kept.lease is None) is given_back
    process.http.fails = None
    await process.access.token()
    assert (place.slept == 0) is given_back


async def test_an_answer_that_was_lost_ends_with_a_person_and_no_second_pair(place: Place) -> None:
    process = place.process()
    process.http.loses_answer = True
    with pytest.raises(TemporaryFailure):
        await process.access.token()
    process.http.loses_answer = False
    with pytest.raises(CredentialsRefused):
        await process.access.token()
    assert place.vendor.used_again == 1


async def test_a_refusal_is_kept_for_all_and_the_vendor_is_not_asked_again(place: Place) -> None:
    one, two = place.process(), place.process()
    place.vendor.current = "another"
    for each in (one, two, one):
        with pytest.raises(CredentialsRefused, match="Token has been revoked"):
            await each.access.token()
    assert place.vendor.spends.total() == 1
    assert place.slept == 0  # nobody else had the token


async def test_other_settings_are_tried(place: Place) -> None:
    first = place.vendor.current
    place.vendor.current = "another"
    with pytest.raises(CredentialsRefused):
        await place.process().access.token()
    place.vendor.current = first
    await place.process(client_secret="another").access.token()


async def test_a_running_process_goes_on_when_somebody_has_signed_in(place: Place) -> None:
    one, two = place.process(), place.process()
    place.vendor.current = "another"
    with pytest.raises(CredentialsRefused):
        await one.access.token()
    await two.access.accept(Token(access=SecretStr("signed-in")))
    assert (await one.access.token()).access.get_secret_value() == "signed-in"


async def test_nobody_has_consented_yet(place: Place) -> None:
    place.refresh = None
    process = place.process()
    with pytest.raises(CredentialsRefused, match="kpi-collector auth"):
        await process.access.token()
    kept = process.kept()
    assert kept is not None
    assert kept.refused_at == NOW


async def test_a_full_disk_loses_no_token(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    process = place.process()
    with monkeypatch.context() as patch:
        patch.setattr(tokens, "swap", _full)
        with pytest.raises(StoreFull):
            await process.access.token()
    assert (await process.access.token()).access.get_secret_value() == place.vendor.access
    assert place.vendor.spends.total() == 1


def _full(*_: Any, **__: Any) -> bool:
    raise StoreFull("collector.db")


async def test_a_poll_that_is_cancelled_leaves_the_renewal_at_work(place: Place) -> None:
    process = place.process()
    process.pause()
    poll = asyncio.create_task(process.access.token())
    await process.http.answered.wait()
    poll.cancel()
    with pytest.raises(asyncio.CancelledError):
        await poll
    closing = asyncio.create_task(process.vault.close())
    await asyncio.sleep(0.05)
    process.http.after.set()
    await closing
    kept = process.kept()
    assert kept is not None
    assert kept.pair != tokens.NOTHING


async def test_closing_ends_a_renewal_that_has_not_called_the_vendor(place: Place) -> None:
    one, two = place.process(), place.process()
    one.pause()
    first = asyncio.create_task(one.access.token())
    await one.http.answered.wait()
    waiting = asyncio.create_task(two.access.token())
    await asyncio.sleep(0.05)
    await two.vault.close()
    with pytest.raises(TemporaryFailure, match="ended"):
        await waiting
    one.http.after.set()
    await first


async def test_a_sources_end_waits_for_its_renewal(place: Place) -> None:
    process = place.process()
    process.pause()
    first = asyncio.create_task(process.access.token())
    await process.http.answered.wait()
    closing = asyncio.create_task(process.access.close())
    await asyncio.sleep(0.01)
    assert not closing.done()
    process.http.after.set()
    await closing
    assert first.done()


# ── keeping alive ────────────────────────────────────────────────────────────────────


async def test_a_grant_that_dies_when_idle_is_renewed_from_half_of_its_life_on(place: Place) -> None:
    process = place.process()
    await process.access.token()
    place.clock.advance(timedelta(days=44))
    assert await process.vault.due_for_keepalive(place.clock.now()) == []
    place.clock.advance(timedelta(days=2))
    assert await process.vault.due_for_keepalive(place.clock.now()) == [process.access]
    await process.access.keep_alive()
    assert await process.vault.due_for_keepalive(place.clock.now()) == []
    kept = process.kept()
    assert kept is not None
    assert kept.refresh_expires_at == place.clock.now() + timedelta(days=90)


# ── keys ─────────────────────────────────────────────────────────────────────────────


ONE, TWO = SecretStr("correct horse battery staple"), SecretStr("1_3456789-123456789_123456789-123456789_123=")


async def test_a_token_is_sealed_with_the_first_key_and_opened_with_any(place: Place) -> None:
    token = await place.process(keys=[ONE]).access.token()
    again = place.process(keys=[TWO, ONE])
    assert await again.access.token() == token  # and sealed anew with the first
    assert await place.process(keys=[TWO]).access.token() == token
    with pytest.raises(Locked, match="crm: its token is sealed, and the vault_key is another one"):
        await place.process(keys=[ONE]).access.token()
    with pytest.raises(Locked, match="no vault_key is configured"):
        await place.process().access.token()
    assert place.vendor.spends.total() == 1


async def test_what_is_kept_is_sealed_anew_without_being_used(place: Place) -> None:
    token = await place.process(keys=[ONE]).access.token()
    await place.process(keys=[TWO, ONE]).access.seal()
    assert await place.process(keys=[TWO]).access.token() == token


async def test_a_token_that_was_kept_without_a_key_is_sealed_once_there_is_one(place: Place, tmp_path: Path) -> None:
    token = await place.process().access.token()
    text = token.access.get_secret_value().encode()
    assert _in_store(tmp_path, text)
    process = place.process(keys=[ONE])
    assert await process.access.token() == token
    for each in place.processes:
        each.store.close()
    assert not _in_store(tmp_path, text)


def _in_store(folder: Path, text: bytes) -> bool:
    return any(text in path.read_bytes() for path in folder.iterdir())


# ── revoking, canaries ───────────────────────────────────────────────────────────────


async def test_what_is_revoked_is_forgotten(place: Place, tmp_path: Path) -> None:
    process = place.process()
    token = await process.access.token()
    assert await process.access.revoke() is False  # this vendor has no way for it
    assert process.kept() is None
    assert await process.access.revoke() is None
    process.store.close()
    assert not _in_store(tmp_path, token.access.get_secret_value().encode())


async def test_revoking_waits_for_a_renewal_that_is_under_way(place: Place) -> None:
    one, two = place.process(), place.process()
    one.pause()
    first = asyncio.create_task(one.access.token())
    await one.http.answered.wait()
    revoking = asyncio.create_task(two.access.revoke())
    while place.slept < 2:
        await asyncio.sleep(0.01)
    one.http.after.set()
    await first
    assert await revoking is False
    assert one.kept() is None


async def test_a_bug_of_a_grant_tells_no_token(place: Place) -> None:
    process = place.process()
    await process.access.token()
    later(place)
    process.http.fails = ValueError(f"{place.vendor.current} is odd")
    with pytest.raises(ValueError, match=r"^\*{8} is odd$"):
        await process.access.token()


async def test_no_token_is_told(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    log.set_up()
    process = place.process()
    first = place.refresh or ""
    token = await process.access.token()
    place.vendor.current = "another"  # the vendor repeats the token in its refusal
    with pytest.raises(CredentialsRefused) as refused:
        await process.access.renewed(token)
    logging.getLogger("vendor").error("%s %s", token.access.get_secret_value(), refused.value)
    logging.getLogger("vendor").error("crashed", exc_info=refused.value)
    kept = process.kept()
    assert kept is not None
    told = f"{capsys.readouterr().err} {refused.value!r} {process.access!r} {token!r} {kept.refused}"
    assert "Unauthorized ********" in told
    assert token.refresh is not None
    for text in (first, token.access.get_secret_value(), token.refresh.get_secret_value(), "client-c4n4ry"):
        assert text not in told


# ── any order ────────────────────────────────────────────────────────────────────────


@given(moves=st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["ask", "stop", "go", "wait"])), max_size=12))
def test_in_whatever_order_things_happen_access_is_kept_while_nobody_dies(
    moves: list[tuple[int, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    asyncio.run(_play(moves, Place(tmp_path_factory.mktemp("any"))))


async def _play(moves: list[tuple[int, str]], place: Place) -> None:
    """Three processes ask, stand still after the vendor's answer, go on, while time passes."""
    processes = [place.process() for _ in range(3)]
    asked: list[asyncio.Task[Token]] = []
    for number, move in moves:
        process = processes[number]
        if move == "ask":
            asked.append(asyncio.create_task(process.access.token()))
        elif move == "stop":
            process.pause()
        elif move == "go":
            process.http.after.set()
        else:
            place.clock.advance(LEASE / 2)
        await asyncio.sleep(0.005)
    for process in processes:
        process.http.after.set()
    await asyncio.gather(*asked, return_exceptions=True)
    for process in processes:  # the last answer of the vendor is in the store, so that all have it
        token = await process.access.token()
        assert token.refresh is not None
        assert token.refresh.get_secret_value() == place.vendor.current
        process.store.close()


# ── scenes ───────────────────────────────────────────────────────────────────────────


def _die_with_lease(process: Process, place: Place, until: timedelta = LEASE) -> None:
    """As if it had been killed right after its lease was committed."""
    lease = tokens.Lease("dead", place.clock.now() + until, tokens.NOTHING)
    with process.store.write() as tx:
        assert tokens.take_lease(tx, owner_of(process.source, process.grant), lease)


class _Delayed:
    """A process that stands still between its lease and its call, until another one has renewed."""

    def __init__(self, process: Process, place: Place) -> None:
        self.go = asyncio.Event()
        self.task = asyncio.create_task(self._run(process, place))

    async def _run(self, process: Process, place: Place) -> Token:
        obtain = process.grant.obtain

        async def late(http: Any) -> Token:
            place.clock.advance(LEASE + timedelta(seconds=1))
            await self.go.wait()
            return await obtain(http)

        object.__setattr__(process.grant, "obtain", late)
        return await process.access.token()
