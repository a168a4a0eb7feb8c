"""Until when nothing happens in the company, so that what was told of it stays true."""

from collections.abc import Iterable

from collector.testing.company import Company
from collector.testing.company.calendar import day_of, midnight, seconds


def next_change(company: Company) -> int:
    """The instant until which nothing changes; at most the next midnight."""
    at = seconds(company.now)
    found = midnight(day_of(at) + 1)
    for life in company.world.crm.lives(company.since.toordinal(), found - 1):
        if life.last <= at:
            continue
        for lead in life.leads:
            found = _sooner(found, at, (*lead.times, lead.answered or 0, lead.deleted or 0))
        for deal in life.deals:
            found = _sooner(found, at, (*deal.times, *deal.amounts[::2], deal.deleted or 0))
        for contact in life.contacts:
            found = _sooner(found, at, (contact.created, contact.company_since, contact.merged_at))
    return found


def _sooner(found: int, at: int, times: Iterable[int]) -> int:
    for time in times:
        if at < time < found:
            found = time
    return found
