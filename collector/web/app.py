"""Every address that the daemon answers, put together.

/metrics goes past the framework; the rest is Starlette. A request reads the current
snapshot; only one for values of past days has the daemon look into the store.
"""

from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from collector.web import api
from collector.web.metrics import Metrics, Receive, Scope, Send
from collector.web.scoreboard import Scoreboard
from collector.web.state import ReloadRefused, WebState, waiting_for

_PLAIN_WORDS = {
    404: "There is nothing at {path}. The scoreboard is at {root}, the metrics are at {root}metrics.",
    405: "{method} is not possible at {path}.",
}
_SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}


class App:
    """The daemon's HTTP face, an ASGI application."""

    def __init__(self, state: WebState, prefix: str) -> None:
        self._metrics_path = f"{prefix}/metrics"
        self._metrics = Metrics(state)
        self._rest = _starlette(state, prefix)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and scope["path"] == self._metrics_path:
            await self._metrics(scope, receive, send)
            return

        async def guarded(message: Any) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._rest(scope, receive, guarded)


def make_app(state: WebState, *, route_prefix: str = "/") -> App:
    """The application, with everything under `route_prefix`."""
    inner = route_prefix.strip("/")
    return App(state, f"/{inner}" if inner else "")


def _starlette(state: WebState, prefix: str) -> Starlette:
    async def healthy(_: Request) -> Response:
        return PlainTextResponse("Healthy.\n")

    async def ready(_: Request) -> Response:
        reason = waiting_for(state)
        if reason is None:
            return PlainTextResponse("Ready.\n")
        return PlainTextResponse(f"Not ready: {reason}.\n", status_code=503)

    async def reload(_: Request) -> Response:
        return await _reload(state)

    routes: list[BaseRoute] = [
        Route("/", Scoreboard(state).page),
        Route("/-/healthy", healthy),
        Route("/-/ready", ready),
        Route("/-/reload", reload, methods=["POST", "PUT"]),
        *api.routes(state),
    ]

    async def refused(request: Request, error: Exception) -> Response:
        return _error(request, error, f"{prefix}/")

    handlers: dict[Any, Any] = {HTTPException: refused}
    return Starlette(routes=[Mount(prefix, routes=routes)] if prefix else routes, exception_handlers=handlers)


async def _reload(state: WebState) -> Response:
    if not state.lifecycle:
        return PlainTextResponse(
            "Reloading over HTTP is switched off. Start with --web.enable-lifecycle, or send SIGHUP.\n", status_code=403
        )
    try:
        await state.reload()
    except ReloadRefused as error:
        return PlainTextResponse(f"Nothing was reloaded, the former configuration stays.\n{error}\n", status_code=500)
    return PlainTextResponse("Reloaded.\n")


def _error(request: Request, error: Exception, root: str) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    said = str(error.detail) if isinstance(error, HTTPException) else "Internal error."
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    path = request.url.path
    if status in _PLAIN_WORDS and said in ("Not Found", "Method Not Allowed"):
        said = _PLAIN_WORDS[status].format(path=path, root=root, method=request.method)
    if path.startswith(f"{root}api/"):
        return JSONResponse({"error": said}, status_code=status, headers=headers)
    return PlainTextResponse(f"{said}\n", status_code=status, headers=headers)
