"""One property: the company's days as GA4 has them.

Differs from GA4 in one thing: where a visit came without a campaign, GA4 has names of its own, such
as `(organic)`; here it is `(not set)`, as in the company's books.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

from collector.testing.company import Company
from collector.testing.company.calendar import ZONE, seconds
from collector.testing.company.terms import FOREIGN
from collector.testing.company.visits import COUNTED, Visits
from collector.testing.company.ways import NOT_SET, Tags
from connectors.google_analytics.simulator.fields import OF_USERS, OF_VISITS

_PAID = re.compile(r".*cp.*|ppc|retargeting|paid.*")
_SEARCH, _SOCIAL, _VIDEO = {"yandex", "google", "bing"}, {"vk", "vk.com", "facebook"}, {"youtube"}
_SOCIAL_MEDIA = {"social", "social-network", "social-media", "sm", "social network", "social media"}
_BY_MEDIUM = {
    "organic": "Organic Search",
    "ai-assistant": "AI Assistant",
    **dict.fromkeys(("referral", "app", "link"), "Referral"),
    **dict.fromkeys(("email", "e-mail", "e_mail", "e mail"), "Email"),
    "affiliate": "Affiliates",
    "audio": "Audio",
    "sms": "SMS",
}
_DISPLAY = {"display", "banner", "expandable", "interstitial", "cpm"}
_PAGES = ("/", "/kitchens", "/каталог/шкафы", "/blog/how-to-choose")
_PLANS = ("free", "pro", "")
_RATE = 90
"""Rubles in one unit of the property's currency, at which cost of other systems is imported."""


class Row(NamedTuple):
    """Something that happened on a day: members by dimension, amounts by metric, money in hundredths."""

    members: Mapping[str, str]
    values: Mapping[str, int]


@dataclass
class Property:
    """What one property has been told."""

    id: str
    company: Company
    zone: str = ZONE
    currency: str = FOREIGN
    more_a_day: int = 0
    """Campaigns that come in addition, on the last ten days."""
    _settled: dict[tuple[str, date], list[Row]] = field(default_factory=dict)
    _present: dict[tuple[str, date], list[Row]] = field(default_factory=dict)

    def at(self, now: datetime) -> None:
        """It is later now."""
        if now != self.company.now:
            self.company = self.company.at(now)
            self._present.clear()

    def grow(self, rows: int) -> None:
        """So many campaigns more on each of the last ten days."""
        self.more_a_day = rows
        self._settled.clear()
        self._present.clear()
        for back in range(10):
            self.events(self.company.today - timedelta(days=back))

    def visits(self, day: date) -> list[Row]:
        """Sessions by way."""
        return self._kept("visits", day, lambda: [*map(_visit, self.company.visits(day, day)), *self._more(day)])

    def events(self, day: date) -> list[Row]:
        """Key events by name; the others are no key events."""
        return self._kept("events", day, lambda: [each for row in self.visits(day) for each in _events(row)])

    def users(self, day: date) -> Mapping[str, int]:
        """Different people through a day."""
        for each in self.company.users(day, day):
            told = (each.users_1d, each.users_7d, each.users_28d, each.users_1d, each.users_1d)
            return dict(zip(OF_USERS, told, strict=True))
        return {}

    def ads(self, day: date, *, imports: bool) -> list[Row]:
        """Cost of Google Ads; and of the other systems, if the owner imports it."""
        found = []
        for each in self.company.spend(day, day):
            is_google = each.campaign.system == "google_ads"
            if is_google or imports:
                source = {"yandex_direct": "yandex", "vk_ads": "vk"}.get(each.campaign.system, "google")
                members = {
                    "sessionGoogleAdsCampaignName": each.campaign.title if is_google else NOT_SET,
                    "sessionGoogleAdsCampaignId": str(each.campaign.id) if is_google else NOT_SET,
                    "sessionSourceMedium": f"{source} / cpc",
                    "sessionCampaignName": each.campaign.title,
                }
                cost = each.amount if is_google else each.amount // _RATE
                amounts = {"advertiserAdCost": cost, "advertiserAdClicks": each.clicks}
                found.append(Row(members, {**amounts, "advertiserAdImpressions": each.impressions}))
        return found

    def _kept(self, kind: str, day: date, make: Callable[[], list[Row]]) -> list[Row]:
        """Days that will not change any more are told once, the others once at each instant."""
        is_open = (self.company.today - day).days <= len(COUNTED)
        kept, key = self._present if is_open else self._settled, (kind, day)
        if key not in kept:
            kept[key] = make()
        return kept[key]

    def _more(self, day: date) -> Iterator[Row]:
        if 0 <= (self.company.today - day).days < 10:
            for number in range(self.more_a_day):
                tags = Tags(f"site-{number % 40}", "referral", f"campaign-{number}")
                yield Row(_members(tags, number), dict.fromkeys(OF_VISITS, 1 + number % 5))


