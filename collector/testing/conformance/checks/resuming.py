"""Killed after any request, and started again: the store ends as if nothing had happened."""

from collections.abc import Sequence

from collector.plugin.connector import Stream
from collector.testing.conformance.bench import Bench, Killed
from collector.testing.conformance.books import Books, difference
from collector.testing.conformance.outcome import Broken, Check
from collector.testing.conformance.trial import Trial, expect_done

MOST_DEATHS = 20
"""Each is an import of its own; of a longer one, so many requests evenly spread."""


def resumes_after_a_crash(trial: Trial) -> None:
    """Import once undisturbed, then once for each request after which to die."""
    with trial.scene() as bench:
        for stream in bench.streams:
            expect_done(stream, bench.poll(stream), "in the plain case")
        whole, requests = bench.books(), bench.requests
    for number in _spread(requests):
        _die_and_go_on(trial, number, requests, whole)


def _spread(requests: int) -> Sequence[int]:
    if requests <= MOST_DEATHS:
        return range(1, requests + 1)
    return sorted({1 + round(n * (requests - 1) / (MOST_DEATHS - 1)) for n in range(MOST_DEATHS)})


def _die_and_go_on(trial: Trial, number: int, requests: int, whole: Books) -> None:
    store = trial.new_store()
    with trial.ground() as (ground, clock):
        with trial.bench(ground, clock, store=store) as bench:
            bench.dies_after = number
            died_in = _polled_to_death(bench)
        with trial.bench(ground, clock, store=store) as bench:
            for stream in bench.streams:
                expect_done(stream, bench.poll(stream), f"after a crash at request {number} of {requests}")
            changed = difference(whole, bench.books())
    if changed is not None:
        where = "the end" if died_in is None else died_in.name
        raise Broken(
            f"killed after request {number} of {requests} (in {where}) and started again, the store ends otherwise: "
            f"{changed}",
            "Yield a Checkpoint only after all that lies before it, with a cursor that later data come after",
        )


def _polled_to_death(bench: Bench) -> Stream | None:
    for stream in bench.streams:
        try:
            bench.poll(stream)
        except Killed:
            return stream
        except BaseExceptionGroup as error:  # from a task group of the connector's
            if error.split(Killed)[0] is None:
                raise
            return stream
    return None


CHECK = Check(
    "resumes", "After a crash at any request it goes on, and the store ends as if there had been none.",
    resumes_after_a_crash, http=True,
)  # fmt: skip
