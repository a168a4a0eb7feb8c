"""Which channel tags, a click id or a CRM's source mean (method, section 3; GA4's rules).

Used by `facts` for visits and by `evidence` for leads and deals, so that both go by one table.
"""

import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import NamedTuple

from tests.kpi.judge.world import NOT_SET, Rule, World

SEARCH = {"yandex", "ya", "yandex_direct", "direct", "google", "bing", "mail.ru", "rambler"}
SOCIAL = {"vk", "vkontakte", "vk_ads", "vkads", "mytarget", "ok", "odnoklassniki", "tg", "telegram", "dzen", "max"} | {
    "instagram",
    "facebook",
}
VIDEO = {"youtube"}
EMAIL = {"email", "e-mail", "e_mail", "e mail"}
PAID = re.compile(r"(.*cp.*|ppc|retargeting|paid.*)")
SHOP = re.compile(r".*(([^a-df-z]|^)shop|shopping).*")


class Tags(NamedTuple):
    source: str
    medium: str
    campaign: str

    @property
    def is_paid(self) -> bool:
        return PAID.fullmatch(self.medium) is not None

    @property
    def is_shop(self) -> bool:
        return SHOP.fullmatch(self.campaign) is not None


BUILT_IN: tuple[tuple[str, Callable[[Tags], bool]], ...] = (  # the first that holds
    ("Direct", lambda tags: tags.source == "(direct)" and tags.medium in ("", "(none)")),
    ("Cross-network", lambda tags: "cross-network" in tags.campaign),
    ("Paid Social", lambda tags: tags.medium in ("target", "targeting", "blogger")),
    ("Paid Search", lambda tags: tags.medium == "context"),
    ("Display", lambda tags: tags.medium == "rsya"),
    ("Organic Social", lambda tags: tags.medium in ("smm", "post")),
    ("Paid Shopping", lambda tags: tags.is_shop and tags.is_paid),
    ("Paid Search", lambda tags: tags.source in SEARCH and tags.is_paid),
    ("Paid Social", lambda tags: tags.source in SOCIAL and tags.is_paid),
    ("Paid Video", lambda tags: tags.source in VIDEO and tags.is_paid),
    ("Display", lambda tags: tags.medium in ("display", "banner", "expandable", "interstitial", "cpm")),
    ("Paid Other", lambda tags: tags.is_paid),
    ("Messengers", lambda tags: tags.source in ("whatsapp", "viber")),
    ("Organic Shopping", lambda tags: tags.is_shop),
    ("Organic Social", lambda tags: tags.source in SOCIAL or tags.medium in ("social", "social-network", "sm")),
    ("Organic Video", lambda tags: tags.source in VIDEO or "video" in tags.medium),
    ("Organic Search", lambda tags: tags.source in SEARCH or tags.medium == "organic"),
    ("AI Assistant", lambda tags: tags.medium == "ai-assistant"),
    ("Referral", lambda tags: tags.medium in ("referral", "app", "link")),
    ("Email", lambda tags: tags.source in EMAIL or tags.medium in EMAIL),
    ("Affiliates", lambda tags: tags.medium == "affiliate"),
    ("Audio", lambda tags: tags.medium == "audio"),
    ("SMS", lambda tags: "sms" in (tags.source, tags.medium)),
    ("Mobile Push Notifications", lambda tags: tags.medium.endswith("push") or "mobile" in tags.medium),
)
CLICKS = {"yclid": "Paid Search", "gclid": "Paid Search", "rb_clickid": "Paid Social", "fbclid": "Paid Social"}
LEAD_SOURCES = {
    "CALL": "Calls",
    "CALLBACK": "Calls",
    "EMAIL": "Email",
    "PARTNER": "Partners",
    "RECOMMENDATION": "Partners",
    "RC_GENERATOR": "Existing customers",
    "REPEAT_SALE": "Existing customers",
    "TRADE_SHOW": "Offline",
    "STORE": "Offline",
}
NOT_WEB = {"Calls", "Offline", "Partners", "Existing customers"}


def plain(text: str) -> str:
    """Without case and outer spaces; an unexpanded macro and GA4's `(not set)` are nothing."""
    text = text.strip().lower()
    return "" if text == NOT_SET or re.fullmatch(r"\{.*\}", text) else text


def by_tags(rules: list[Rule], source: str, medium: str, campaign: str) -> str | None:
    """The user's rules first, then the built-in ones; None: no rule matches."""
    tags = Tags(plain(source), plain(medium), plain(campaign))
    for rule in rules:
        patterns = {name: getattr(rule, name).lower() for name in Tags._fields if getattr(rule, name)}
        if patterns and all(fnmatchcase(getattr(tags, name), pattern) for name, pattern in patterns.items()):
            return rule.channel
    return next((channel for channel, holds in BUILT_IN if holds(tags)), None)


def by_lead_source(rules: list[Rule], lead_source: str) -> str | None:
    for rule in rules:
        if rule.lead_source and fnmatchcase(lead_source.lower(), rule.lead_source.lower()):
            return rule.channel
    return LEAD_SOURCES.get(lead_source)


def is_paid(world: World, channel: str) -> bool:
    return channel in ("Cross-network", "Display", *world.paid_channels) or channel.startswith("Paid ")
