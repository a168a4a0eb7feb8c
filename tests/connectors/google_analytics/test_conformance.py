"""The conformance suite on the simulator."""

import pytest

from collector.testing.conformance import conformance_tests
from connectors.google_analytics.plugin import GoogleAnalytics

test_it_conforms = conformance_tests(
    GoogleAnalytics, marks={"memory-flat": pytest.mark.soak, "resumes": pytest.mark.soak}
)
