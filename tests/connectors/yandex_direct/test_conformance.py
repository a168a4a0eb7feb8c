"""The conformance suite, on the simulator."""

import pytest

from collector.testing.conformance import conformance_tests
from connectors.yandex_direct.plugin import YandexDirect

LONG = ("memory-flat", "resumes")

test_it_conforms = conformance_tests(YandexDirect, marks=dict.fromkeys(LONG, pytest.mark.soak))
