"""The value of a window as of each of many days."""

import json
from collections.abc import Callable
from contextlib import redirect_stdout
from datetime import date
from io import StringIO
from typing import Any

import pytest

from collector.cli import invoke
from collector.kpi.history import BadStretch, Stretch, history
from tests.kpi.conftest import Business

Lines = Callable[..., list[dict[str, Any]]]

DEALS = "id,won,amount,customer\n1,2026-10-01,10,ann\n2,2026-10-03,20,bob\n3,2026-10-06,70,ann"


@pytest.fixture
def lines(business: Business, kpi_collector: Callable[..., str]) -> Lines:
    def told(*arguments: str) -> list[dict[str, Any]]:
        business.poll()
        out = kpi_collector("--config", business.config, "kpi", *arguments, "--format", "json")
        return [json.loads(line) for line in out.splitlines()]

    return told


def day(text: str) -> date:
    return date.fromisoformat(text)


def stretched(most: int = 100, **asked: Any) -> list[str]:
    return [each.isoformat() for each in Stretch(**asked).days(last=day("2026-10-31"), most=most)]


# ── which days ───────────────────────────────────────────────────────────────────────


def test_thirty_days_through_the_last_complete_one_unless_somebody_says_otherwise() -> None:
    found = stretched()

    assert (found[0], found[-1], len(found)) == ("2026-10-02", "2026-10-31", 30)


def test_steps_are_counted_back_from_the_last_day() -> None:
    assert stretched(last=day("2026-10-20"), number=15, step="7d") == ["2026-10-06", "2026-10-13", "2026-10-20"]
    assert stretched(first=day("2026-10-14"), last=day("2026-10-20"), step="7d") == ["2026-10-20"]


def test_a_step_of_a_month_is_the_same_day_or_the_months_last() -> None:
    assert stretched(first=day("2026-06-30"), step="1m") == [
        "2026-06-30",
        "2026-07-31",
        "2026-08-31",
        "2026-09-30",
        "2026-10-31",
    ]


def test_the_calendar_has_a_beginning() -> None:
    assert stretched(first=date.min, last=day("0001-03-15"), step="1m") == ["0001-01-15", "0001-02-15", "0001-03-15"]
    assert stretched(last=day("0001-01-02"), number=9_999_999) == ["0001-01-01", "0001-01-02"]


@pytest.mark.parametrize(
    ("asked", "fault"),
    [
        ({"first": date(2026, 10, 2), "number": 3}, "give one of the two"),
        ({"number": 0}, "0 days are none"),
        ({"first": date(2026, 11, 2)}, "2026-11-02, lies after the last one, 2026-10-31"),
        ({"number": 101}, "more than 100 points"),
        ({"step": "1"}, "there is no step '1'; there are 1d, 7d, 1m. Did you mean 1m?"),
    ],
)
def test_days_that_make_no_history_are_told(asked: dict[str, Any], fault: str) -> None:
    with pytest.raises(BadStretch, match=fault.replace("?", r"\?").replace(".", r"\.")):
        stretched(**asked)


# ── which values ─────────────────────────────────────────────────────────────────────


def test_each_point_is_what_show_says_as_of_that_day(business: Business, lines: Lines) -> None:
    business.deals(DEALS)

    found = lines("history", "revenue", "--window", "7d", "--from", "2026-10-01", "--to", "2026-10-10")

    assert [(each["at"], each["value"]) for each in found][:6] == [
        ("2026-10-01", "10"),
        ("2026-10-02", "10"),
        ("2026-10-03", "30"),
        ("2026-10-04", "30"),
        ("2026-10-05", "30"),
        ("2026-10-06", "100"),
    ]
    for each in found:
        (shown,) = lines("show", "revenue", "--window", "7d", "--at", each["at"])
        assert {name: value for name, value in each.items() if name != "at"} == shown


def test_days_without_a_value_have_their_reason(business: Business, lines: Lines) -> None:
    business.facts("ads", "day,spend\n2026-10-02,10\n2026-10-04,5")

    found = lines("history", "spend", "--window", "1d", "--from", "2026-10-01", "--to", "2026-10-05")

    assert [(each["through"], each["value"], each["undefined"]) for each in found] == [
        (None, None, "too_short"),
        ("2026-10-02", "10", None),
        ("2026-10-03", "0", None),
        ("2026-10-04", "5", None),
        ("2026-10-04", "5", None),  # held back: the day's data are not in yet
    ]


