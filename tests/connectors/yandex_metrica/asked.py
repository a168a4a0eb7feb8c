"""Metrica that answers as a test says: the connector's client without a network."""

import json
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from collector.plugin import Fact, Request, Response, SourceContext, Window
from collector.polling.fetching import Budget
from collector.polling.verbs import Verbs
from connectors.yandex_metrica.plugin import YandexMetrica
from connectors.yandex_metrica.settings import MetricaSettings

SAMPLES = Path(__file__).with_name("samples")
NOW = datetime(2026, 3, 10, 9, 15, tzinfo=UTC)
SETTINGS = {"counter_id": "44147844", "access_token": "y0_not-a-token"}

Asked = Mapping[str, Any]
Answers = Callable[[str, Asked], Any]
"""Path and parameters → a body, or a status and a body."""


def sample(name: str) -> Any:
    """A body, as the vendor writes it."""
    return json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))


def response(name: str, status: int, **headers: str) -> Response:
    """A refusal, as the client hears it."""
    return Response(status, headers, (SAMPLES / f"{name}.json").read_bytes(), "GET api-metrika.yandex.net/stat/v1/data")


class Vendor(Verbs):
    """Answers by a function, and remembers what was asked."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self.asked: list[tuple[str, Asked]] = []
        self.connector: YandexMetrica | None = None

    def now(self) -> datetime:
        return NOW

    async def _answer(self, asked: Request, cost: Mapping[str, float], accept: Collection[int]) -> Response:
        params = {name: value for name, value in asked.params.items() if value is not None}
        self.asked.append((asked.url, params))
        told = self._answers(asked.url, params)
        status, body = told if isinstance(told, tuple) else (200, told)
        answer = Response(status, {}, json.dumps(body).encode(), f"GET {asked.url}")
        if self.connector is not None and (error := self.connector.refusal(answer)) is not None:
            raise error
        return answer


def connector(vendor: Vendor, *, zone: str = "Europe/Moscow", **settings: Any) -> YandexMetrica:
    """The connector in front of it."""
    context = SourceContext("default", "site", ZoneInfo(zone), "RUB", lambda: NOW)
    made = YandexMetrica(MetricaSettings.model_validate({**SETTINGS, **settings}), context, vendor)
    vendor.connector = made
    return made


def answering(**reports: Any) -> Answers:
    """The counter and its goals from the samples; reports by whether they are `users`, `goals` or else `traffic`."""

    def answer(path: str, asked: Asked) -> Any:
        if path.endswith("/goals"):
            return sample("goals_list")
        if path.startswith("/management"):
            return reports.get("counter", sample("counter"))
        kind = (
            "users" if "ym:s:users" in asked["metrics"] else "goals" if "ym:s:goal" in asked["metrics"] else "traffic"
        )
        told = reports.get(kind, sample("empty"))
        return told(asked) if callable(told) else told

    return answer


async def read(made: YandexMetrica, stream: str, first: str, last: str) -> list[Fact]:
    """All that a stream yields of some days."""
    (chosen,) = [each for each in made.streams() if each.name == stream]
    found: list[Any] = []
    async for batch in Budget(30).batches(chosen.read(Window(date.fromisoformat(first), date.fromisoformat(last)))):
        found += batch
    return found
