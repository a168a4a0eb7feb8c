"""The conformance suite, on the simulator."""

import pytest

from collector.testing.conformance import conformance_tests
from connectors.odnoklassniki.plugin import Odnoklassniki

test_it_conforms = conformance_tests(Odnoklassniki, marks={"resumes": pytest.mark.soak})
