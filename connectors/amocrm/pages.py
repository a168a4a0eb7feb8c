"""Asks for lists: those that change underneath by the time of the last change, others page by page.

A list that is paged by number over data that change loses rows: one that is changed leaves its
place, and those behind it move up. So each question begins at the last change that the one before
has seen, and asks for the first page only: what is changed meanwhile comes again, later.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from collector.plugin import BadResponse, HttpClient, Json
from connectors.amocrm.bodies import has_next, id_of, rows, whole

Row = dict[str, Json]
API = "/api/v4"
ROWS, EVENTS = 250, 100
"""The most that the vendor gives on a page."""

IDS = 100
"""Of a question for certain rows: its address must not become too long."""

MOST_ROUNDS = 5
"""For rows of one second, which are many after a mass change; each round sees what moved in the one before."""


async def changed(
    client: HttpClient, key: str, *, since: int, until: int | None, **params: Any
) -> AsyncIterator[tuple[int, list[Row]]]:
    """Pages of the rows that were changed in these seconds, oldest change first, and where to go on after each."""
    path, seen = f"{API}/{key}", frozenset[int]()
    while until is None or since <= until:
        span = {"filter[updated_at][from]": since, "filter[updated_at][to]": until}
        body = await client.get_json(path, params={"limit": ROWS, **span, "order[updated_at]": "asc", **params})
        page = rows(body, key, path)
        last = _last(page, since, path)
        if not page or not has_next(body):
            yield since, [row for row in page if id_of(row) not in seen]
            return
        if last > since:
            yield last, [row for row in page if id_of(row) not in seen]
            since, seen = last, frozenset(id_of(row) for row in page if whole(row.get("updated_at")) == last)
            continue
        async for some in _of_second(client, key, since, params):  # a page cannot hold all of this second
            yield since, [row for row in some if id_of(row) not in seen]
        since, seen = since + 1, frozenset()


async def _of_second(client: HttpClient, key: str, second: int, params: Mapping[str, Any]) -> AsyncIterator[list[Row]]:
    """All rows of one second, by number; as long as rows come that were not seen, some may have moved up."""
    seen: set[int] = set()
    for _ in range(MOST_ROUNDS):
        before, pages = len(seen), 0
        span = {"filter[updated_at][from]": second, "filter[updated_at][to]": second, "order[id]": "asc"}
        async for page in numbered(client, key, key, limit=ROWS, **span, **params):
            fresh = [row for row in page if id_of(row) not in seen]
            seen.update(map(id_of, fresh))
            pages += 1
            yield fresh
        if pages <= 1 or before == len(seen):
            return


async def numbered(
    client: HttpClient, path: str, key: str, *, limit: int | None, **params: Any
) -> AsyncIterator[list[Row]]:
    """Page after page, as long as one names a next."""
    number, where = 1, f"{API}/{path}"
    while True:
        body = await client.get_json(where, params={"page": number, "limit": limit, **params})
        page = rows(body, key, where)
        yield page
        if not page or not has_next(body):
            return
        number += 1


async def of_ids(client: HttpClient, key: str, ids: list[int], **params: Any) -> list[Row]:
    """The rows with these ids that there are; at most `IDS`."""
    found: list[Row] = []
    async for page in numbered(client, key, key, limit=ROWS, **{"filter[id][]": [str(each) for each in ids]}, **params):
        found += page
    strange = [id_of(row) for row in found if id_of(row) not in ids]
    if strange:
        raise _unfiltered(f"{API}/{key}", f"id {strange[0]}")
    return found


def _last(page: list[Row], since: int, path: str) -> int:
    """The last change on a page. Where filters are switched off, all rows would come again and again."""
    times = [at for row in page if (at := whole(row.get("updated_at")))]
    if times and min(times) < since:
        raise _unfiltered(path, f"a row of {min(times)} where {since} was the first")
    if times != sorted(times):
        raise BadResponse(expected="rows in the order of updated_at", where=path, got="another order")
    return max(times, default=since)


def _unfiltered(path: str, got: str) -> BadResponse:
    return BadResponse(
        expected="the rows that were asked for; the account's API filters may be switched off (is_api_filter_enabled)",
        where=path,
        got=got,
    )
