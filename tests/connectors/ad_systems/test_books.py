"""What the ad systems come to in the store is what the company's books say: by day, channel, campaign and source.

CAC, CPL and ROMI too: at first, and after the systems have credited clicks back.
"""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.connectors.ad_systems.shop import opened


def test_the_program_finds_what_the_books_say_also_after_two_days(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path, monkeypatch, days=40) as shop:
        shop.poll()
        shop.agree()
        shop.clock.advance(timedelta(days=2))

        reports = shop.poll()

        shop.agree()
        assert all(each["restated"] > 0 for each in reports), reports
        assert len(shop.vk.tokens.spent) == 1
        assert shop.vk.tokens.given == 1, "a token is renewed, and not asked for anew"


def test_a_renamed_campaign_keeps_its_figures_under_its_new_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path, monkeypatch, days=40) as shop:
        shop.poll()
        before = shop.program("kpi", "show", "spend", "--window", "30d", "--by", "campaign", "--format", "json")
        shop.direct.switches.titles[701_002] = "Кухни | поиск"

        shop.poll()

        after = shop.program("kpi", "show", "spend", "--window", "30d", "--by", "campaign", "--format", "json")
        renamed = {"kitchens-search": "Кухни | поиск"}
        assert {renamed.get(each["member"], each["member"]): each["value"] for each in before} == {
            each["member"]: each["value"] for each in after
        }


@pytest.mark.soak
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_months_and_days_of_restatement(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path, monkeypatch, seed=seed, days=150) as shop:
        shop.poll()
        shop.agree()
        for _ in range(3):
            shop.clock.advance(timedelta(days=2))
            shop.poll()
            shop.agree()
