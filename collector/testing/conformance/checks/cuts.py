"""Facts come in the declared cuts, in all of them, and for the days that were asked for."""

from collections.abc import Iterable
from typing import Any

from collector.plugin.connector import Stream
from collector.plugin.growth import BY_NETWORK, COUNTERS, RECOUNTS
from collector.plugin.records import Fact, Post, Reading
from collector.plugin.window import Window
from collector.testing.conformance.outcome import Broken, Check, NotHere
from collector.testing.conformance.trial import Trial


def cuts_are_kept(trial: Trial) -> None:
    """Read each stream of facts, and compare with what it provides."""
    with trial.scene() as bench:
        measured = [stream for stream in bench.streams if stream.provides]
        if not measured:
            raise NotHere("it measures nothing; entities have no cuts")
        for stream in measured:
            records = bench.records(stream)
            found = [each for each in records if isinstance(each, Fact | Reading)]
            _compare(stream, found, _grown(stream, [each for each in records if isinstance(each, Post)]))
            if stream.kind == "window":
                (window,) = bench.asked(stream)
                _inside(stream, found, window)


def _grown(stream: Stream, posts: Iterable[Post]) -> set[str]:
    """The measures that the counters of its posts come to."""
    told = {name for each in posts for name in stream.grows if getattr(each, COUNTERS[name]) is not None}
    return told | {RECOUNTS[name] for name in told}


def _compare(stream: Stream, found: Iterable[Any], grown: set[str]) -> None:
    declared = {(name, frozenset(cut)) for name, cuts in stream.provides.items() for cut in cuts}
    given = {(each.measure, frozenset(each.dimensions)) for each in found}
    given |= {(name, frozenset(BY_NETWORK)) for name in grown}
    for measure, cut in sorted(given - declared, key=repr):
        raise Broken(
            f"{stream.name} yields {measure} by {_named(cut)}, which it does not declare",
            "Add the cut to `provides`, or leave these rows out: only of declared cuts is a missing row zero",
        )
    for measure, cut in sorted(declared - given, key=repr):
        raise Broken(
            f"{stream.name} declares {measure} by {_named(cut)}, and never yields it",
            "Take the cut out of `provides`, or it is shown as zero; if the vendor has it, let the simulator have it",
        )


def _inside(stream: Stream, found: Iterable[Any], window: Any) -> None:
    assert isinstance(window, Window)  # noqa: S101 - for the reader
    outside = [each.day for each in found if each.day not in window]
    if outside:
        raise Broken(
            f"{stream.name} was asked for the days from {window.first} to {window.last}, and yields {outside[0]}",
            "Ask the vendor for just these days, and leave out what lies beside them",
        )


def _named(cut: frozenset[str]) -> str:
    return ", ".join(sorted(cut)) or "nothing (the whole)"


CHECK = Check(
    "cuts-kept",
    "Facts come in the declared cuts and days, and in all of them: what is missing there is zero.",
    cuts_are_kept,
    basis=True,
)
