"""The suite as pytest tests, for a connector's own test folder."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from collector.plugin.connector import Connector
from collector.testing.conformance.checks import CHECKS
from collector.testing.conformance.ground import Plot, grounds_of
from collector.testing.conformance.outcome import Check
from collector.testing.conformance.suite import try_one

if TYPE_CHECKING:
    import pytest


def conformance_tests(
    connector: type[Connector[Any]], *, marks: Mapping[str, "pytest.MarkDecorator"] | None = None
) -> Callable[..., None]:
    """A test for each check on each ground; assign it to a name that begins with `test_`.

    `marks`: check → a mark of pytest's, such as for those that take long.
    """
    import pytest  # only where there are tests: the program does without

    marked = marks or {}
    cases = [
        pytest.param(
            plot, check, id=f"{plot.name}-{check.name}", marks=[marked[check.name]] if check.name in marked else []
        )
        for plot in grounds_of(connector)
        for check in CHECKS
    ]

    @pytest.mark.parametrize(("plot", "check"), cases)
    def test_it_conforms(plot: Plot, check: Check) -> None:
        outcome = try_one(connector, plot, check)
        if outcome.state in ("exempt", "not applicable"):
            pytest.skip(f"{check.name}: {outcome.message}")
        if outcome.state != "passed":
            pytest.fail(f"{check.name}: {outcome.message}", pytrace=False)

    return test_it_conforms
