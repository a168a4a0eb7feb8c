"""The conformance suite: what every connector must do, tried against its simulator or its files.

`kpi-collector connector test NAME` runs it, and in a connector's own tests

    test_it_conforms = conformance_tests(Acme)

is a pytest test for each check. On the way of a check: a `ground` is what the connector
reads and can be emptied, shrunk and grown; a `bench` is the real engine with a store of
its own, on a clock that moves only by waiting; a `trial` makes both; `checks` are one
small function each, which raises `Broken` with what is wrong and how to mend it.
"""

from collector.testing.conformance.checks import CHECKS
from collector.testing.conformance.for_pytest import conformance_tests
from collector.testing.conformance.ground import Ground, grounds_of
from collector.testing.conformance.outcome import Broken, Check, Outcome
from collector.testing.conformance.suite import try_all, try_one

__all__ = ["CHECKS", "Broken", "Check", "Ground", "Outcome", "conformance_tests", "grounds_of", "try_all", "try_one"]
