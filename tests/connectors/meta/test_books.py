"""What Meta's figures come to in the store is what the company's books say, by day and network."""

from datetime import timedelta
from pathlib import Path

import pytest

from connectors.meta.settings import FACEBOOK_STREAMS, INSTAGRAM_STREAMS
from tests.connectors.meta.shop import BEGINS, FLOWS, GROWN, OF_POSTS, STOCKS, opened


def test_the_program_finds_what_the_books_say_also_when_days_went_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path, monkeypatch, days=40) as shop:
        first = {each["stream"]: each["records"] for each in shop.poll()}
        shop.agree(*FLOWS, *STOCKS, *OF_POSTS)
        shop.clock.advance(timedelta(days=2))

        then = {each["stream"]: each["records"] for each in shop.poll()}

        shop.agree(*FLOWS, *STOCKS, *OF_POSTS)
        own = shop.books(*GROWN, "saves")
        stored = shop.stored(*GROWN, "saves")
        assert [stored.get(key) for key in own if key[2] == "instagram"] == [
            value for key, value in own.items() if key[2] == "instagram"
        ]
        assert then["instagram_likes"] < first["instagram_likes"] / 4, "it has read all of it again"


def test_posts_are_as_they_stand_and_what_a_pages_posts_gained_is_told_by_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(tmp_path, monkeypatch, seed=2, days=12)


@pytest.mark.soak
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_weeks_of_posts_with_deleted_ones_and_recounts(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(tmp_path, monkeypatch, seed=seed, days=45)


def grow(folder: Path, monkeypatch: pytest.MonkeyPatch, *, seed: int, days: int) -> None:
    """Poll the posts at the end of each of so many days."""
    only = [name for name in (*INSTAGRAM_STREAMS, *FACEBOOK_STREAMS) if not name.endswith("_posts")]
    with opened(folder, monkeypatch, seed=seed, days=30, leave_out=only) as shop:
        shop.poll()
        begins = shop.simulator.company.today
        for _ in range(days):
            shop.clock.advance(timedelta(days=1))
            shop.poll()
            shop.agree(*OF_POSTS)

        posts = [each for each in shop.simulator.company.posts() if each.network in ("instagram", "facebook")]
        assert any(each.deleted is not None and each.deleted > BEGINS.timestamp() for each in posts)
        grown = {key: value for key, value in shop.books(*GROWN).items() if key[2] == "facebook" and key[0] > begins}
        assert grown
        assert {key: value for key, value in shop.stored(*GROWN).items() if key[0] > begins} == grown


@pytest.mark.soak
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_all_figures_of_many_days(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path, monkeypatch, seed=seed, days=120) as shop:
        for hours in (0, 24, 72, 36):  # at other hours than Moscow's midnight, too
            shop.clock.advance(timedelta(hours=hours))
            shop.poll()
            shop.agree(*FLOWS, *STOCKS, *OF_POSTS)
        instagram = {key: value for key, value in shop.books(*GROWN, "saves").items() if key[2] == "instagram"}
        stored = shop.stored(*GROWN, "saves")
        assert {key: value for key, value in stored.items() if key[2] == "instagram"} == instagram
