"""The web configuration file read again: what is good counts at once, what is bad changes nothing."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collector.clock import FixedClock
from collector.settings.errors import ConfigErrors
from collector.web import protection as module
from collector.web.protection import Protection
from tests.web.certificates import MUTUAL, TLS, USERS, Shop


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def _protection(shop: Shop, text: str) -> Protection:
    return Protection(shop.write(text), fresh_seconds=0)


@pytest.mark.anyio
async def test_without_a_file_nothing_is_protected() -> None:
    protection = Protection()

    assert (await protection.now()).file.protections == frozenset()
    assert (protection.scheme, protection.knows_who_asks) == ("http", False)


@pytest.mark.parametrize(
    ("text", "scheme", "knows"),
    [(TLS, "https", False), (MUTUAL, "https", True), (USERS, "http", True), (TLS + USERS, "https", True)],
)
def test_what_it_tells_of_itself(shop: Shop, text: str, scheme: str, knows: bool) -> None:
    protection = _protection(shop, text)

    assert (protection.scheme, protection.knows_who_asks) == (scheme, knows)


def test_a_bad_file_at_the_start_is_an_error(shop: Shop) -> None:
    with pytest.raises(ConfigErrors):
        _protection(shop, "users: {}")


@pytest.mark.anyio
async def test_what_did_not_change_is_not_read_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    protection = _protection(shop, TLS)
    monkeypatch.setattr(module, "read", lambda _: pytest.fail("it was read"))

    assert await protection.now() is protection.config


@pytest.mark.anyio
async def test_a_new_certificate_makes_a_new_context(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    protection = _protection(shop, TLS)
    former = protection.config.context
    shop.renew()

    assert (await protection.now()).context is not former
    assert protection.fault is None


@pytest.mark.anyio
async def test_a_secret_that_is_mounted_by_links_is_seen_to_change(tmp_path: Path) -> None:
    """Kubernetes changes `..data`, a link to a folder, and nothing else."""
    for number, user in ((1, "anna"), (2, "boris")):
        (tmp_path / f"..{number}").mkdir()
        (tmp_path / f"..{number}/web.yml").write_text(USERS.replace("anna", user))
    (tmp_path / "..data").symlink_to("..1")
    (tmp_path / "web.yml").symlink_to("..data/web.yml")
    protection = Protection(tmp_path / "web.yml", fresh_seconds=0)
    (tmp_path / "..new").symlink_to("..2")
    (tmp_path / "..new").replace(tmp_path / "..data")

    assert list((await protection.now()).file.basic_auth_users) == ["boris"]


@pytest.mark.anyio
async def test_a_bad_file_leaves_the_former_in_use_and_is_told_once(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[str | None] = []
    protection = _protection(shop, TLS)
    protection.heard = lambda: heard.append(protection.fault)
    former = protection.config
    shop.replace("server.key", b"half a ke")
    for _ in range(3):
        assert await protection.now() is former
    assert caplog.text.count("key_file: holds no private key") == 1

    shop.renew()
    assert (await protection.now()) is not former
    assert [fault is None for fault in heard] == [False, True]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (USERS, "", "switches off basic auth"),
        (TLS, USERS, "switches off TLS"),
        (MUTUAL, TLS, "switches off client certificates"),
        (MUTUAL + "  client_allowed_sans: [a]\n", MUTUAL, "switches off names of clients"),
        (USERS, USERS + TLS, "switches on TLS"),
    ],
)
async def test_what_protects_is_not_switched_off_by_the_way(shop: Shop, before: str, after: str, told: str) -> None:
    """A file half written looks like one that asks nobody for a password."""
    protection = _protection(shop, before)
    shop.write(after)

    assert (await protection.now()).file.protections == protection.config.file.protections
    assert told in (protection.fault or "")

    shop.write(before)
    await protection.now()
    assert protection.fault is None


@pytest.mark.anyio
async def test_basic_auth_can_be_switched_on(shop: Shop) -> None:
    protection = _protection(shop, "")
    shop.write(USERS)

    assert (await protection.now()).file.protections == {"basic auth"}


@pytest.mark.anyio
async def test_a_look_counts_for_a_while(shop: Shop) -> None:
    clock = FixedClock(datetime(2026, 11, 2, tzinfo=UTC))
    protection = Protection(shop.write(USERS), fresh_seconds=60, clock=clock)
    shop.write(USERS.replace("anna", "boris"))
    assert list((await protection.now()).file.basic_auth_users) == ["anna"]

    clock.advance(timedelta(seconds=61))
    assert list((await protection.now()).file.basic_auth_users) == ["boris"]


@pytest.mark.anyio
async def test_files_that_hang_hold_nobody_up(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(module, "in_thread", never)
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.01)
    protection = _protection(shop, USERS)

    assert await asyncio.wait_for(protection.now(), 5) is protection.config


@pytest.mark.anyio
async def test_a_bug_in_reading_turns_nobody_away_and_is_told_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: Path) -> None:
        raise RuntimeError("a bug")

    protection = _protection(shop, USERS)
    former = protection.config
    shop.write(USERS.replace("anna", "boris"))
    monkeypatch.setattr(module, "read", broken)
    for _ in range(3):
        assert await protection.now() is former

    assert caplog.text.count("Traceback") == 1
