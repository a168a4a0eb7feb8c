"""The company with and without breaks: each is found within two days, and a year without one is silent.

Each day is judged as its next morning tells it: the last days' visits are not all counted
yet, and clicks not all credited back. Forms need a greater company: at size 1 there are 8 of
their events in two days, of which no rule can say that they have no leads by chance.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest

from collector.kpi.reconciliation.rule import REACH
from collector.testing.company.broken import LANDING, Break
from collector.testing.company.company import Company
from tests.kpi.reconciliation.shop import Days, Shop, days_between

TODAY = date(2026, 6, 1)
YEAR = 365
ON_SITE = ("site", "metrica", "ads")
OF_FORMS = ("site", "leads")
CAMPAIGNS = ("kitchens-search", "kitchens-network", "vk-lookalike", "vk-retarget", "pmax-cross-network")
"""From 23 clicks a day on."""


def days_of(folder: Path, company: Company, sources: Sequence[str], **breaks: Break) -> Days:
    """What a shop has read, broken from the first day on."""
    shop = Shop(folder, company, breaks, sources)
    shop.read()
    return Days.of(shop)


def told(days: Days, first: date, last: date) -> dict[date, list[tuple[str, str]]]:
    """The alarms of each day that has any."""
    found = {day: sorted(days.alarms(day)) for day in days_between(first, last)}
    return {day: keys for day, keys in found.items() if keys}


def test_a_year_without_a_break_is_silent(tmp_path: Path) -> None:
    company = Company(1, TODAY, YEAR + REACH, 2)
    days = days_of(tmp_path, company, ("site", "metrica", "ads", "leads", "deals"))

    assert len(days.checks) == 7
    assert told(days, company.yesterday - timedelta(days=YEAR - 1), company.yesterday) == {}


@pytest.mark.soak
@pytest.mark.parametrize("size", [1, 10])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_year_without_a_break_is_silent_at_any_size(seed: int, size: int, tmp_path: Path) -> None:
    company = Company(seed, TODAY, YEAR + REACH, size)
    days = days_of(tmp_path, company, ("site", "metrica", "ads", "leads", "deals"))

    assert told(days, company.yesterday - timedelta(days=YEAR - 1), company.yesterday) == {}


# ── breaks ───────────────────────────────────────────────────────────────────────────


def found_in_time(whole: Days, after: Days, starts: Sequence[date], key: tuple[str, str]) -> None:
    """Not before it begins; once its second day is over; and until it is mended, or for four weeks."""
    for start in starts:
        days = whole.then(after, start)
        second = start + timedelta(days=1)
        assert days.alarms(start - timedelta(days=1)) == {}
        alarms = days.alarms(second, key)
        assert key in alarms, start
        assert date.fromordinal(alarms[key].since or 0) == start
        later = [key in days.alarms(day, key) for day in days_between(second, second + timedelta(days=20))]
        assert sum(later) >= 19, start


def starts_of(company: Company, number: int) -> list[date]:
    """Days of all weekdays and of all phases of the company's bad weeks."""
    last = company.yesterday - timedelta(days=30)
    return [last - timedelta(days=9 * n) for n in range(number)]


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.soak) for seed in (2, 3))])
def test_a_tag_that_is_gone_from_the_most_visited_pages(seed: int, tmp_path: Path) -> None:
    company = Company(seed, TODAY, 230, 1)
    whole = days_of(tmp_path / "whole", company, ON_SITE)
    after = days_of(tmp_path / "after", company, ON_SITE, site=Break("tag", company.since, LANDING))

    found_in_time(whole, after, starts_of(company, 9), ("web_sessions", ""))


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.soak) for seed in (2, 3))])
def test_campaigns_that_lose_their_tags(seed: int, tmp_path: Path) -> None:
    company = Company(seed, TODAY, 230, 1)
    whole = days_of(tmp_path / "whole", company, ON_SITE)
    after = days_of(tmp_path / "after", company, ON_SITE, site=Break("utm", company.since, CAMPAIGNS))

    for name in CAMPAIGNS:  # each is looked at by itself
        found_in_time(whole, after, starts_of(company, 6), ("clicks_sessions", f"campaign {name}"))


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.soak) for seed in (2, 3))])
def test_a_form_that_reaches_nobody(seed: int, tmp_path: Path) -> None:
    company = Company(seed, TODAY, 160, 10)
    whole = days_of(tmp_path / "whole", company, OF_FORMS)
    after = days_of(tmp_path / "after", company, OF_FORMS, crm=Break("form", company.since))

    found_in_time(whole, after, starts_of(company, 5), ("forms_leads", ""))
