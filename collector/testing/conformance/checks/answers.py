"""Answers without rows, and answers that are none."""

from collector.testing.conformance.bench import without_checkpoints
from collector.testing.conformance.checks.refusals import expect_reason
from collector.testing.conformance.outcome import Broken, Check
from collector.testing.conformance.trial import Trial, expect_done


def empty_is_zero(trial: Trial) -> None:
    """Poll a source without data."""
    with trial.scene() as bench:
        bench.ground.empty()
        for stream in bench.streams:
            expect_done(stream, bench.poll(stream), "when there is no data")
            found = without_checkpoints(bench.records(stream))
            if found:
                raise Broken(
                    f"{stream.name} yields {len(found)} records when there is no data, such as {found[0]!r:.120}",
                    "Yield only what the vendor answers; days without a row are zero by themselves",
                )


def no_json_is_told(trial: Trial) -> None:
    """Let the vendor answer a page, or half of a body, with status 200."""
    expect_reason(
        trial,
        {"html": "bad_response", "malformed": "bad_response"},
        "Decode by `get_json` or `response.json()`, which raise BadResponse",
    )


EMPTY = Check("empty-answer", "An empty answer is a complete one: no record, no crash.", empty_is_zero)
NO_JSON = Check(
    "not-json", "A page or half a body with status 200 is a bad response, neither a crash nor zero.", no_json_is_told,
    http=True,
)  # fmt: skip
