"""The next page is asked for while the one before is being stored, and nothing stays under way."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from connectors.amocrm.ahead import one_ahead


class Pages:
    """Three pages; what happens is written down."""

    def __init__(self, fails_at: int | None = None) -> None:
        self.told: list[str] = []
        self.fails_at = fails_at

    async def read(self) -> AsyncGenerator[int, None]:
        try:
            for number in (1, 2, 3):
                self.told.append(f"ask {number}")
                await asyncio.sleep(0)
                if number == self.fails_at:
                    raise ValueError("refused")
                yield number
        finally:
            self.told.append("closed")

    async def store(self, most: int = 3) -> list[int]:
        found: list[int] = []
        async with aclosing(one_ahead(self.read())) as pages:
            async for number in pages:
                await asyncio.sleep(0.01)
                self.told.append(f"stored {number}")
                found.append(number)
                if len(found) == most:
                    break
        assert len(asyncio.all_tasks()) == 1
        return found


def test_a_page_is_asked_for_before_the_one_before_is_stored() -> None:
    pages = Pages()

    assert asyncio.run(pages.store()) == [1, 2, 3]
    assert pages.told == ["ask 1", "ask 2", "stored 1", "ask 3", "stored 2", "closed", "stored 3"]


def test_who_stops_early_leaves_nothing_under_way() -> None:
    pages = Pages()

    assert asyncio.run(pages.store(most=1)) == [1]
    assert pages.told == ["ask 1", "ask 2", "stored 1", "closed"]


def test_what_came_before_a_refusal_is_given_first() -> None:
    pages = Pages(fails_at=2)

    with pytest.raises(ValueError, match="refused"):
        asyncio.run(pages.store())
    assert "stored 1" in pages.told
