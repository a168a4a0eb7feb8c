"""An http_json source against a vendor on a real socket: the real client, store and polls, waits that take no time."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from collector.plugin import PollReport, Record
from collector.polling.client import Client
from collector.polling.connections import connect_source
from collector.polling.credentials import Vault
from collector.polling.dry import dry_run
from collector.polling.network import Exchange, Network
from collector.polling.retry import FREE_RETRIES, SHARE_OF_RETRIES
from collector.polling.runner import Poller, poll_to_the_end
from collector.polling.throttle import Shared
from collector.settings.model import Source
from collector.store.buckets import Buckets
from collector.store.locks import PollLocks
from connectors.http_json.plugin import HttpJson
from tests.polling.bench import NOW, Bench


class Waits:
    """Pauses that take no time but move the clock."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.count = 0

    async def __call__(self, seconds: float) -> None:
        self.seconds += seconds
        self.count += 1
        await asyncio.sleep(0)


class MovingClock:
    """Stands at the bench's instant, and moves on by what was waited."""

    def __init__(self, waits: Waits) -> None:
        self._waits = waits

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self._waits.seconds)

    def monotonic(self) -> float:
        return self._waits.seconds


class Live(Bench):
    """A store with one source of a vendor."""

    def __init__(self, folder: Path, url: str, text: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        settings: dict[str, Any] = {"base_url": url, **yaml.safe_load(text)}
        if "token_url" in settings:
            settings["token_url"] = url + settings["token_url"]
        super().__init__(folder, HttpJson, **settings)
        self.waits = Waits()
        self.moving = MovingClock(self.waits)
        self.seen: list[Exchange] = []
        self.network = Network(Shared(Buckets(None), self.moving, sleep=self.waits), observe=self.seen.append)
        self.vault = Vault(self.store, self.moving, sleep=self.waits)
        connection = connect_source(self.source, self.network, self.vault)
        self.client, self.connector = connection.client, connection.connector
        self.poller = Poller(self.store, self.moving, PollLocks(self.store.path))

    def poll(self, stream: str | None = None) -> PollReport:
        async def once() -> PollReport:
            try:
                return await poll_to_the_end(self.poller, self.job(stream))
            finally:
                await self.client.close()

        return asyncio.run(once())

    def records(self, stream: str, **days: Any) -> list[Record]:
        """What a stream yields, without the store."""
        return list(dry_run(self.project, self.source, stream, self.network, self.vault, **days))

    def check(self) -> list[str]:
        return list(self.run(lambda client: self.connector.check()))

    def run(self, use: Callable[[Client], Awaitable[Any]]) -> Any:
        async def whole() -> Any:
            try:
                return await use(self.client)
            finally:
                await self.client.close()

        return asyncio.run(whole())

    def stored(self, source: Source | None = None) -> dict[str, list[Any]]:
        """All that the store holds of the source, in words: what two stores with the same data agree in."""
        del source
        with self.store.read() as tx:
            return {name: [tuple(row) for row in tx.exec_driver_sql(text)] for name, text in _QUESTIONS.items()}

    def close(self) -> None:
        self.store.close()


_QUESTIONS = {
    "facts": (
        "SELECT f.day, m.name, f.currency, f.value, f.flags, s.cut, hex(s.key) FROM fact f "
        "JOIN part p ON p.id = f.part_id AND p.live JOIN measure m ON m.id = f.measure_id "
        "JOIN dimset s ON s.id = f.dimset_id ORDER BY 1, 2, 3, 6, 7"
    ),
    "covered": "SELECT day, complete FROM covered ORDER BY day",
    "entities": "SELECT kind, key, updated, gone, link, body FROM entity ORDER BY kind, key",
    "titles": "SELECT member, title FROM title ORDER BY member",
    "readings": (
        "SELECT m.name, hex(s.key), max(r.at) > 0 FROM reading r JOIN measure m ON m.id = r.measure_id "
        "JOIN dimset s ON s.id = r.dimset_id GROUP BY 1, 2 ORDER BY 1, 2"
    ),
}


def budget(requests: int) -> int:
    """How many requests of a poll may be repetitions."""
    return max(FREE_RETRIES, requests // SHARE_OF_RETRIES)
