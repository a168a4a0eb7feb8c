"""What Metrica's visits come to in the store is what the company's books say, also after they were counted anew.

By day, channel, campaign, source and medium.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.connectors.yandex_metrica.shop import OF_WEB, Shop, opened
from tests.testing.company.fed import ALL, Question

DIMENSIONS = (None, "channel", "campaign", "source_medium")


def questions(shop: Shop, days: int) -> Iterator[Question]:
    last = shop.simulator.company.yesterday
    for dimension in DIMENSIONS:
        yield Question(last, by=dimension)
        for back in range(days):
            yield Question(last - timedelta(days=back), "1d", dimension)


def agree(shop: Shop, days: int = 6) -> None:
    faults = [fault for question in questions(shop, days) for fault in shop.faults(question)]
    assert not faults, "\n".join(faults[:40])


def test_the_measures_that_are_compared_are_all_that_metrica_has() -> None:
    terms = {term for name in OF_WEB for term in ALL[name].terms}
    assert terms == {
        *("sessions", "unbounced_sessions", "new_users", "page_views", "key_events", "purchases", "web_revenue"),
        *("users_1d", "users_7d", "users_28d"),
    }


def test_the_program_finds_what_the_books_say_also_after_days_were_restated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path, monkeypatch, days=40, goals=["30001", "30002"]) as shop:
        first = {each["stream"]: each["records"] for each in shop.poll()}
        agree(shop, 2)
        shop.clock.advance(timedelta(days=1))

        then = {each["stream"]: each["records"] for each in shop.poll()}

        agree(shop, 4)
        assert then["traffic"] < first["traffic"] / 4, "it has read all of it again"


@pytest.mark.soak
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_all_days_and_a_month_of_changes(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path, monkeypatch, seed=seed, days=45, size=seed) as shop:
        shop.poll(*(("visits/users", "visits/traffic") if seed == 2 else ()))
        agree(shop, 45)
        for _ in range(6):
            shop.clock.advance(timedelta(days=1, hours=seed))
            shop.poll()
            agree(shop)
