"""What the ad systems tell: spend, impressions and clicks by day and campaign.

Made of the visits that `demand` has for each campaign. Clicks that prove to be invalid are
credited back, so that a day's figures fall for three days until they settle.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from collector.testing.company import incident
from collector.testing.company.calendar import DAY, midnight
from collector.testing.company.campaigns import BY_TITLE, Campaign
from collector.testing.company.demand import Demand
from collector.testing.company.dice import around, dice

BILLED = (1.05, 1.03, 1.01)
"""What a day's clicks stand at by its end, one day later, two days later."""


@dataclass(frozen=True, slots=True)
class Spend:
    """A campaign's day; `amount` is in hundredths of the account's currency."""

    day: int
    campaign: Campaign
    amount: int
    impressions: int
    clicks: int


def share_billed(day: int, at: int) -> float:
    """What a day's clicks stand at, at an instant; of today, what has passed."""
    age = (at - midnight(day)) / DAY
    if age < 1:
        return max(0.0, age) * BILLED[0]
    return BILLED[int(age) - 1] if age < len(BILLED) + 1 else 1.0


def spend_of(demand: Demand, seed: int, size: int, day: int, at: int) -> Iterator[Spend]:
    """One day's spend as it is told at an instant."""
    share = share_billed(day, at)
    random = dice(seed, size, "ads", day)
    for coming in demand.day(day):
        if not coming.way.is_ad:
            continue
        campaign = BY_TITLE[coming.way.key]
        dearer = incident.SPEND / incident.VISITS if incident.strikes(seed, campaign.title, day) else 1
        clicks = coming.visits * campaign.clicks_per_visit * around(random, 1, 0.03)
        price = around(random, campaign.price, 0.08) * dearer
        shown = clicks / around(random, campaign.click_share, 0.05)
        yield Spend(day, campaign, int(clicks * price * 100 * share), int(shown * share), int(clicks * share))
