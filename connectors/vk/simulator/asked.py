"""A request as VK reads it: query and form are one, the token stands in either or in a header."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]


@dataclass(frozen=True)
class Asked:
    """A method, its parameters, and by whose token."""

    method: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    token: str = ""

    @property
    def version(self) -> tuple[int, ...]:
        """Of the API, as numbers; none: it is missing, or no version."""
        pieces = self.params.get("v", "").split(".")
        return tuple(map(int, pieces)) if all(each.isdigit() for each in pieces) else ()


NOTHING = Asked()
present: ContextVar[Asked] = ContextVar("asked", default=NOTHING)
"""What the present request asks: limits and tokens are looked at before its body is read elsewhere."""


class Reading:
    """Reads a request's body before anybody else looks at the request, and gives it to them once more."""

    def __init__(self, app: Asgi) -> None:
        self._app = app

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        present.set(_asked(scope, body))
        told = False

        async def again() -> Message:
            nonlocal told
            if told:
                return await receive()
            told = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, again, send)


def _asked(scope: Mapping[str, Any], body: bytes) -> Asked:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    params = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
    if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        params |= dict(parse_qsl(body.decode("utf-8", errors="replace"), keep_blank_values=True))
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    token = params.pop("access_token", "") or (bearer if scheme.lower() == "bearer" else "")
    return Asked(scope["path"].rpartition("/")[2], params, token)
