"""What a connector says of its streams makes sense."""

from datetime import timedelta

from collector.plugin.connector import Stream
from collector.plugin.records import RECORD_TYPES
from collector.settings.offline import offline
from collector.testing.conformance.bench import measures_of_all, source_of
from collector.testing.conformance.outcome import Broken, Check
from collector.testing.conformance.trial import Trial

_MEASURED = frozenset({"fact", "reading"})


def streams_are_declared(trial: Trial) -> None:
    """Look at each stream's declaration."""
    with trial.ground() as (ground, clock):
        connector = offline(source_of(trial.connector, ground.settings, ground.folder, clock.now))
        try:
            streams = list(connector.streams())
        except TypeError as error:
            raise Broken(str(error), "Mend the stream's signature or its annotation") from error
    if not streams:
        raise Broken("it has no streams", "Mark a method with @stream")
    known = measures_of_all(trial.connector)
    for stream in streams:
        _look_at(stream, set(known))


def _look_at(stream: Stream, measures: set[str]) -> None:
    if not stream.yields or stream.yields - RECORD_TYPES.keys():
        raise Broken(
            f"{stream.name} does not say which records it yields",
            "Annotate it, as in `-> AsyncIterator[Fact]`, or give `yields=`",
        )
    if stream.every <= timedelta(0):
        raise Broken(f"{stream.name} is to be read every {stream.every}", 'Say how often: `every="1h"`')
    if stream.yields & _MEASURED and not stream.provides:
        raise Broken(
            f"{stream.name} yields facts or readings, and provides no measure",
            'Declare what it measures, and in which cuts: `provides={"sessions": [(), ("channel",)]}`',
        )
    for measure, cuts in stream.provides.items():
        if measure not in measures:
            raise Broken(
                f"{stream.name} provides {measure!r}, which is no measure",
                "Name one of docs/measures.md, or register it: `register_measures`",
            )
        if not cuts or any(len(set(cut)) != len(cut) for cut in cuts):
            raise Broken(
                f"{stream.name} declares no cut of {measure}, or one with a dimension twice",
                "A cut is a tuple of dimensions, `()` the whole",
            )
    if stream.kind == "part" and stream.list_parts is None:
        raise Broken(
            f"{stream.name} reads parts, and nothing lists them", f'Add a method with @parts(of="{stream.name}")'
        )


CHECK = Check(
    "streams-declared",
    "Each stream says what it yields, how often, and which registered measures in which cuts.",
    streams_are_declared,
    basis=True,
)
