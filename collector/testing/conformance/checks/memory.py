"""Memory does not grow with what is read: records pass through."""

import gc
import tracemalloc
from typing import Any

from collector.plugin.connector import Stream
from collector.plugin.window import Mark
from collector.polling.fetching import Budget
from collector.testing.conformance.bench import Bench
from collector.testing.conformance.outcome import Broken, Check, NotHere
from collector.testing.conformance.trial import Trial

RECORDS = 100_000
MOST_MIB = 24
"""What may be held at once: a few pages, a batch of records, ids as hashes."""

_MIB = 1024 * 1024
_ENOUGH = 0.9


def memory_is_flat(trial: Trial) -> None:
    """Read so many records of each stream, and let go of them at once."""
    with trial.scene() as bench:
        streams = [stream for stream in bench.streams if stream.kind != "now"]
        if not streams:
            raise NotHere("it reads only the present")
        try:
            bench.ground.grow(RECORDS)
        except NotImplementedError as error:
            raise Broken(
                f"its ground cannot hold {RECORDS} records",
                "Write `grow`, or exempt this check and say why",
            ) from error
        for stream in streams:
            _look_at(bench, stream)


def _look_at(bench: Bench, stream: Stream) -> None:
    bench.requests = 0
    asked = bench.asked(stream)
    gc.collect()
    tracemalloc.start()
    try:
        read = bench.run(lambda: _read(stream, asked))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    if read < RECORDS * _ENOUGH:
        raise Broken(
            f"{stream.name} reads {read} records of a ground that was to hold {RECORDS}",
            "Let `grow` give each stream so many; of days, in the last ten",
        )
    if peak > MOST_MIB * _MIB:
        raise Broken(
            f"{stream.name} holds {peak // _MIB} MiB while it reads {read} records, over {MOST_MIB}",
            "Yield each record as its row comes, keep no list of them, and ask for pages",
        )


async def _read(stream: Stream, asked: list[Any]) -> int:
    read = 0
    for each in asked:
        async for batch in Budget(600).batches(stream.read(each)):
            read += sum(not isinstance(record, Mark) for record in batch)
    return read


CHECK = Check("memory-flat", f"Reading {RECORDS:,} records takes no more memory than reading a few.", memory_is_flat)
