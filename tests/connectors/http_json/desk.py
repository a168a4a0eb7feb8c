"""An http_json source, and what it makes of the answers that a test gives."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from collector.plugin import Checkpoint, Request, Response, Since, SourceContext, Window
from collector.vocabulary.measures import all_measures
from connectors.http_json.plugin import HttpJson
from connectors.http_json.settings import HttpJsonSettings

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
BASE = "https://api.acme.example"


class Answers:
    """A client that answers from bodies, one after the other, and remembers what it was asked."""

    def __init__(self, bodies: tuple[Any, ...]) -> None:
        self._bodies = list(bodies)
        self.asked: list[Request] = []

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        form: Any = None,
        **_: Any,
    ) -> Response:
        self.asked.append(Request(method, path, dict(params or {}), dict(headers or {}), json, form))
        return answer(self._bodies.pop(0), method, path)


def answer(body: Any, method: str = "GET", path: str = "/rows") -> Response:
    if isinstance(body, Exception):
        raise body
    if isinstance(body, Response):
        return body
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(200, {}, text, f"{method} api.acme.example{path}")


class Desk:
    """One source, written as in a configuration."""

    def __init__(self, text: str, *answers: Any, **around: Any) -> None:
        settings = {"base_url": BASE, **yaml.safe_load(text)}
        self.client = Answers(answers)
        context = SourceContext(
            project="default",
            source="acme",
            zone=ZoneInfo(around.get("zone", "UTC")),
            currency="EUR",
            now=lambda: NOW,
            measures=all_measures(),
            dimensions=around.get("dimensions", {}),
        )
        client: Any = self.client
        self.connector = HttpJson(HttpJsonSettings.model_validate(settings), context, client)
        self.stream = self.connector.streams()[0]

    @property
    def asked(self) -> list[Request]:
        return self.client.asked

    def read(self, what: Any = None) -> list[Any]:
        """All that the stream yields; a window stream is asked for three days."""
        if what is None:
            what = {
                "window": Window(date(2026, 11, 1), date(2026, 11, 3)),
                "since": Since(after=None, cursor=None, until=NOW),
                "now": NOW,
            }[self.stream.kind]
        return collected(self.stream.read(what))

    def records(self, what: Any = None) -> list[Any]:
        return [each for each in self.read(what) if not isinstance(each, Checkpoint)]

    def swept(self) -> list[str]:
        assert self.stream.sweep is not None
        return collected(self.stream.sweep())


def collected(rows: Any) -> list[Any]:
    async def whole(those: AsyncIterator[Any]) -> list[Any]:
        return [each async for each in those]

    return asyncio.run(whole(rows))


def since(after: str | None = None, cursor: str | None = None) -> Since:
    return Since(after=None if after is None else datetime.fromisoformat(after), cursor=cursor, until=NOW)


def one(text: str) -> str:
    """A source of one stream, which is written at the left edge."""
    return "streams:\n  rows:\n" + "".join(f"    {line}\n" for line in text.splitlines())
