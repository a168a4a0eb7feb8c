"""A portal that answers as a test says: the connector's client without a network."""

import json
import re
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from collector.plugin import Request, Response, SourceContext
from collector.plugin.window import Since
from collector.polling.fetching import Budget
from collector.polling.verbs import Verbs
from connectors.bitrix24.plugin import Bitrix24
from connectors.bitrix24.settings import Bitrix24Settings

SAMPLES = Path(__file__).with_name("samples")
NOW = datetime(2026, 3, 10, 9, 15, tzinfo=UTC)
WEBHOOK = "https://portal.example.com/rest/7/abcdefghijklmnop/"

Asked = Mapping[str, str]
"""A command's parameters, flat, as PHP writes them."""
Answers = Callable[[str, Asked], Any]
"""Method and parameters → a result; an exception's argument is a refusal's body."""


class Refused(Exception):
    """A command fails, with this body."""


def sample(name: str) -> Any:
    """A body, as the client decodes it."""
    return Response(200, {}, (SAMPLES / name).read_bytes(), "POST portal").json()


class Portal(Verbs):
    """Answers calls and batches by a function, and remembers what was asked."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self.requests = 0
        self.asked: list[tuple[str, Asked]] = []
        self.connector: Bitrix24 | None = None

    def now(self) -> datetime:
        return NOW

    async def _answer(self, asked: Request, cost: Mapping[str, float], accept: Collection[int]) -> Response:
        self.requests += 1
        method = asked.url
        body = self._batch(asked.json["cmd"]) if method == "batch" else {"result": self._one(method, asked.json)}
        response = Response(200, {}, json.dumps(body, default=str).encode(), f"POST portal/{method}")
        if self.connector is not None and (error := self.connector.refusal(response)) is not None:
            raise error
        return response

    def _one(self, method: str, asked: Asked) -> Any:
        self.asked.append((method, asked))
        return self._answers(method, asked)

    def _batch(self, commands: Mapping[str, str]) -> Any:
        results: dict[str, Any] = {}
        errors: dict[str, Any] = {}
        for key, command in commands.items():
            method, _, query = command.partition("?")
            try:
                asked = parse_qsl(query, keep_blank_values=True)
                results[key] = self._one(method, {name: _reached(value, results) for name, value in asked})
            except Refused as refused:
                errors[key] = refused.args[0]
        return {"result": {"result": results or [], "result_error": errors or []}}


def _reached(value: str, results: Mapping[str, Any]) -> str:
    """What `$result[key][49][ID]` stands for; nothing, where there is nothing."""
    if not value.startswith("$result"):
        return value
    place: Any = results
    for step in re.findall(r"\[(\w+)]", value):
        try:
            place = place[int(step) if isinstance(place, list) else step]
        except (KeyError, IndexError):
            return ""
    return str(place)


def connector(answering: Portal, /, **settings: Any) -> Bitrix24:
    """The connector in front of it; extra dimensions are settings."""
    zone, dimensions = ZoneInfo("Europe/Moscow"), settings.get("dimensions", {})
    context = SourceContext("default", "crm", zone, "RUB", lambda: NOW, dimensions=dimensions)
    values = Bitrix24Settings.model_validate({"webhook_url": WEBHOOK, **settings})
    made = Bitrix24(values, context, answering)
    answering.connector = made
    return made


async def read(made: Bitrix24, stream: str, *, after: datetime | None = None, cursor: str | None = None) -> list[Any]:
    """All that a stream yields."""
    found: list[Any] = []
    (chosen,) = [each for each in made.streams() if each.name == stream]
    asked = NOW if chosen.kind == "now" else Since(after=after, cursor=cursor, until=NOW)
    async for batch in Budget(30).batches(chosen.read(asked)):
        found += batch
    return found
