"""Idle access is kept alive, and a source goes on once somebody has signed in."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from collector.plugin import CredentialsRefused, Token
from collector.polling.keeping import keep_access
from tests.polling.test_credentials import Place

pytestmark = pytest.mark.anyio
AT_ONCE = {"begin_after": timedelta(0), "look_every": timedelta(0), "every": timedelta(days=1)}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    for each in made.processes:
        each.store.close()


async def test_idle_access_is_renewed(place: Place) -> None:
    process = place.process()
    await process.access.token()
    place.clock.advance(timedelta(days=60))
    changed = asyncio.Event()
    task = asyncio.create_task(keep_access(process.vault, lambda _: None, changed.set, **AT_ONCE))
    await asyncio.wait_for(changed.wait(), 10)
    task.cancel()
    kept = process.kept()
    assert kept is not None
    assert kept.renewed_at == place.clock.now()


async def test_a_source_goes_on_when_somebody_has_signed_in(place: Place) -> None:
    one, two = place.process(), place.process()
    place.vendor.current = "another"
    with pytest.raises(CredentialsRefused):
        await one.access.token()
    heard: asyncio.Queue[object] = asyncio.Queue()
    task = asyncio.create_task(keep_access(one.vault, heard.put_nowait, lambda: None, **AT_ONCE))
    await asyncio.sleep(0.05)
    assert heard.empty()
    await two.access.accept(Token(access=SecretStr("signed-in")))
    assert await asyncio.wait_for(heard.get(), 10) == ("default", "crm")
    task.cancel()


async def test_tokens_of_former_grants_are_forgotten_after_a_week(place: Place) -> None:
    former = place.process()
    await former.access.token()
    place.refresh = place.vendor.first()
    process = place.process()
    await process.access.token()
    assert await process.vault.forget_former(place.clock.now()) == 0
    assert await process.vault.forget_former(place.clock.now() + timedelta(days=8)) == 1
    assert former.kept() is None
    assert process.kept() is not None
