"""To which channel costs go: by a rule about their campaign (its id, else its title), else as their ad system says.

The rules are those under which visits and leads are grouped, so what a campaign costs meets what
it brings.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from collector.plugin import Fact
from collector.store.connect import open_store
from collector.store.measures import daily_values
from collector.vocabulary.channels import ChannelRules
from connectors.vk_ads import mapping as vk
from connectors.yandex_direct import mapping as direct
from tests.kpi.conftest import Business
from tests.vocabulary.channel_cases import OWN, own_rules

FIRST = date(2026, 3, 1)
COSTS = """
system ; shown in   ; id  ; title                    ; channel       ; under own rules

direct ; SEARCH     ; 101 ; Кухни | поиск            ; Paid Search   ; Paid Search
direct ; AD_NETWORK ; 101 ; Кухни | поиск            ; Display       ; Display
direct ; SEARCH     ; 102 ; Кухни | сети             ; Paid Search   ; Display
direct ; AD_NETWORK ; 102 ; Кухни | СЕТИ             ; Display       ; Display
direct ; SEARCH     ; 103 ; Вебинар 12               ; Paid Search   ; Webinars
direct ; AD_NETWORK ; 103 ; вебинар                  ; Display       ; Webinars
direct ; SEARCH     ; 104 ; Осень cross-network      ; Cross-network ; Cross-network
direct ; SEARCH     ; 105 ;                          ; Paid Search   ; Paid Search
direct ; SEARCH     ;     ;                          ; Paid Search   ; Paid Search
direct ; UNKNOWN    ; 106 ; бренд                    ; Paid Search   ; Paid Search
direct ;            ; 106 ; бренд                    ; Paid Search   ; Paid Search
vk     ;            ; 201 ; Кухни                    ; Paid Social   ; Paid Social
vk     ;            ; 202 ; Кухни | сети             ; Paid Social   ; Paid Social
vk     ;            ; 203 ; ВЕБИНАР                  ; Paid Social   ; Webinars
vk     ;            ; 204 ;                          ; Paid Social   ; Paid Social
vk     ;            ; 205 ; весна Cross-Network      ; Cross-network ; Cross-network
vk     ;            ; 206 ; вебинар Cross-Network    ; Cross-network ; Webinars
"""


def rows() -> list[list[str]]:
    lines = [line for line in COSTS.splitlines() if line and not line.startswith("system")]
    return [[cell.strip() for cell in line.split(";")] for line in lines]


def dimensions(system: str, shown_in: str, id_: str, title: str) -> Mapping[str, str]:
    """As the connector gives them."""
    if system == "direct":
        row = {"Date": "2026-03-01", "CampaignId": id_ or "--", "CampaignName": title or "--"}
        row |= {"AdNetworkType": shown_in, "Cost": "1", "Impressions": "1", "Clicks": "1"}
        return next(iter(direct.facts(row, "EUR"))).dimensions
    item = {"id": int(id_), "rows": [{"date": "2026-03-01", "base": {"spent": "1", "shows": 1, "clicks": 1}}]}
    facts: Iterator[Fact] = vk.facts(item, title or None, "EUR", "here")
    return next(facts).dimensions


def by_day(folder: Path) -> list[str | None]:
    store = open_store(f"sqlite:///{folder}/store.db")
    with store.read() as tx:
        last = FIRST + timedelta(days=60)
        found = daily_values(tx, "default", measures=["spend"], first=FIRST, last=last, by="channel")
    store.close()
    assert {row.value for row in found} == {Decimal(1)}
    return [row.member for row in sorted(found, key=lambda row: row.day)]


@pytest.mark.parametrize(("column", "settings"), [(4, {}), (5, OWN)], ids=["built-in", "own"])
def test_costs_go_by_their_campaign_else_by_their_ad_system(
    column: int, settings: Mapping[str, object], business: Business
) -> None:
    business.settings |= settings
    days = [(FIRST + timedelta(days=number), dimensions(*row[:4])) for number, row in enumerate(rows())]
    lines = [",".join([str(day), "1", *(members[name] for name in direct.CUT)]) for day, members in days]
    named = {name: name for name in ("campaign_name", "default_channel")}
    business.facts("ads", "\n".join([f"day,spend,{','.join(direct.CUT)}", *lines]), dimensions=named)
    business.poll()

    assert by_day(business.folder) == [row[column] for row in rows()]


def test_a_rule_about_source_and_campaign_says_the_same_of_visits_leads_and_costs() -> None:
    """With the title of each campaign as the tag of its ads."""
    rules, tags = own_rules(), {"direct": ("yandex", "cpc"), "vk": ("vk", "cpc")}
    told = 0
    for system, _, id_, title, _, channel in rows():
        source, medium = tags[system]
        lead = rules.of_tags(source, medium, title or None)
        costs = rules.of_campaign(id_ or None, title or None, source=source, medium=medium)
        if costs is not None:
            told += 1
            assert lead is not None
            assert (channel, lead.channel, rules.of_session(f"{source} / {medium}", title)) == (costs, costs, costs)
    assert told > 6


def test_costs_that_google_analytics_tells_of_go_as_its_visits() -> None:
    found = [ChannelRules().of_session("google / cpc", campaign) for campaign in (None, "brand", "pmax cross-network")]

    assert found == ["Paid Search", "Paid Search", "Cross-network"]


@pytest.fixture
def business(tmp_path: Path) -> Business:
    return Business(tmp_path)
