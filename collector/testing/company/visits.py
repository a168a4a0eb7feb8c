"""What the site's analytics see: visits by day, source, medium and campaign.

Made of `demand`. The vendors' last days are restated: visits of a day are all counted only three
days later. How a day is told at an instant is a function of the two, never of what was told before.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from collector.testing.company.calendar import DAY, midnight
from collector.testing.company.demand import Coming, Demand
from collector.testing.company.dice import around, count, dice
from collector.testing.company.ways import Tags, Way

MEASURES = (
    *("sessions", "engaged_sessions", "unbounced_sessions", "new_users", "page_views", "key_events"),
    *("purchases", "web_revenue"),
)
"""What is counted of visits."""

COUNTED = (0.94, 0.98, 0.99)
"""The share of a day's visits that is counted by the end of that day, one day later, two days later."""


@dataclass(frozen=True, slots=True)
class Visits:
    """A day's visits by one way. Revenue is in hundredths of the analytics' currency (`terms.FOREIGN`)."""

    day: int
    way: Way
    sessions: int
    engaged: int
    bounced: int
    new_users: int
    page_views: int
    key_events: int
    purchases: int
    revenue: int

    @property
    def tags(self) -> Tags:
        """The tags that the visitors arrived with."""
        return self.way.tags


@dataclass(frozen=True, slots=True)
class Users:
    """Different people in the 1, 7 and 28 days that end on a day."""

    day: int
    users_1d: int
    users_7d: int
    users_28d: int


def share_counted(day: int, at: int) -> float:
    """How much of a day the vendor has counted at an instant; of today, what has passed."""
    age = (at - midnight(day)) / DAY
    if age < 1:
        return max(0.0, age) * COUNTED[0]
    return COUNTED[int(age) - 1] if age < len(COUNTED) + 1 else 1.0


def visits_of(demand: Demand, seed: int, size: int, day: int, at: int) -> Iterator[Visits]:
    """One day's visits as they are told at an instant."""
    share = share_counted(day, at)
    random = dice(seed, size, "visits", day)
    for coming in demand.day(day):
        if coming.way.visits:
            told = _visits(random, day, coming, share)
            if told.sessions:
                yield told


def _visits(random: Random, day: int, coming: Coming, share: float) -> Visits:
    """All throws are made whatever the share is, so that only the counting differs."""
    whole = coming.visits
    engaged, bounced = around(random, 0.58, 0.06), around(random, 0.21, 0.08)
    new, pages = around(random, 0.55, 0.08), around(random, 2.7, 0.05)
    asked = coming.guests + coming.loyals
    events = asked + count(random, 0.05 * asked)
    orders = count(random, 0.25 * asked)
    worth = int(orders * around(random, 41_000, 0.2))
    sessions = int(whole * share)
    counted = sessions / whole if whole else 0
    return Visits(
        day=day,
        way=coming.way,
        sessions=sessions,
        engaged=int(sessions * min(engaged, 1)),
        bounced=int(sessions * bounced),
        new_users=int(sessions * new),
        page_views=int(sessions * pages),
        key_events=int(events * counted),
        purchases=int(orders * counted),
        revenue=int(worth * counted),
    )


def users_of(demand: Demand, seed: int, size: int, day: int, at: int) -> Users:
    """How many different people there were, as the vendor tells; later than it told the visits' own numbers."""
    share = share_counted(day, at)
    sums = [_sessions(demand, each) for each in range(day - 27, day + 1)]
    random = dice(seed, size, "users", day)
    one = int(sums[-1] * share * around(random, 0.91, 0.01))
    seven = int((sum(sums[-7:-1]) + sums[-1] * share) * around(random, 0.76, 0.01))
    all_28 = int((sum(sums[:-1]) + sums[-1] * share) * around(random, 0.61, 0.01))
    return Users(day, one, max(one, seven), max(one, seven, all_28))


def _sessions(demand: Demand, day: int) -> int:
    return sum(coming.visits for coming in demand.day(day))
