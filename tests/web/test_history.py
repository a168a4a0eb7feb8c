"""/api/v1/kpis/{kpi}/history: a request becomes a question, and the answer rows."""

from collections.abc import Callable
from datetime import date
from typing import Any

import httpx
import pytest

from collector.kpi.history import BadStretch, Stretch
from collector.snapshot.history import Asked, NoHistory, NoSuchName

Ask = Callable[..., httpx.Response]
PATH = "/api/v1/kpis/revenue/history"


def test_a_point_has_the_keys_of_a_value_and_the_day_that_it_is_as_of(ask: Ask) -> None:
    assert ask(PATH).json() == [
        {
            "project": "shop",
            "kpi": "revenue",
            "window": "30d",
            "at": "2026-11-22",
            "from": "2026-10-24",
            "through": "2026-11-22",
            "value": "7.5",
            "unit": "money",
            "currency": "RUB",
            "fresh": True,
            "undefined": None,
            "member": None,
        }
    ]


def test_all_that_is_asked_for_reaches_the_daemon(ask: Ask, daemon: Any) -> None:
    query = "from=2026-01-02&to=2026-03-04&step=7d&window=30d&window=mtd&by=channel&member=Email&project=shop"

    ask(f"{PATH}?{query}")
    ask(f"{PATH}?days=90")

    assert daemon.asked_for == [
        Asked(
            "revenue",
            Stretch(date(2026, 1, 2), date(2026, 3, 4), None, "7d"),
            ("30d", "mtd"),
            "channel",
            "Email",
            ("shop",),
        ),
        Asked("revenue", Stretch(number=90)),
    ]


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("from=yesterday", "from: 'yesterday' is no day; write it as 2026-11-02."),
        ("days=many", "days: 'many' is no number."),
        ("by=channel", "by and member belong together: a dimension, and one of its members."),
        ("format=xml", "There is no format 'xml'; there are: csv, json."),
    ],
)
def test_what_is_no_question_is_a_bad_request(ask: Ask, daemon: Any, query: str, fault: str) -> None:
    answer = ask(f"{PATH}?{query}")

    assert (answer.status_code, answer.json()) == (400, {"error": fault})
    assert daemon.asked_for == []


@pytest.mark.parametrize(
    ("refused", "status", "fault"),
    [
        (NoSuchName("kpi", "x", ["cac", "leads"]), 404, "There is no kpi 'x'; there are: cac, leads."),
        (BadStretch("more than 400 points"), 400, "No history: more than 400 points."),
        (NoHistory("not done within 10 s"), 503, "No history: not done within 10 s."),
    ],
)
def test_a_refusal_says_whose_turn_it_is(ask: Ask, daemon: Any, refused: Exception, status: int, fault: str) -> None:
    daemon.refused = refused

    answer = ask(PATH)

    assert (answer.status_code, answer.json()) == (status, {"error": fault})


def test_before_the_first_snapshot_there_is_no_history(ask: Ask, daemon: Any) -> None:
    daemon.snapshot = None

    assert ask(PATH).status_code == 503


def test_as_csv(ask: Ask) -> None:
    assert ask(f"{PATH}?format=csv").text.splitlines() == [
        "project,kpi,window,at,from,through,value,unit,currency,fresh,undefined,member",
        "shop,revenue,30d,2026-11-22,2026-10-24,2026-11-22,7.5,money,RUB,true,,",
    ]
