"""The csv connector does what every connector must."""

from collector.testing.conformance import conformance_tests
from connectors.csv.plugin import Csv

test_it_conforms = conformance_tests(Csv)
