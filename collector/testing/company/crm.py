"""What the CRM shows: leads, deals, customers, their steps and deletions, as of an instant.

Made of the lives that `story` tells. Shown is who did anything since the first shown day, with
all that they ever did: so the figures of a shown day do not depend on how many days are shown.
"""

from collections.abc import Iterator

from collector.testing.company.calendar import day_of, midnight
from collector.testing.company.demand import Demand
from collector.testing.company.entities import Customer, Deal, Gone, Lead, StageChange
from collector.testing.company.garbage import uncollected
from collector.testing.company.lives import Life, changes
from collector.testing.company.story import GUEST_DAYS, LOYAL_DAYS, Teller


class Crm:
    """All lives; each day's are told once, when they are first asked for."""

    def __init__(self, seed: int, size: int, demand: Demand) -> None:
        self._teller = Teller(seed, size, demand)
        self._told: dict[tuple[str, int], list[Life]] = {}

    def lives(self, since: int, at: int) -> Iterator[Life]:
        """Those that began by an instant and in which anything happens since a day."""
        begins, today = midnight(since), day_of(at)
        with uncollected():  # all at once: no collection between days, and none is put off while lives are looked at
            for day in range(since - LOYAL_DAYS, today + 1):
                self._day("loyals", day)
                if day >= since - GUEST_DAYS:
                    self._day("guests", day)
        for day in range(since - LOYAL_DAYS, today + 1):
            lives = self._day("loyals", day)
            if day >= since - GUEST_DAYS:
                lives = [*lives, *self._day("guests", day)]
            for life in lives:
                if (day >= since or life.last >= begins) and _began(life) <= at:
                    yield life

    def _day(self, kind: str, day: int) -> list[Life]:
        if (kind, day) not in self._told:
            tell = self._teller.guests if kind == "guests" else self._teller.loyals
            self._told[kind, day] = list(tell(day))
        return self._told[kind, day]

    def leads(self, since: int, at: int) -> Iterator[Lead]:
        """The leads that exist."""
        for life in self.lives(since, at):
            for lead in life.leads:
                if lead.created <= at and (lead.deleted is None or lead.deleted > at):
                    yield lead.at(at)

    def deals(self, since: int, at: int) -> Iterator[Deal]:
        """The deals that exist."""
        for life in self.lives(since, at):
            for deal in life.deals:
                if deal.created <= at and (deal.deleted is None or deal.deleted > at):
                    yield deal.at(at)

    def customers(self, since: int, at: int) -> Iterator[Customer]:
        """The contacts that exist, with their links."""
        for life in self.lives(since, at):
            for contact in life.contacts:
                if contact.created <= at:
                    yield contact.at(at)

    def stage_changes(self, since: int, at: int) -> Iterator[StageChange]:
        """All steps of the leads and deals that exist."""
        for life in self.lives(since, at):
            for lead in life.leads:
                if lead.created <= at and (lead.deleted is None or lead.deleted > at):
                    yield from changes("lead", lead, at)
            for deal in life.deals:
                if deal.created <= at and (deal.deleted is None or deal.deleted > at):
                    yield from changes("deal", deal, at)

    def gone(self, since: int, at: int) -> Iterator[Gone]:
        """The leads and deals that were deleted."""
        for life in self.lives(since, at):
            yield from life.gone(at)


def _began(life: Life) -> int:
    """Its first lead or deal: who bought on the spot may ask later."""
    return min([*(lead.created for lead in life.leads[:1]), *(deal.created for deal in life.deals[:1])])
