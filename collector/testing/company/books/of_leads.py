"""The books of leads: what each that counts adds on the day of its creation (method, section 2)."""

from collections.abc import Iterator
from decimal import Decimal

from collector.testing.company.books.channels import NOT_WEB, Channels
from collector.testing.company.books.entry import Entry, Ones
from collector.testing.company.books.hours import worked
from collector.testing.company.books.people import Counted, People
from collector.testing.company.calendar import after_work, day_of
from collector.testing.company.terms import RESPONSE_TARGET

MEASURES = (
    *("leads", "web_leads", "qualified_leads", "leads_converted"),
    *("leads_response_due", "leads_answered_in_time", "response_seconds"),
)


def entries_of_leads(people: People, channels: Channels, *, polled: int) -> Iterator[tuple[str, Entry]]:
    """Measure and entry; `polled`: when the CRM was last read to its end."""
    ones, target = Ones(), int(RESPONSE_TARGET.total_seconds())
    for counted in people.counted():
        members, day = channels.members(counted.lead), day_of(counted.lead.created)
        one, created, answered = ones.of(day, members), counted.lead.created, counted.answered
        yield from ((measure, one) for measure in _reached(counted, members["channel"]))
        if answered is not None:
            took = worked(created, answered)
            yield "response_seconds", Entry(day, Decimal(took), members)
            yield "leads_response_due", one
            if took <= target:
                yield "leads_answered_in_time", one
        elif after_work(created, target) <= polled:
            yield "leads_response_due", one


def _reached(counted: Counted, channel: str) -> Iterator[str]:
    yield "leads"
    if channel not in NOT_WEB:
        yield "web_leads"
    if counted.is_qualified:
        yield "qualified_leads"
    if counted.is_converted:
        yield "leads_converted"
