"""The conformance suite, on the simulator."""

import pytest

from collector.testing.conformance import conformance_tests
from connectors.youtube.plugin import YouTube

test_it_conforms = conformance_tests(YouTube, marks=dict.fromkeys(("memory-flat", "resumes"), pytest.mark.soak))
