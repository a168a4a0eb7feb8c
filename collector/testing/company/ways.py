"""The ways by which people come, and the evidence that each leaves behind.

A way knows the channel that it means; its tags, click id and CRM source are chosen so that
docs/channels.md leads to that channel. `channel` is None where no rule is about the evidence.
"""

from collections.abc import Mapping
from dataclasses import dataclass

NOT_SET = "(not set)"


@dataclass(frozen=True, slots=True)
class Tags:
    """UTM tags as they were delivered; an empty one was not."""

    source: str = ""
    medium: str = ""
    campaign: str = ""
    content: str = ""
    term: str = ""

    @property
    def source_medium(self) -> str:
        """`source / medium`, in lower case; nothing of both is one member."""
        if not self.source and not self.medium:
            return NOT_SET
        return f"{self.source or NOT_SET} / {self.medium or NOT_SET}".lower()


NO_TAGS = Tags()


@dataclass(frozen=True, slots=True)
class Way:
    """One way to the company.

    `visits` a day at size 1 (0: these people never saw the site), of which `share` ask for
    something; without visits, `share` is how many ask on a day.
    """

    key: str
    channel: str | None
    visits: float
    share: float
    tags: Tags = NO_TAGS
    click: str = ""
    crm_source: str = "WEB"
    junk: float = 0.06

    @property
    def is_ad(self) -> bool:
        """Whether its people come by a campaign that is paid by the click."""
        return bool(self.click)


def _ad(campaign: str, channel: str, visits: float, share: float, source: str, medium: str, click: str) -> Way:
    tags = Tags(source, medium, campaign, content=f"{campaign}-banner", term="кухни на заказ")
    return Way(campaign, channel, visits, share, tags, click, junk=0.09)


WAYS = (
    _ad("brand-search", "Paid Search", 42, 0.030, "yandex", "cpc", "yclid"),
    _ad("kitchens-search", "Paid Search", 58, 0.019, "yandex", "cpc", "yclid"),
    _ad("kitchens-network", "Display", 60, 0.010, "yandex", "rsya", "yclid"),
    _ad("vk-lookalike", "Paid Social", 52, 0.015, "vk", "cpc", "rb_clickid"),
    _ad("vk-retarget", "Paid Social", 22, 0.018, "vk", "target", "rb_clickid"),
    _ad("google-search", "Paid Search", 24, 0.020, "google", "cpc", "gclid"),
    _ad("pmax-cross-network", "Cross-network", 36, 0.012, "google", "cpc", "gclid"),
    Way("yandex-organic", "Organic Search", 118, 0.010, Tags("yandex", "organic")),
    Way("google-organic", "Organic Search", 56, 0.009, Tags("google", "organic")),
    Way("direct", "Direct", 70, 0.010, Tags("(direct)", "(none)")),
    Way("vk-posts", "Organic Social", 26, 0.010, Tags("vk", "social")),
    Way("telegram-posts", "Organic Social", 24, 0.014, Tags("tg", "post", "Осень")),
    Way("youtube", "Organic Video", 12, 0.008, Tags("youtube", "video")),
    Way("newsletter", "Email", 20, 0.018, Tags("newsletter", "email", "spring-sale")),
    Way("articles", "Referral", 16, 0.010, Tags("habr.ru", "referral")),
    Way("blogger", "Paid Social", 12, 0.012, Tags("anna_design", "blogger", "loft")),
    Way("affiliates", "Affiliates", 10, 0.010, Tags("admitad", "affiliate")),
    Way("whatsapp", "Messengers", 8, 0.030, Tags("whatsapp")),
    Way("assistants", "AI Assistant", 9, 0.016, Tags("chatgpt.com", "ai-assistant")),
    Way("flyer", None, 6, 0.020, Tags("flyer", "qr", "Expo")),
    Way("unlinked", None, 14, 0.010),
    Way("calls", "Calls", 0, 0.95, crm_source="CALL", junk=0.18),
    Way("callbacks", "Calls", 0, 0.25, crm_source="CALLBACK"),
    Way("open-lines", "Messengers", 0, 0.50, crm_source="CHAT"),
    Way("e-mails", "Email", 0, 0.35, crm_source="EMAIL", junk=0.2),
    Way("partners", "Partners", 0, 0.25, crm_source="PARTNER", junk=0),
    Way("friends", "Partners", 0, 0.20, crm_source="RECOMMENDATION", junk=0),
    Way("fairs", "Offline", 0, 0.10, crm_source="TRADE_SHOW"),
    Way("shop", "Offline", 0, 0.30, crm_source="STORE", junk=0),
)
BY_KEY: Mapping[str, Way] = {way.key: way for way in WAYS}
ON_SITE = tuple(way for way in WAYS if way.visits)
COMING_BACK = tuple(BY_KEY[key] for key in ("newsletter", "brand-search", "vk-retarget", "telegram-posts", "direct"))
"""By which customers return, where they leave evidence at all."""

CLICK_CHANNELS: Mapping[str, str] = {"yclid": "Paid Search", "gclid": "Paid Search", "rb_clickid": "Paid Social"}
SOURCE_CHANNELS: Mapping[str, str] = {
    **{way.crm_source: way.channel for way in WAYS if way.channel and not way.visits},
    "RC_GENERATOR": "Existing customers",
    "REPEAT_SALE": "Existing customers",
}
"""CRM source → the channel that it means; those that are missing mean none."""

TAG_CHANNELS: Mapping[tuple[str, str, str], str | None] = {
    (way.tags.source, way.tags.medium, way.tags.campaign): way.channel for way in WAYS if way.visits
}
"""Source, medium, campaign → the channel that they mean."""

MACRO = "{campaign_name}"
"""What stands in a tag that the ad system should have filled in, and did not."""


WITHOUT_CAMPAIGN: Mapping[tuple[str, str], str] = {
    ("yandex", "cpc"): "Paid Search",
    ("vk", "cpc"): "Paid Social",
    ("vk", "target"): "Paid Social",
}
"""Source, medium → the channel that is left where the campaign was not filled in; only these ever lack it."""


def channel_of(tags: Tags) -> str | None:
    """The channel that tags mean; without the campaign where that was left a macro."""
    if tags.campaign == MACRO:
        return WITHOUT_CAMPAIGN[tags.source, tags.medium]
    return TAG_CHANNELS.get((tags.source, tags.medium, tags.campaign))
