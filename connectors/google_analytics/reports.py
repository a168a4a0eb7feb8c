"""Which reports a source asks for: GA4's dimensions and metrics, and what they are called here.

Between the settings and `asking`. Each cut is a report of its own; totals are asked for without a
break-down, as sums over one differ. Ad cost goes with no other metrics.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from collector.plugin import Cut
from connectors.google_analytics.settings import GoogleAnalyticsSettings

MOST_METRICS = 10
"""In one request."""

TRAFFIC: Mapping[str, str] = {
    "sessions": "sessions",
    "engagedSessions": "engaged_sessions",
    "newUsers": "new_users",
    "screenPageViews": "page_views",
    "keyEvents": "key_events",
}
ECOMMERCE: Mapping[str, str] = {"ecommercePurchases": "purchases", "purchaseRevenue": "web_revenue"}
USERS: Mapping[str, str] = {
    "active1DayUsers": "users_1d",
    "active7DayUsers": "users_7d",
    "active28DayUsers": "users_28d",
}
AD_COST: Mapping[str, str] = {
    "advertiserAdCost": "spend",
    "advertiserAdClicks": "clicks",
    "advertiserAdImpressions": "impressions",
}

VENDOR_CHANNEL: Mapping[str, str] = {"sessionDefaultChannelGroup": "vendor_channel"}
"""Google's own group; ours is found by source, medium and campaign."""
CAMPAIGN: Mapping[str, str] = {"sessionSourceMedium": "source_medium", "sessionCampaignName": "campaign"}
KEY_EVENT: Mapping[str, str] = {"eventName": "key_event"}

GOOGLE_ADS: Mapping[str, str] = {"sessionGoogleAdsCampaignName": "campaign"}
OF_GOOGLE_ADS: Mapping[str, str] = {"source_medium": "google / cpc"}
"""What the clicks of Google Ads arrive with."""

SOURCES: Mapping[str, frozenset[str]] = {
    "yandex_direct": frozenset({"yandex", "ya", "direct", "yandex_direct", "yandex.direct"}),
    "vk_ads": frozenset({"vk", "vkontakte", "vk_ads", "vkads", "vk_reklama", "mytarget", "ads.vk.com"}),
}
"""Ad system → the sources as which its cost is imported."""


@dataclass(frozen=True)
class Report:
    """One report by day: GA4's name → ours of dimensions (besides `date`) and of metrics.

    `fixed` are members that all rows have; `sources`: only rows of these are taken;
    without `zeros` a row's zeros are nothing; with `named` rows without a member are left to another report.
    """

    dimensions: Mapping[str, str]
    metrics: Mapping[str, str]
    fixed: Mapping[str, str] = field(default_factory=dict)
    sources: frozenset[str] | None = None
    zeros: bool = True
    named: bool = False

    @property
    def cut(self) -> Cut:
        """Our dimensions of its rows."""
        return (*self.fixed, *self.dimensions.values())

    def __str__(self) -> str:
        return f"by {', '.join(self.cut)}" if self.cut else "as a whole"


def traffic_reports(settings: GoogleAnalyticsSettings) -> list[Report]:
    """Sessions and what came of them, whole and broken down; users; key events by name."""
    metrics = {**TRAFFIC, **(ECOMMERCE if settings.ecommerce else {}), **_inverted(settings.metrics)}
    own = [{found: name} for name, found in settings.dimensions.items()]
    found = [Report(cut, some) for cut in ({}, VENDOR_CHANNEL, CAMPAIGN, *own) for some in _tens(metrics)]
    found.append(Report({}, USERS))
    if settings.key_events:
        found.append(Report(KEY_EVENT, {"keyEvents": "key_events"}, zeros=False))
    return found


def ad_cost_reports(settings: GoogleAnalyticsSettings) -> list[Report]:
    """Cost, clicks and impressions of the ad systems that the settings name."""
    imported = [SOURCES[each] for each in settings.ad_cost if each in SOURCES]
    found = [Report(CAMPAIGN, AD_COST, sources=frozenset().union(*imported), zeros=False)] if imported else []
    if "google_ads" in settings.ad_cost:
        # what was imported of other systems has no campaign of Google Ads
        found.append(Report(GOOGLE_ADS, AD_COST, fixed=OF_GOOGLE_ADS, zeros=False, named=bool(imported)))
    return found


def provides(reports: Iterable[Report]) -> dict[str, tuple[Cut, ...]]:
    """Measure → the cuts in which reports give it."""
    found: dict[str, tuple[Cut, ...]] = {}
    for report in reports:
        for measure in report.metrics.values():
            found[measure] = tuple(dict.fromkeys((*found.get(measure, ()), report.cut)))
    return found


def _inverted(told: Mapping[str, str]) -> dict[str, str]:
    return {found: name for name, found in told.items()}


def _tens(metrics: Mapping[str, str]) -> list[dict[str, str]]:
    pairs = list(metrics.items())
    return [dict(pairs[start : start + MOST_METRICS]) for start in range(0, len(pairs), MOST_METRICS)]
