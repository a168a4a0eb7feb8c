"""Asks on while what came before is still being stored: of a few questions a second none is to be missed."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TypeVar

T = TypeVar("T")


async def one_ahead(items: AsyncGenerator[T, None]) -> AsyncGenerator[T, None]:
    """The same, each begun when the one before is given; whoever stops early leaves nothing under way."""
    async with aclosing(items):
        coming = asyncio.create_task(_next(items))
        try:
            while (found := await coming) is not None:
                coming = asyncio.create_task(_next(items))
                yield found[0]
        finally:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)


async def _next(items: AsyncGenerator[T, None]) -> tuple[T] | None:
    async for item in items:
        return (item,)
    return None
