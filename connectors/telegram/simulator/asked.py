"""What a request of the Bot API asks: its parameters as query, form or JSON."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response


class Refusal(Exception):
    """Raised on the way to an answer."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters

    def answer(self) -> Response:
        """As it is sent."""
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        return JSONResponse(body | ({"parameters": self.parameters} if self.parameters else {}), self.code)


async def parameters(request: Request) -> Mapping[str, Any]:
    """All of them by name."""
    found: dict[str, Any] = dict(request.query_params)
    body = await request.body()
    if "json" in request.headers.get("content-type", ""):
        told = json.loads(body or b"{}")
        return found | (told if isinstance(told, dict) else {})
    return found | dict(parse_qsl(body.decode("utf-8", errors="replace"), keep_blank_values=True))


def whole(told: Mapping[str, Any], name: str, default: int) -> int:
    """A number, written as one or as a text."""
    try:
        return int(told.get(name, default))
    except (TypeError, ValueError):
        return default


def listed(told: Mapping[str, Any], name: str) -> list[str] | None:
    """A list, written as one or as JSON; None where it is not given."""
    value = told.get(name)
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise Refusal(400, f"Bad Request: can't parse {name} JSON object") from error
    return None if value is None else [str(each) for each in value]
