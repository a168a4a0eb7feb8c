"""A reload looks only at what changed: counted."""

import asyncio
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from collector.clock import SystemClock
from collector.daemon import Daemon, set_up
from collector.plugin.discovery import discover
from collector.settings.load import load
from collector.snapshot.gather import Setup
from collector.store import configured
from collector.store.connect import open_store

SOURCE = "  s{n}: {{connector: csv, record: {record}, path: s{n}.csv, columns: {{{columns}}}, {more}}}\n"
DEALS = "customer_id: c, closed_at: d, amount: a"
FACTS = "day: d, spend: a"


def write(folder: Path, *, interval: int = 8, margin: str = "0.5", without: int | None = None) -> None:
    sources = "".join(
        SOURCE.format(
            n=n,
            record="deal" if n % 2 else "fact",
            columns=DEALS if n % 2 else FACTS,
            more=("constants: {status: won}" if n % 2 else "constants: {currency: EUR}")
            + (f", interval: {interval}m" if n in (3, 4) else ""),
        )
        for n in range(20)
        if n != without
    )
    text = f"currency: EUR\nstore: sqlite:///c.db\nmargin: {{default: {margin}}}\nkpis: [spend]\nsources:\n{sources}"
    (folder / "collector.yml").write_text(text)


def test_a_reload_looks_at_the_sources_that_changed_and_keeps_the_connections_of_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugins = discover()
    looks: Counter[str] = Counter()

    def counting(name: str) -> None:
        real: Any = getattr(configured, name)

        def counted(*arguments: Any) -> Any:
            looks[name] += 1
            return real(*arguments)

        monkeypatch.setattr(configured, name, counted)

    counting("keep_system")
    counting("refresh")

    def read() -> Setup:
        path = tmp_path / "collector.yml"
        return set_up(load(path, plugins=plugins, environ=os.environ, clock=SystemClock()), plugins)

    write(tmp_path)
    setup = read()
    daemon = Daemon(open_store(setup.config.store), setup, read, SystemClock())

    async def adopted(**changes: Any) -> tuple[dict[str, int], int]:
        """What was looked at, and how many connections were kept."""
        looks.clear()
        write(tmp_path, **changes)
        before = dict(daemon._connections)
        await daemon._adopt(read())
        return dict(looks), sum(daemon._connections.get(key) is each for key, each in before.items())

    async def scene() -> None:
        assert await adopted() == ({"keep_system": 10, "refresh": 10}, 0)
        assert await adopted() == ({}, 20)
        assert await adopted(interval=9) == ({"keep_system": 1, "refresh": 1}, 18)
        assert await adopted(interval=9, margin="0.4") == ({"keep_system": 10, "refresh": 10}, 20)
        assert await adopted(interval=9, margin="0.4", without=7) == ({}, 19)

    asyncio.run(scene())
