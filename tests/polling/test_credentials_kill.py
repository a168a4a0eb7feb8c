"""kill -9 and SIGSTOP at random instants while several processes renew one token.

The vendor lets an access token live for a second, so that somebody is always renewing.
Access may be lost only where nobody could keep it: a process was killed between the
vendor's answer and its own commit.
"""

import os
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collector.plugin.credentials import EARLY
from collector.polling.job import reading
from collector.polling.owners import owner_of
from collector.polling.sealing import Box, read
from collector.store import tokens
from collector.store.connect import Store, open_store
from tests.polling.test_credentials import make_source
from tests.polling.token_server import TokenServer, serving
from tests.polling.token_vendor import Vendor, grant

ROOT = Path(__file__).parents[2]
LEASE = 2.4
SLOW = 0.15
LIFETIME = (EARLY + timedelta(seconds=0.2)).total_seconds()


class Crowd:
    """Processes that use one token of one store."""

    def __init__(self, folder: Path, server: TokenServer, seed: int) -> None:
        self.chance = random.Random(seed)
        self.server = server
        self.vendor = server.vendor
        self.refresh = self.vendor.first()
        self.store: Store = open_store(f"sqlite:///{folder}/collector.db")
        self.killed: set[str] = set()
        self.processes: list[subprocess.Popen[str]] = []

    def start(self) -> None:
        command = [sys.executable, "-m", "tests.polling.spender", str(self.store.engine.url), self.server.url]
        process = subprocess.Popen(
            [*command, self.refresh, str(LEASE)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n", process.communicate()[1]
        self.processes.append(process)

    def some_time(self) -> None:
        time.sleep(self.chance.random() * 0.6)

    def kill(self) -> None:
        process = self.processes.pop(self.chance.randrange(len(self.processes)))
        self._kill(process)

    def _kill(self, process: "subprocess.Popen[str]") -> None:
        self.killed.add(str(process.pid))
        process.kill()
        process.communicate()

    def stand_still(self, seconds: float) -> None:
        process = self.chance.choice(self.processes)
        os.kill(process.pid, signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(process.pid, signal.SIGCONT)

    def settle(self) -> None:
        """Until all have come to rest with one token (or without), then end them."""
        self.vendor.lifetime = 86_400
        until = time.monotonic() + 8 * LEASE
        while time.monotonic() < until and not self._is_quiet():
            time.sleep(0.1)
        for process in self.processes:
            self._end(process)

    def _is_quiet(self) -> bool:
        """Whether there is a token that lasts, or a person is asked for; and nobody is at work."""
        kept = self.found()
        if kept is None or kept.lease is not None:
            return False
        lasts = kept.expires_at is not None and kept.expires_at > datetime.now(UTC) + timedelta(hours=1)
        return lasts or kept.refused_at is not None

    def _end(self, process: "subprocess.Popen[str]") -> None:
        process.kill()
        said, told = process.communicate()
        assert "Traceback" not in told, told
        assert set(said.split()) <= {"used", "credentials_refused", "temporary"}

    def found(self) -> tokens.Kept | None:
        owner = owner_of(make_source(), grant(self.refresh, url=f"{self.server.url}/oauth2/access_token"))
        return reading(self.store, lambda tx: tokens.kept(tx, owner))

    def kept(self) -> tokens.Kept:
        kept = self.found()
        assert kept is not None
        return kept

    def kept_refresh(self) -> str | None:
        kept = self.kept()
        if kept.body is None:
            return None
        text, _ = Box((), b"").open(kept.body, sealed=kept.sealed, source="crm")
        refresh = read(text).refresh
        return None if refresh is None else refresh.get_secret_value()


def kill_some(folder: Path, seed: int) -> None:
    with serving(Vendor(lifetime=LIFETIME), slow=SLOW, seed=seed) as server:
        crowd = Crowd(folder, server, seed)
        for _ in range(2):
            crowd.start()
        crowd.some_time()
        crowd.kill()
        crowd.start()
        crowd.settle()
        vendor = server.vendor
        if crowd.kept_refresh() == vendor.current:
            assert crowd.kept().refused_at is None
            assert vendor.used_again == 0
        else:  # lost: by the one that was killed, and a person is asked for
            assert vendor.last_spender in crowd.killed
            assert crowd.kept().refused_at is not None
            assert vendor.used_again == 1
        crowd.store.close()


def stop_some(folder: Path, seed: int) -> None:
    with serving(Vendor(lifetime=LIFETIME), slow=SLOW, seed=seed) as server:
        crowd = Crowd(folder, server, seed)
        for _ in range(2):
            crowd.start()
        crowd.some_time()
        crowd.stand_still(crowd.chance.choice([0.2, 1.2, 1.7]) * LEASE)
        crowd.settle()
        assert crowd.kept_refresh() == server.vendor.current  # nobody died: nothing is lost
        assert crowd.kept().refused_at is None
        crowd.store.close()


def test_two_processes_that_nobody_disturbs_spend_no_token_twice(tmp_path: Path) -> None:
    with serving(Vendor(lifetime=LIFETIME), slow=SLOW) as server:
        crowd = Crowd(tmp_path, server, 1)
        for _ in range(3):
            crowd.start()
        time.sleep(2)
        crowd.settle()
        assert server.vendor.used_again == 0
        assert len(server.vendor.spends) > 3
        assert crowd.kept_refresh() == server.vendor.current
        crowd.store.close()


@pytest.mark.parametrize("seed", range(2))
def test_a_kill_loses_access_only_between_answer_and_commit(tmp_path: Path, seed: int) -> None:
    kill_some(tmp_path, seed)


@pytest.mark.parametrize("seed", range(2))
def test_a_process_that_stands_still_loses_nothing(tmp_path: Path, seed: int) -> None:
    stop_some(tmp_path, seed)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1000, 1200))
def test_two_hundred_kills_lose_access_only_between_answer_and_commit(tmp_path: Path, seed: int) -> None:
    kill_some(tmp_path, seed)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(2000, 2200))
def test_two_hundred_pauses_lose_nothing(tmp_path: Path, seed: int) -> None:
    stop_some(tmp_path, seed)
