"""A small business in files: a configuration, CSV sources, and what the KPIs make of them."""

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml

from collector.cli import invoke
from collector.clock import SystemClock
from collector.kpi.catalogue import known_kpis
from collector.kpi.engine import Engine
from collector.kpi.evaluation import evaluate
from collector.kpi.memory import Memory
from collector.kpi.values import Kpi, ProjectValues, Value
from collector.plugin.discovery import discover
from collector.settings.load import load
from collector.store import configured, streams
from collector.store.connect import open_store

SHAPES: Mapping[str, Mapping[str, Any]] = {
    "deal": {
        "record": "deal",
        "columns": {"id": "id", "closed_at": "won", "amount": "amount", "customer_id": "customer"},
        "constants": {"status": "won"},
        "complete_through": "yesterday",
    },
    "lead": {
        "record": "lead",
        "columns": {"id": "id", "created_at": "created", "status": "status"},
        "complete_through": "yesterday",
    },
}


@dataclass
class Business:
    """Files in a folder; `sources` maps a name to its settings."""

    folder: Path
    settings: dict[str, Any] = field(default_factory=lambda: {"currency": "EUR", "margin": {"default": "0.5"}})
    sources: dict[str, dict[str, Any]] = field(default_factory=dict)

    def facts(self, name: str, text: str, **settings: Any) -> None:
        """A source of facts; the header names day, measures and dimensions."""
        columns = {column: column for column in text.split(maxsplit=1)[0].split(",")}
        self._source(name, text, {"record": "fact", "columns": columns}, settings)

    def deals(self, text: str, *, name: str = "crm", **settings: Any) -> None:
        """Won deals: id,won,amount,customer."""
        self._source(name, text, SHAPES["deal"], settings)

    def leads(self, text: str, *, name: str = "forms", **settings: Any) -> None:
        """Leads: id,created,status."""
        self._source(name, text, SHAPES["lead"], settings)

    def _source(self, name: str, text: str, shape: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
        lines = "\n".join(line.strip() for line in text.strip().splitlines())
        self.write(f"{name}.csv", lines + "\n")
        self.sources[name] = {"connector": "csv", "path": f"{name}.csv", **shape, **settings}

    def write(self, name: str, text: str) -> None:
        """A file that nobody is writing to any more."""
        path = self.folder / name
        path.write_text(text)
        quiet = SystemClock().now().timestamp() - 3600
        os.utime(path, (quiet, quiet))

    @property
    def config(self) -> Path:
        """The configuration, as it stands now."""
        path = self.folder / "collector.yml"
        said = {"store": "sqlite:///store.db", **self.settings, "sources": self.sources}
        path.write_text(yaml.safe_dump(said, allow_unicode=True))
        return path

    def poll(self) -> None:
        """Read all files."""
        assert invoke(["--config", str(self.config), "--log.level", "error", "poll", "--all"]) == 0

    def evaluate(
        self,
        *kpis: str,
        at: str | None = None,
        now: str | None = None,
        windows: Sequence[str] | None = None,
        by: Sequence[str] = (),
        states: Mapping[str, Mapping[str, Any]] | None = None,
        listed: bool = True,
        memory: Memory | None = None,
    ) -> ProjectValues:
        """Values of KPIs; `states` changes what the store says of a source's stream."""
        plugins = discover()
        config = load(self.config, plugins=plugins, environ={}, clock=SystemClock())
        project = config.projects["default"]
        known = known_kpis(config, project, plugins.kpis)
        store = open_store(config.store)
        configured.apply(store, config)
        configured.keep_up(store, config)
        with store.read() as tx:
            found = {(key[1], key[2]): state for key, state in streams.states(tx).items()}
            for source, changes in (states or {}).items():
                found[source, "rows"] = replace(found[source, "rows"], **changes)
            values = evaluate(
                tx,
                project,
                kpis=[kpi for name in kpis for kpi in known.named(name)] if kpis else known.kpis.values(),
                measures=config.measures,
                states=found,
                now=SystemClock().now() if now is None else datetime.fromisoformat(now).replace(tzinfo=UTC),
                at=None if at is None else date.fromisoformat(at),
                windows=windows,
                by=by,
                unconfigured=listed,
                memory=memory,
            )
        store.close()
        return values

    @contextmanager
    def engine(
        self,
        kpi: str,
        *,
        at: str | None = None,
        now: str | None = None,
        states: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> Iterator[tuple[Engine, Kpi]]:
        """The engine, and a KPI to ask it for; `states` changes what the store says of a source's stream."""
        plugins = discover()
        config = load(self.config, plugins=plugins, environ={}, clock=SystemClock())
        project = config.projects["default"]
        (wanted,) = known_kpis(config, project, plugins.kpis).named(kpi)
        store = open_store(config.store)
        configured.apply(store, config)
        configured.keep_up(store, config)
        with store.read() as tx:
            found = {(key[1], key[2]): state for key, state in streams.states(tx).items()}
            for source, changes in (states or {}).items():
                found[source, "rows"] = replace(found[source, "rows"], **changes)
            yield (
                Engine(
                    tx,
                    project,
                    kpis=[wanted],
                    measures=config.measures,
                    states=found,
                    now=SystemClock().now() if now is None else datetime.fromisoformat(now).replace(tzinfo=UTC),
                    at=None if at is None else date.fromisoformat(at),
                ),
                wanted,
            )
        store.close()

    def value(self, kpi: str, window: str, **asked: Any) -> Value:
        """One whole value."""
        (found,) = self.evaluate(kpi, windows=[window], **asked).values
        return found

    def by(self, kpi: str, window: str, dimension: str, **asked: Any) -> dict[str | None, Decimal | None]:
        """A break-down: value by member."""
        found = self.evaluate(kpi, windows=[window], by=[dimension], **asked).values
        return {value.member: value.value for value in found if value.dimension == dimension}


@pytest.fixture
def business(tmp_path: Path) -> Business:
    return Business(tmp_path)


@pytest.fixture(scope="session")
def kpi_collector() -> Callable[..., str]:
    """The program in this process: its standard output, once its exit code was the expected one."""

    def called(*arguments: object, code: int = 0) -> str:
        out = StringIO()
        with redirect_stdout(out):
            found = invoke(["--log.level", "error", *map(str, arguments)])
        assert found == code, (arguments, out.getvalue())
        return out.getvalue()

    return called


@pytest.fixture
def explain(business: Business, kpi_collector: Callable[..., str]) -> Callable[..., dict[str, Any]]:
    """One explanation as data, of the files as they are."""

    def told(kpi: str, *arguments: str, at: str | None = "2026-10-07", window: str = "7d") -> dict[str, Any]:
        business.poll()
        day = [] if at is None else ["--at", at]
        asked = ["explain", kpi, "--window", window, *day, *arguments, "--format", "json"]
        (line,) = kpi_collector("--config", business.config, "kpi", *asked).splitlines()
        found: dict[str, Any] = json.loads(line)
        return found

    return told


@pytest.fixture
def text(business: Business, kpi_collector: Callable[..., str]) -> Callable[..., str]:
    """The same, as people read it; no-break spaces as plain ones."""

    def told(kpi: str, *arguments: str) -> str:
        business.poll()
        asked = ["explain", kpi, "--window", "7d", "--at", "2026-10-07", *arguments]
        return kpi_collector("--config", business.config, "kpi", *asked).replace("\u00a0", " ")

    return told


def lacks(found: Mapping[str, Any]) -> list[str]:
    """What an explanation says that is missing."""
    return [each["text"] for each in found["missing"]]
