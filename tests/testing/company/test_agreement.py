"""The program that reads the company's files finds what the company's books say.

Every measure and every KPI, as a whole and by every dimension, before and after the company moves
on by five days.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from collector.testing.company.books.lines import KNOWN
from collector.testing.company.calendar import noon
from collector.testing.company.company import Company
from tests.testing.company.fed import Fed, Question

TODAY = date(2026, 2, 11)
ON = timedelta(days=5)
DIMENSIONS = sorted(KNOWN - {"lead_source"})  # the program is not asked by CRM sources


def questions(company: Company) -> Iterator[Question]:
    """Of its last day: own windows, as a whole, by each dimension, and of all the time."""
    last = company.yesterday
    yield Question(last)
    yield from (Question(last, by=dimension) for dimension in DIMENSIONS)
    yield from (Question(last, "all", by) for by in (None, "channel"))


def more_questions(company: Company) -> Iterator[Question]:
    """Of other days and windows, too."""
    last = company.yesterday
    yield from questions(company)
    yield from (Question(last - timedelta(days=47), by=dimension) for dimension in (None, *DIMENSIONS))
    yield from (Question(last, window) for window in ("1d", "28d", "365d", "wtd", "ytd"))
    yield from (Question(last, "all", by) for by in ("manager", "network"))
    yield Question(last - timedelta(days=200), "qtd", "channel")
    yield Question(company.since + timedelta(days=20), "30d")


def judge(company: Company, folder: Path, asked: Callable[[Company], Iterator[Question]]) -> None:
    """Before and after it moves on; the same store, read once more."""
    fed = Fed(folder)
    for each in (company, company.at(noon(company.today + ON))):
        fed.feed(each)
        faults = [fault for question in asked(each) for fault in fed.faults(question)]
        assert not faults, "\n".join(faults)


def test_the_program_finds_what_the_books_say_also_after_the_company_moved_on(tmp_path: Path) -> None:
    judge(Company(1, TODAY, days=200), tmp_path, questions)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(2, 12))
def test_the_program_finds_what_the_books_say_of_many_companies(seed: int, tmp_path: Path) -> None:
    judge(Company(seed, TODAY + timedelta(days=23 * seed), days=200 + 50 * seed), tmp_path, more_questions)
