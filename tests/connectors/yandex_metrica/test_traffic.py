"""What visits without tags mean, and that the project's rules group all visits so."""

from typing import Any

import pytest

from collector.plugin import NOT_SET
from collector.vocabulary.channels import ChannelRules, Rule
from connectors.yandex_metrica import traffic
from connectors.yandex_metrica.mapping import members


def key(source: str | None, engine: str | None = None, *tags: str | None) -> tuple[str | None, ...]:
    return (source, engine, *(tags or (None, None, None)))


def grouped(of: tuple[str | None, ...], *rules: Rule) -> tuple[str, str]:
    """Source and medium, and the channel that the program finds."""
    found = members(of)
    untagged = found["untagged_channel"]
    campaign = None if found["campaign"] == NOT_SET else found["campaign"]
    channel = ChannelRules(rules).of_session(
        found["source_medium"], campaign, None if untagged == NOT_SET else untagged
    )
    return found["source_medium"], channel


@pytest.mark.parametrize(
    ("visits", "source_medium", "channel"),
    [
        (key("organic", "organic.yandex"), "yandex / organic", "Organic Search"),
        (key("organic"), "(not set) / organic", "Organic Search"),
        (key("direct"), "(direct) / (none)", "Direct"),
        (key("saved"), "(direct) / (none)", "Direct"),
        (key("internal", "internal.shop"), "(direct) / (none)", "Direct"),
        (key("referral", "referral.habr.ru"), "habr.ru / referral", "Referral"),
        (key("referral", "youtube.com"), "youtube.com / referral", "Referral"),
        (key("social", "social.youtube"), "youtube / social", "Organic Social"),
        (key("messenger", "messenger.whatsapp"), "whatsapp / messenger", "Organic Social"),
        (key("email", "email.mail_ru"), "mail_ru / email", "Email"),
        (key("recommend", "recommend.zen"), "zen / recommend", "Referral"),
        (key("qrcode"), "(not set) / qrcode", "Referral"),
        (key("undefined"), NOT_SET, "Unassigned"),
        (key(None), NOT_SET, "Unassigned"),
        (key("telepathy"), "(not set) / telepathy", "Unassigned"),
        (key("ad", "ad.ya_direct"), "ya_direct / ad", "Paid Search"),
        (key("ad", "ad.google_adwords"), "google_adwords / ad", "Paid Search"),
        (key("ad", "ad.vk"), "vk / ad", "Paid Social"),
        (key("ad", "ad.mytarget"), "mytarget / ad", "Paid Social"),
        (key("ad", "ad.unknown"), "unknown / ad", "Paid Other"),
        (key("ad"), "(not set) / ad", "Paid Other"),
        (key("ad", "ad.ya_direct", "yandex", None, "brand"), "yandex / (not set)", "Paid Search"),
        (key("ad", "ad.ya_direct", "yandex", "rsya", "x"), "yandex / rsya", "Display"),
        (key("ad", "ad.vk", "vk", "cpc", "x"), "vk / cpc", "Paid Social"),
        (key("messenger", "messenger.whatsapp", "whatsapp", None, None), "whatsapp / (not set)", "Messengers"),
        (key("direct", None, "newsletter", "email", None), "newsletter / email", "Email"),
        (key("ad", "ad.vk", "{source}", "{medium}", "{campaign_id}"), "vk / ad", "Paid Social"),
        (key("ad", "ad.ya_direct", "{source_type}_{source}", None, "x"), "ya_direct / ad", "Paid Search"),
        (key("ad", "ad.ya_direct", "yandex", "{{medium}}", "x"), "yandex / (not set)", "Paid Search"),
        (key("organic", "organic.google", "", "(not set)", None), "google / organic", "Organic Search"),
        (key("ad", "ad.ya_direct", "яндекс", "cpc", "поиск"), "яндекс / cpc", "Paid Other"),
        (key("ad", "ad.ya_direct", "yandex", "cpc", "магазин shop"), "yandex / cpc", "Paid Shopping"),
        (key("referral", "referral.vk.com", "ВК", "Таргет", None), "ВК / Таргет", "Unassigned"),
        (key("social", "social.telegram"), "telegram / social", "Organic Social"),
        (key("organic", "organic.yandex", None, None, "весна cross-network"), "yandex / organic", "Organic Search"),
    ],
)
def test_every_traffic_source_has_its_channel(visits: Any, source_medium: str, channel: str) -> None:
    assert grouped(visits) == (source_medium, channel)


def test_a_rule_of_the_users_comes_first() -> None:
    assert grouped(key("recommend", "recommend.zen"), Rule("Dzen", source="zen"))[1] == "Dzen"


def test_only_sources_that_the_vendor_documents_are_known() -> None:
    assert [traffic.is_known(each) for each in ("ad", "organic", "undefined", None, "telepathy")] == [
        *([True] * 4), False,
    ]  # fmt: skip
