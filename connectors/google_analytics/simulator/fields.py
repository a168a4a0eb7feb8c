"""The fields that a property has, their types, and which of them do not go together."""

from collections.abc import Collection, Mapping

from connectors.google_analytics.simulator.refusals import Refusal

TYPES: Mapping[str, int] = {
    "TYPE_INTEGER": 1,
    "TYPE_FLOAT": 2,
    "TYPE_SECONDS": 4,
    "TYPE_MILLISECONDS": 5,
    "TYPE_MINUTES": 6,
    "TYPE_HOURS": 7,
    "TYPE_STANDARD": 8,
    "TYPE_CURRENCY": 9,
}
"""As names, and as the vendor's own client wants them."""

SESSION = (
    *("sessionDefaultChannelGroup", "sessionSource", "sessionMedium", "sessionSourceMedium", "sessionCampaignName"),
    *("landingPage", "deviceCategory", "country"),
)
CUSTOM = ("customEvent:plan", "customUser:segment")
ADS = ("sessionGoogleAdsCampaignName", "sessionGoogleAdsCampaignId")
ATTRIBUTED = ("source", "medium", "campaignName", "defaultChannelGroup")
"""Of events, not of sessions: they refuse sessions and page views."""
DIMENSIONS = ("date", *SESSION, *CUSTOM, *ADS, *ATTRIBUTED, "eventName")

OF_VISITS: Mapping[str, str] = {
    "sessions": "TYPE_INTEGER",
    "engagedSessions": "TYPE_INTEGER",
    "newUsers": "TYPE_INTEGER",
    "screenPageViews": "TYPE_INTEGER",
    "keyEvents": "TYPE_FLOAT",
    "ecommercePurchases": "TYPE_INTEGER",
    "purchaseRevenue": "TYPE_CURRENCY",
    "customEvent:demos": "TYPE_STANDARD",
}
OF_USERS: Mapping[str, str] = dict.fromkeys(
    ("active1DayUsers", "active7DayUsers", "active28DayUsers", "totalUsers", "activeUsers"), "TYPE_INTEGER"
)
OF_ADS: Mapping[str, str] = {
    "advertiserAdCost": "TYPE_CURRENCY",
    "advertiserAdClicks": "TYPE_INTEGER",
    "advertiserAdImpressions": "TYPE_INTEGER",
}
OF_ITEMS: Mapping[str, str] = {"itemViewEvents": "TYPE_INTEGER"}
METRICS: Mapping[str, str] = {**OF_VISITS, **OF_USERS, **OF_ADS, **OF_ITEMS}

MOST_DIMENSIONS, MOST_METRICS, MOST_RANGES = 9, 10, 4


def check(dimensions: Collection[str], metrics: Collection[str]) -> None:
    """Raises Refusal where a field is unknown, or does not go with the others."""
    for kind, names, known in (("dimension", dimensions, DIMENSIONS), ("metric", metrics, METRICS)):
        for name in names:
            if name not in known:
                raise Refusal.field(name, kind)
    for name in (*dimensions, *metrics):
        if not goes_with(name, dimensions, metrics):
            raise Refusal.incompatible(name)


def goes_with(name: str, dimensions: Collection[str], metrics: Collection[str]) -> bool:
    """Whether a field goes with the others."""
    fields = {*dimensions, *metrics} - {name}
    if name in OF_ADS:
        has_campaign = bool({*ADS, "sessionCampaignName"} & fields)
        return has_campaign and not fields & ({*OF_VISITS, *OF_USERS, *OF_ITEMS, "eventName"} | set(ATTRIBUTED))
    if name in OF_ITEMS:
        return not fields & {*SESSION, *OF_VISITS, *ADS}
    if name in ("sessions", "screenPageViews"):
        return not fields & {*ATTRIBUTED, "eventName"}
    if name in ATTRIBUTED:
        return not fields & {"sessions", "screenPageViews"}
    return not (name in ADS and fields & {*OF_VISITS, *OF_USERS})
