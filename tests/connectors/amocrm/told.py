"""The vendor's sample bodies, and what is made of them without any request."""

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from collector.plugin import Record, as_json
from connectors.amocrm.bodies import id_of, rows
from connectors.amocrm.events import RESPONSES, STATUS, Told, in_order, is_of_person, step, subject
from connectors.amocrm.mapping import Book, created_of, main_contact, records
from connectors.amocrm.rules import rules_of
from connectors.amocrm.settings import AmoSettings

SAMPLES = Path(__file__).with_name("samples")


def sample(name: str) -> Any:
    return json.loads((SAMPLES / name).read_text(encoding="utf-8"), parse_float=Decimal)


def settings(**more: Any) -> AmoSettings:
    return AmoSettings.model_validate({"account": "example.amocrm.ru", "access_token": "t", **more})


def book(dimensions: Mapping[str, str] | None = None, **more: Any) -> Book:
    values = settings(**more)
    pipelines = rows(sample("leads.pipelines.json"), "pipelines", "")
    return Book(values, dimensions or {}, "RUB", rules_of(values, pipelines))


def sample_events() -> list[Any]:
    return [e for name in ("events.page1.json", "events.page2_last.json") for e in rows(sample(name), "events", "")]


def told_of(row: Mapping[str, Any], events: list[Any]) -> Told:
    """As `history` sorts events, of one lead."""
    found = Told()
    for event in in_order(events):
        kind, number = subject(event)
        mine = (kind == "lead" and number == id_of(row)) or (kind == "contact" and number == main_contact(row))
        if mine and event["type"] == STATUS and (taken := step(event)) is not None:
            found.steps.append(taken)
        elif mine and event["type"] in RESPONSES and is_of_person(event):
            found.answer(event["created_at"], created=created_of(row))
    return found


def made(row: Mapping[str, Any], events: list[Any] | None = None, given: Book | None = None) -> list[Record]:
    return list(records(row, told_of(row, events or []), given or book()))


def entities(found: list[Record]) -> list[dict[str, Any]]:
    return [as_json(each) for each in found if each.type in ("lead", "deal")]
