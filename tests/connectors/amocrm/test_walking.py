"""Lists that change while they are read: no row is lost, none comes twice, and it ends."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from collector.plugin import BadResponse
from connectors.amocrm.pages import changed, of_ids

Row = dict[str, Any]


class Live:
    """A list as the vendor has it; `meanwhile` happens after each answer."""

    def __init__(
        self, rows: dict[int, int], *, page: int = 3, meanwhile: Callable[["Live"], None] | None = None
    ) -> None:
        self.rows, self.page, self.meanwhile = rows, page, meanwhile
        self.asked = 0
        self.has_filters = True

    async def get_json(self, path: str, *, params: dict[str, Any]) -> Any:
        self.asked += 1
        if self.asked > 200:
            raise AssertionError("it goes round in circles")
        first = (params.get("page") or 1) - 1
        found = [
            {"id": number, "updated_at": at} for number, at in self.rows.items() if self._passes(number, at, params)
        ]
        order = "updated_at" if "order[updated_at]" in params else "id"
        found.sort(key=lambda row: (row[order], row["id"]))
        size = min(self.page, params["limit"])
        some = found[first * size : (first + 1) * size]
        if self.meanwhile is not None:
            self.meanwhile(self)
        if not some:
            return None
        links = {"next": {"href": "x"}} if len(found) > (first + 1) * size else {}
        return {"_links": links, "_embedded": {"leads": some}}

    def _passes(self, number: int, at: int, params: dict[str, Any]) -> bool:
        if not self.has_filters:
            return True
        ids = params.get("filter[id][]")
        first, last = params.get("filter[updated_at][from]") or 0, params.get("filter[updated_at][to]") or 10**12
        return first <= at <= last and (ids is None or str(number) in ids)


def read(live: Live, *, since: int = 1, until: int | None = 1000) -> list[int]:
    async def all_of_it() -> list[int]:
        client: Any = live
        return [row["id"] async for _, page in changed(client, "leads", since=since, until=until) for row in page]

    return asyncio.run(all_of_it())


@pytest.mark.parametrize("page", range(1, 9))
def test_every_row_comes_once_whatever_a_page_holds(page: int) -> None:
    rows = {number: 10 + number // 2 for number in range(1, 8)}

    assert sorted(read(Live(rows, page=page))) == list(rows)


@pytest.mark.parametrize("page", [2, 3, 100])
def test_more_rows_of_one_second_than_a_page_holds_all_come(page: int) -> None:
    rows = dict.fromkeys(range(1, 12), 50) | {20: 49, 21: 51}

    assert sorted(read(Live(rows, page=page))) == sorted(rows)


def test_rows_that_are_changed_meanwhile_push_none_out() -> None:
    def change(live: Live) -> None:
        oldest = min(live.rows, key=lambda number: live.rows[number])
        if live.asked < 4:
            live.rows[oldest] = 900 + live.asked

    rows = {number: 10 + number for number in range(1, 15)}

    found = read(Live(rows, meanwhile=change))
    assert set(found) == set(rows)


def test_rows_of_one_second_that_are_changed_meanwhile_push_none_out() -> None:
    def change(live: Live) -> None:
        if 2 <= live.asked <= 4:
            live.rows[live.asked] = 950

    rows = dict.fromkeys(range(1, 15), 50)

    assert set(read(Live(rows, meanwhile=change))) == set(rows)


def test_what_is_changed_after_the_run_began_belongs_to_the_next_one() -> None:
    assert read(Live({1: 10, 2: 2000})) == [1]
    assert read(Live({1: 10, 2: 2000}), until=None) == [1, 2]
    assert read(Live({1: 10}), since=1001) == []


def test_filters_that_do_nothing_are_told() -> None:
    live = Live({1: 10, 2: 20})
    live.has_filters = False

    with pytest.raises(BadResponse, match="API filters may be switched off"):
        read(live, since=15)
    with pytest.raises(BadResponse, match="API filters may be switched off"):
        asyncio.run(of_ids(live, "leads", [1]))  # type: ignore[arg-type]
