"""What a portal may send that is odd: nothing is lost or doubled, and a person is told."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from collector.plugin import Deal, StageChange
from collector.testing.conformance.books import difference
from tests.connectors.bitrix24.asked import Asked, Portal, connector, read
from tests.connectors.bitrix24.test_faults import live, poll, scene

ROW = {
    "ID": "7",
    "DATE_CREATE": "2026-03-01T09:00:00+03:00",
    "DATE_MODIFY": "2026-03-02T09:00:00+03:00",
    "STAGE_ID": "C1:NEW",
    "STAGE_SEMANTIC_ID": "P",
    "CATEGORY_ID": "1",
    "CURRENCY_ID": "RUB",
    "OPPORTUNITY": "10",
}


def told(deal: Mapping[str, Any], steps: list[Mapping[str, Any]]) -> list[Any]:
    """The deal, and its steps."""

    def answers(method: str, asked: Asked) -> object:
        if method == "crm.deal.list":
            return [deal]
        if method == "crm.stagehistory.list":
            return {"items": steps if str(asked.get("entityTypeId")) == "2" else []}
        return [{"CURRENCY": "RUB", "BASE": "Y"}] if method == "crm.currency.list" else []

    async def both() -> list[Any]:
        made = connector(Portal(answers))
        return [*await read(made, "deals"), *await read(made, "stages")]

    return asyncio.run(both())


def step(number: int, kind: int, category: str, stage: str, semantic: str, at: str) -> Mapping[str, Any]:
    told = {"ID": number, "TYPE_ID": kind, "OWNER_ID": 7, "CATEGORY_ID": category, "STAGE_ID": stage}
    return {**told, "STAGE_SEMANTIC_ID": semantic, "CREATED_TIME": at}


def test_a_won_deal_that_moves_to_another_category_is_one_deal_there_and_won_once() -> None:
    steps = [
        step(1, 1, "1", "C1:NEW", "P", "2026-03-01T09:00:00+03:00"),
        step(2, 3, "1", "C1:WON", "S", "2026-03-01T12:00:00+03:00"),
        step(3, 5, "2", "C2:WON", "S", "2026-03-02T09:00:00+03:00"),
    ]
    row = {**ROW, "CATEGORY_ID": "2", "STAGE_ID": "C2:WON", "STAGE_SEMANTIC_ID": "S"}

    found = told(row, steps)

    assert [(each.id, each.pipeline) for each in found if isinstance(each, Deal)] == [("7", "2")]
    won = [each.at.isoformat() for each in found if isinstance(each, StageChange) and each.status == "won"]
    assert won == ["2026-03-01T09:00:00+00:00"]


def test_a_portal_in_another_zone_tells_the_same(tmp_path: Path) -> None:
    books = []
    for name in ("Europe/Moscow", "America/Sao_Paulo"):
        folder = tmp_path / name.replace("/", "-")
        folder.mkdir()
        with scene(folder) as (bench, simulator):
            simulator.switches.zone = ZoneInfo(name)
            assert poll(bench, "deals").ok
            books.append(bench.books())

    assert difference(*books) is None


def test_rights_that_are_lost_half_way_through_a_sweep_take_nothing_away(tmp_path: Path) -> None:
    with scene(tmp_path) as (bench, simulator):
        poll(bench, "deals")
        before = {row[2:4] for row in live(bench)}
        client: Any = bench.connector.client
        sent: Callable[..., Any] = client.request
        bench.clock.advance(timedelta(hours=25))
        asked = 0

        async def losing(method: str, path: str, **more: Any) -> Any:
            nonlocal asked
            asked += 1
            simulator.switches.hidden_managers = {11, 12, 13} if asked > 1 else set()
            return await sent(method, path, **more)

        client.request = losing
        report = poll(bench, "deals")

        assert report.reason == "sweep_refused"
        assert before <= {row[2:4] for row in live(bench)}
