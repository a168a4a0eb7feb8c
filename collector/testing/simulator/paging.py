"""The ways in which vendors cut their answers into pages. Each returns the rows of the page that is asked for."""

from collections.abc import Sequence
from typing import TypeVar

from starlette.requests import Request

T = TypeVar("T")


def by_number(rows: Sequence[T], request: Request, *, size: int, name: str = "page", first: int = 1) -> Sequence[T]:
    """`?page=2`; past the last one a page has no rows."""
    number = _whole(request, name, first) - first
    return rows[size * number : size * (number + 1)] if number >= 0 else rows[:0]


def by_offset(
    rows: Sequence[T], request: Request, *, size: int, offset: str = "offset", limit: str = "limit"
) -> tuple[Sequence[T], int]:
    """`?offset=200&limit=100`, at most `size` a page; with how many there are in all."""
    begin = max(0, _whole(request, offset, 0))
    return rows[begin : begin + min(size, max(1, _whole(request, limit, size)))], len(rows)


def by_cursor(
    rows: Sequence[T], request: Request, *, size: int, name: str = "cursor"
) -> tuple[Sequence[T], str | None]:
    """`?cursor=…`; with the next page's cursor, None after the last."""
    told = request.query_params.get(name) or "c0"
    begin = int(told[1:]) if told[1:].isdigit() else len(rows)
    end = begin + size
    return rows[begin:end], f"c{end}" if end < len(rows) else None


def by_next_url(
    rows: Sequence[T], request: Request, *, size: int, name: str = "after"
) -> tuple[Sequence[T], str | None]:
    """The next page's whole address stands in the body; None after the last."""
    page, cursor = by_cursor(rows, request, size=size, name=name)
    return page, None if cursor is None else str(request.url.include_query_params(**{name: cursor}))


def by_link(
    rows: Sequence[T], request: Request, *, size: int, name: str = "page"
) -> tuple[Sequence[T], dict[str, str]]:
    """`Link: <…>; rel="next"` (RFC 8288); with the headers to send, none after the last."""
    number = _whole(request, name, 1)
    page = by_number(rows, request, size=size, name=name)
    if size * number >= len(rows):
        return page, {}
    following = request.url.include_query_params(**{name: number + 1})
    return page, {"Link": f'<{following}>; rel="next"'}


def _whole(request: Request, name: str, default: int) -> int:
    told = request.query_params.get(name, "")
    return int(told) if told.lstrip("-").isdigit() else default
