"""A page of what was found."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response

from connectors.amocrm.simulator.asked import Asked

MOST, MOST_EVENTS, USUAL = 250, 100, 50
"""Rows of a page, at most; and where no limit is named."""

Handlers = list[tuple[str, Callable[[Request], Awaitable[Response]]]]
"""Paths below /api/v4/, and who answers them."""

T = TypeVar("T")


def page_of(rows: Sequence[T], asked: Asked, *, most: int, shown: int) -> tuple[Sequence[T], int, int]:
    """The page's rows, its number and its size: what is asked for, but no more than is shown on one.

    Raises:
        BadParameter: number or size is none.
    """
    page, size = asked.page(default=USUAL, most=most)
    size = min(size, shown)
    return rows[(page - 1) * size : page * size], page, size
