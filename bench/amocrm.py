"""An import from amoCRM: how near it comes to the vendor's limit, and what it holds while it reads.

The time is that of the real engine and a real socket: of a few deals on the machine's clock, of
many on one that moves only while the engine waits, with the machine's work beside it. The memory
is that of the stream alone, before a vendor who makes its answers up: so many rows fit nowhere.
"""

import asyncio
import gc
import tempfile
import time
import tracemalloc
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bench.amocrm_vendor import Endless
from bench.table import Table
from collector.clock import SystemClock
from collector.plugin import SourceContext
from collector.plugin.discovery import ConnectorInfo
from collector.plugin.window import Since
from collector.polling.connections import connect_source
from collector.polling.job import Job
from collector.polling.network import open_network
from collector.polling.runner import Poller, poll_to_the_end
from collector.settings.model import Config, Project, Source, WebSettings
from collector.store import configured
from collector.store.connect import open_store
from collector.store.locks import PollLocks
from collector.testing.conformance.ground import Plot
from collector.testing.conformance.trial import Trial
from collector.testing.simulator import World, running
from collector.vocabulary.measures import all_measures
from connectors.amocrm.plugin import AmoCrm
from connectors.amocrm.simulator import AmocrmSimulator

DEALS = 1_500
MANY_DEALS = 50_000
A_SECOND = 5.0
"""What the vendor allows of an integration, 7, less what the contract sheet and the reserve keep back."""

HELD = (10_000, 100_000, 500_000)
"""The most is held with 10,000 already: the events that are remembered. More only take their time."""

_MIB = 1024 * 1024


def run() -> Iterator[Table]:
    """First the time, then the memory."""
    with tempfile.TemporaryDirectory() as folder:
        requests, seconds = _import(Path(folder))
    yield Table(
        f"An import of {DEALS:,} deals from amoCRM",
        ("", "requests", "s", "s by the limit", "ratio"),
        [("leads", f"{requests:,}", f"{seconds:.1f}", f"{requests / A_SECOND:.1f}", _ratio(requests, seconds))],
        f"one process, the simulator in a thread of it; {A_SECOND:.0f} requests a second. Target: a ratio under 1.10",
    )
    with tempfile.TemporaryDirectory() as folder:
        requests, seconds, work = _import_on_a_clock(Path(folder))
    yield Table(
        f"An import of {MANY_DEALS:,} deals from amoCRM, on a clock that moves by waiting alone",
        ("", "requests", "s", "s by the limit", "ratio", "s of work"),
        [
            (
                *("leads", f"{requests:,}", f"{seconds:.1f}", f"{requests / A_SECOND:.1f}"),
                *(_ratio(requests, seconds), f"{work:.1f}"),
            )
        ],
        "as above, the daily list of ids with it; work is the processor's, of the engine and of the simulator: "
        "less than the wait, it hides in it. Target: a ratio under 1.10",
    )
    yield Table(
        "What an import of amoCRM holds",
        ("deals", "peak MiB"),
        [(f"{leads:,}", f"{_peak(leads):.1f}") for leads in HELD],
        "as tracemalloc counts, records let go of at once. Target: the same",
    )


def _ratio(requests: int, seconds: float) -> str:
    return f"{seconds / (requests / A_SECOND):.3f}"


def _source(settings: Mapping[str, Any], clock: SystemClock) -> Source:
    measures = all_measures()
    context = SourceContext("default", "crm", ZoneInfo("UTC"), "RUB", clock.now, measures)
    values = AmoCrm.settings_type.model_validate(dict(settings))
    return Source("crm", "default", ConnectorInfo(AmoCrm, "bench", "0"), values, context, ())


def _import(folder: Path) -> tuple[int, float]:
    simulator, clock = AmocrmSimulator(World(days=1)), SystemClock()
    simulator.cabinet.grow(DEALS, DEALS, simulator.now())
    with running(simulator) as found:
        bare = _source(found.settings, clock)
        connection = connect_source(bare, open_network(None, clock))
        streams = tuple(connection.connector.streams())
        source = Source(bare.name, bare.project, bare.connector, bare.settings, bare.context, streams)
        project = Project("default", ZoneInfo("UTC"), "RUB", sources={"crm": source})
        store = open_store(f"sqlite:///{folder}/collector.db")
        config = Config(folder / "c.yml", "", WebSettings(), {"default": project}, source.context.measures)
        numbers = configured.apply(store, config)
        (leads,) = (each for each in streams if each.name == "leads")
        number = numbers["default", "crm", "leads"]
        measures = source.context.measures
        job = Job(project, source, leads, connection.connector, number, measures, client=connection.client)

        async def poll() -> float:
            begun = time.monotonic()
            report = await poll_to_the_end(Poller(store, clock, PollLocks(store.path)), job)
            seconds = time.monotonic() - begun
            assert report.ok, report
            await connection.client.close()
            return seconds

        seconds = asyncio.run(poll())
        store.close()
        return len(simulator.journal), seconds


def _import_on_a_clock(folder: Path) -> tuple[int, float, float]:
    trial = Trial(AmoCrm, Plot(AmocrmSimulator), folder)
    with trial.ground() as (ground, clock), trial.bench(ground, clock, {"backfill": "all"}) as bench:
        simulator = ground.simulator
        assert isinstance(simulator, AmocrmSimulator)
        simulator.cabinet.grow(MANY_DEALS, MANY_DEALS, simulator.now())
        (leads,) = (each for each in bench.streams if each.name == "leads")
        begun, worked = clock.now(), time.process_time()
        report = bench.poll(leads)
        assert report.ok, report
        return bench.requests, (clock.now() - begun).total_seconds(), time.process_time() - worked


def _peak(leads: int) -> float:
    settings = {"account": "example.amocrm.ru", "access_token": "t"}
    source = _source(settings, SystemClock())
    client: Any = Endless(leads)
    stream = next(each for each in AmoCrm(source.settings, source.context, client).streams() if each.name == "leads")  # type: ignore[arg-type]

    async def read() -> None:
        rows: Any = stream.read(Since(after=None, cursor=None, until=datetime(2200, 1, 1, tzinfo=UTC)))
        async for _ in rows:
            pass

    gc.collect()
    tracemalloc.start()
    try:
        asyncio.run(read())
        return tracemalloc.get_traced_memory()[1] / _MIB
    finally:
        tracemalloc.stop()
