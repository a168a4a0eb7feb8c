"""From page to page, by number and by cursor, as a connector asks for them."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from collector.plugin import BadResponse, Connector, ConnectorSettings, SourceContext, Window

PAGES = {
    None: {"data": {"rows": [1, 2]}, "paging": {"next": "b"}},
    "b": {"data": {"rows": []}, "paging": {"next": "c"}},
    "c": {"data": {"rows": [3]}, "paging": {"next": None}},
}


class Vendor:
    """Answers by the cursor or page that is asked for, and notes what was."""

    def __init__(self, answers: Mapping[Any, Any], by: str) -> None:
        self.answers, self.by = answers, by
        self.asked: list[Mapping[str, Any]] = []

    async def get_json(self, path: str, *, params: Mapping[str, Any]) -> Any:
        assert path == "/rows"
        self.asked.append(params)
        return self.answers[params.get(self.by)]


class Acme(Connector[ConnectorSettings]):
    name = "acme"


def acme(vendor: Any) -> Acme:
    context = SourceContext("default", "acme", ZoneInfo("UTC"), "EUR", lambda: datetime(2026, 11, 2, tzinfo=UTC))
    return Acme(ConnectorSettings(), context, vendor)


async def all_of(rows: AsyncIterator[Any]) -> list[Any]:
    return [row async for row in rows]


async def test_cursors_are_followed_to_the_page_that_names_none_over_pages_without_rows() -> None:
    vendor = Vendor(PAGES, "after")

    rows = acme(vendor).cursor_pages("/rows", rows="data.rows", next="paging.next", cursor="after", of="x")

    assert await all_of(rows) == [1, 2, 3]
    assert vendor.asked == [{"of": "x"}, {"of": "x", "after": "b"}, {"of": "x", "after": "c"}]


async def test_the_next_cursor_may_be_found_by_a_function_and_be_missing_on_the_last_page() -> None:
    vendor = Vendor({None: [1]}, "cursor")

    assert await all_of(acme(vendor).cursor_pages("/rows", next=lambda body: body[1:])) == [1]
    assert await all_of(acme(Vendor({None: {"rows": [1]}}, "cursor")).cursor_pages("/rows", rows="rows", next="n")) == [
        1
    ]


async def test_cursors_that_go_in_a_circle_are_a_bad_response() -> None:
    around = {None: {"rows": [1], "next": "b"}, "b": {"rows": [2], "next": "b"}}

    with pytest.raises(BadResponse, match="another cursor"):
        await all_of(acme(Vendor(around, "cursor")).cursor_pages("/rows", rows="rows", next="next"))


@pytest.mark.parametrize("body", [{"error": "no"}, {"data": {"rows": None}}, {"data": [1]}, "text", 7])
async def test_a_body_without_its_rows_is_a_bad_response(body: Any) -> None:
    with pytest.raises(BadResponse, match="a list of rows"):
        await all_of(acme(Vendor({None: body}, "cursor")).cursor_pages("/rows", rows="data.rows", next="next"))
    with pytest.raises(BadResponse, match="a list of rows"):
        await all_of(acme(Vendor({1: body}, "page")).pages("/rows", rows="data.rows"))


async def test_an_empty_answer_ends_both() -> None:
    assert await all_of(acme(Vendor({None: None}, "cursor")).cursor_pages("/rows", next="next")) == []
    assert await all_of(acme(Vendor({1: [1], 2: None}, "page")).pages("/rows")) == [1]


async def test_instants_and_days_are_written_as_iso_says() -> None:
    vendor = Vendor({1: []}, "page")

    await all_of(acme(vendor).pages("/rows", day=date(2026, 11, 2), at=datetime(2026, 11, 2, 9, tzinfo=UTC)))

    assert vendor.asked == [{"day": "2026-11-02", "at": "2026-11-02T09:00:00+00:00", "page": 1}]


def test_a_windows_instants_are_those_of_its_days_in_a_zone_also_where_clocks_change() -> None:
    window = Window(date(2026, 3, 29), date(2026, 3, 29))  # of 23 hours, in Berlin

    begin, end = window.instants(ZoneInfo("Europe/Berlin"))

    assert begin == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert end == datetime(2026, 3, 29, 22, tzinfo=UTC)
