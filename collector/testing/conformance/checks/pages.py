"""However a vendor cuts its answers into pages, the same records come out."""

from collections import Counter
from typing import Any

from collector.plugin.connector import Stream
from collector.plugin.records import as_json
from collector.testing.conformance.bench import Bench, without_checkpoints
from collector.testing.conformance.checks.refusals import vendor_of
from collector.testing.conformance.outcome import Broken, Check
from collector.testing.conformance.trial import Trial

MOST_PAGES = 120


def every_page_is_read(trial: Trial) -> None:
    """Read with pages of many sizes: one that is full at the end, one with a single row, one for all."""
    with trial.scene() as bench:
        vendor = vendor_of(bench)
        for stream in bench.streams:
            vendor.page_size = 10_000
            whole = _read(bench, stream)
            rows = sum(whole.values())
            for size in sorted({1, 2, 3, 7, rows // 2, rows - 1, rows, rows + 1}):
                if size < 1 or rows / size > MOST_PAGES:
                    continue
                vendor.page_size = size
                found = _read(bench, stream)
                if found != whole:
                    raise Broken(
                        f"{stream.name} reads {sum(found.values())} records in pages of {size}, and {rows} on one page",
                        "Go on until a page has no rows or names no next one; a short page need not be the last",
                    )


def _read(bench: Bench, stream: Stream) -> "Counter[str]":
    records: list[Any] = without_checkpoints(bench.records(stream))
    return Counter(repr(as_json(record)) for record in records)


CHECK = Check(
    "last-page", "The same records come out of pages of every size, full last ones too.", every_page_is_read, http=True
)
