"""Costs take the channel that rules find for their campaign, else their ad system's; systems' campaigns meet."""

import pytest

from collector.kpi.campaigns import Campaigns
from tests.kpi.conftest import Business

ADS = """\
day,campaign,campaign_name,source_medium,default_channel,spend
2026-10-10,101,brand,yandex / cpc,Paid Search,10
2026-10-10,102,autumn,yandex / cpc,Paid Search,20
2026-10-10,102,autumn,yandex / cpc,Display,40
2026-10-10,,,yandex / cpc,,80
"""


@pytest.fixture
def ads(business: Business) -> Business:
    names = ("default_channel", "campaign_name")
    business.settings["dimensions"] = {name: name for name in names}
    business.facts("ads", ADS)
    return business


def by_channel(business: Business) -> dict[str | None, object]:
    return dict(business.by("spend", "1d", "channel", at="2026-10-10"))


def test_costs_are_where_their_ad_system_says(ads: Business) -> None:
    ads.poll()

    assert by_channel(ads) == {"Paid Search": 110, "Display": 40}


@pytest.mark.parametrize("campaign", ["102", "autumn"])
def test_a_rule_about_the_campaigns_id_or_name_comes_before_that(ads: Business, campaign: str) -> None:
    ads.settings["channels"] = [{"channel": "Brand awareness", "campaign": campaign}]
    ads.poll()

    assert by_channel(ads) == {"Paid Search": 90, "Brand awareness": 60}


def test_a_changed_rule_changes_history(ads: Business) -> None:
    ads.poll()
    before = by_channel(ads)
    ads.settings["channels"] = [{"channel": "Brand awareness", "campaign": "autumn", "source": "yandex"}]

    assert by_channel(ads) == {"Paid Search": 90, "Brand awareness": 60} != before


def test_costs_of_one_channel_break_down_by_campaign(ads: Business) -> None:
    display = {"name": "display_spend", "formula": "spend", "unit": "money", "better": "within"}
    ads.settings["kpis"] = [{**display, "where": {"channel": "Display"}, "by": ["campaign"]}]
    ads.poll()

    assert ads.by("display_spend", "1d", "campaign", at="2026-10-10") == {"102": 40}


def test_campaigns_meet_by_id_title_and_tag() -> None:
    campaigns = Campaigns({"101": "Brand", "802": "brand", "103": "Весна | поиск"})

    assert {campaigns.joined("campaign", name) for name in ("101", "802", "BRAND", "brand", "%62rand")} == {"Brand"}
    assert campaigns.joined("campaign", "весна | поиск") == "Весна | поиск"
    assert campaigns.joined("campaign", "103") == "Весна | поиск"


def test_what_no_system_names_stays_what_it_is() -> None:
    campaigns = Campaigns({"101": "Brand"})

    assert campaigns.joined("campaign", "Other") == "Other"
    assert campaigns.joined("campaign", None) is None
    assert campaigns.joined("manager", "101") == "101"
    assert Campaigns({}).joined("campaign", "101") == "101"
    assert campaigns.mark != Campaigns({"101": "Brands"}).mark
