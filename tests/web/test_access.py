"""Before the application: who is let in, how often, and with which headers."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from collector.settings.web_file import RateLimit
from collector.web.access import Access, Bucket
from collector.web.app import make_app
from collector.web.protection import Protection
from tests.web.certificates import HASH, OTHER_HASH, USERS

Asked = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def _asking(app: Any, protection: Protection) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=Access(app, protection))
    return httpx.AsyncClient(transport=transport, base_url="http://shop.example")


def _protected(folder: Path, text: str) -> Protection:
    path = folder / "web.yml"
    path.write_text(text, encoding="utf-8")
    return Protection(path, fresh_seconds=0)


@pytest.mark.anyio
@pytest.mark.parametrize("path", ["/", "/metrics", "/-/healthy", "/-/ready", "/api/v1/kpis", "/nothing"])
async def test_every_address_asks_who_is_there(daemon: Any, tmp_path: Path, path: str) -> None:
    async with _asking(make_app(daemon), _protected(tmp_path, USERS)) as client:
        stranger = await client.get(path)
        guesser = await client.get(path, auth=("anna", "open"))
        anna = await client.get(path, auth=("anna", "sesame"))
        without = await client.head(path)

    assert (stranger.status_code, guesser.status_code, without.status_code) == (401, 401, 401)
    assert stranger.headers["www-authenticate"].startswith("Basic ")
    assert stranger.text == guesser.text
    assert without.content == b""
    assert anna.status_code in (200, 404)


@pytest.mark.anyio
async def test_a_user_who_is_replaced_is_out_at_once(daemon: Any, tmp_path: Path) -> None:
    async with _asking(make_app(daemon), _protected(tmp_path, USERS)) as client:
        assert (await client.get("/metrics", auth=("anna", "sesame"))).status_code == 200
        (tmp_path / "web.yml").write_text(USERS.replace(HASH, OTHER_HASH).replace("anna", "boris"))
        assert (await client.get("/metrics", auth=("anna", "sesame"))).status_code == 401
        assert (await client.get("/metrics", auth=("boris", "open"))).status_code == 200


@pytest.mark.anyio
async def test_headers_of_the_file_win_over_our_own(daemon: Any, tmp_path: Path) -> None:
    text = "http_server_config: {headers: {X-Frame-Options: sameorigin, Strict-Transport-Security: max-age=60}}\n"
    async with _asking(make_app(daemon), _protected(tmp_path, text + USERS)) as client:
        page = await client.get("/", auth=("anna", "sesame"))
        refused = await client.get("/")

    for answer in (page, refused):
        assert answer.headers.get_list("x-frame-options") == ["sameorigin"]
        assert answer.headers["strict-transport-security"] == "max-age=60"
    assert "default-src" in page.headers["content-security-policy"]


@pytest.mark.anyio
async def test_requests_beyond_the_limit_are_refused(daemon: Any, tmp_path: Path) -> None:
    async with _asking(make_app(daemon), _protected(tmp_path, "rate_limit: {interval: 1h, burst: 2}")) as client:
        answers = [(await client.get("/-/healthy")).status_code for _ in range(3)]

    assert answers == [200, 200, 429]


def test_a_bucket_fills_with_time_up_to_its_burst() -> None:
    bucket = Bucket(RateLimit.model_validate({"interval": "500ms", "burst": 2}))

    assert [bucket.take(now) for now in (0, 0, 0, 0.5, 0.5, 9, 9, 9)] == [
        True,
        True,
        False,
        True,
        False,
        True,
        True,
        False,
    ]


@pytest.mark.anyio
async def test_the_loop_goes_on_while_a_password_is_checked(daemon: Any, tmp_path: Path) -> None:
    """At this cost a check takes tenths of a second; the loop turns thousands of times in it."""
    slow = USERS.replace("$04$", "$12$")
    turns = 0
    async with _asking(make_app(daemon), _protected(tmp_path, slow)) as client:
        asking = asyncio.create_task(client.get("/metrics", auth=("anna", "sesame")))
        while not asking.done():
            turns += 1
            await asyncio.sleep(0)

    assert asking.result().status_code == 401
    assert turns > 100
