"""The two servers that `scrape` compares, each a process of its own: `python -m bench.scrape_server ours 1000`.

Both run on the same HTTP server. Besides /metrics they tell their own CPU seconds at /cpu;
ours makes snapshots without end, in a thread, between /busy and /idle.
"""

import asyncio
import sys
import threading
import time
from typing import Any

from prometheus_client import make_asgi_app

from bench.series import as_registry, changed, inputs, values
from collector.kpi.history import Point
from collector.snapshot.build import build
from collector.snapshot.history import Asked
from collector.snapshot.snapshot import Snapshot
from collector.web.app import make_app
from collector.web.metrics import Receive, Scope, Send
from collector.web.server import Server, bind


class State:
    """A daemon that has made its snapshot, and makes more of them when it is told to be busy."""

    not_ready = None
    lifecycle = False

    def __init__(self, series: int) -> None:
        self._series = series
        self._values = values(series)
        self._busy = threading.Event()
        self.snapshot: Snapshot | None = build(None, inputs(self._values, series=series))
        threading.Thread(target=self._work, daemon=True).start()

    async def reload(self) -> None:
        return

    async def history(self, asked: Asked) -> list[Point]:
        del asked
        return []

    def busy(self, on: bool) -> None:
        (self._busy.set if on else self._busy.clear)()

    def _work(self) -> None:
        while self._busy.wait():
            self.snapshot = build(None, inputs(self._values, series=self._series))
            self._values = changed(self._values)
            self.snapshot = build(self.snapshot, inputs(self._values, series=self._series))


class Measured:
    """An application that also tells the process's CPU time."""

    def __init__(self, app: Any, state: State | None) -> None:
        self._app = app
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/metrics":
            await self._app(scope, receive, send)
            return
        if self._state is not None and scope["path"] in ("/busy", "/idle"):
            self._state.busy(scope["path"] == "/busy")
        answer = repr(time.process_time()).encode()
        headers = [(b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})


async def main(side: str, series: int) -> None:
    if side == "ours":
        state = State(series)
        app = Measured(make_app(state), state)
    else:
        app = Measured(make_asgi_app(as_registry(values(series))), None)
    sock = bind("127.0.0.1:0")
    print(sock.getsockname()[1], flush=True)
    await Server(app, sock).run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
