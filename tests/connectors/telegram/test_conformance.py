"""The conformance suite, on the simulator."""

import pytest

from collector.testing.conformance import conformance_tests
from connectors.telegram.plugin import Telegram

test_it_conforms = conformance_tests(Telegram, marks=dict.fromkeys(("memory-flat", "resumes"), pytest.mark.soak))
