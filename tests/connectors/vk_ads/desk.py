"""A VK Ads that answers what a test says, and the connector's polls of it."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import httpx
import respx

from collector.plugin import PollReport
from collector.polling.credentials import Vault
from connectors.vk_ads.plugin import PLANS, STATISTICS, USER, VkAds
from tests.polling.bench import NOW, Bench

SAMPLES = Path(__file__).parent / "samples"
HOST = "https://ads.vk.com"
TOKEN = "/api/v2/oauth2/token.json"
Answer = Callable[[httpx.Request], httpx.Response]

__all__ = ["NOW", "Desk", "sample"]


def sample(name: str, status: int = 200) -> httpx.Response:
    return httpx.Response(status, content=(SAMPLES / name).read_bytes())


def headers_of(name: str) -> httpx.Response:
    """A sample of a status and its headers."""
    first, *lines = (SAMPLES / name).read_text(encoding="utf-8").splitlines()
    told = dict(line.split(": ", 1) for line in lines if ": " in line)
    return httpx.Response(int(first.split()[1]), headers=told)


def plans(*ids: int) -> httpx.Response:
    items = [{"id": each, "name": f"plan {each}", "status": "active"} for each in ids]
    return httpx.Response(200, json={"count": len(items), "offset": 0, "limit": 50, "items": items})


class Desk:
    """A source, some days of history, and what is answered to each path; waits move the clock."""

    def __init__(self, folder: Path, **settings: object) -> None:
        given = {"client_id": "sample-client", "client_secret": "sample-secret", "settle_delay": "0d", "backfill": "0d"}
        self.bench = Bench(folder, VkAds, **{**given, **settings})
        self.asked: list[httpx.Request] = []
        self.of: dict[str, Answer] = {
            TOKEN: lambda _: sample("vk_token.json"),
            USER: lambda _: sample("vk_user.json"),
            PLANS: lambda _: plans(1, 2),
            STATISTICS: lambda _: sample("vk_statistics_day_empty.json"),
        }

        async def sleep(seconds: float) -> None:
            self.bench.clock.advance(timedelta(seconds=seconds))

        self.bench.network.shared.sleep = sleep
        grant, vault = self.bench.connector.grant(), Vault(self.bench.store, self.bench.clock, sleep=sleep)
        assert grant is not None
        self.bench.client.use(vault.access(self.bench.source, grant, self.bench.client.for_tokens()))
        respx.route(host="ads.vk.com").mock(side_effect=self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self.of[request.url.path](request)

    def poll(self) -> PollReport:
        return self.bench.turn().report

    def requests(self, path: str) -> list[httpx.Request]:
        return [each for each in self.asked if each.url.path == path]
