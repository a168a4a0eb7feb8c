"""Fixtures that all tests share."""

import logging
import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from collector.log import Lines

settings.register_profile("gate", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=60)
settings.register_profile("soak", parent=settings.get_profile("gate"), max_examples=1000)
settings.load_profile("soak" if os.environ.get("KPI_COLLECTOR_TEST_PROFILE") == "soak" else "gate")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def logging_at_first() -> tuple[int, list[logging.Handler]]:
    """How logging was before any test: the root's level and handlers."""
    root = logging.getLogger()
    return root.level, list(root.handlers)


@pytest.fixture(autouse=True)
def logging_as_it_was(logging_at_first: tuple[int, list[logging.Handler]]) -> Iterator[None]:
    """Commands that run in this process set logging up; the next test must not hear of it."""
    yield
    root = logging.getLogger()
    level, handlers = logging_at_first
    root.setLevel(level)
    for handler in root.handlers[:]:
        if isinstance(handler.formatter, Lines) and handler not in handlers:
            root.removeHandler(handler)
