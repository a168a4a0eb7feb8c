"""The plain case: all streams are read to the end, and there is something in each."""

from collector.testing.conformance.outcome import Broken, Check
from collector.testing.conformance.trial import Trial, expect_done


def all_is_read(trial: Trial) -> None:
    """Poll each stream of a source with data."""
    with trial.scene() as bench:
        for stream in bench.streams:
            report = bench.poll(stream)
            expect_done(stream, report, "in the plain case")
            if not report.records:
                raise Broken(
                    f"{stream.name} reads nothing where there is something to read",
                    "See what it asks for; if the simulator has no such data, give it some",
                )
        for told in bench.run(bench.connector.check):
            if not isinstance(told, str):
                raise Broken(f"`check` returns {told!r:.60}", "It returns sentences for people")


CHECK = Check("reads-all", "Every stream of a source with data is read to its end.", all_is_read, basis=True)
