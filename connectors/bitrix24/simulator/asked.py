"""A request as the portal reads it: the method, its parameters in any of three forms, and who asks."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from connectors.bitrix24.simulator.php import lowered, parsed


@dataclass(frozen=True)
class Asked:
    """One call. A webhook has its employee and code in the path; an application has a token among the parameters."""

    method: str
    params: Mapping[str, Any]
    user: str | None = None
    code: str | None = None

    @property
    def token(self) -> str | None:
        """The application's token."""
        told = self.params.get("auth")
        return told if isinstance(told, str) and told else None


async def asked(request: Request) -> Asked:
    """Take a request apart; `.json` and a last slash may follow the method."""
    words = request.path_params["path"].strip("/").split("/")
    params = await fields_of(request)
    method = words[-1].lower().removesuffix(".json")
    if len(words) == 3 and words[0].isdigit():
        return Asked(method, lowered(params), words[0], words[1])
    return Asked(method if len(words) == 1 else "", lowered(params))


def _parsed_body(kind: str, body: bytes) -> dict[str, Any]:
    """JSON or a form; what is neither holds no parameters."""
    text = body.decode(errors="replace").strip()
    if not text:
        return {}
    if "json" in kind or text.startswith("{"):
        try:
            told = json.loads(text)
        except ValueError:
            return {}
        return told if isinstance(told, dict) else {}
    return parsed(text)


async def fields_of(request: Request) -> dict[str, Any]:
    """What a request holds in its query and body, as it is spelt."""
    return parsed(request.url.query) | _parsed_body(request.headers.get("content-type", ""), await request.body())
