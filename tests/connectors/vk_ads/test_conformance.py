"""The conformance suite, on the simulator."""

import pytest

from collector.testing.conformance import conformance_tests
from connectors.vk_ads.plugin import VkAds

LONG = ("memory-flat", "resumes")

test_it_conforms = conformance_tests(VkAds, marks=dict.fromkeys(LONG, pytest.mark.soak))
