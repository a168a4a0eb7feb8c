"""The simulated portal as tests ask it: in this process, on a clock that stands."""

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from collector.clock import FixedClock
from collector.testing.simulator import World
from connectors.bitrix24.simulator import Bitrix24Simulator

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
SAMPLES = Path(__file__).parent / "samples"


def sample(name: str) -> Any:
    """A body of the vendor's."""
    return json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))


class Asking:
    """A portal and whoever asks it."""

    def __init__(self, *, days: int = 45, size: int = 1, seed: int = 1) -> None:
        self.clock = FixedClock(NOW)
        self.simulator = Bitrix24Simulator(World(seed, days, size, date(2026, 11, 20)), clock=self.clock)
        self.simulator.limits = []

    @property
    def path(self) -> str:
        """Where the webhook answers."""
        return f"/rest/1/{self.simulator.code}/"

    def send(self, verb: str, path: str, **more: Any) -> httpx.Response:
        """One request."""

        async def sent() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.simulator.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://portal.example.com") as client:
                return await client.request(verb, path, **more)

        return asyncio.run(sent())

    def post(self, method: str, params: Mapping[str, Any] | None = None) -> httpx.Response:
        """A call by the webhook, with JSON."""
        return self.send("POST", self.path + method, json=dict(params or {}))

    def body(self, method: str, params: Mapping[str, Any] | None = None) -> Any:
        """What a call that succeeds brings."""
        answer = self.post(method, params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def result(self, method: str, params: Mapping[str, Any] | None = None) -> Any:
        """Its result."""
        return self.body(method, params)["result"]

    def all(self, method: str, params: Mapping[str, Any] | None = None) -> list[Any]:
        """All pages, one after the other."""
        found: list[Any] = []
        start: int | None = 0
        while start is not None:
            body = self.body(method, {**(params or {}), "start": start})
            rows = body["result"]
            found += rows if isinstance(rows, list) else next(iter(rows.values()))
            start = body.get("next")
        return found

    def wait(self, **by: float) -> None:
        """Time passes."""
        self.clock.advance(timedelta(**by))
