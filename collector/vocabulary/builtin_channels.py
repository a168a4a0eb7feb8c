"""The channels and the built-in rules that lead to them, as tables.

GA4's default channel groups in their order, first match wins, with the product's additions
(docs/channels.md shows all of it). Values are clean: lower case, decoded; None is missing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from collector.plugin.records import NOT_SET
from collector.vocabulary.sources import Kind, kind_of

UNASSIGNED = "Unassigned"
EXISTING = "Existing customers"

CHANNELS: tuple[str, ...] = (
    "Direct", "Cross-network", "Paid Shopping", "Paid Search", "Paid Social", "Paid Video", "Display", "Paid Other",
    "Organic Shopping", "Organic Social", "Organic Video", "Organic Search", "AI Assistant", "Referral", "Email",
    "Affiliates", "Audio", "SMS", "Mobile Push Notifications",
    "Calls", "Messengers", "Marketplaces", "Partners", "Offline", EXISTING,
    UNASSIGNED,
)  # fmt: skip
"""All that are known; rules of a configuration may name more."""

NOT_WEB = frozenset({"Calls", "Offline", "Partners", EXISTING})
"""Leads of these channels are no `web_leads`."""

PAID = frozenset({"Cross-network", "Display"})
"""Paid, as is every channel whose name begins with `Paid`."""


@dataclass(frozen=True)
class Like:
    """A pattern and how people call what it matches."""

    name: str
    pattern: re.Pattern[str]


_PAID = Like("paid medium", re.compile(r".*cp.*|ppc|retargeting|paid.*"))
_VIDEO = Like("medium with video", re.compile(r".*video.*"))
_PUSH = Like("medium of a push", re.compile(r".*push|.*mobile.*|.*notification.*"))
_SHOP = Like("campaign of a shop", re.compile(r".*(([^a-df-z]|^)shop|shopping).*"))
_CROSS = Like("campaign with cross-network", re.compile(r".*cross-network.*"))


@dataclass(frozen=True)
class BuiltIn:
    """A rule: all conditions that it has must hold; "" among names is a missing value."""

    channel: str
    kind: Kind | None = None
    sources: tuple[str, ...] = ()
    mediums: tuple[str, ...] = ()
    medium: Like | None = None
    campaign: Like | None = None

    def matches(self, source: str | None, medium: str | None, campaign: str | None) -> bool:
        """Whether these tags belong to it."""
        return (
            (self.kind is None or (source is not None and kind_of(source) == self.kind))
            and (not self.sources or (source or "") in self.sources)
            and (not self.mediums or (medium or "") in self.mediums)
            and (self.medium is None or self.medium.pattern.fullmatch(medium or "") is not None)
            and (self.campaign is None or self.campaign.pattern.fullmatch(campaign or "") is not None)
        )

    def told(self, source: str | None, medium: str | None) -> str:
        """What matched, in words: `search source and paid medium`."""
        words = [
            f"{self.kind} source" if self.kind else "",
            f"source {source or NOT_SET}" if self.sources else "",
            self.campaign.name if self.campaign else "",
            f"medium {medium or NOT_SET}" if self.mediums else "",
            self.medium.name if self.medium else "",
        ]
        return " and ".join(filter(None, words))

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags that it looks at."""
        looked_at = {
            "source": self.kind or self.sources,
            "medium": self.mediums or self.medium,
            "campaign": self.campaign,
        }
        return tuple(name for name, condition in looked_at.items() if condition)


CROSS_NETWORK = BuiltIn("Cross-network", campaign=_CROSS)

