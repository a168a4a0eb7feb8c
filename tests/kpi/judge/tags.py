"""Tags whose channel is known without any program: written out by hand from the rules."""

from typing import NamedTuple


class Tags(NamedTuple):
    """A campaign of None may be any of `CAMPAIGNS`, which no rule is about."""

    source: str
    medium: str
    campaign: str | None
    channel: str


CAMPAIGNS = ("spring", "осень", "workshop", "")
KNOWN = (
    Tags("yandex", "cpc", None, "Paid Search"),
    Tags("Google", "CPC", None, "Paid Search"),
    Tags("ya", "ppc", None, "Paid Search"),
    Tags("yandex_direct", "cpc", None, "Paid Search"),
    Tags("direct", "cpc", None, "Paid Search"),
    Tags("agency", "context", None, "Paid Search"),
    Tags("google", "organic", None, "Organic Search"),
    Tags("Yandex", "organic", None, "Organic Search"),
    Tags("mail.ru", "organic", None, "Organic Search"),
    Tags("duckduckgo", "organic", None, "Organic Search"),
    Tags("vk", "cpc", None, "Paid Social"),
    Tags("vk", "target", None, "Paid Social"),
    Tags("vkads", "cpm", None, "Paid Social"),
    Tags("mytarget", "cpc", None, "Paid Social"),
    Tags("telegram", "cpc", None, "Paid Social"),
    Tags("anna", "blogger", None, "Paid Social"),
    Tags("tg", "post", None, "Organic Social"),
    Tags("max", "social", None, "Organic Social"),
    Tags("odnoklassniki", "referral", None, "Organic Social"),
    Tags("community", "smm", None, "Organic Social"),
    Tags("youtube", "cpc", None, "Paid Video"),
    Tags("youtube", "video", None, "Organic Video"),
    Tags("yandex", "rsya", None, "Display"),
    Tags("portal", "banner", None, "Display"),
    Tags("portal", "cpm", None, "Display"),
    Tags("criteo", "retargeting", None, "Paid Other"),
    Tags("newsletter", "email", None, "Email"),
    Tags("E-mail", "trigger", None, "Email"),
    Tags("habr.ru", "referral", None, "Referral"),
    Tags("admitad", "affiliate", None, "Affiliates"),
    Tags("podcast", "audio", None, "Audio"),
    Tags("sms", "blast", None, "SMS"),
    Tags("onesignal", "web-push", None, "Mobile Push Notifications"),
    Tags("chatgpt.com", "ai-assistant", None, "AI Assistant"),
    Tags("whatsapp", "", None, "Messengers"),
    Tags("Viber", "message", None, "Messengers"),
    Tags("google", "cpc", "Cross-Network-2024", "Cross-network"),
    Tags("google", "cpc", "shop_spring", "Paid Shopping"),
    Tags("newsletter", "email", "e-shop", "Organic Shopping"),
)
DIRECT = Tags("(direct)", "(none)", "", "Direct")
UNKNOWN = (Tags("flyer", "qr", None, "Unassigned"), Tags("(not set)", "(not set)", "", "Unassigned"))
