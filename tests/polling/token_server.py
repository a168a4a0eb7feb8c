"""The vendor of `vendor` as a real server: a token endpoint, a consent page that answers at once, a way to revoke."""

import asyncio
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.polling.token_vendor import Vendor


class TokenServer:
    """A vendor that is reached by HTTP; it takes up to `slow` seconds before and after it decides."""

    def __init__(self, vendor: Vendor, *, slow: float = 0.0, seed: int = 0) -> None:
        self.vendor = vendor
        self.slow = slow
        self.url = ""
        self._chance = random.Random(seed)
        routes = [
            Route("/oauth2/access_token", self._token, methods=["POST"]),
            Route("/oauth", self._consent),
            Route("/oauth2/revoke", self._revoke, methods=["POST"]),
        ]
        self._server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), port=0, log_level="critical"))

    async def _token(self, request: Request) -> Response:
        asked: dict[str, Any] = await request.json()
        await asyncio.sleep(self._chance.random() * self.slow)
        status, body = self.vendor.answer(asked, spender=request.headers.get("x-spender", ""))
        await asyncio.sleep(self._chance.random() * self.slow)
        return JSONResponse(body, status_code=status)

    async def _consent(self, request: Request) -> Response:
        answer = {"code": self.vendor.code(), "state": request.query_params["state"]}
        return RedirectResponse(f"{request.query_params['redirect_uri']}?{urlencode(answer)}")

    async def _revoke(self, request: Request) -> Response:
        if self.vendor.is_down:
            return JSONResponse({}, status_code=503)
        self.vendor.revoked.append((await request.json())["token"])
        return JSONResponse({})

    def start(self) -> None:
        thread = threading.Thread(target=self._server.run, daemon=True)
        thread.start()
        while not self._server.started:
            time.sleep(0.01)
        self.url = f"http://127.0.0.1:{self._server.servers[0].sockets[0].getsockname()[1]}"

    def stop(self) -> None:
        self._server.should_exit = True


@contextmanager
def serving(vendor: Vendor, **more: Any) -> Iterator[TokenServer]:
    server = TokenServer(vendor, **more)
    server.start()
    try:
        yield server
    finally:
        server.stop()
