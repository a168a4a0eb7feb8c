"""CSV to facts: what the connector alone costs, and how much memory it takes.

Run as `python -m bench.csv_parse [ROWS]`. The peer is `csv.DictReader` over the same file,
which only splits rows into dictionaries and checks nothing.
"""

import csv
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from collector.plugin import SourceContext
from collector.vocabulary.measures import all_measures
from connectors.csv.plugin import Csv
from connectors.csv.settings import CsvSettings

MEASURES = 3


def write_sample(path: Path, rows: int) -> None:
    """Ad spend: a day, channel and campaign with three measures a row."""
    first = date(2025, 1, 1)
    with path.open("w", encoding="utf-8") as sink:
        sink.write("date,channel,campaign,cost,impressions,clicks\n")
        for number in range(rows):
            day = first + timedelta(days=number // 200 % 400)
            sink.write(f"{day},channel {number % 8},campaign {number % 200},{number % 9973 + 0.25:.2f},")
            sink.write(f"{number % 7919},{number % 131}\n")


def connector(path: Path) -> Csv:
    """A csv source that reads the sample."""
    settings = CsvSettings.model_validate(
        {
            "record": "fact",
            "path": str(path),
            "columns": {
                "day": "date",
                "channel": "channel",
                "campaign": "campaign",
                "spend": "cost",
                "impressions": "impressions",
                "clicks": "clicks",
            },
            "constants": {"currency": "RUB"},
        }
    )
    later = datetime.now(UTC) + timedelta(hours=1)
    context = SourceContext("default", "ads", ZoneInfo("UTC"), "RUB", lambda: later, all_measures())
    client: Any = None  # files need none
    return Csv(settings, context, client)


def read_all(path: Path) -> int:
    """Facts made of the file."""
    source = connector(path)
    return sum(1 for part in source.list_parts() for _ in source.read(part))


def read_as_dictionaries(path: Path) -> int:
    """The peer: rows only."""
    with path.open(encoding="utf-8", newline="") as stream:
        return sum(1 for _ in csv.DictReader(stream))


def seconds(work: Callable[[Path], int], path: Path) -> float:
    """The best of three runs, in CPU seconds."""
    best = float("inf")
    for _ in range(3):
        began = time.process_time()
        work(path)
        best = min(best, time.process_time() - began)
    return best


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "spend.csv"
        write_sample(path, rows)
        ours, peer = seconds(read_all, path), seconds(read_as_dictionaries, path)
    facts = rows * MEASURES
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'facts':>12}  {'us a fact':>10}  {'facts/s':>10}  {'DictReader, us a row':>20}  {'ratio a row':>12}  MiB")
    ratio = ours / peer
    print(
        f"{facts:12,}  {ours / facts * 1e6:10.2f}  {facts / ours:10,.0f}  {peer / rows * 1e6:20.2f}  "
        f"{ratio:12.2f}  {peak:.0f}"
    )


if __name__ == "__main__":
    main()
