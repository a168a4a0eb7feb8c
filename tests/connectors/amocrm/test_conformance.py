"""The connector keeps all rules of connectors, at its simulator."""

import pytest

from collector.testing.conformance import conformance_tests
from connectors.amocrm.plugin import AmoCrm

LONG = (
    *("deterministic", "last-page", "limits-kept", "memory-flat", "no-secrets", "rate-limit", "repeatable", "resumes"),
    "server-faults",
)

test_it_conforms = conformance_tests(AmoCrm, marks=dict.fromkeys(LONG, pytest.mark.soak))
