"""The vendor's samples, and a source whose answers a test says."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import respx

from collector.plugin import PollReport
from connectors.telegram.plugin import Telegram
from tests.polling.bench import Bench

SAMPLES = Path(__file__).parent / "samples"
TOKEN = "700000001:AAsampleSampleSampleSampleSampleSample"
CHANNEL = -1001000000001
NOON = datetime(2026, 9, 8, 12, tzinfo=UTC)
Answer = Callable[[httpx.Request], httpx.Response]


def told(name: str) -> Any:
    """The result in a sample."""
    return json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))["result"]


def sample(name: str) -> httpx.Response:
    """A sample as it is answered."""
    path = next(SAMPLES.glob(f"{name}.*"))
    text = path.read_text(encoding="utf-8")
    status = json.loads(text).get("error_code", 200) if path.suffix == ".json" else 200
    kind = "application/json" if path.suffix == ".json" else "text/html"
    return httpx.Response(status, content=text.encode(), headers={"content-type": kind})


def result(value: object) -> httpx.Response:
    return httpx.Response(200, json={"ok": True, "result": value})


class Desk:
    """A source of the sample channel; `of` says what each method answers, `page` what the public page does."""

    def __init__(self, folder: Path, **settings: object) -> None:
        given = {"channel": "@sample_channel", "bot_token": TOKEN, **settings}
        self.bench = Bench(folder, Telegram, **given)
        self.asked: list[httpx.Request] = []
        self.of: dict[str, Answer] = {
            "getChat": lambda _: sample("getChat_channel"),
            "getChatMember": lambda _: result({"status": "administrator", "user": told("getMe")}),
            "getChatMemberCount": lambda _: sample("getChatMemberCount"),
            "getUpdates": lambda _: sample("getUpdates_empty"),
        }
        self.page: Answer = lambda _: sample("public_page")
        respx.route(host="api.telegram.org").mock(side_effect=self._method)
        respx.route(host="t.me").mock(side_effect=self._page)

        async def sleep(seconds: float) -> None:
            self.bench.clock.advance(timedelta(seconds=seconds))

        self.bench.network.shared.sleep = sleep

    def _method(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self.of[request.url.path.rpartition("/")[2]](request)

    def _page(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self.page(request)

    def poll(self, stream: str = "posts") -> PollReport:
        return self.bench.poll(stream)

    def form(self, method: str, number: int = -1) -> dict[str, str]:
        """The fields of a call of a method, the last one by default."""
        found = [each for each in self.asked if each.url.path.endswith(f"/{method}")]
        return dict(httpx.QueryParams(found[number].content.decode()))

    def posts(self) -> dict[str, dict[str, Any]]:
        """The living posts that are stored."""
        with self.bench.store.read() as tx:
            rows = tx.exec_driver_sql("SELECT key, body FROM entity WHERE NOT gone ORDER BY key").all()
        return {key: json.loads(body) for key, body in rows}
