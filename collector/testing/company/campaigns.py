"""The advertising that the company pays for: systems, campaigns, prices.

`ways` tells by which tags their people arrive, `ads` what each day cost.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from collector.testing.company.terms import CURRENCY, FOREIGN


@dataclass(frozen=True, slots=True)
class Campaign:
    """One campaign as its ad system knows it; `price` of a click is in the system's currency."""

    id: int
    system: str
    title: str
    channel: str
    placement: str
    price: float
    click_share: float
    clicks_per_visit: float = 1.12

    @property
    def currency(self) -> str:
        """The currency of its system's account."""
        return CURRENCIES[self.system]


CURRENCIES: Mapping[str, str] = {"yandex_direct": CURRENCY, "vk_ads": CURRENCY, "google_ads": FOREIGN}
"""Ad system → its account's currency."""

CAMPAIGNS = (
    Campaign(701_001, "yandex_direct", "brand-search", "Paid Search", "search", 17, 0.110),
    Campaign(701_002, "yandex_direct", "kitchens-search", "Paid Search", "search", 46, 0.062),
    Campaign(701_003, "yandex_direct", "kitchens-network", "Display", "network", 11, 0.008),
    Campaign(802_001, "vk_ads", "vk-lookalike", "Paid Social", "feed", 19, 0.012),
    Campaign(802_002, "vk_ads", "vk-retarget", "Paid Social", "feed", 14, 0.021),
    Campaign(903_001, "google_ads", "google-search", "Paid Search", "search", 0.52, 0.055),
    Campaign(903_002, "google_ads", "pmax-cross-network", "Cross-network", "all", 0.27, 0.015),
)
BY_TITLE: Mapping[str, Campaign] = {campaign.title: campaign for campaign in CAMPAIGNS}
