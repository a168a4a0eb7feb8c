"""What the property comes to in the store is what the company's books say.

By day, channel, campaign, source and medium; at first and after the vendor has restated its days.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.connectors.google_analytics.shop import Shop, opened
from tests.testing.company.fed import Question

DIMENSIONS = (None, "channel", "campaign", "source_medium")


def questions(shop: Shop, days: int) -> Iterator[Question]:
    last = shop.simulator.company.yesterday
    yield from (Question(last, by=dimension) for dimension in DIMENSIONS)
    for back in range(days):
        yield from (Question(last - timedelta(days=back), "1d", by=dimension) for dimension in DIMENSIONS)


def agree(shop: Shop, *, days: int) -> None:
    faults = [fault for question in questions(shop, days) for fault in shop.faults(question)]
    assert not faults, "\n".join(faults[:40])


def test_the_program_finds_what_the_books_say_also_after_five_days(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path, monkeypatch) as shop:
        (first,) = shop.poll()
        agree(shop, days=0)
        shop.clock.advance(timedelta(days=5))

        (then,) = shop.poll()

        agree(shop, days=4)
        assert then["restated"] > 0
        assert then["records"] < first["records"] / 3, "it has read all of it again"


def test_what_google_ads_cost_is_told_by_the_property(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path, monkeypatch, ads=True, days=30) as shop:
        shop.poll()
        last = shop.simulator.company.yesterday
        found = [fault for by in (None, "channel", "campaign") for fault in shop.faults(Question(last, "7d", by=by))]

    assert not found, "\n".join(found[:40])


@pytest.mark.soak
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_year_and_thirty_days_of_restatement(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path, monkeypatch, seed=seed, days=365) as shop:
        shop.poll()
        agree(shop, days=20)
        for _ in range(6):
            shop.clock.advance(timedelta(days=5))
            shop.poll()
            agree(shop, days=6)
