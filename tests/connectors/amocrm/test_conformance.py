"""The connector keeps all rules of connectors, at its simulator."""

import pytest

from collector.testing.conformance import conformance_tests
from connectors.amocrm.plugin import AmoCrm

test_it_conforms = conformance_tests(AmoCrm, marks={"memory-flat": pytest.mark.soak, "resumes": pytest.mark.soak})
