"""The company's books against a second count of its events, by SQL (`sql`)."""

import json
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest

from collector.kpi.catalogue import built_in
from collector.testing.company.books import Books
from collector.testing.company.books.figures import DIMENSIONS, MONEY
from collector.testing.company.books.hours import worked
from collector.testing.company.books.kpis import KPIS
from collector.testing.company.books.lines import daily_lines, kpi_lines
from collector.testing.company.calendar import HOURS, OFFSET, after_work, midnight, moment
from collector.testing.company.company import Company
from collector.vocabulary.measures import BUILT_IN
from tests.testing.company.sql import BY_CHANNEL, recounted

TODAY = date(2026, 2, 11)
WINDOWS = (1, 7, 30, 90, 400, 2_000)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_books_are_what_a_second_count_finds(seed: int) -> None:
    company = Company(seed, TODAY + timedelta(days=31 * seed))
    books, base = Books(company), recounted(company)
    last = company.yesterday.toordinal()

    for measure, query in BY_CHANNEL.items():
        for days in WINDOWS:
            for end in (last, last - 33):
                first = end - days + 1
                rows = base.execute(query, {"first": first, "last": end}).fetchall()
                counted = {
                    member: amount for member, amount in rows if abs(amount or 0) > 1e-6
                }  # floats: a refund leaves dust
                told = books.ledger.figure(measure, f"{days}d", first, end, ("channel",))
                whole = books.ledger.figure(measure, f"{days}d", first, end, ())[()]
                asked = (measure, days, date.fromordinal(end))
                members = {name: float(value) for (name,), value in told.items() if abs(float(value)) > 1e-6}
                assert members == pytest.approx(counted, rel=1e-9), asked
                assert float(whole) == pytest.approx(sum(counted.values()), rel=1e-9), asked


def test_working_time_is_what_counting_each_minute_finds() -> None:
    random, minute = Random(1), 60
    week = midnight(TODAY.toordinal())
    for _ in range(50):
        since = week + random.randrange(7 * 24 * 60) * minute
        until = since + random.randrange(3 * 24 * 60) * minute
        shown = (moment(each + OFFSET) for each in range(since, until, minute))
        open_minutes = sum(
            HOURS.get(at.weekday(), (0, 0))[0] <= at.hour < HOURS.get(at.weekday(), (0, 0))[1] for at in shown
        )

        assert worked(since, until) == open_minutes * minute
        assert worked(since, after_work(since, 5_000)) == 5_000


def test_the_books_have_every_measure_and_every_formula_of_the_catalogue() -> None:
    """With the windows that are its own, and the units; what is native is an estimate."""
    formulas = {each.name: each for each in built_in() if each.native is None}

    recounts = {"social_recounts", "social_view_recounts"}  # how far counters fell: of readings, not of the company
    assert DIMENSIONS.keys() == {measure.name for measure in BUILT_IN} - recounts
    assert KPIS.keys() == formulas.keys()
    assert {name: kpi.unit for name, kpi in KPIS.items()} == {name: each.unit for name, each in formulas.items()}


def test_lines_of_days_add_up_to_the_window() -> None:
    books = Books(Company(1, TODAY, days=40))
    sums: dict[object, Decimal] = defaultdict(Decimal)
    for line in daily_lines(books, ("channel",)):
        assert isinstance(line["value"], Decimal)
        sums[line["measure"]] += line["value"]

    for measure in ("sessions", "spend", "leads", "deals_won", "revenue", "gross_profit", "new_customers"):
        first, last = books.company.since.toordinal(), books.company.yesterday.toordinal()
        assert sums[measure] == pytest.approx(books.ledger.figure(measure, "40d", first, last, ())[()])


def test_lines_of_all_measures_come_with_their_currency() -> None:
    books = Books(Company(1, TODAY, days=10))
    lines = list(daily_lines(books))

    assert {line["measure"] for line in lines} | {"seconds_to_win", "response_seconds"} >= {
        name for name in DIMENSIONS if not name.startswith("reach")
    }
    assert {line["measure"] for line in lines if line["currency"]} == MONEY
    assert all(set(line) == {"day", "measure", "value", "currency"} for line in lines)


def test_lines_of_kpis_say_why_there_is_no_value() -> None:
    books = Books(Company(1, TODAY, days=20))
    whole = {(line["kpi"], line["window"]): line for line in kpi_lines(books, TODAY - timedelta(days=1))}

    assert whole["traffic", "90d"]["undefined"] == "too_short"
    assert whole["sales", "90d"]["undefined"] is None
    assert whole["reach_7d", "7d"]["undefined"] == "not_additive"
    json.dumps([str(line) for line in whole.values()])
