"""What is read again replaces what was there: rows that the vendor took back are gone."""

from collections.abc import Mapping
from typing import Any

from collector.testing.conformance.bench import Bench
from collector.testing.conformance.books import Books, difference
from collector.testing.conformance.outcome import Broken, Check, NotHere
from collector.testing.conformance.trial import Trial, expect_done

_REPLACED = ("window", "part")
_ALL_FRESH: Mapping[str, Any] = {"backfill": "30d", "settle_delay": "30d"}
"""Every poll reads all days again."""


def windows_are_replaced(trial: Trial) -> None:
    """Poll, take rows away, poll again; compare with one that sees the rest only."""
    with trial.ground() as (ground, clock), trial.bench(ground, clock, _ALL_FRESH) as bench:
        if not any(stream.kind in _REPLACED for stream in bench.streams):
            raise NotHere("it reads neither days nor parts")
        before = _polled(bench, "in the plain case")
        ground.shrink()
        after = _polled(bench, "after rows were taken back")
    with trial.ground() as (ground, clock), trial.bench(ground, clock, _ALL_FRESH) as other:
        ground.shrink()
        anew = _polled(other, "after rows were taken back")
    if difference(before, anew) is None:
        raise Broken(
            "shrinking the ground changes nothing that the connector reads",
            "Let every route pass its rows through `shown`, or let `shrink` take rows away",
        )
    changed = difference(anew, after)
    if changed is not None:
        raise Broken(
            f"rows that the vendor took back are still there, or others are gone: {changed}",
            "Ask the vendor anew at every poll: keep no answers, and leave out no days that did not seem to change",
        )


def _polled(bench: Bench, when: str) -> Books:
    for stream in bench.streams:
        if stream.kind in _REPLACED:
            expect_done(stream, bench.poll(stream), when)
    return bench.books()


CHECK = Check(
    "window-replaced", "Days and parts that are read again are replaced exactly, also where rows vanished.",
    windows_are_replaced,
)  # fmt: skip
