"""The conformance suite, on the simulator."""

import pytest

from collector.testing.conformance import conformance_tests
from connectors.cbr_rates.plugin import CbrRates

LONG = ("resumes", "server-faults", "rate-limit")

test_it_conforms = conformance_tests(CbrRates, marks=dict.fromkeys(LONG, pytest.mark.soak))
