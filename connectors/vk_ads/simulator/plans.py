"""The company's campaigns as ad plans, and what came of them by day.

One of them was set up anew half-way: its former plan is deleted, and what it has cost stands
under that one's id, by the same name.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from collector.testing.company import Company

SYSTEM = "vk_ads"
FORMER: Mapping[int, int] = {802_002: 801_902}
"""Campaign → the plan that it was before."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One ad plan."""

    id: int
    name: str
    status: str


@dataclass(frozen=True, slots=True)
class Day:
    """A plan's day."""

    plan: int
    date: str
    shows: int
    clicks: int
    cents: int


def plans_of(company: Company, titles: Mapping[int, str]) -> Iterator[Plan]:
    """All plans, in the order of their ids; `titles`: those that were renamed."""
    found = []
    for each in company.campaigns:
        if each.system == SYSTEM:
            name = titles.get(each.id, each.title)
            found.append(Plan(each.id, name, "active"))
            if each.id in FORMER:
                found.append(Plan(FORMER[each.id], titles.get(FORMER[each.id], each.title), "deleted"))
    yield from sorted(found, key=lambda plan: plan.id)


def days_of(company: Company, first: date, last: date, set_up_anew: date) -> Iterator[Day]:
    """What the plans came to, as it is told now."""
    first, last = max(first, company.since), min(last, company.today)
    for each in company.spend(first, last) if first <= last else ():
        if each.campaign.system != SYSTEM:
            continue
        plan = each.campaign.id
        if each.day < set_up_anew.toordinal():
            plan = FORMER.get(plan, plan)
        yield Day(plan, str(date.fromordinal(each.day)), each.impressions, each.clicks, each.amount)


def base(shows: int, clicks: int, cents: int) -> dict[str, Any]:
    """The figures as VK Ads writes them: money as texts, without needless digits."""
    return {
        "shows": shows,
        "clicks": clicks,
        "goals": 0,
        "spent": _money(cents),
        "cpm": _money(round(1000 * cents / shows)) if shows else "0",
        "cpc": _money(round(cents / clicks)) if clicks else "0",
        "cpa": "0",
        "ctr": round(100 * clicks / shows, 4) if shows else 0,
        "cr": 0.0,
        "vk": {"goals": 0, "cpa": 0, "cr": 0.0},
    }


def _money(cents: int) -> str:
    whole, rest = divmod(cents, 100)
    return f"{whole}.{rest:02}".rstrip("0") if rest else str(whole)
