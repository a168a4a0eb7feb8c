"""Tokens on their way into requests: renewed in time, once, and asked of a person where nothing else helps."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

from collector.clock import SystemClock
from collector.plugin import (
    Connector,
    ConnectorSettings,
    CredentialsRefused,
    Fact,
    Grant,
    OAuth2,
    SourceContext,
    Window,
    stream,
)
from collector.plugin.discovery import ConnectorInfo
from collector.polling.connections import Connection, connect_source
from collector.polling.credentials import Vault
from collector.polling.network import open_network
from collector.settings.model import Source
from collector.store.connect import open_store
from tests.polling.vendor import Answer, Asked, vendor


class Settings(ConnectorSettings):
    """One account."""

    client_secret: SecretStr = SecretStr("client-canary")
    refresh_token: SecretStr = SecretStr("refresh-canary-0")


class Crm(Connector[Settings]):
    """A vendor whose tokens are good once each."""

    name = "crm"

    @stream(every="1h", provides={"sessions": [()]})
    def visits(self, window: Window) -> Iterator[Fact]:
        yield from ()

    def grant(self) -> Grant | None:
        return OAuth2(
            token_url=f"{self.settings.base_url}/token",
            client_id="id",
            client_secret=self.settings.client_secret,
            refresh_token=self.settings.refresh_token,
            rotates=True,
        )


class Accounts:
    """The vendor's side."""

    def __init__(self, lifetime: int = 86_400) -> None:
        self.lifetime = lifetime
        self.given = 0
        self.spent: list[str] = []
        self.good = ""
        self.revoked = False

    def __call__(self, asked: Asked) -> Answer:
        if asked.path == "/token":
            assert "authorization" not in asked.headers
            refresh = asked.body.decode().partition("refresh_token=")[2].partition("&")[0]
            if self.revoked or refresh != f"refresh-canary-{self.given}":
                return Answer(400, {"error": "invalid_grant", "error_description": f"revoked {refresh}"})
            self.spent.append(refresh)
            self.given += 1
            self.good = f"access-canary-{self.given}"
            told = {"access_token": self.good, "refresh_token": f"refresh-canary-{self.given}"}
            return Answer(200, told | {"expires_in": self.lifetime})
        if asked.headers.get("authorization") != f"Bearer {self.good}":
            return Answer(401, {"error": "expired"})
        return Answer(200, {"rows": []})


def connection(url: str, folder: Path) -> tuple[Connection, Vault]:
    clock = SystemClock()
    settings = Settings.model_validate({"base_url": url})
    context = SourceContext("default", "crm", ZoneInfo("UTC"), "RUB", clock.now)
    source = Source("crm", "default", ConnectorInfo(Crm, "test", "1"), settings, context, ())
    vault = Vault(open_store(f"sqlite:///{folder}/c.db"), clock)
    return connect_source(source, open_network(None, clock), vault), vault


def test_a_token_that_dies_in_the_middle_is_renewed_once_for_all_who_ask(tmp_path: Path) -> None:
    accounts = Accounts()

    async def scene(url: str) -> None:
        connected, vault = connection(url, tmp_path)
        await connected.client.get_json("/rows")
        accounts.good = "another"  # the vendor has forgotten it
        await asyncio.gather(*(connected.client.get_json("/rows") for _ in range(6)))
        await connected.close()
        await vault.close()

    with vendor(accounts) as crm:
        asyncio.run(scene(crm.url))
    assert accounts.spent == ["refresh-canary-0", "refresh-canary-1"]


def test_a_token_that_is_about_to_run_out_is_renewed_before_it_is_used(tmp_path: Path) -> None:
    accounts = Accounts(lifetime=50)

    async def scene(url: str) -> None:
        connected, _ = connection(url, tmp_path)
        for _ in range(2):
            await connected.client.get_json("/rows")
        await connected.close()

    with vendor(accounts) as crm:
        asyncio.run(scene(crm.url))
        assert [asked.path for asked in crm.asked] == ["/token", "/rows", "/token", "/rows"]


def test_a_restart_goes_on_with_the_kept_token(tmp_path: Path) -> None:
    accounts = Accounts()

    async def scene(url: str) -> None:
        connected, _ = connection(url, tmp_path)
        await connected.client.get_json("/rows")
        await connected.close()

    with vendor(accounts) as crm:
        for _ in range(2):
            asyncio.run(scene(crm.url))
    assert accounts.spent == ["refresh-canary-0"]


@pytest.mark.parametrize("good_before", [True, False])
def test_a_revoked_grant_asks_for_a_person_and_shows_no_token(tmp_path: Path, good_before: bool) -> None:
    accounts = Accounts()

    async def scene(url: str) -> str:
        connected, vault = connection(url, tmp_path)
        if good_before:
            await connected.client.get_json("/rows")
        accounts.revoked, accounts.good = True, "another"
        with pytest.raises(CredentialsRefused) as refused:
            await connected.client.get_json("/rows")
        await connected.close()
        await vault.close()
        return str(refused.value)

    with vendor(accounts) as crm:
        told = asyncio.run(scene(crm.url))
    assert "invalid_grant" in told
    assert "canary" not in told
    assert len(accounts.spent) == int(good_before)


def test_a_new_token_that_is_refused_as_well_is_not_renewed_again(tmp_path: Path) -> None:
    accounts = Accounts()

    def stubborn(asked: Asked) -> Answer:
        return accounts(asked) if asked.path == "/token" else Answer(401)

    async def scene(url: str) -> None:
        connected, _ = connection(url, tmp_path)
        with pytest.raises(CredentialsRefused, match="not even a new one"):
            await connected.client.get_json("/rows")
        await connected.close()

    with vendor(stubborn) as crm:
        asyncio.run(scene(crm.url))
    assert accounts.spent == ["refresh-canary-0", "refresh-canary-1"]
