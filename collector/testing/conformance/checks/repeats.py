"""The same data give the same records: at the next poll, in another zone, in another process."""

import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from collector.plugin.records import as_json
from collector.testing.conformance.bench import Bench, without_checkpoints
from collector.testing.conformance.books import difference
from collector.testing.conformance.outcome import Broken, Check
from collector.testing.conformance.trial import Trial, expect_done

_FAR_ZONE = "Pacific/Kiritimati"  # 14 hours before UTC


def repeated_poll_changes_nothing(trial: Trial) -> None:
    """Poll twice, the second time in a new process, and from the beginning."""
    store = trial.new_store()
    with trial.ground() as (ground, clock):
        with trial.bench(ground, clock, store=store) as bench:
            bench.poll_all()
            before = bench.books()
        with trial.bench(ground, clock, store=store) as bench:
            bench.ask_anew()
            for stream in bench.streams:
                report = bench.poll(stream)
                expect_done(stream, report, "at the second poll")
                if report.restated:
                    raise Broken(
                        f"{stream.name} gives {report.restated} other values at a second poll, and nothing has changed",
                        "Derive a record from the vendor's row alone",
                    )
            changed = difference(before, bench.books())
    if changed is not None:
        raise Broken(
            f"a second poll changes the store, though nothing has changed at the vendor: {changed}",
            "Give an entity the vendor's own id, and derive a record from the vendor's row alone",
        )


def records_are_the_same_anywhere(trial: Trial) -> None:
    """Read each stream twice, the second time with a machine's clock in another zone."""
    with trial.scene() as bench:
        here = _read(bench)
        with _zone(_FAR_ZONE):
            there = _read(bench)
    for name, found in here.items():
        if found != there[name]:
            example = next(iter((found - there[name]) or (there[name] - found)))
            raise Broken(
                f"{name} gives other records when read again on a machine in another zone, such as {example[:160]}",
                "Take ids from the vendor, time from `context.now`, and make instants aware before they are converted",
            )


def _read(bench: Bench) -> "dict[str, Counter[str]]":
    return {
        stream.name: Counter(repr(as_json(record)) for record in without_checkpoints(bench.records(stream)))
        for stream in bench.streams
    }


@contextmanager
def _zone(name: str) -> Iterator[None]:
    """The process's own zone, for whoever relies on it."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = name
    time.tzset()
    try:
        yield
    finally:
        os.environ.pop("TZ")
        if before is not None:
            os.environ["TZ"] = before
        time.tzset()


REPEATED = Check("repeatable", "A second poll of the same data changes nothing.", repeated_poll_changes_nothing)
DETERMINISTIC = Check(
    "deterministic", "The same data give the same ids and instants, wherever the machine's clock stands.",
    records_are_the_same_anywhere,
)  # fmt: skip
