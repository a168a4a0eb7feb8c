"""Strangers' packages, installed by pip beside the project, and Acme's API on this machine."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

HERE = Path(__file__).parent
KEY = "acme-k3y-c4n4ry"
ROWS_OF_A_PAGE = 50
DAYS_OF_ORDERS = 250


class AcmeApi(BaseHTTPRequestHandler):
    """Two channels of 10 and 30 visits and 10 demos a day; one order of 140 EUR a day."""

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        if asked.get("key") != KEY:
            self._answer(401, {"error": "unknown key"})
            return
        rows, name = {
            "/v1/visits": (self._visits, "visits"),
            "/v1/orders": (self._orders, "orders"),
            "/v1/order-ids": (self._ids, None),
        }[url.path]
        first = (int(asked["page"]) - 1) * ROWS_OF_A_PAGE
        page = rows(asked)[first : first + ROWS_OF_A_PAGE]
        self._answer(200, page if name is None else {name: page})

    def _visits(self, asked: dict[str, str]) -> list[Any]:
        first, last = date.fromisoformat(asked["since"]), date.fromisoformat(asked["until"])
        days = [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]
        channels = [("Direct", 10, 0), ("Email", 30, 0), (None, 40, 10)]
        return [
            {"date": day, "channel": channel, "visits": visits, "demos": demos}
            for day in days
            for channel, visits, demos in channels
        ]

    def _orders(self, asked: dict[str, str]) -> list[Any]:
        return [order(day) for day in days_of_orders() if day.toordinal() > int(asked["above"])]

    def _ids(self, _: dict[str, str]) -> list[Any]:
        return [day.toordinal() for day in days_of_orders()]

    def _answer(self, status: int, body: object) -> None:
        told = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


def days_of_orders() -> list[date]:
    today = datetime.now(UTC).date()  # the daemon under test tells the time for itself
    return [today - timedelta(days=back) for back in reversed(range(DAYS_OF_ORDERS))]


def order(day: date) -> dict[str, Any]:
    at = f"{day}T00:00:00Z"
    number = day.toordinal()
    buyer = f"contact:{number % 9}"
    return {
        "number": number, "created": at, "changed": at, "paid": at, "total": "140.00", "currency": "EUR", "buyer": buyer
    }  # fmt: skip


@pytest.fixture
def acme_api() -> Iterator[str]:
    """The base URL of Acme's API."""
    with ThreadingHTTPServer(("127.0.0.1", 0), AcmeApi) as server:
        serving = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        serving.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        serving.join()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Installs packages of this folder with pip, copied outside the tree; where they are then."""
    installed: dict[tuple[str, ...], Path] = {}

    def install(*names: str) -> Path:
        if names not in installed:
            folder = tmp_path_factory.mktemp("third-party")
            copies = [shutil.copytree(HERE / name, folder / name) for name in names]
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index"]
            how = ["--no-deps", "--no-build-isolation", "--target", str(folder / "site")]
            if copies:
                subprocess.run([*pip, *how, *map(str, copies)], check=True, stdin=subprocess.DEVNULL)
            installed[names] = folder / "site"
        return installed[names]

    return install


@dataclass(frozen=True)
class Machine:
    """A folder to work in, where some packages are installed beside kpi-collector."""

    folder: Path
    environment: dict[str, str]

    def configure(self, text: str) -> None:
        (self.folder / "collector.yml").write_text(text, encoding="utf-8")

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            self._command(arguments), **self._place(), capture_output=True, text=True, check=False, timeout=120
        )

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(self._command(arguments), **self._place(), stderr=subprocess.PIPE, text=True)

    def _command(self, arguments: tuple[str, ...]) -> list[str]:
        return [str(Path(sys.executable).with_name("kpi-collector")), *arguments]

    def _place(self) -> dict[str, Any]:
        return {"cwd": self.folder, "env": self.environment, "stdin": subprocess.DEVNULL}


@pytest.fixture
def machine(site: Callable[..., Path], tmp_path: Path) -> Callable[..., Machine]:
    """A machine where the named packages are installed."""

    def with_packages(*names: str) -> Machine:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("KPI_COLLECTOR_")}
        return Machine(tmp_path, {**inherited, "PYTHONPATH": str(site(*names)), "ACME_KEY": KEY})

    return with_packages
