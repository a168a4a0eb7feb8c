"""connectors/csv/settings.py, mistakes.py: what a user writes wrong, told all at once by its key."""

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from collector.plugin import ConnectorSettings
from connectors.csv.settings import CsvSettings

FACT: dict[str, Any] = {"record": "fact", "columns": {"day": "d", "spend": "s"}}
DEAL: dict[str, Any] = {"record": "deal", "columns": {"closed_at": "d", "amount": "a", "status": "s"}}


def told(desk: Any, **settings: Any) -> list[str]:
    with pytest.raises(ValueError) as caught:
        desk.source(**settings)
    assert not isinstance(caught.value, ValidationError)
    return str(caught.value).split("\n")


def test_the_defaults() -> None:
    settings = CsvSettings(record="deal", path="a.csv", columns={"amount": "sum"})

    assert settings.model_dump(include=set(CsvSettings.model_fields) - set(ConnectorSettings.model_fields)) == {
        "record": "deal",
        "path": "a.csv",
        "columns": {"amount": "sum"},
        "constants": {},
        "cuts": None,
        "delimiter": ",",
        "encoding": "utf-8-sig",
        "decimal": ".",
        "date_format": "ISO",
        "zone": None,
        "spread": None,
        "on_bad_row": "fail",
    }


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("record", "facts", "Input should be 'fact', 'lead', 'deal', 'customer', 'post' or 'rate'"),
        ("path", "", "a file or a pattern is needed, such as spend/*.csv"),
        ("path", [], "a file or a pattern is needed, such as spend/*.csv"),
        ("columns", {}, "Dictionary should have at least 1 item after validation, not 0"),
        ("columns", {"day": " "}, "day: the name of a column is needed"),
        ("delimiter", ";;", "';;' cannot part cells; one sign is needed, such as ; or tab"),
        ("delimiter", '"', "'\"' cannot part cells; one sign is needed, such as ; or tab"),
        ("encoding", "utf-9", "'utf-9' is no encoding of text; write for instance utf-8 or windows-1251"),
        ("encoding", "base64", "'base64' is no encoding of text; write for instance utf-8 or windows-1251"),
        (
            "encoding",
            "unicode_escape",
            "'unicode_escape' is no encoding of text; write for instance utf-8 or windows-1251",
        ),
        ("decimal", "'", "Input should be '.' or ','"),
        ("date_format", "%d.%m", "'%d.%m' tells no year and month; write for instance %d.%m.%Y"),
        ("date_format", "dd.mm.yyyy", "'dd.mm.yyyy' tells no year and month; write for instance %d.%m.%Y"),
        ("zone", "Europe/Moskow", "'Europe/Moskow' is no time zone; did you mean Europe/Moscow?"),
        ("zone", "Europe", "'Europe' is no time zone; did you mean"),
        ("zone", "../etc", "'../etc' is no time zone"),
        ("spread", "week", "Input should be 'month'"),
        ("on_bad_row", "ignore", "Input should be 'fail' or 'skip'"),
        ("colums", {}, "Extra inputs are not permitted"),
    ],
)
def test_a_setting_that_cannot_be(key: str, value: object, reason: str) -> None:
    with pytest.raises(ValidationError) as caught:
        CsvSettings.model_validate({"path": "*.csv", **FACT, key: value})

    (error,) = caught.value.errors()
    assert error["loc"][0] == key
    assert reason in error["msg"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [("tab", "\t"), ("\\t", "\t"), ("\t", "\t"), (";", ";"), (" ", " ")],
)
def test_delimiters(written: str, meant: str) -> None:
    assert CsvSettings.model_validate({"path": "a", **FACT, "delimiter": written}).delimiter == meant


def test_a_byte_order_mark_is_never_part_of_a_name(desk: Any) -> None:
    settings = {"record": "fact", "columns": {"day": "d", "sessions": "n"}, "encoding": "UTF-8"}

    assert len(desk.read("\ufeffd,n\n2026-11-01,1\n", **settings)) == 1


def test_unknown_names_are_told_with_the_nearest(desk: Any) -> None:
    assert told(
        desk, **{**FACT, "columns": {"day": "d", "spend": "s", "chanel": "c"}, "constants": {"curency": "EUR"}}
    ) == [
        "columns.chanel: no field, measure or dimension of a fact; did you mean channel?",
        "constants.curency: no field, measure or dimension of a fact; did you mean currency?",
    ]
    assert told(desk, record="lead", columns={"created_at": "c", "status": "s", "yclidd": "y", "custmer": "x"}) == [
        "columns.yclidd: no field, dimension or click id of a lead; did you mean yclid?",
        "columns.custmer: no field, dimension or click id of a lead; did you mean customer_id?",
    ]


def test_what_is_declared_may_be_named(desk: Any) -> None:
    columns = {**DEAL["columns"], "region": "r"}
    assert told(desk, record="deal", columns=columns)[0].startswith("columns.region: no field")

    desk.dimensions = {"region": "UF_1"}
    desk.source(record="deal", columns=columns)


