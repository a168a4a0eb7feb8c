"""The conformance suite, on the simulator."""

import pytest

from collector.testing.conformance import conformance_tests
from connectors.bitrix24.plugin import Bitrix24

LONG = ("memory-flat", "resumes", "server-faults", "rate-limit")

test_it_conforms = conformance_tests(Bitrix24, marks=dict.fromkeys(LONG, pytest.mark.soak))
