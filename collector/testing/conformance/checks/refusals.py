"""What a vendor refuses arrives as the error that says who acts."""

from collections.abc import Mapping

from collector.plugin.connector import Stream
from collector.plugin.reports import PollReport
from collector.testing.conformance.bench import Bench
from collector.testing.conformance.books import difference
from collector.testing.conformance.outcome import Broken, Check
from collector.testing.conformance.trial import Trial, expect_done
from collector.testing.simulator import Simulator

_WORDS = {
    "429": "429 with Retry-After",
    "429-untold": "429 without Retry-After",
    "401": "that the credentials are not accepted",
    "403": "that a right is lacking",
    "500": "that it is broken (500)",
    "502": "502 with a page",
    "html": "a page with status 200",
    "malformed": "half of a body",
    "cut": "half of a body, and hangs up",
}


def expect_reason(trial: Trial, reasons: Mapping[str, str], remedy: str) -> None:
    """Poll each stream while every request meets a fault; the report must give its reason."""
    with trial.scene() as bench:
        vendor = vendor_of(bench)
        for fault, reason in reasons.items():
            for stream in bench.streams:
                vendor.faults.always(fault)
                _compare(stream, bench.poll(stream), fault, reason, remedy)


def vendor_of(bench: Bench) -> Simulator:
    """The simulator under a bench."""
    simulator = bench.ground.simulator
    assert simulator is not None  # noqa: S101 - these checks are tried with simulators only
    return simulator


def _compare(stream: Stream, report: PollReport, fault: str, reason: str, remedy: str) -> None:
    if report.reason == reason:
        return
    told = f"the vendor answers {_WORDS[fault]} to {stream.name}"
    if report.ok:
        raise Broken(
            f"{told}, and the connector takes it for an answer",
            f"Let it come through as the reason `{reason}`. {remedy}",
        )
    if report.state == "crashed":
        raise Broken(f"{told}, and the connector crashes: {report.message}", remedy)
    raise Broken(
        f"{told}, and the connector makes of it `{report.reason}` where `{reason}` is meant: {report.message}", remedy
    )


_BY_STATUS = (
    "Leave it to the status, or map the vendor's own refusal in `refusal(response)`; no `except` around requests"
)


def limit_is_told(trial: Trial) -> None:
    """Once it passes by itself; for ever it is a wait."""
    expect_reason(trial, {"429": "rate_limited", "429-untold": "rate_limited"}, _BY_STATUS)
    once_changes_nothing(trial, ("429", "429-untold"))


def refusals_are_told(trial: Trial) -> None:
    """Credentials and rights, each with who acts."""
    expect_reason(trial, {"401": "credentials_refused", "403": "forbidden"}, _BY_STATUS)


def server_faults_pass(trial: Trial) -> None:
    """Once they pass by themselves; for ever they are temporary."""
    expect_reason(trial, {"500": "temporary", "502": "temporary", "cut": "temporary"}, _BY_STATUS)
    once_changes_nothing(trial, ("500", "502", "cut"))


def once_changes_nothing(trial: Trial, faults: tuple[str, ...]) -> None:
    """A fault that meets one request of a stream, its first or second, leaves the same books."""
    with trial.scene() as bench:
        bench.poll_all()
        undisturbed = bench.books()
    for number, fault in enumerate(faults):
        with trial.scene() as bench:
            vendor = vendor_of(bench)
            for stream in bench.streams:
                vendor.faults.once(fault, at=len(vendor.journal) + 1 + number % 2)
                expect_done(stream, bench.poll(stream), f"when one request meets {_WORDS[fault]}")
            changed = difference(undisturbed, bench.books())
            if changed is not None:
                raise Broken(f"one request met {_WORDS[fault]}, and the store ends otherwise: {changed}", _BY_STATUS)


RATE_LIMIT = Check(
    "rate-limit", "A refusal for too many calls is waited for, and never taken for an answer.", limit_is_told, http=True
)
REFUSALS = Check(
    "refusals", "Credentials and rights that are refused are told as what they are.", refusals_are_told, http=True
)
SERVER_FAULTS = Check(
    "server-faults", "A vendor that is broken for a moment changes nothing; for longer, it is temporary.",
    server_faults_pass, http=True,
)  # fmt: skip
