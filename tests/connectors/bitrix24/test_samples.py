"""What the vendor's own bodies come to."""

import asyncio
import re
from decimal import Decimal
from typing import Any

import pytest

from collector.plugin import Checkpoint, Json, Member, Rate, as_json
from tests.connectors.bitrix24.asked import Asked, Portal, connector, read, sample

CONFIG = sample("_expected_records.json")["config"]


def answers(method: str, asked: Asked) -> Json:
    """The sample bodies, filtered as far as the connector asks."""
    match method:
        case "crm.settings.mode.get":
            return sample("crm.settings.mode.get.json")["result"]
        case "crm.lead.list" | "crm.deal.list":
            rows = sample(f"{method}.json")["result"]
        case "crm.activity.list":
            rows = sample("crm.activity.list.json")["result"]
        case "crm.stagehistory.list":
            kind = {"1": "leads", "2": "deals"}[asked["entityTypeId"]]
            rows = sample(f"crm.stagehistory.list.{kind}.json")["result"]["items"]
            return {"items": bounded(rows, asked)}
        case "crm.item.list":
            return sample("crm.item.list.empty.json")["result"]
        case "user.get":
            return sample("user.get.json")["result"] if asked["start"] == "0" else []
        case "crm.category.list" | "crm.status.list" | "crm.currency.list":
            return sample(f"{method}.json")["result"]
        case _:
            raise AssertionError(method)
    return bounded(rows, asked)


def bounded(rows: list[Any], asked: Asked) -> list[Any]:
    """By `>ID`, `@OWNER_ID`, and what is compared as it stands."""
    lowest = asked.get("filter[>ID]", "0") or "0"
    rows = [row for row in rows if int(row["ID"]) > int(lowest)]
    for name in {found[1] for key in asked if (found := re.match(r"filter\[@(\w+)]", key))}:
        wanted = {value for key, value in asked.items() if key.startswith(f"filter[@{name}]")}
        rows = [row for row in rows if row[name] in wanted]
    for name in ("OWNER_TYPE_ID", "DIRECTION", "COMPLETED"):
        rows = [row for row in rows if row.get(name) == asked.get(f"filter[{name}]", row.get(name))]
    if any("BINDINGS" in key for key in asked):
        return []
    return rows if asked.get("order[ID]") == "ASC" else rows[::-1]


def records(stream: str, **settings: Any) -> list[Any]:
    made = connector(Portal(answers), **CONFIG, **settings)
    return [each for each in asyncio.run(read(made, stream)) if not isinstance(each, Checkpoint)]


@pytest.mark.parametrize(("stream", "file"), [("leads", "crm.lead.list.json"), ("deals", "crm.deal.list.json")])
def test_the_samples_come_to_the_expected_records(stream: str, file: str) -> None:
    expected = sample("_expected_records.json")["files"][file]

    told = [as_json(each) for each in records(stream)]

    assert [{key: each[key] for key in want} for each, want in zip(told, expected, strict=True)] == expected


def test_a_history_is_told_step_by_step() -> None:
    told = [(each.entity, each.id, each.at.isoformat(), each.stage, each.status) for each in records("stages")]

    assert len(told) == 12
    assert told[2] == ("deal", "901", "2026-03-09T13:59:58+00:00", "WON", "won")
    assert told[6] == ("deal", "904", "2026-03-07T07:00:00+00:00", "APOLOGY", "lost")
    assert told[-1] == ("lead", "503", "2026-03-04T12:30:00+00:00", "CONVERTED", "converted")


def test_names_and_rates_are_told() -> None:
    found = records("directory")

    members = {(each.dimension, each.id): each.title for each in found if isinstance(each, Member)}
    assert members["pipeline", "0"] == "General"
    assert members["pipeline", "1"] == "Repeat sales"
    assert members["manager", "7"] == "Manager 7"
    assert members["lead_source", "2|VK"] == "VK open channel"
    assert members["stage", "C1:WON"] == "Won"
    rates = {each.currency: each.value for each in found if isinstance(each, Rate)}
    assert rates == {"USD": Decimal("88.79"), "EUR": Decimal("96.32"), "KZT": Decimal("0.1825")}
    assert {str(each.day) for each in found if isinstance(each, Rate)} == {"2026-03-10"}
