"""The KPI engine: rolling up from nothing, all values of a project, one value from a big store.

The peer of the roll-up is duckdb, which does the same sums over the same rows in memory:
facts by day, whole and by each dimension, and deals by day, channel, manager and
pipeline. It keeps no postings, so it could not take a deal back, finds no channel by
evidence, and merges no customers: the ratio is the price of these, and of Python.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from bench.business import write_business
from bench.imports import measured
from bench.table import Table
from collector.clock import SystemClock
from collector.kpi.catalogue import resolve_all
from collector.kpi.evaluation import evaluate
from collector.kpi.memory import Memory
from collector.plugin.discovery import discover
from collector.settings.load import load
from collector.settings.model import Config
from collector.store import configured, streams
from collector.store.connect import Store, open_store

SMALL = (1_000_000, 100_000)
ROLLED = (1_000_000, 200_000)
BIG = (5_000_000, 500_000)
NOW = datetime(2026, 7, 1, 9, tzinfo=UTC)

PEER = """
import duckdb, json, sys, time
db = duckdb.connect()
db.execute("SET threads = 1")
started = time.process_time()
folder = sys.argv[1]
db.execute(f"CREATE TABLE spend AS SELECT * FROM read_csv('{folder}/spend.csv')")
db.execute(f"CREATE TABLE visits AS SELECT * FROM read_csv('{folder}/visits.csv')")
db.execute(f"CREATE TABLE deals AS SELECT * FROM read_csv('{folder}/deals.csv')")
read = time.process_time()
for by in ("1", "channel", "campaign"):
    db.execute(f"CREATE OR REPLACE TABLE o AS SELECT date, {by} k, sum(cost), sum(impressions), sum(clicks) "
               "FROM spend GROUP BY 1, 2")
for by in ("1", "tags", "campaign"):
    db.execute(f"CREATE OR REPLACE TABLE o AS SELECT day, {by} k, sum(sessions), sum(users), sum(keys) "
               "FROM visits GROUP BY 1, 2")
for by in ("1", "source || medium", "manager", "pipeline", "campaign"):
    db.execute(f"CREATE OR REPLACE TABLE o AS SELECT closed::date, {by} k, count(*), "
               "count(*) FILTER (status = 'won'), sum(amount) FILTER (status = 'won') FROM deals GROUP BY 1, 2")
    db.execute(f"CREATE OR REPLACE TABLE o AS SELECT created::date, {by} k, count(*) FROM deals GROUP BY 1, 2")
db.execute("CREATE TABLE firsts AS SELECT customer, min(closed) FROM deals WHERE status = 'won' GROUP BY 1")
print(json.dumps({"sums": time.process_time() - read, "read": read - started}))
"""


@contextmanager
def business(facts: int, deals: int) -> Iterator[tuple[Path, Config, Store]]:
    """A project of that size, polled."""
    with tempfile.TemporaryDirectory() as name:
        path = write_business(Path(name), facts=facts, deals=deals)
        measured([sys.executable, "-m", "collector", "--log.level", "error", "poll", "--all", "--config", str(path)])
        config = load(path, plugins=discover(), environ={}, clock=SystemClock())
        store = open_store(config.store)
        try:
            yield path, config, store
        finally:
            store.close()


def run() -> Iterator[Table]:
    yield _rolled_up()
    yield _values()
    yield _one_value()


def _rolled_up() -> Table:
    with business(*ROLLED) as (path, config, store):
        with store.write() as tx:
            tx.exec_driver_sql("UPDATE part SET rolled = NULL")
            tx.exec_driver_sql("INSERT INTO touched (project, system, kind, key) VALUES ('default', 'crm', '*', '')")
        started = time.process_time()
        configured.keep_up(store, config)
        ours = time.process_time() - started
        peer = _peer(path.parent)
    rows = [(f"{ROLLED[0]:,} + {ROLLED[1]:,}", f"{ours:.1f}", f"{peer:.2f}", f"{ours / peer:.0f}")]
    note = "peer: the same sums in duckdb, one thread, rows in memory. Target: under 20 s"
    return Table("Roll-up from nothing", ("facts + deals", "CPU s", "duckdb CPU s", "ratio"), rows, note)


def _peer(folder: Path) -> float:
    done = subprocess.run([sys.executable, "-c", PEER, str(folder)], capture_output=True, text=True, check=True)
    return float(json.loads(done.stdout)["sums"])


def _values() -> Table:
    with business(*SMALL) as (_, config, store):
        memory = Memory()
        rows = [("from nothing", *_evaluated(store, config, memory), "5")]
        rows.append(("nothing changed", *_evaluated(store, config, memory), ""))
        for source, name in (("site", "rows"), ("ads", "rows"), ("crm", "#ledger")):
            with store.write() as tx:
                streams.bump(tx, streams.numbers(tx)["default", source, name])
            rows.append((f"{source} polled", *_evaluated(store, config, memory), "0.5"))
    note = "1 million facts, 100,000 deals; every KPI, window and break-down, distincts and medians included"
    return Table("All values of a project", ("after", "values", "CPU s", "target s"), rows, note)


def _evaluated(store: Store, config: Config, memory: Memory) -> tuple[str, str]:
    kpis = resolve_all(config, ())["default"]
    started = time.process_time()
    with store.read() as tx:
        states = {key[1:]: state for key, state in streams.states(tx).items()}
        found = evaluate(
            tx, config.projects["default"], kpis=kpis, measures=config.measures, states=states, now=NOW, memory=memory
        )
    return f"{len(found.values):,}", f"{time.process_time() - started:.2f}"


def _one_value() -> Table:
    with business(*BIG) as (path, _, store):
        size = store.bytes()
        store.close()
        rows = []
        for kpi in ("cac", "revenue", "returning_share", "sales_cycle"):
            asked = ["kpi", "show", kpi, "--at", "2026-06-25", "--window", "365d", "--config", str(path)]
            took = measured([sys.executable, "-m", "collector", *asked])
            rows.append((kpi, f"{took.cpu_seconds:.2f}", f"{took.peak_bytes / 1e6:.0f}"))
    note = f"5 million facts, 500,000 deals, a store of {size / 1e9:.1f} GB. Target: under 1 s with start-up"
    return Table("kpi show over 365 days", ("KPI", "CPU s", "peak MB"), rows, note)
