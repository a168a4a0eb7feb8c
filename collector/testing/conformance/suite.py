"""Runs checks, one or all, and tells what became of each."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from collector.plugin.connector import Connector
from collector.testing.conformance.bench import Endless
from collector.testing.conformance.checks import CHECKS
from collector.testing.conformance.ground import Plot, grounds_of
from collector.testing.conformance.outcome import Broken, Check, NotHere, Outcome
from collector.testing.conformance.trial import Trial


def try_all(
    connector: type[Connector[Any]], plots: Sequence[Plot] | None = None, checks: Sequence[Check] = CHECKS
) -> Iterator[Outcome]:
    """Each check on each ground of the connector, as it comes to its end.

    Raises:
        LookupError: there is nothing to try it on, or it exempts a check that does not exist.
    """
    for plot in grounds_of(connector) if plots is None else plots:
        if unknown := plot.exempt.keys() - {check.name for check in CHECKS}:
            raise LookupError(f"{connector.name}: `exempt` names no check: {', '.join(sorted(unknown))}")
        broken: str | None = None
        for check in checks:
            if broken is not None:
                yield Outcome(check, plot.name, "skipped", f"first mend what {broken} says")
                continue
            outcome = try_one(connector, plot, check)
            if outcome.state == "failed" and check.basis:
                broken = check.name
            yield outcome


def try_one(connector: type[Connector[Any]], plot: Plot, check: Check) -> Outcome:
    """One check on one ground."""
    if check.name in plot.exempt:
        return Outcome(check, plot.name, "exempt", plot.exempt[check.name])
    if check.http and not plot.by_http:
        return Outcome(check, plot.name, "not applicable", "it asks nobody over HTTP")
    with TemporaryDirectory(prefix="conformance-") as folder:
        try:
            check.run(Trial(connector, plot, Path(folder)))
        except NotHere as error:
            return Outcome(check, plot.name, "not applicable", str(error))
        except Broken as error:
            return Outcome(check, plot.name, "failed", str(error))
        except Endless:
            told = Broken(
                "it asks again and again, and comes to no end", "End at a page without rows, or without a next one"
            )
            return Outcome(check, plot.name, "failed", str(told))
        except Exception as error:  # noqa: BLE001 - a stranger's connector may raise anything
            told = Broken(
                f"{type(error).__name__}: {error}", "The connector or its ground raised this where nothing is amiss"
            )
            return Outcome(check, plot.name, "failed", str(told))
    return Outcome(check, plot.name, "passed")