RULES: tuple[BuiltIn, ...] = (
    BuiltIn("Direct", sources=("(direct)",), mediums=("", "(none)")),
    CROSS_NETWORK,
    BuiltIn("Messengers", kind="messenger"),  # to GA4 they are social
    BuiltIn("Paid Shopping", kind="shopping", medium=_PAID),
    BuiltIn("Paid Shopping", medium=_PAID, campaign=_SHOP),
    BuiltIn("Paid Search", kind="search", medium=_PAID),
    BuiltIn("Paid Social", kind="social", medium=_PAID),
    BuiltIn("Paid Video", kind="video", medium=_PAID),
    # mediums that say it whatever the source, so before those that only a source decides
    BuiltIn("Paid Social", mediums=("target", "targeting", "blogger")),
    BuiltIn("Paid Search", mediums=("context",)),
    BuiltIn("Display", mediums=("display", "banner", "expandable", "interstitial", "cpm", "rsya")),
    BuiltIn("Paid Other", medium=_PAID),
    BuiltIn("Organic Shopping", kind="shopping"),
    BuiltIn("Organic Shopping", campaign=_SHOP),
    BuiltIn("Organic Social", kind="social"),
    BuiltIn(
        "Organic Social",
        mediums=("social", "social-network", "social-media", "sm", "social network", "social media", "smm", "post"),
    ),
    BuiltIn("Organic Video", kind="video"),
    BuiltIn("Organic Video", medium=_VIDEO),
    BuiltIn("Organic Search", kind="search"),
    BuiltIn("Organic Search", mediums=("organic",)),
    BuiltIn("AI Assistant", mediums=("ai-assistant",)),
    BuiltIn("Referral", mediums=("referral", "app", "link")),
    BuiltIn("Email", sources=("email", "e-mail", "e_mail", "e mail")),
    BuiltIn("Email", mediums=("email", "e-mail", "e_mail", "e mail")),
    BuiltIn("Affiliates", mediums=("affiliate",)),
    BuiltIn("Audio", mediums=("audio",)),
    BuiltIn("SMS", sources=("sms",)),
    BuiltIn("SMS", mediums=("sms",)),
    BuiltIn("Mobile Push Notifications", medium=_PUSH),
    BuiltIn("Mobile Push Notifications", sources=("firebase",)),
    BuiltIn("AI Assistant", kind="assistant"),  # assistants tag their links with a source only
)
"""The first that matches counts."""

CLICK_IDS: Mapping[str, str] = {
    "yclid": "Paid Search",
    "gclid": "Paid Search",
    "gbraid": "Paid Search",
    "wbraid": "Paid Search",
    "msclkid": "Paid Search",
    "ymclid": "Paid Shopping",
    "dclid": "Display",
    "rb_clickid": "Paid Social",
    "ttclid": "Paid Social",
    "twclid": "Paid Social",
    "fbclid": "Paid Social",
}
"""What sets a click id; of several the first counts, `fbclid` last, as unpaid links have it too."""

CRM_SOURCES: Mapping[str, str] = {
    "call": "Calls",
    "callback": "Calls",
    "sip": "Calls",
    "email": "Email",
    "mail": "Email",
    "partner": "Partners",
    "recommendation": "Partners",
    "rc_generator": EXISTING,
    "repeat_sale": EXISTING,
    "trade_show": "Offline",
    "store": "Offline",
    "openline": "Messengers",
    "imol": "Messengers",
    "livechat": "Messengers",
    "chat": "Messengers",
    "chats": "Messengers",
    "telegram": "Messengers",
    "whatsapp": "Messengers",
    "viber": "Messengers",
}
"""CRM sources in lower case; besides, `1|TELEGRAM` and the like, which are open lines."""

OPEN_LINE = Like("open line", re.compile(r"\d+\|.+"))
"""How Bitrix24 names what comes by an open line: its number and the messenger."""

REFERRERS: Mapping[Kind, tuple[str, str]] = {
    "search": ("Organic Search", "organic"),
    "social": ("Organic Social", "referral"),
    "video": ("Organic Video", "referral"),
    "shopping": ("Organic Shopping", "referral"),
    "messenger": ("Messengers", "referral"),
    "assistant": ("AI Assistant", "ai-assistant"),
}
"""The channel of a site that refers without tags, and the medium that web analytics gives it."""
