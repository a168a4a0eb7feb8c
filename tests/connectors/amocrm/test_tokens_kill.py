"""kill -9 and SIGSTOP at random instants while several processes ask an account with single-use refresh tokens.

Access may be lost only where nobody could keep it: a process was killed between the vendor's
answer and its own commit.
"""

import asyncio
import json
import random
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from collector.plugin.credentials import EARLY
from collector.polling.job import reading
from collector.polling.owners import owner_of
from collector.store import tokens as kept_tokens
from collector.store.connect import open_store
from collector.testing.simulator import World, running
from connectors.amocrm.plugin import AmoCrm
from connectors.amocrm.simulator import AmocrmSimulator, tokens
from connectors.amocrm.simulator.sign_in import TOKEN_PATH
from tests.connectors.amocrm.spender import connected, source_of
from tests.polling.test_credentials_kill import LEASE, ROOT, SLOW, Crowd

SHORT = EARLY + timedelta(seconds=1)


class SlowAmocrm(AmocrmSimulator):
    """It takes its time before and after it decides, and remembers who spent a token last."""

    def __init__(self, seed: int) -> None:
        super().__init__(World(days=1))
        self.limits = []
        self.chance = random.Random(seed)
        self.last_spender = ""

    def routes(self) -> Sequence[Route]:
        return [
            Route(each.path, self._slow(each.endpoint), methods=["POST"]) if each.path == TOKEN_PATH else each
            for each in super().routes()
        ]

    def _slow(self, endpoint: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            await asyncio.sleep(self.chance.random() * SLOW)
            made = await endpoint(request)
            if made.status_code == 200:
                self.last_spender = request.headers.get("x-spender", "")
            await asyncio.sleep(self.chance.random() * SLOW)
            return made

        return answer

    @property
    def used_again(self) -> int:
        return len(self.tokens.spent) - len(set(self.tokens.spent))


class Workers(Crowd):
    """Processes that poll one account by one store."""

    def __init__(
        self, folder: Path, simulator: SlowAmocrm, url: str, seed: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.chance = random.Random(seed)
        self.simulator, self.monkeypatch = simulator, monkeypatch
        self.settings = simulator.oauth_settings(url)
        self.address = f"sqlite:///{folder}/collector.db"
        self.store = open_store(self.address)
        self.killed, self.processes = set(), []
        self.sign_in()

    def sign_in(self) -> None:
        """As `kpi-collector auth` does."""

        async def consent() -> None:
            client, access = connected(self.address, self.settings, LEASE)
            grant = AmoCrm.grant(client._connector)  # type: ignore[arg-type]
            assert grant is not None
            answer = {"code": self.simulator.code(), "referer": self.settings["account"]}
            await access.accept(await grant.exchange(client.for_tokens(), answer, redirect_uri=None))
            await client.close()

        asyncio.run(consent())

    def start(self) -> None:
        command = [sys.executable, "-m", "tests.connectors.amocrm.spender", self.address, str(LEASE)]
        process = subprocess.Popen(
            [*command, json.dumps(self.settings)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n", process.communicate()[1]
        self.processes.append(process)

    def settle(self) -> None:
        self.monkeypatch.setattr(tokens, "LIFETIME", timedelta(days=1))
        self.vendor: Any = self.simulator
        super().settle()

    def found(self) -> kept_tokens.Kept | None:
        source = source_of(self.settings)
        grant = AmoCrm(source.settings, source.context, None).grant()  # type: ignore[arg-type]
        assert grant is not None
        return reading(self.store, lambda tx: kept_tokens.kept(tx, owner_of(source, grant)))


@contextmanager
def working(folder: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workers]:
    monkeypatch.setattr(tokens, "LIFETIME", SHORT)
    simulator = SlowAmocrm(seed)
    with running(simulator) as found:
        workers = Workers(folder, simulator, found.url, seed, monkeypatch)
        workers.start()
        workers.start()
        workers.some_time()
        yield workers
        workers.store.close()


def kill_some(folder: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with working(folder, seed, monkeypatch) as workers:
        workers.kill()
        workers.start()
        workers.settle()
        vendor = workers.simulator
        if vendor.tokens.knows_refresh(workers.kept_refresh()):
            assert workers.kept().refused_at is None
            assert vendor.used_again == 0
        else:  # lost: by the one that was killed, and a person is asked for
            assert vendor.last_spender in workers.killed
            assert workers.kept().refused_at is not None
            assert vendor.used_again == 1


def stop_some(folder: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with working(folder, seed, monkeypatch) as workers:
        workers.stand_still(workers.chance.choice([0.2, 1.2, 1.7]) * LEASE)
        workers.settle()
        assert workers.simulator.tokens.knows_refresh(workers.kept_refresh())  # nobody died: nothing is lost
        assert workers.kept().refused_at is None


def test_a_kill_loses_access_only_between_answer_and_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kill_some(tmp_path, 1, monkeypatch)


def test_a_process_that_stands_still_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stop_some(tmp_path, 1, monkeypatch)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 150))
def test_fifty_kills(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    kill_some(tmp_path, seed, monkeypatch)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(200, 250))
def test_fifty_pauses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    stop_some(tmp_path, seed, monkeypatch)
