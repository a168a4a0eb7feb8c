"""An import from amoCRM: how near it comes to the vendor's limit, and what it holds while it reads.

The time is that of the real engine and a real socket, on the machine's clock. The memory is that
of the stream alone, before a vendor who makes its answers up: so many rows fit nowhere.
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
from collector.testing.simulator import World, running
from collector.vocabulary.measures import all_measures
from connectors.amocrm.plugin import AmoCrm
from connectors.amocrm.simulator import AmocrmSimulator

DEALS = 1_500
A_SECOND = 5.0
"""What the vendor allows of an integration, 7, less what the contract sheet and the reserve keep back."""

FEW, MANY = 10_000, 60_000
"""The most is held with 10,000 already: the events that are remembered. More only take their time."""

HOUR = 3600
_MIB = 1024 * 1024


def run() -> Iterator[Table]:
    """First the time, then the memory."""
    with tempfile.TemporaryDirectory() as folder:
        requests, seconds = _import(Path(folder))
    dictated = requests / A_SECOND
    yield Table(
        f"An import of {DEALS:,} deals from amoCRM",
        ("", "requests", "s", "s by the limit", "ratio"),
        [("leads", f"{requests:,}", f"{seconds:.1f}", f"{dictated:.1f}", f"{seconds / dictated:.3f}")],
        f"one process, the simulator in a thread of it; {A_SECOND:.0f} requests a second. Target: a ratio under 1.10",
    )
    few, many = _peak(FEW), _peak(MANY)
    yield Table(
        "What an import of amoCRM holds",
        ("deals", "peak MiB"),
        [(f"{FEW:,}", f"{few:.1f}"), (f"{MANY:,}", f"{many:.1f}")],
        "as tracemalloc counts, records let go of at once. Target: the same",
    )


def _source(settings: Mapping[str, Any], clock: SystemClock) -> Source:
    measures = all_measures()
    context = SourceContext("default", "crm", ZoneInfo("UTC"), "RUB", clock.now, measures)
    values = AmoCrm.settings_type.model_validate(dict(settings))
    return Source("crm", "default", ConnectorInfo(AmoCrm, "bench", "0"), values, context, ())


def _import(folder: Path) -> tuple[int, float]:
    simulator, clock = AmocrmSimulator(World(days=1)), SystemClock()
    simulator.grow(DEALS)
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


class Endless:
    """An account with so many leads, an hour apart, each with a contact, two steps and an answer."""

    def __init__(self, leads: int) -> None:
        self._leads = leads

    async def get_json(self, path: str, *, params: Mapping[str, Any] | None = None) -> Any:
        """Made up as it is asked."""
        asked = params or {}
        if path.endswith("/account"):
            return {"currency": "RUB"}
        if path.endswith("/pipelines"):
            return {"_embedded": {"pipelines": []}}
        if path.endswith("/events"):
            return self._events(asked)
        first = max(1, -(-int(asked["filter[updated_at][from]"]) // HOUR))
        last = min(self._leads, first + int(asked["limit"]) - 1)
        return _page("leads", [_lead(number) for number in range(first, last + 1)], more=last < self._leads)

    def _events(self, asked: Mapping[str, Any]) -> Any:
        if asked.get("filter[entity][]") == "contact":
            return None
        if "filter[entity_id][]" in asked:
            return _page("events", [e for each in asked["filter[entity_id][]"] for e in _events(int(each))], more=False)
        first, last = (int(asked[f"filter[created_at][{bound}]"]) for bound in ("from", "to"))
        told = (
            event for number in range(first // HOUR, min(self._leads, last // HOUR) + 1) for event in _events(number)
        )
        found = [event for event in told if first <= event["created_at"] <= last][::-1]
        begin = int(asked["limit"]) * (int(asked["page"]) - 1)
        end = begin + int(asked["limit"])
        return _page("events", found[begin:end], more=end < len(found))


def _page(key: str, rows: list[Any], *, more: bool) -> Any:
    return {"_links": {"next": {"href": ""}} if more else {}, "_embedded": {key: rows}}


def _lead(number: int) -> dict[str, Any]:
    hung = {"contacts": [{"id": number, "is_main": True}], "companies": [], "tags": [], "loss_reason": []}
    times = {"created_at": number * HOUR, "updated_at": number * HOUR, "closed_at": None}
    return {"id": number, "pipeline_id": 1, "status_id": 3, "price": 1, **times, "_embedded": hung}


def _events(number: int) -> Iterator[dict[str, Any]]:
    for place in (1, 2):
        stages = [{"lead_status": {"pipeline_id": 1, "id": each}} for each in (place, place + 1)]
        moved = {"type": "lead_status_changed", "value_before": stages[:1], "value_after": stages[1:]}
        yield _event(number, place, moved)
    yield _event(number, 3, {"type": "outgoing_call"})


def _event(number: int, place: int, more: Mapping[str, Any]) -> dict[str, Any]:
    common = {"id": f"{number}-{place}", "entity_type": "lead", "entity_id": number, "created_by": 1}
    return {**common, "created_at": number * HOUR + place, **more}


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
