"""A cursor that lies after all data: the vendor has forgotten them, or a clock was wrong."""

from datetime import timedelta

from collector.plugin.connector import Stream
from collector.plugin.window import Checkpoint, Since
from collector.testing.conformance.bench import Bench
from collector.testing.conformance.outcome import Broken, Check, NotHere
from collector.testing.conformance.trial import Trial


def future_cursor_is_harmless(trial: Trial) -> None:
    """Ask for changes after tomorrow, and go on from a cursor when all data are gone."""
    with trial.scene() as bench:
        streams = [stream for stream in bench.streams if stream.kind == "since"]
        if not streams:
            raise NotHere("it reads no changes")
        for stream in streams:
            now = bench.clock.now()
            _harmless(bench, stream, Since(now + timedelta(days=2), None, now), "asked for what changes after tomorrow")
            cursors = [each.cursor for each in bench.records(stream) if isinstance(each, Checkpoint)]
            bench.ground.empty()
            if cursors:
                _harmless(bench, stream, Since(None, cursors[-1], now), "given a cursor whose data are gone")
            bench.ground.fill()


def _harmless(bench: Bench, stream: Stream, since: Since, when: str) -> None:
    remedy = "Let an answer without rows be the end, and trust nothing that a cursor names to be there"
    try:
        found = [each for each in bench.records(stream, since) if not isinstance(each, Checkpoint)]
    except Exception as error:
        raise Broken(f"{stream.name}, {when}, raises {type(error).__name__}: {error}", remedy) from error
    if since.cursor is not None and found:
        raise Broken(f"{stream.name}, {when}, yields {len(found)} records", remedy)


CHECK = Check(
    "future-cursor", "A cursor or an instant after all data ends the run, and harms nothing.", future_cursor_is_harmless
)
