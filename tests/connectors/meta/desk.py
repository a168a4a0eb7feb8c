"""A Graph API that answers as a test says: the connector's client without a network."""

import json
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from collector.plugin import Instant, Request, Response, SourceContext, Untold, Window
from collector.polling import refusals as by_status
from collector.polling.fetching import Budget
from collector.polling.verbs import Verbs
from connectors.meta.plugin import Meta
from connectors.meta.settings import MetaSettings

SAMPLES = Path(__file__).with_name("samples")
NOW = datetime(2026, 9, 11, 12, tzinfo=UTC)
ACCOUNT, PAGE = "17840000000000001", "100000000000001"
SETTINGS = {"instagram_id": ACCOUNT, "page_id": PAGE, "access_token": "EAAB-not-a-token"}
HEADERS = json.loads((SAMPLES / "http_status_and_headers.json").read_text(encoding="utf-8"))

Answers = Callable[[str, Mapping[str, Any]], Any]
"""Path (without the version) and parameters → a body, a status and a body, or a whole answer."""


def sample(name: str) -> Any:
    """A body, as the vendor writes it."""
    return json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))


def refusal_of(name: str, where: str = "GET /insights") -> Response:
    """A refusal with its status and headers, as the client hears it."""
    told = {**HEADERS["headers"]["any"], **HEADERS["headers"].get(f"{name}.json", {})}
    headers = {key.lower(): value for key, value in told.items()}
    status = HEADERS["status"][f"{name}.json"]
    return Response(status, headers, (SAMPLES / f"{name}.json").read_bytes(), where)


class Vendor(Verbs):
    """Answers by a function, and remembers what was asked."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.connector: Meta | None = None
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    async def _answer(self, asked: Request, cost: Mapping[str, float], accept: Collection[int]) -> Response:
        params = {name: value for name, value in {**asked.params, **(asked.form or {})}.items() if value is not None}
        path = asked.url.removeprefix("/v26.0")
        self.asked.append((path, params))
        told = self._answers(path, params)
        if not isinstance(told, Response):
            status, body = told if isinstance(told, tuple) else (200, told)
            told = Response(status, {}, json.dumps(body).encode(), f"{asked.method} {path}")
        assert self.connector is not None
        error = self.connector.refusal(told) or by_status.refusal(told, accept=accept, expires=True, now=self.at)
        if error is not None:
            raise error
        return told


def connector(vendor: Vendor, **settings: Any) -> Meta:
    """The connector in front of it."""
    context = SourceContext("default", "pages", ZoneInfo("Europe/Moscow"), "RUB", lambda: vendor.at)
    made = Meta(MetaSettings.model_validate({**SETTINGS, **settings}), context, vendor)
    vendor.connector = made
    return made


async def read(made: Meta, stream: str, first: str = "", last: str = "", *, now: Instant | None = None) -> list[Any]:
    """All that a stream yields: of some days, or now."""
    (chosen,) = [each for each in made.streams() if each.name == stream]
    window = Window(date.fromisoformat(first), date.fromisoformat(last)) if first else None
    found: list[Any] = []
    async for batch in Budget(30).batches(chosen.read(window or now or Instant.of(NOW))):
        found += batch
    return found


def days_of(found: list[Any]) -> tuple[dict[str, Any], list[str]]:
    """Values by day, and the days that are untold."""
    told = {str(each.day): each.value for each in found if not isinstance(each, Untold)}
    return told, [str(each.day) for each in found if isinstance(each, Untold)]
