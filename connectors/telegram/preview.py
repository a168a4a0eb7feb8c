"""A walk over a channel's public page, from the newest post back, and what it changes in what is known."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from datetime import UTC, datetime

from collector.plugin import HttpClient
from connectors.telegram.mapping import Known
from connectors.telegram.memory import Memory
from connectors.telegram.page import Page, Shown, read_page
from connectors.telegram.refusals import no_preview

MOST_PAGES = 50
"""A page holds some twenty posts, and is asked for once a second."""

MOST_GONE = 0.2
FEW = 3


class Preview:
    """One channel's page; `name` without @."""

    def __init__(self, client: HttpClient, url: str, name: str, *, warn: Callable[[str], None]) -> None:
        self._client, self._url, self._name, self._warn = client, url.rstrip("/"), name, warn
        self._is_whole = True

    async def walk(self, back_to: datetime | None) -> tuple[list[Shown], bool]:
        """The posts from the newest back to an instant, newest first; and whether they are not too many for that."""
        found: list[Shown] = []
        self._is_whole = True
        async with aclosing(self._pages()) as pages:
            async for page in pages:
                found += reversed(page.posts)
                if back_to is not None and page.posts and page.posts[0].at < back_to.timestamp():
                    break
        return found, self._is_whole

    async def _pages(self) -> AsyncGenerator[Page, None]:
        before: int | None = None
        for _ in range(MOST_PAGES):
            page = await self.page(before)
            if page.lowest is None or (before is not None and page.lowest >= before):
                return
            yield page
            before = page.lowest
        self._is_whole = False
        self._warn(
            f"the public page of @{self._name} was read back to post {before}; older posts are not looked at: their "
            "views and their deletion stay unknown"
        )

    async def page(self, before: int | None = None) -> Page:
        """The newest posts, or those before one."""
        asked = {} if before is None else {"before": before}
        body = await self._client.get_bytes(f"{self._url}/s/{self._name}", params=asked)
        page = read_page(body.decode("utf-8", errors="replace"))
        if not page.is_preview:
            raise no_preview(f"@{self._name}")
        return page


def look(memory: Memory, shown: list[Shown]) -> list[int]:
    """Take what the page shows; returns the posts that it tells of.

    Likes that the Bot API told stay: the page rounds them, and may be minutes old.
    """
    for each in shown:
        known = memory.posts.setdefault(each.number, Known(each.at, each.kind))
        if each.views is not None:
            known.views = each.views
        if not known.counted:
            known.likes = each.likes if each.likes is not None else known.likes
    return [each.number for each in shown]


def oldest(shown: list[Shown]) -> datetime | None:
    """When the first of these posts came out."""
    return datetime.fromtimestamp(min(each.at for each in shown), UTC) if shown else None


def vanished(memory: Memory, shown: list[Shown], warn: Callable[[str], None]) -> list[int]:
    """The posts that were deleted; so many at once that the page must be at fault are none."""
    numbers = [each.number for each in shown]
    gone = memory.gone(numbers)
    if len(gone) > max(FEW, MOST_GONE * len(numbers)):
        warn(
            f"{len(gone)} of the posts that are known are not on the public page, more than a fifth: taken for a fault "
            "of the page, and none for deleted"
        )
        return []
    return gone
