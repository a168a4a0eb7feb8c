"""The vendor's limits are kept: it never has to refuse a call as one too many."""

from collector.testing.conformance.checks.refusals import vendor_of
from collector.testing.conformance.outcome import Broken, Check, NotHere
from collector.testing.conformance.trial import Trial, expect_done


def limits_are_kept(trial: Trial) -> None:
    """Read in small pages, so that there are many requests, on a clock that stands while nobody waits."""
    with trial.scene() as bench:
        vendor = vendor_of(bench)
        if not vendor.limits:
            raise NotHere("its simulator has no limits")
        vendor.page_size = min(vendor.page_size, 5)
        for stream in bench.streams:
            expect_done(stream, bench.poll(stream), "with the vendor's limits")
        overruns, asked = vendor.journal.overruns, len(vendor.journal)
    if overruns:
        raise Broken(
            f"{len(overruns)} of {asked} requests broke the vendor's limit `{overruns[0].overrun}`, "
            f"first number {overruns[0].number}",
            'Declare what the vendor allows, and it is kept: `limits = (RateLimit(5, per="1s", key="token"),)`',
        )


CHECK = Check("limits-kept", "The vendor never refuses a call as one too many.", limits_are_kept, http=True)