def moment_of(now: datetime) -> datetime:
    """Figures of the present are counted afresh every ten minutes."""
    return now.replace(minute=now.minute // 10 * 10, second=0, microsecond=0) if seconds(now) % 600 else now


def vendor_channel(tags: Tags) -> str:
    """Google's own group, by its rules of 2026; sources that it lists as far as the company has them."""
    source, medium = tags.source.lower(), tags.medium.lower()
    if source == "(direct)" and medium in ("(none)", ""):
        return "Direct"
    if "cross-network" in tags.campaign:
        return "Cross-network"
    kinds = (("Search", _SEARCH), ("Social", _SOCIAL), ("Video", _VIDEO))
    kind = next((name for name, sources in kinds if source in sources), "")
    if _PAID.fullmatch(medium):
        return f"Paid {kind}" if kind else "Display" if medium in _DISPLAY else "Paid Other"
    if medium in _DISPLAY:
        return "Display"
    if medium in _SOCIAL_MEDIA:
        return "Organic Social"
    if kind:
        return f"Organic {kind}"
    return _BY_MEDIUM.get(medium, "Unassigned")


def _visit(told: Visits) -> Row:
    values = {
        "sessions": told.sessions,
        "engagedSessions": told.engaged,
        "newUsers": told.new_users,
        "screenPageViews": told.page_views,
        "keyEvents": told.key_events,
        "ecommercePurchases": told.purchases,
        "purchaseRevenue": told.revenue,
        "customEvent:demos": told.page_views // 9,
    }
    return Row(_members(told.tags, len(told.way.key)), values)


def _members(tags: Tags, number: int) -> Mapping[str, str]:
    source, medium = tags.source or NOT_SET, tags.medium or NOT_SET
    campaign = tags.campaign or NOT_SET
    nothing = not tags.source and not tags.medium
    return {
        "sessionDefaultChannelGroup": vendor_channel(tags),
        "sessionSource": source,
        "sessionMedium": medium,
        "sessionSourceMedium": NOT_SET if nothing else f"{source} / {medium}",
        "sessionCampaignName": campaign,
        "source": source,
        "medium": medium,
        "campaignName": campaign,
        "defaultChannelGroup": vendor_channel(tags),
        "landingPage": _PAGES[number % len(_PAGES)],
        "deviceCategory": ("mobile", "desktop")[number % 2],
        "country": "Russia",
        "customEvent:plan": _PLANS[number % len(_PLANS)],
        "customUser:segment": "b2c",
    }


def _events(row: Row) -> Iterator[Row]:
    """A fifth of the key events asks to be called back."""
    events = row.values["keyEvents"]
    calls = events // 5
    for name, count in (("generate_lead", events - calls), ("callback_request", calls)):
        if count:
            yield Row({**row.members, "eventName": name}, {"keyEvents": count})
    yield Row({**row.members, "eventName": "session_start"}, {"keyEvents": 0})
