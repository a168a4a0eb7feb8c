"""What polls are counted as."""

from datetime import UTC, datetime, timedelta

from collector.plugin.reports import PollReport
from collector.polling.counters import Counters, Durations, StreamCounts


def _report(seconds: float, **more: object) -> PollReport:
    given: dict[str, object] = {"state": "done", "records": 10} | more
    began = datetime(2026, 11, 23, tzinfo=UTC)
    return PollReport("shop", "crm", "deals", "csv", began, timedelta(seconds=seconds), **given)  # type: ignore[arg-type]


def test_polls_are_counted_however_they_end() -> None:
    counters = Counters()
    counters.polled(_report(0.1))
    counters.polled(_report(2, state="failed", records=0, reason="bad_file"))
    counters.polled(_report(1000, state="growing", restated=3))
    counters.skipped("shop", "crm", "deals", reason="running")
    counters.restated("shop", "crm", "deals", facts=4, reason="config")

    assert counters.frozen().streams["shop", "crm", "deals"] == StreamCounts(
        polls=3, records=20, failures={"bad_file": 1}, skipped={"running": 1}, restated={"source": 3, "config": 4}
    )
    assert counters.frozen().durations["csv"] == Durations((1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1), 1002.1)


def test_requests_are_counted_by_answer_and_waits_added_up() -> None:
    counters = Counters()
    for code in (200, 200, 429, None):
        counters.requested("shop", "crm", code=code)
    for seconds in (0.5, 0.25):
        counters.throttled("shop", "crm", timedelta(seconds=seconds))

    assert counters.frozen().requests["shop", "crm"] == {"200": 2, "429": 1, "error": 1}
    assert counters.frozen().throttled_seconds["shop", "crm"] == 0.75


def test_a_frozen_view_does_not_move() -> None:
    counters = Counters()
    counters.polled(_report(1))
    before = counters.frozen()
    counters.polled(_report(1))

    assert before.streams["shop", "crm", "deals"].polls == 1
