"""The vendor's samples, and a source whose answers a test says."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import respx

from collector.plugin import PollReport, Response
from collector.polling.credentials import Vault
from connectors.youtube.plugin import YouTube, register_measures
from tests.polling.bench import Bench

SAMPLES = Path(__file__).parent / "samples"
CHANNEL = "UCaaaaaaaaaaaaaaaaaaaa01"
KEY = "sample-api-key"
OWNER = {"client_id": "123456789012-a.apps", "client_secret": "sample-secret", "refresh_token": "sample-refresh"}
Answer = Callable[[httpx.Request], httpx.Response]


def body(name: str) -> Any:
    return json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))


def status_of(name: str) -> int:
    told = name.split("_")
    return int(told[1]) if len(told) > 1 and told[1].isdecimal() else 200


def sample(name: str) -> httpx.Response:
    return httpx.Response(status_of(name), content=(SAMPLES / f"{name}.json").read_bytes())


def response(name: str) -> Response:
    """The same as a connector sees it."""
    where = "GET youtube.googleapis.com/youtube/v3/channels"
    return Response(status_of(name), {}, (SAMPLES / f"{name}.json").read_bytes(), where)


class Desk:
    """A source of the sample channel; `of` says what each path's last word answers. Waits move the clock."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self.bench = Bench(folder, YouTube, **{"channel_id": CHANNEL, **(settings or {"api_key": KEY})})
        self.bench.measures.update({each.name: each for each in register_measures()})
        self.asked: list[httpx.Request] = []
        self.of: dict[str, Answer] = {
            "channels": lambda _: sample("channels"),
            "playlistItems": lambda request: sample(
                "playlist_items_page2_last" if "pageToken" in request.url.params else "playlist_items_page1"
            ),
            "videos": lambda _: sample("videos"),
            "reports": lambda _: sample("reports_day"),
            "token": lambda _: sample("token"),
        }

        async def sleep(seconds: float) -> None:
            self.bench.clock.advance(timedelta(seconds=seconds))

        self.bench.network.shared.sleep = sleep
        if (grant := self.bench.connector.grant()) is not None:
            vault = Vault(self.bench.store, self.bench.clock, sleep=sleep)
            self.bench.client.use(vault.access(self.bench.source, grant, self.bench.client.for_tokens()))
        respx.route(host__regex=r".*googleapis\.com").mock(side_effect=self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self.of[request.url.path.rpartition("/")[2]](request)

    def poll(self, stream: str = "videos") -> PollReport:
        return self.bench.turn(stream).report

    def requests(self, name: str) -> list[httpx.Request]:
        return [each for each in self.asked if each.url.path.endswith(f"/{name}")]

    def posts(self) -> dict[str, dict[str, Any]]:
        """The living posts that are stored."""
        with self.bench.store.read() as tx:
            rows = tx.exec_driver_sql("SELECT key, body FROM entity WHERE NOT gone ORDER BY key").all()
        return {key: json.loads(text) for key, text in rows}
