"""A VK that answers what a test says, method by method, in a script too; and the connector's polls of it."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import respx

from collector.plugin import PollReport
from connectors.vk.plugin import Vk
from tests.polling.bench import NOW, Bench

SAMPLES = Path(__file__).parent / "samples"
SETTINGS = {"group_id": 1_000_001, "access_token": "sample-not-a-token", "backfill": "0d", "settle_delay": "0d"}
_CALL = re.compile(r"API\.([\w.]+)\((\{.*?\})\)")

Params = dict[str, Any]
Answer = Callable[[Params], Any]

__all__ = ["NOW", "Desk", "item", "sample", "words"]


def sample(name: str) -> Any:
    """A body, as VK writes it."""
    return json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))


def words(name: str) -> Any:
    """What stands under `response`."""
    return sample(name)["response"]


def item(number: int, date: int, **more: Any) -> dict[str, Any]:
    """The least of a post."""
    return {"id": number, "owner_id": -1_000_001, "date": date, **more}


class Desk:
    """A source and what is answered to each method; waits move the clock. A body with `error` is a refusal."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self.bench = Bench(folder, Vk, **{**SETTINGS, **settings})
        self.asked: list[tuple[str, Params]] = []
        self.requests: list[httpx.Request] = []
        self.of: dict[str, Answer] = {
            "groups.getById": lambda _: sample("groups_getById"),
            "wall.get": lambda _: sample("wall_get_empty"),
            "stats.get": lambda _: sample("stats_get_empty"),
            "stats.getPostReach": lambda _: {"response": []},
        }
        self.whole: Callable[[str], Any] | None = None
        """Answers a whole script, or nothing."""

        async def sleep(seconds: float) -> None:
            self.bench.clock.advance(timedelta(seconds=seconds))

        self.bench.network.shared.sleep = sleep
        respx.route(host="api.vk.ru").mock(side_effect=self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        method, form = request.url.path.rpartition("/")[2], dict(parse_qsl(request.content.decode()))
        body = self._executed(form["code"]) if method == "execute" else self._called(method, form)
        return body if isinstance(body, httpx.Response) else httpx.Response(200, json=body)

    def _called(self, method: str, params: Params) -> Any:
        self.asked.append((method, params))
        return self.of[method](params)

    def _executed(self, code: str) -> Any:
        if self.whole is not None and (told := self.whole(code)) is not None:
            return told
        found, errors = [], []
        for method, params in _CALL.findall(code):
            body = self._called(method, json.loads(params))
            found.append(body.get("response", False))
            if "error" in body:
                errors.append({"method": method, **{n: body["error"][n] for n in ("error_code", "error_msg")}})
        return {"response": found} | ({"execute_errors": errors} if errors else {})

    def poll(self, stream: str) -> PollReport:
        """One turn of a stream."""
        return self.bench.turn(stream).report
