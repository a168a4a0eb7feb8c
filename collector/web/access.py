"""Before the application: the rate limit, basic auth, and the headers of the web configuration file.

Every address is behind it, the probes too. Plain ASGI, as /metrics is.
"""

from datetime import timedelta

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from collector.settings.web_file import RateLimit, WebFile
from collector.web.passwords import Passwords, TooManyWaiting, credentials
from collector.web.protection import Protection

_UNKNOWN = "Who are you? Name and password, please.\n"
_TOO_MANY = "Too many requests; try again soon.\n"
_BUSY = "Too many passwords are being checked; try again soon.\n"
_CHALLENGE = {"WWW-Authenticate": 'Basic realm="kpi-collector", charset="UTF-8"'}
_LATER = {"Retry-After": "1"}


class Access:
    """An application that answers those whom the web configuration lets in."""

    def __init__(self, app: ASGIApp, protection: Protection) -> None:
        self._app = app
        self._protection = protection
        self._passwords = Passwords()
        self._bucket = Bucket(RateLimit())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        file = (await self._protection.now()).file

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start" and file.headers:
                MutableHeaders(scope=message).update(file.headers)
            await send(message)

        refusal = await self._refusal(scope, file)
        if refusal is None:
            await self._app(scope, receive, with_headers)
        else:
            await _refuse(scope, with_headers, *refusal)

    async def _refusal(self, scope: Scope, file: WebFile) -> tuple[int, str, dict[str, str]] | None:
        """Status, text and headers for whom no answer is; None for others."""
        if self._bucket.limit != file.rate_limit:
            self._bucket = Bucket(file.rate_limit)
        if not self._bucket.take(self._protection.clock.monotonic()):
            return 429, _TOO_MANY, _LATER
        if not file.basic_auth_users:
            return None
        given = credentials(next((value for name, value in scope["headers"] if name == b"authorization"), None))
        try:
            if given is not None and await self._passwords.right(file.basic_auth_users, given):
                return None
        except TooManyWaiting:
            return 503, _BUSY, _LATER
        return 401, _UNKNOWN, _CHALLENGE


class Bucket:
    """Tokens that fill up with time; a request takes one."""

    def __init__(self, limit: RateLimit) -> None:
        self.limit = limit
        self._tokens = float(limit.burst)
        self._at: float | None = None

    def take(self, now: float) -> bool:
        """Whether there was a token left at `now`, in seconds."""
        if not self.limit.interval:
            return True
        passed = timedelta(seconds=now - (now if self._at is None else self._at))
        self._tokens = min(float(self.limit.burst), self._tokens + passed / self.limit.interval)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


async def _refuse(scope: Scope, send: Send, status: int, text: str, more: dict[str, str]) -> None:
    body = text.encode()
    headers = {
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Length": str(len(body)),
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        **more,
    }
    told = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": told})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
