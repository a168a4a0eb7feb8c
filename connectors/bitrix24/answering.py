"""When a person first answered a lead: its earliest completed outgoing call, letter or message.

Activities do not change their lead, and when a lead is converted they are handed on to its
contact or deal: there they are found by their binding to the lead.
"""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, tzinfo

from connectors.bitrix24.listing import Listing, by_owner
from connectors.bitrix24.mapping import instant
from connectors.bitrix24.portal import MOST_COMMANDS, Row
from connectors.bitrix24.walking import Walker, iso

LEAD, DEAL = 1, 2
"""Types of owners."""

CALL, LETTER, PROVIDER = "2", "4", "6"
INCOMING, OUTGOING = "1", "2"

ACTIVITIES = Listing(
    "crm.activity.list",
    ("ID", "OWNER_ID", "OWNER_TYPE_ID", "TYPE_ID", "DIRECTION", "COMPLETED", "START_TIME", "CREATED"),
    changed="LAST_UPDATED",
)


@dataclass(frozen=True)
class Asked:
    """A lead whose answer is asked for."""

    id: int
    created: datetime
    converted: bool


@dataclass(frozen=True)
class Answering:
    """Finds answers; `calls_in`: an answered incoming call is one too, at the instant the lead was made."""

    walker: Walker
    zone: tzinfo
    calls_in: bool = False

    async def first(self, owner: int, leads: Sequence[Asked]) -> Mapping[int, datetime]:
        """When leads (or deals that stand for them) were first answered; who was not is missing."""
        found: dict[int, datetime] = {}
        listing = self._completed().filtered({"OWNER_TYPE_ID": owner})
        async with aclosing(self.walker.named(listing, "OWNER_ID", [each.id for each in leads])) as lists:
            async for rows in lists:
                self._take(found, leads, by_owner(rows, "OWNER_ID"))
        if owner == LEAD:
            moved = [each for each in leads if each.converted and each.id not in found]
            await self._handed_on(found, moved)
        return found

    async def touched(self, owner: int, after: datetime) -> AsyncGenerator[set[int], None]:
        """Whose activities have changed since."""
        listing = Listing(ACTIVITIES.method, ("ID", "OWNER_ID"), changed=ACTIVITIES.changed)
        listing = listing.filtered({"OWNER_TYPE_ID": owner, f">={listing.changed}": iso(after)})
        async with aclosing(self.walker.changed(listing)) as chunks:
            async for chunk in chunks:
                yield {int(each) for row in chunk.rows if (each := str(row.get("OWNER_ID"))).isdigit()}

    async def _handed_on(self, found: dict[int, datetime], leads: Sequence[Asked]) -> None:
        for start in range(0, len(leads), MOST_COMMANDS):
            some = leads[start : start + MOST_COMMANDS]
            listings = [self._bound_to(each.id) for each in some]
            for each, rows in zip(some, await self.walker.apart(listings), strict=True):
                self._take(found, [each], {str(each.id): rows})

    def _completed(self) -> Listing:
        direction = {} if self.calls_in else {"DIRECTION": OUTGOING}
        return ACTIVITIES.filtered({**direction, "COMPLETED": "Y", "@TYPE_ID": [CALL, LETTER, PROVIDER]})

    def _bound_to(self, lead: int) -> Listing:
        return self._completed().filtered({"BINDINGS": [{"OWNER_TYPE_ID": LEAD, "OWNER_ID": lead}]})

    def _take(self, found: dict[int, datetime], leads: Iterable[Asked], owned: Mapping[str, Sequence[Row]]) -> None:
        for each in leads:
            answered = first_answer(
                owned.get(str(each.id), ()), created=each.created, zone=self.zone, calls_in=self.calls_in
            )
            if answered is not None:
                found[each.id] = answered


def first_answer(
    activities: Iterable[Row], *, created: datetime, zone: tzinfo, calls_in: bool = False
) -> datetime | None:
    """The earliest answer among a lead's activities; what lies before the lead answers something else."""
    answers = [_answer(row, created, zone, calls_in=calls_in) for row in activities]
    return min((each for each in answers if each is not None), default=None)


def _answer(row: Row, created: datetime, zone: tzinfo, *, calls_in: bool) -> datetime | None:
    kind, direction = str(row.get("TYPE_ID")), str(row.get("DIRECTION"))
    if str(row.get("COMPLETED")) != "Y" or kind not in (CALL, LETTER, PROVIDER):
        return None
    at = instant(row.get("START_TIME"), zone, "START_TIME") or instant(row.get("CREATED"), zone, "CREATED")
    if at is None:
        return None
    if direction == OUTGOING:
        return at if at >= created else None
    return max(at, created) if calls_in and direction == INCOMING and kind == CALL else None
