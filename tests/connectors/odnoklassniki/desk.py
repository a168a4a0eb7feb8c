"""An Odnoklassniki that answers what a test says, and the connector's polls of it."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import respx

from collector.plugin import PollReport
from connectors.odnoklassniki.plugin import GROUP, MEDIA, TOPICS, TRENDS, Odnoklassniki
from tests.polling.bench import NOW, Bench

SAMPLES = Path(__file__).parent / "samples"
SETTINGS = {
    "group_id": "50000000000001",
    "application_key": "CSAMPLEKEY",
    "access_token": "tkn-SAMPLE",
    "session_secret_key": "aa8e9ed9c5873462d3728cb93d9e1c0a",
}
Answer = Callable[[dict[str, str]], httpx.Response]

__all__ = ["NOW", "SAMPLES", "SETTINGS", "Desk", "sample"]


def sample(name: str) -> httpx.Response:
    return httpx.Response(200, content=(SAMPLES / name).read_bytes())


class Desk:
    """A source, and what is answered to each method; waits move the clock."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self.bench = Bench(folder, Odnoklassniki, **{**SETTINGS, "backfill": "0d", "settle_delay": "0d", **settings})
        self.asked: list[dict[str, str]] = []
        self.of: dict[str, Answer] = {
            TRENDS: lambda _: sample("group_getStatTrends_empty.json"),
            TOPICS: lambda _: sample("group_getStatTopics_empty.json"),
            MEDIA: lambda _: sample("mediatopic_getByIds.json"),
            GROUP: lambda _: sample("group_getInfo.json"),
        }

        async def sleep(seconds: float) -> None:
            self.bench.clock.advance(timedelta(seconds=seconds))

        self.bench.network.shared.sleep = sleep
        respx.post("https://api.ok.ru/fb.do").mock(side_effect=self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        form = dict(parse_qsl(request.content.decode()))
        self.asked.append(form)
        assert not request.url.query
        return self.of[form["method"]](form)

    @property
    def connector(self) -> Any:
        return self.bench.connector

    def poll(self, stream: str = "days") -> PollReport:
        return self.bench.turn(stream).report

    def requests(self, method: str) -> list[dict[str, str]]:
        return [each for each in self.asked if each["method"] == method]
