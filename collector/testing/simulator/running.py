"""A simulator on a real socket, in a thread of the test that asks it."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn

from collector.testing.simulator.simulator import Simulator
from collector.testing.simulator.tls import Authority

START_SECONDS = 10.0
LOOKS_EVERY = 0.005
END_SECONDS = 1.0
"""What requests under way are given at the end."""


class _Server(uvicorn.Server):
    """Ends as soon as it is told to: uvicorn's own takes a fifth of a second, and a suite has hundreds."""

    async def main_loop(self) -> None:
        await self.on_tick(0)
        while not self.should_exit:  # noqa: ASYNC110 - it is set by another thread
            await asyncio.sleep(LOOKS_EVERY)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        del sockets  # whoever made them closes them
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        begun = time.monotonic()
        while self.server_state.connections and time.monotonic() - begun < END_SECONDS:  # noqa: ASYNC110 - uvicorn tells nobody
            await asyncio.sleep(LOOKS_EVERY)
        for task in self.server_state.tasks:
            task.cancel()


@dataclass(frozen=True)
class Running:
    """One that answers at `url`."""

    simulator: Simulator
    url: str
    ca_file: str | None = None

    @property
    def settings(self) -> dict[str, Any]:
        """Those of a source that reads it."""
        return settings_of(self.simulator, self.url, self.ca_file)


@contextmanager
def running(simulator: Simulator, *, tls: Authority | None = None) -> Iterator[Running]:
    """Answer until the end of the block."""
    listener = listening("127.0.0.1", 0)
    server = _Server(configured(simulator, tls))
    thread = threading.Thread(target=server.run, args=([listener],), name=f"simulator {simulator.connector}")
    thread.start()
    try:
        begun = time.monotonic()
        while not server.started:
            if not thread.is_alive() or time.monotonic() - begun > START_SECONDS:
                raise RuntimeError("the simulator does not start")
            time.sleep(0.005)
        yield Running(simulator, url_of(listener, tls), None if tls is None else str(tls.ca_file))
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def listening(host: str, port: int) -> socket.socket:
    """A socket that takes connections already."""
    made = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=128)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # inherited; else each answer takes 40 ms longer
    made.setblocking(False)
    return made


def url_of(listener: socket.socket, tls: Authority | None) -> str:
    """Where it is reached."""
    host, port, *_ = listener.getsockname()
    return f"{'http' if tls is None else 'https'}://{f'[{host}]' if ':' in host else host}:{port}"


def settings_of(simulator: Simulator, url: str, ca_file: str | None) -> dict[str, Any]:
    """Those of a source that reads it, with the authority to trust."""
    return simulator.settings(url) | ({} if ca_file is None else {"ca_file": ca_file})


def configured(simulator: Simulator, tls: Authority | None) -> uvicorn.Config:
    """How uvicorn serves it: silently, with the Date that the simulator wants."""
    return uvicorn.Config(
        simulator.app, log_config=None, log_level="critical", access_log=False, lifespan="off", ws="none",
        date_header=False, server_header=False, timeout_graceful_shutdown=1,
        ssl_certfile=None if tls is None else str(tls.certificate), ssl_keyfile=None if tls is None else str(tls.key),
    )  # fmt: skip
