"""Broadsheet does what every connector must."""

from collector.testing.conformance import conformance_tests

from broadsheet_kpis.plugin import Broadsheet

test_it_conforms = conformance_tests(Broadsheet)
