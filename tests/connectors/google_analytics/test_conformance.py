"""The conformance suite on the simulator."""

import pytest

from collector.testing.conformance import conformance_tests
from connectors.google_analytics.plugin import GoogleAnalytics

LONG = ("memory-flat", "resumes", "server-faults")
"""The last one is also what `test_faults` is about."""

test_it_conforms = conformance_tests(GoogleAnalytics, marks=dict.fromkeys(LONG, pytest.mark.soak))
