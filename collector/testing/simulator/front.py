"""What stands before a simulator's routes: the journal, the limits, the door, and faults on purpose."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response

from collector.testing.simulator.journal import Entry

if TYPE_CHECKING:
    from collector.testing.simulator.simulator import Simulator

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

RETRY_AFTER = timedelta(seconds=2)
"""What a refusal on purpose asks for."""


@dataclass
class _Answer:
    """An answer before it is sent."""

    status: int = 500
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""

    async def take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = [(bytes(name).lower(), bytes(value)) for name, value in message.get("headers", ())]
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")

    def start(self, *, date: datetime) -> Message:
        own = (b"content-length", b"date")
        headers = [(name, value) for name, value in self.headers if name not in own]
        headers.append((b"content-length", str(len(self.body)).encode()))
        headers.append((b"date", format_datetime(date, usegmt=True).encode()))
        return {"type": "http.response.start", "status": self.status, "headers": headers}


class Front:
    """The ASGI application of a simulator."""

    def __init__(self, simulator: "Simulator", routes: Asgi) -> None:
        self._simulator = simulator
        self._routes = routes

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._routes(scope, receive, send)
            return
        request, answer = Request(scope, receive), _Answer()
        entry = self._simulator.journal.begin(request, self._simulator.clock.now())
        refusal = self._refusal(request, entry)
        await (refusal or self._routes)(scope, receive, answer.take)
        entry.status = answer.status
        await self._send(answer, entry.fault, send)

    def _refusal(self, request: Request, entry: Entry) -> Response | None:
        simulator = self._simulator
        if request.url.path in simulator.spared:
            return None
        entry.fault = simulator.faults.meeting(entry.number)
        if (refusal := self._on_purpose(entry.fault)) is not None:
            return refusal
        if (overrun := simulator.overrun(request)) is not None:
            entry.overrun, seconds = overrun
            return simulator.refuse_limit(timedelta(seconds=seconds))
        why = None if simulator.access is None else simulator.access.refusal(request, simulator.clock.now())
        return None if why is None else simulator.refuse_access(why)

    def _on_purpose(self, fault: str | None) -> Response | None:
        simulator = self._simulator
        match fault:
            case "429":
                return simulator.refuse_limit(RETRY_AFTER)
            case "429-untold":
                return simulator.refuse_limit(None)
            case "401":
                return simulator.refuse_access("unknown")
            case "expired":
                return simulator.refuse_access("expired")
            case "403":
                return simulator.forbid()
            case "500":
                return simulator.broken()
            case "502":
                return simulator.page_of_a_proxy(502)
            case "html":
                return simulator.page_of_a_proxy(200)
        return None

    async def _send(self, answer: _Answer, fault: str | None, send: Send) -> None:
        faults, now = self._simulator.faults, self._simulator.clock.now()
        if fault == "slow":
            await asyncio.sleep(faults.slow_seconds)
        if fault == "skew":
            now += timedelta(hours=faults.skew_hours)
        if fault == "malformed":
            answer.body = answer.body[: len(answer.body) // 2] or b"{"
        await send(answer.start(date=now))
        if fault == "cut":  # to return before the end makes the server close the connection
            await send({"type": "http.response.body", "body": answer.body[: len(answer.body) // 2], "more_body": True})
            return
        async for piece in _pieces(answer.body, faults.trickle_seconds if fault == "trickle" else None):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


async def _pieces(body: bytes, pause: float | None) -> AsyncIterator[bytes]:
    if pause is None:
        yield body
        return
    for at in range(len(body)):
        yield body[at : at + 1]
        await asyncio.sleep(pause)
