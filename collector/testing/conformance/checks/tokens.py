"""A token that is over is renewed, once, and the poll goes on."""

from collector.testing.conformance.books import difference
from collector.testing.conformance.checks.refusals import vendor_of
from collector.testing.conformance.outcome import Broken, Check, NotHere
from collector.testing.conformance.trial import Trial, expect_done


def expired_token_is_renewed(trial: Trial) -> None:
    """Say in the middle of a poll that the token has expired."""
    with trial.scene() as bench:
        if bench.connector.grant() is None:
            raise NotHere("its credentials do not run out")
        bench.poll_all()
        undisturbed = bench.books()
    with trial.scene() as bench:
        vendor = vendor_of(bench)
        for stream in bench.streams:
            vendor.faults.once("expired", at=len(vendor.journal) + 1)
            vendor.faults.once("expired", at=len(vendor.journal) + 2)  # the first one may have asked for a token
            expect_done(stream, bench.poll(stream), "when its token is over")
        changed = difference(undisturbed, bench.books())
    if changed is not None:
        raise Broken(
            f"the token was renewed in the middle, and the store ends otherwise: {changed}",
            "Let CredentialsExpired come through: the engine renews the token and asks again",
        )


CHECK = Check(
    "token-renewed", "A token that is over is renewed, and the poll goes on.", expired_token_is_renewed, http=True
)
