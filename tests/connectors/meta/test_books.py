"""What Meta's figures come to in the store is what the company's books say, by day and network."""

from datetime import timedelta
from pathlib import Path

import pytest

from connectors.meta.settings import FACEBOOK_STREAMS, INSTAGRAM_STREAMS
from tests.connectors.meta.shop import FLOWS, GROWN, OF_POSTS, STOCKS, opened


def test_the_program_finds_what_the_books_say_also_when_days_went_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path, monkeypatch, days=40) as shop:
        first = {each["stream"]: each["records"] for each in shop.poll()}
        shop.agree(*FLOWS, *STOCKS, *OF_POSTS)
        shop.clock.advance(timedelta(days=2))

        then = {each["stream"]: each["records"] for each in shop.poll()}

        shop.agree(*FLOWS, *STOCKS, *OF_POSTS)
        assert then["instagram_likes"] < first["instagram_likes"] / 4, "it has read all of it again"


def test_comments_and_shares_of_the_pages_posts_grow_by_day_as_the_books_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    only = [name for name in (*INSTAGRAM_STREAMS, *FACEBOOK_STREAMS) if not name.endswith("_posts")]
    with opened(tmp_path, monkeypatch, days=20, leave_out=only) as shop:
        shop.poll()
        begins = shop.simulator.company.today
        for _ in range(12):
            shop.clock.advance(timedelta(days=1))
            shop.poll()

        shop.agree(*OF_POSTS)
        grown = {key: value for key, value in shop.books(*GROWN).items() if key[2] == "facebook" and key[0] > begins}
        assert grown
        assert {key: value for key, value in shop.stored(*GROWN).items() if key[0] > begins} == grown
