"""Fixtures that all tests share."""

import os

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("gate", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=60)
settings.register_profile("soak", parent=settings.get_profile("gate"), max_examples=1000)
settings.load_profile("soak" if os.environ.get("KPI_COLLECTOR_TEST_PROFILE") == "soak" else "gate")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
