"""The synthetic company: one made-up business that all simulators, files and books tell of.

A function of (seed, size) and of an instant: at a later one it is the same company, which has
moved on. What happened on a day is settled by that day alone, counted from no `today`: so
`Company(1, day)` and `Company(1, day + 5)` agree in all that happened by `day`, however many
days either shows. `days` only cuts what is shown: facts of the days before are not, nor are
people who have done nothing since.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from typing import ClassVar, Self

from collector.testing.company.ads import Spend, spend_of
from collector.testing.company.audience import Audience, Followers
from collector.testing.company.calendar import WORLD_BEGINS, day_of, noon, seconds
from collector.testing.company.campaigns import CAMPAIGNS
from collector.testing.company.costs import Month, months
from collector.testing.company.crm import Crm
from collector.testing.company.demand import Demand
from collector.testing.company.entities import Customer, Deal, Gone, Lead, StageChange
from collector.testing.company.incident import Incident, incidents
from collector.testing.company.networks import NETWORKS
from collector.testing.company.posts import Post
from collector.testing.company.rates import Rate, rates_of
from collector.testing.company.staff import MANAGERS, PIPELINES
from collector.testing.company.story import LOYAL_DAYS
from collector.testing.company.visits import Users, Visits, users_of, visits_of
from collector.testing.company.ways import WAYS

DEFAULT_DAYS = 400


class _World:
    """What is told of a seed and a size, shared by the company's views of all instants."""

    def __init__(self, seed: int, size: int) -> None:
        self.seed, self.size = seed, size
        self.demand = Demand(seed, size)
        self.crm = Crm(seed, size, self.demand)
        self.audience = Audience(seed)


@lru_cache(maxsize=2)
def _world(seed: int, size: int) -> _World:
    """The latest that were asked for: simulators beside each other tell of one company."""
    return _World(seed, size)


@dataclass(frozen=True)
class Company:
    """The company as it stands at noon of `today`, or at an `instant`; it shows `days` days before today."""

    seed: int
    today: date
    days: int = DEFAULT_DAYS
    size: int = 1
    instant: datetime | None = None
    told: _World | None = field(default=None, repr=False, compare=False)

    managers: ClassVar = MANAGERS
    pipelines: ClassVar = PIPELINES
    campaigns: ClassVar = CAMPAIGNS
    networks: ClassVar = NETWORKS
    ways: ClassVar = WAYS

    def __post_init__(self) -> None:
        if self.since - timedelta(days=LOYAL_DAYS) < WORLD_BEGINS or self.days < 1 or self.size < 1:
            earliest = WORLD_BEGINS + timedelta(days=LOYAL_DAYS)
            raise ValueError(f"the company shows a day or more, from {earliest} on, at a size of 1 or more")

    @cached_property
    def now(self) -> datetime:
        """The instant as of which it is seen."""
        return self.instant or noon(self.today)

    @cached_property
    def world(self) -> _World:
        """All that is told of it so far."""
        return self.told or _world(self.seed, self.size)

    def at(self, now: datetime) -> Self:
        """The same company at another instant, with the same first day; nothing is told twice."""
        today = date.fromordinal(day_of(seconds(now)))
        return type(self)(self.seed, today, (today - self.since).days, self.size, now, self.world)

    # ── days ─────────────────────────────────────────────────────────────────────────

    @property
    def since(self) -> date:
        """The first day that is shown."""
        return self.today - timedelta(days=self.days)

    @property
    def yesterday(self) -> date:
        """The last day that is over."""
        return self.today - timedelta(days=1)

    @property
    def _at(self) -> int:
        return seconds(self.now)

    def _days(self, first: date | None, last: date | None) -> range:
        return range((first or self.since).toordinal(), (last or self.today).toordinal() + 1)

    # ── the site and its advertising ─────────────────────────────────────────────────

    def visits(self, first: date | None = None, last: date | None = None) -> Iterator[Visits]:
        """Visits of the days by way, as they are told now; today's so far."""
        for day in self._days(first, last):
            yield from visits_of(self.world.demand, self.seed, self.size, day, self._at)

    def users(self, first: date | None = None, last: date | None = None) -> Iterator[Users]:
        """Different people in the 1, 7 and 28 days through each day."""
        for day in self._days(first, last):
            yield users_of(self.world.demand, self.seed, self.size, day, self._at)

    def spend(self, first: date | None = None, last: date | None = None) -> Iterator[Spend]:
        """Spend of the days by campaign, as it is told now."""
        for day in self._days(first, last):
            yield from spend_of(self.world.demand, self.seed, self.size, day, self._at)

    def costs(self) -> Iterator[Month]:
        """Fees and budgets of all months that are shown, this one's as a whole."""
        return months(self.seed, self.size, self.since, self.today)

    def rates(self, first: date | None = None, last: date | None = None) -> Iterator[Rate]:
        """Rates that are known now, tomorrow's among them; as far back as anything that is shown was paid."""
        begins = first or max(WORLD_BEGINS, self.since - timedelta(days=LOYAL_DAYS + 20))
        for day in self._days(begins, last or self.today + timedelta(days=1)):
            yield from rates_of(self.seed, day, self._at)

    def incidents(self) -> list[Incident]:
        """What went wrong on the days that are shown; the last one is the latest."""
        return list(incidents(self.seed, self.since.toordinal(), self.today.toordinal()))

    # ── the CRM ──────────────────────────────────────────────────────────────────────

    def leads(self) -> Iterator[Lead]:
        """The leads that exist, as they stand now."""
        return self.world.crm.leads(self.since.toordinal(), self._at)

    def deals(self) -> Iterator[Deal]:
        """The deals that exist, refunds among them."""
        return self.world.crm.deals(self.since.toordinal(), self._at)

    def customers(self) -> Iterator[Customer]:
        """The contacts that exist, with their companies, and whom they were merged into."""
        return self.world.crm.customers(self.since.toordinal(), self._at)

    def stage_changes(self) -> Iterator[StageChange]:
        """The steps of the leads and deals that exist."""
        return self.world.crm.stage_changes(self.since.toordinal(), self._at)

    def gone(self) -> Iterator[Gone]:
        """The leads and deals that were deleted."""
        return self.world.crm.gone(self.since.toordinal(), self._at)

    # ── networks ─────────────────────────────────────────────────────────────────────

    def posts(self) -> Iterator[Post]:
        """The posts since the first shown day, as they stand now; deleted ones say so."""
        return self.world.audience.posts(self.since.toordinal(), self._at)

    def followers(self, first: date | None = None, last: date | None = None) -> Iterator[Followers]:
        """What each network tells of each day that is over."""
        for day in self._days(first, last or self.yesterday):
            yield from self.world.audience.day(day)
