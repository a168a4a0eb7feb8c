"""The books of leads: what each that counts adds on the day of its creation (method, section 2)."""

from collections.abc import Iterator
from decimal import Decimal

from collector.testing.company.books.channels import NOT_WEB, Channels
from collector.testing.company.books.entry import ONE, Entry
from collector.testing.company.books.hours import worked
from collector.testing.company.books.people import Counted, People
from collector.testing.company.calendar import day_of
from collector.testing.company.terms import RESPONSE_TARGET

MEASURES = (
    *("leads", "web_leads", "qualified_leads", "leads_converted"),
    *("leads_response_due", "leads_answered_in_time", "response_seconds"),
)


def entries_of_leads(people: People, channels: Channels, *, polled: int) -> Iterator[tuple[str, Entry]]:
    """Measure and entry; `polled`: when the CRM was last read to its end."""
    for counted in people.counted():
        members, day = channels.members(counted.lead), day_of(counted.lead.created)
        for measure, amount in _amounts(counted, members["channel"], polled):
            yield measure, Entry(day, amount, members)


def _amounts(counted: Counted, channel: str, polled: int) -> Iterator[tuple[str, Decimal]]:
    yield "leads", ONE
    if channel not in NOT_WEB:
        yield "web_leads", ONE
    if counted.is_qualified:
        yield "qualified_leads", ONE
    if counted.is_converted:
        yield "leads_converted", ONE
    target = RESPONSE_TARGET.total_seconds()
    if counted.answered is None:
        if worked(counted.lead.created, polled) >= target:
            yield "leads_response_due", ONE
        return
    took = worked(counted.lead.created, counted.answered)
    yield "leads_response_due", ONE
    yield "response_seconds", Decimal(took)
    if took <= target:
        yield "leads_answered_in_time", ONE
