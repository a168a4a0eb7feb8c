"""Fixtures that all tests share."""

import logging
import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("gate", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=60)
settings.register_profile("soak", parent=settings.get_profile("gate"), max_examples=1000)
settings.load_profile("soak" if os.environ.get("KPI_COLLECTOR_TEST_PROFILE") == "soak" else "gate")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """Commands that run in this process set logging up; the next test must not hear of it."""
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    yield
    root.setLevel(level)
    root.handlers[:] = handlers
