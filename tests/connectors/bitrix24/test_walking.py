"""Lists are read whole and once, however their ids lie and their pages fall, in few requests."""

import asyncio
from bisect import bisect_right
from collections.abc import Sequence
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from collector.plugin import BadResponse, Checkpoint, Response
from connectors.bitrix24.listing import Listing
from connectors.bitrix24.pace import AT_ONCE, FEWER, MOST_PAGES, Pace
from connectors.bitrix24.portal import Portal as Envelopes
from connectors.bitrix24.walking import Walker
from tests.connectors.bitrix24.asked import NOW, Asked, Portal, connector, read

DEALS = Listing("crm.deal.list", ("ID",))


def holding(ids: Sequence[int], *, coming: Sequence[int] = ()) -> Portal:
    """A portal with these deals, and pages of 50; at each page but the first one of those that are `coming` comes."""
    known, later = sorted(ids), list(coming)
    rises = True

    def answers(method: str, asked: Asked) -> Any:
        nonlocal rises
        assert method == "crm.deal.list"
        if not rises and later:
            known.append(later.pop(0))
        rises = asked["order[ID]"] == "ASC"
        low, high = int(asked.get("filter[>ID]", "") or 0), int(asked.get("filter[<=ID]", 10**18))
        first, last = bisect_right(known, low), bisect_right(known, high)
        found = known[first : min(last, first + 50)] if rises else known[max(first, last - 50) : last][::-1]
        return [{"ID": str(each)} for each in found]

    return Portal(answers)


def walked(portal: Portal, above: int = 0) -> list[int]:
    async def walk() -> list[int]:
        walker = Walker(Envelopes(lambda: portal, lambda told: BadResponse(expected="", where="")), lambda: 3)
        return [int(row["ID"]) async for chunk in walker.whole(DEALS, above) for row in chunk.rows]

    return asyncio.run(walk())


@pytest.mark.parametrize("count", [0, 1, 49, 50, 51, 99, 100, 449, 450, 451, 2500, 3000])
def test_every_page_is_read_also_full_last_ones(count: int) -> None:
    ids = range(1, count + 1)

    assert walked(holding(ids)) == list(ids)


@pytest.mark.parametrize("seed", range(6))
def test_all_is_read_once_and_in_order_however_ids_lie(seed: int) -> None:
    random = Random(seed)
    ids: set[int] = set()
    start = 0
    while len(ids) < 4000:  # runs of all densities, with great gaps between
        start += random.choice((1, 100, 10**6, 10**9))
        spread = random.choice((1, 2, 40))
        ids |= {start + number * spread for number in range(random.choice((1, 30, 700, 3000)))}
        start = max(ids)

    assert walked(holding(sorted(ids))) == sorted(ids)


def test_ids_without_gaps_cost_a_request_for_2500() -> None:
    portal = holding(range(1, 50_001))

    assert len(walked(portal)) == 50_000
    assert portal.requests <= 22


def test_ids_with_gaps_cost_little_more() -> None:
    random = Random(1)
    ids = sorted(random.sample(range(1, 400_000), 50_000))
    portal = holding(ids)

    assert walked(portal) == ids
    assert portal.requests <= 25


def test_a_small_portal_costs_one_request() -> None:
    portal = holding(range(1, 400))

    assert len(walked(portal)) == 399
    assert portal.requests == 1


def test_a_walk_goes_on_above_an_id() -> None:
    assert walked(holding(range(1, 1001)), above=990) == list(range(991, 1001))
    assert walked(holding(range(1, 1001)), above=5000) == []


def test_rows_that_come_while_it_walks_come_once() -> None:
    ids = list(range(1, 3001))

    assert walked(holding(ids, coming=[3001, 3007])) == [*ids, 3001]


def test_a_portal_that_ignores_the_bounds_is_told() -> None:
    page = [{"ID": str(each)} for each in range(1, 51)]

    with pytest.raises(BadResponse, match="rows above 50, got 'the page before again'"):
        walked(Portal(lambda *_: page))


def test_a_portal_that_ignores_the_order_is_told() -> None:
    page = [{"ID": str(each)} for each in range(60, 10, -1)]

    with pytest.raises(BadResponse, match="in the order of their ids"):
        walked(Portal(lambda *_: page))


def test_an_unchanged_portal_costs_few_requests_a_stream() -> None:
    portal = Portal(lambda method, asked: 1 if method == "crm.settings.mode.get" else [])
    made = connector(portal)

    for each in made.streams():
        portal.requests = 0
        asyncio.run(read(made, each.name, after=NOW - timedelta(hours=1)))
        assert 1 <= portal.requests <= 3, each.name


def test_a_run_that_was_cut_off_goes_on_at_its_last_checkpoint() -> None:
    rows = [
        {"ID": str(each), "DATE_CREATE": "2026-03-01T09:00:00+03:00", "CURRENCY_ID": "RUB", "STAGE_SEMANTIC_ID": "P"}
        for each in range(1, 1201)
    ]

    def answers(method: str, asked: Asked) -> Any:
        found = [row for row in rows if int(row["ID"]) > int(asked.get("filter[>ID]", "") or 0)]
        return (found if asked["order[ID]"] == "ASC" else found[::-1])[:50]

    made = connector(Portal(answers))
    whole = asyncio.run(read(made, "deals"))
    first = next(each for each in whole if isinstance(each, Checkpoint))

    rest = asyncio.run(read(made, "deals", cursor=first.cursor))

    before = whole[: whole.index(first)]
    assert [each.id for each in before + rest if not isinstance(each, Checkpoint)] == [row["ID"] for row in rows]


# ── pace ─────────────────────────────────────────────────────────────────────────────


def heard(operating: float, status: int = 200) -> Pace:
    pace = Pace()
    body = f'{{"result": [], "time": {{"operating_reset_at": 1773134700, "operating": {operating}}}}}'
    list(pace.heard(Response(status, {}, body.encode(), ""), NOW))
    return pace


def test_it_asks_less_at_once_as_run_time_adds_up() -> None:
    assert [heard(used).at_once(NOW) for used in (0, 200, 300, 470)] == [AT_ONCE, FEWER, 1, 1]


def test_it_asks_less_at_once_after_a_refusal_for_a_while() -> None:
    pace = heard(0, status=503)

    assert pace.at_once(NOW) == FEWER
    assert pace.at_once(NOW + timedelta(minutes=1)) == AT_ONCE


def test_a_portal_that_cannot_do_so_much_is_asked_for_half_and_slowly_for_more() -> None:
    pace = Pace()
    slow, good = Response(504, {}, b"<html>", ""), Response(200, {}, b'{"result": []}', "")

    for _ in range(5):  # one request, repeated
        list(pace.heard(slow, NOW))
    assert pace.pages == MOST_PAGES // 2
    list(pace.heard(slow, NOW + timedelta(minutes=5)))
    assert pace.pages == MOST_PAGES // 4
    list(pace.heard(good, NOW))
    assert pace.pages == MOST_PAGES // 4 + 1


@pytest.mark.parametrize("pages", [1, 3, 20])
def test_all_is_read_with_fewer_pages_to_a_request(pages: int) -> None:
    portal = holding(range(1, 1301))

    async def walk() -> list[int]:
        explain = BadResponse(expected="", where="")
        walker = Walker(Envelopes(lambda: portal, lambda _: explain), lambda: 3, lambda: pages)
        return [int(row["ID"]) async for chunk in walker.whole(DEALS) for row in chunk.rows]

    ids = asyncio.run(walk())

    assert ids == list(range(1, 1301))
