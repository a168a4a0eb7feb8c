"""The http_json connector does what every connector must, by the description of a shop."""

import pytest

from collector.testing.conformance import conformance_tests
from connectors.http_json.plugin import HttpJson

test_it_conforms = conformance_tests(HttpJson, marks={"memory-flat": pytest.mark.soak})