def test_it_ends_with_the_last_complete_day(business: Business, lines: Lines) -> None:
    business.facts("ads", "day,spend\n2026-10-02,10\n2026-10-04,5")

    assert [each["at"] for each in lines("history", "spend", "--window", "1d", "--days", "2")] == [
        "2026-10-03",
        "2026-10-04",
    ]


def test_one_member_is_told_with_dimension_and_title(business: Business, lines: Lines) -> None:
    business.facts(
        "ads", "day,channel,spend,clicks\n2026-10-01,Email,10,2\n2026-10-02,Display,8,4\n2026-10-03,Email,6,0"
    )

    asked = ("--window", "1d", "--days", "3", "--by", "channel", "--member", "Email")

    spend, cpc = lines("history", "spend", *asked), lines("history", "cpc", *asked)

    assert [(each["channel"], each["member"], each["value"]) for each in spend] == [
        ("Email", "Email", "10"),
        ("Email", "Email", "0"),
        ("Email", "Email", "6"),
    ]
    assert [(each["value"], each["undefined"]) for each in cpc] == [
        ("5", None),
        (None, "zero_denominator"),
        (None, "zero_denominator"),
    ]


def test_a_cost_per_something_is_no_zero_on_days_without_costs(business: Business, lines: Lines) -> None:
    business.facts("ads", "day,channel,spend,clicks\n2026-10-01,Email,0,2\n2026-10-02,Email,8,4")

    found = lines("history", "cpc", "--window", "1d", "--days", "2", "--by", "channel", "--member", "Email")

    assert [each["value"] for each in found] == [None, "2"]


def test_days_share_what_was_computed_of_them(business: Business) -> None:
    business.deals(DEALS)
    business.poll()

    with business.engine("revenue") as (engine, kpi):
        days = [day("2026-10-08"), day("2026-10-09")]
        all_time = [point.value.value for point in history(engine, kpi, "all", days)]
        now = engine.whole(kpi, "all").value

    assert [*all_time, now] == [100, 100, 100]


# ── on the command line ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["--by", "channel"], "--by and --member belong together"),
        (["--from", "2026-10-02", "--days", "3"], "give one of the two"),
        (["--by", "network", "--member", "vk"], "revenue cannot be broken down by network; it can be by campaign,"),
        (["--window", "8d"], "there is no window '8d'"),
    ],
)
def test_what_makes_no_sense_is_refused(
    business: Business,
    kpi_collector: Callable[..., str],
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    fault: str,
) -> None:
    business.deals(DEALS)
    business.facts("vk", "day,network,likes\n2026-10-02,vk,1")

    kpi_collector("--config", business.config, "kpi", "history", "revenue", *arguments, code=2)

    assert fault in capsys.readouterr().err


class Terminal(StringIO):
    """Where somebody looks on."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_on_a_terminal_a_line_of_blocks_stands_above_the_table(business: Business) -> None:
    business.deals(DEALS)
    business.poll()
    terminal, pipe = Terminal(), StringIO()

    for out in (terminal, pipe):
        with redirect_stdout(out):
            asked = ["history", "revenue", "--window", "1d", "--from", "2026-10-01", "--to", "2026-10-06"]
            assert invoke(["--config", str(business.config), "--log.level", "error", "kpi", *asked]) == 0

    drawn, _, table = terminal.getvalue().partition("\n\n")
    assert drawn.replace("\u00a0", " ") == "revenue 1d  ▂▁▃▁▁█  0 EUR … 70 EUR"
    assert table == pipe.getvalue()


def test_csv_has_a_header_and_a_line_a_day(business: Business, kpi_collector: Callable[..., str]) -> None:
    business.deals(DEALS)
    business.poll()

    asked = ["history", "sales", "--window", "1d", "--days", "2", "--to", "2026-10-03", "--format", "csv"]

    assert kpi_collector("--config", business.config, "kpi", *asked).splitlines() == [
        "kpi,window,at,from,through,value,unit,currency,fresh,undefined",
        "sales,1d,2026-10-02,2026-10-02,2026-10-02,0,deal,,yes,",
        "sales,1d,2026-10-03,2026-10-03,2026-10-03,1,deal,,yes,",
    ]
