"""The conformance suite, on the simulator."""

import pytest

from collector.testing.conformance import conformance_tests
from connectors.meta.plugin import Meta

LONG = (
    *("resumes", "last-page", "limits-kept", "rate-limit", "server-faults"),
    *("no-secrets", "repeatable", "token-renewed", "window-replaced"),
)

test_it_conforms = conformance_tests(Meta, marks=dict.fromkeys(LONG, pytest.mark.soak))
