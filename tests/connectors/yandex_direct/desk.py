"""A Direct that answers what a test says, and the connector's polls of it."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import httpx
import respx

from collector.plugin import PollReport
from connectors.yandex_direct import reports
from connectors.yandex_direct.plugin import CLIENTS, YandexDirect
from tests.polling.bench import NOW, Bench

SAMPLES = Path(__file__).parent / "samples"
HOST = "https://api.direct.yandex.com"
TOKEN = "sample-token"

__all__ = ["NOW", "Desk", "empty", "sample"]


def sample(name: str, status: int = 200) -> httpx.Response:
    return httpx.Response(status, content=(SAMPLES / name).read_bytes())


def headers_of(name: str) -> httpx.Response:
    """A sample of a status and its headers."""
    first, *lines = (SAMPLES / name).read_text(encoding="utf-8").splitlines()
    told = dict(line.split(": ", 1) for line in lines if ": " in line)
    return httpx.Response(int(first.split()[1]), headers=told)


def empty() -> httpx.Response:
    return httpx.Response(200, text="\t".join(reports.FIELDS) + "\nTotal rows: 0\n")


class Desk:
    """A source, two days of history, and Direct's answers; waits move the clock."""

    def __init__(self, folder: Path, **settings: object) -> None:
        given = {"access_token": TOKEN, "backfill": "0d", "settle_delay": "0d", **settings}
        self.bench = Bench(folder, YandexDirect, **given)
        self.asked: list[httpx.Request] = []

        async def sleep(seconds: float) -> None:
            self.bench.clock.advance(timedelta(seconds=seconds))

        self.bench.network.shared.sleep = sleep

    def answers(
        self, report: Callable[[], httpx.Response] = empty, client: Callable[[], httpx.Response] | None = None
    ) -> None:
        account = client or (lambda: sample("direct_clients_get.json"))

        def answered(request: httpx.Request) -> httpx.Response:
            self.asked.append(request)
            return report()

        respx.post(f"{HOST}{CLIENTS}").mock(side_effect=lambda _: account())
        respx.post(f"{HOST}{reports.PATH}").mock(side_effect=answered)

    def poll(self) -> PollReport:
        return self.bench.turn().report
