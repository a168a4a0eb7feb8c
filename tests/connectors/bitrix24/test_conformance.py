"""The conformance suite, on the simulator."""

import pytest

from collector.testing.conformance import conformance_tests
from connectors.bitrix24.plugin import Bitrix24

test_it_conforms = conformance_tests(Bitrix24, marks={"memory-flat": pytest.mark.soak, "resumes": pytest.mark.soak})