@pytest.mark.parametrize(
    ("settings", "mistakes"),
    [
        (
            {"record": "fact", "columns": {"campaign": "c", "spend": "s"}},
            ["columns: a fact needs day; name its column, or give it under constants"],
        ),
        (
            {"record": "deal", "columns": {"customer_id": "c"}},
            [
                "columns: a deal needs created_at (or closed_at); name its column, or give it under constants",
                "columns: a deal needs status; name its column, or give it under constants",
                "columns: a deal needs amount; name its column, or give it under constants",
            ],
        ),
        (
            {"record": "deal", "columns": {"created_at": "d", "amount": "a"}, "constants": {"status": "won"}},
            ["columns: a won or lost deal needs closed_at, the day on which it counts; name its column"],
        ),
        (
            {"record": "lead", "columns": {"id": "n"}},
            [
                "columns: a lead needs created_at; name its column, or give it under constants",
                "columns: a lead needs status; name its column, or give it under constants",
            ],
        ),
        (
            {"record": "customer", "columns": {"parent_id": "p"}},
            ["columns: a customer needs id; name its column, or give it under constants"],
        ),
        (
            {"record": "post", "columns": {"published_at": "p", "network": "n"}},
            ["columns: a post needs kind; name its column, or give it under constants"],
        ),
        (
            {"record": "rate", "columns": {"day": "d", "value": "v"}},
            ["columns: a rate needs currency; name its column, or give it under constants"],
        ),
        (
            {**DEAL, "constants": {"id": "7"}},
            ["constants.id: would be one id for all rows; name a column, or leave it out"],
        ),
        ({**DEAL, "constants": {"amount": "7"}}, ["constants.amount: is a column, too; keep one of them"]),
        (
            {"record": "deal", "columns": {"closed_at": "d", "amount": "a"}, "constants": {"status": "wonn"}},
            ["constants.status: 'wonn' is none of lost, open, won"],
        ),
        (
            {**DEAL, "constants": {"currency": "рубль", "is_repeat": "maybe", "updated_at": "2026"}},
            [
                "constants.currency: a currency such as EUR is needed, got 'рубль'",
                "constants.is_repeat: true, false, 1, 0, yes or no is needed, got 'maybe'",
                "constants.updated_at: a date such as 2026-11-02 is needed, got '2026'",
            ],
        ),
        ({**FACT, "constants": {"clicks": "x"}}, ["constants.clicks: 'x' is no number"]),
        ({**DEAL, "cuts": [[]]}, ["cuts: are for facts; a deal has none"]),
        ({**DEAL, "spread": "month"}, ["spread: is for facts; a deal stands on its own day"]),
        ({**FACT, "date_format": "%m.%Y"}, ["date_format: '%m.%Y' tells no day; write for instance %d.%m.%Y"]),
        (
            {"record": "fact", "columns": {"day": "d", "active_customers": "n", "pipeline_amount": "p"}},
            [
                "columns.active_customers: is counted from entities; no file can state it by day",
                "columns.pipeline_amount: is counted from entities; no file can state it by day",
            ],
        ),
        (
            {"record": "fact", "columns": {"day": "d", "followers": "n"}, "spread": "month"},
            ["spread: followers is no sum, so it cannot be spread over days"],
        ),
        (
            {"record": "fact", "columns": {"day": "d", "value": "v"}},
            ["columns: measure and value go together: one names what the other holds"],
        ),
        (
            {"record": "fact", "columns": {"day": "d", "value": "v"}, "constants": {"measure": "spent"}},
            ["constants.measure: 'spent' is no measure; did you mean spend?"],
        ),
    ],
)
def test_what_settings_lack_or_contradict(desk: Any, settings: dict[str, Any], mistakes: list[str]) -> None:
    assert [each for each in told(desk, **settings) if "a fact needs a measure" not in each] == mistakes


@pytest.mark.parametrize(
    ("cuts", "mistakes"),
    [
        (
            [["channel", "campain"]],
            [
                "cuts.0: campain has neither column nor constant",
                "cuts: none has campaign; a row that has it would belong to no cut",
            ],
        ),
        ([["channel", "campaign", "campaign"]], ["cuts.0: names a dimension twice"]),
        ([["channel", "campaign"], ["campaign", "channel"]], ["cuts.1: is there already"]),
        ([[], ["channel", "campaign"]], ["cuts.0: lacks channel, which every row has by its constant"]),
    ],
)
def test_cuts_that_cannot_be(desk: Any, cuts: list[list[str]], mistakes: list[str]) -> None:
    columns = {**FACT["columns"], "campaign": "c"}

    assert told(desk, record="fact", columns=columns, constants={"channel": "Display"}, cuts=cuts) == mistakes


def test_a_months_file_may_leave_the_day_out(desk: Any) -> None:
    facts = desk.read("d,s\n11.2026,30\n", **FACT, spread="month", date_format="%m.%Y")

    assert [str(fact.value) for fact in facts] == ["1.000000"] * 30


def test_constants_are_written_as_yaml_has_them(desk: Any) -> None:
    constants = {"status": "won", "is_repeat": True, "closed_at": date(2026, 11, 1), "amount": 12.5}
    (deal,) = desk.read("c\nx\n", record="deal", columns={"customer_id": "c"}, constants=constants)

    assert (deal.is_repeat, str(deal.closed_at), str(deal.amount)) == (True, "2026-11-01 09:00:00+00:00", "12.5")
