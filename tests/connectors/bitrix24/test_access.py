"""Who asks the portal, and how: by the settings of a webhook or of an application."""

import asyncio
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from pydantic import ValidationError

from collector.clock import FixedClock
from collector.plugin import CredentialsRefused, Forbidden, Grant, Request, Token
from collector.polling.connections import Connection, connect_source
from collector.polling.credentials import Vault
from collector.polling.network import Network
from collector.polling.throttle import Shared
from collector.store.buckets import Buckets
from collector.store.connect import open_store
from collector.testing.conformance.bench import source_of
from collector.testing.simulator import World, running
from connectors.bitrix24.plugin import Bitrix24
from connectors.bitrix24.settings import Bitrix24Settings
from connectors.bitrix24.simulator import Bitrix24Simulator
from tests.connectors.bitrix24.asked import WEBHOOK, Portal, connector

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
APPLICATION = {"portal": "sosna.bitrix24.ru", "client_id": "local.1", "client_secret": "a secret of the application"}


# ── settings ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("url", "base"),
    [
        (WEBHOOK, "https://portal.example.com"),
        (WEBHOOK.rstrip("/"), "https://portal.example.com"),
        (WEBHOOK + "profile.json", "https://portal.example.com"),
        ("https://crm.example.com:8443/b24/rest/1/abcdefgh/", "https://crm.example.com:8443/b24"),
    ],
)
def test_a_webhook_is_taken_as_people_paste_it(url: str, base: str) -> None:
    assert Bitrix24Settings.model_validate({"webhook_url": url}).base_url == base


def test_another_address_replaces_the_portals() -> None:
    made = connector(Portal(lambda *_: []), base_url="http://127.0.0.1:8080")
    request = Request("POST", "http://127.0.0.1:8080/crm.deal.list")

    made.authorize(request, None)

    assert request.url == "http://127.0.0.1:8080/rest/7/abcdefghijklmnop/crm.deal.list"


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({}, "webhook_url: is missing; or set portal, client_id and client_secret"),
        ({"portal": "sosna.bitrix24.ru"}, "webhook_url: is missing"),
        ({"webhook_url": WEBHOOK, **APPLICATION}, "not both"),
        ({"webhook_url": "https://sosna.bitrix24.ru/"}, "with the user's number and the code"),
        ({"webhook_url": "https://sosna.bitrix24.ru/rest/abcdefgh/"}, "with the user's number and the code"),
        ({"webhook_url": WEBHOOK, "click_ids": {"region": "UF_CRM_1"}}, "click_ids: region is no click id"),
        ({"webhook_url": WEBHOOK, "response_counts": ["smiles"]}, "known is incoming_calls"),
    ],
)
def test_mistakes_in_the_settings_are_told(settings: Mapping[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told) as error:
        Bitrix24Settings.model_validate(settings)
    assert "abcdefgh" not in str(error.value)


def test_sources_on_one_portal_share_its_limit() -> None:
    one = connector(Portal(lambda *_: []))
    other = connector(Portal(lambda *_: []), webhook_url="https://portal.example.com/rest/9/another-code-of-it/")
    third = connector(Portal(lambda *_: []), webhook_url="https://third.example.com/rest/9/another-code-of-it/")

    assert one.limit_key("portal") == other.limit_key("portal") == "portal.example.com"
    assert one.limit_key("portal") != third.limit_key("portal")


def test_an_application_asks_with_its_token_in_the_body() -> None:
    made = connector(Portal(lambda *_: []), webhook_url=None, **APPLICATION)
    request = Request("POST", "https://sosna.bitrix24.ru/batch", json={"cmd": {}})
    token = Token(access=made.settings.client_secret)  # type: ignore[arg-type]

    made.authorize(request, token)

    assert request.url == "https://sosna.bitrix24.ru/rest/batch"
    assert request.json == {"cmd": {}, "auth": "a secret of the application"}
    assert request.headers == {}


# ── an application ───────────────────────────────────────────────────────────────────


class Desk:
    """An application in front of the simulator, with a vault."""

    def __init__(self, folder: Path, simulator: Bitrix24Simulator, url: str, clock: FixedClock) -> None:
        self.simulator, self.clock = simulator, clock
        self.store = open_store(f"sqlite:///{folder}/store.db")
        source = source_of(Bitrix24, simulator.oauth_settings(url), folder, clock.now)
        network = Network(Shared(Buckets(None), clock))
        self.connection: Connection = connect_source(source, network, Vault(self.store, clock))

    @property
    def grant(self) -> Grant:
        found = self.connection.connector.grant()
        assert found is not None
        return found

    async def sign_in(self) -> None:
        """A person agrees at the portal, and the browser brings the answer."""
        url = self.grant.consent_url(state="a-state", redirect_uri="http://127.0.0.1:9842/callback")
        assert url is not None
        asked = dict(parse_qsl(urlsplit(url).query))
        assert asked == {"client_id": self.simulator.app_of_portal.client_id, "state": "a-state"}
        host = self.connection.connector.settings.portal
        answer = self.simulator.app_of_portal.come_back("a-state", self.clock.now(), host, {"crm", "user_brief"})
        http = self.connection.client.for_tokens()
        token = await self.grant.exchange(http, answer, redirect_uri="http://127.0.0.1:9842/callback")
        assert self.connection.access is not None
        await self.connection.access.accept(token)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    clock = FixedClock(NOW)
    with running(Bitrix24Simulator(World(seed=1, days=20), clock=clock)) as found:
        made = Desk(tmp_path, found.simulator, found.url, clock)  # type: ignore[arg-type]
        yield made
        made.store.close()


def test_nothing_is_asked_before_somebody_agrees(desk: Desk) -> None:
    with pytest.raises(CredentialsRefused, match="nobody has given consent"):
        asyncio.run(desk.connection.connector.check())


def test_a_token_that_runs_out_is_renewed_and_each_refresh_token_spent_once(desk: Desk) -> None:
    async def through_the_day() -> None:
        await desk.sign_in()
        for _ in range(3):
            await desk.connection.connector.check()
            desk.clock.advance(timedelta(hours=2))
        desk.simulator.app_of_portal.expire()  # before its time
        await desk.connection.connector.check()
        await desk.connection.close()

    asyncio.run(through_the_day())

    spent = desk.simulator.app_of_portal.spent
    assert len(spent) == len(set(spent)) >= 3


def test_a_licence_that_lapsed_is_no_refused_credential(desk: Desk) -> None:
    async def lapsed() -> None:
        await desk.sign_in()
        desk.simulator.app_of_portal.is_paid = False
        desk.clock.advance(timedelta(hours=2))
        try:
            await desk.connection.connector.check()
        finally:
            await desk.connection.close()

    with pytest.raises(Forbidden, match="paid plans"):
        asyncio.run(lapsed())
