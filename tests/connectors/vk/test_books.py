"""What VK's page comes to in the store is what the company's books say, day by day.

Polled at the end of each day, growth too is exact: with posts that were deleted and recounted.
"""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.connectors.vk.page import BY_DAY, GROWN, OF_POSTS, Page, opened

DAY = timedelta(days=1)


def agree(page: Page, source: str = "vk") -> None:
    first, last = page.today - DAY * 30, page.today
    began = page.vendors[source].world.today
    assert began is not None
    assert page.told(BY_DAY, first, last) == page.books(BY_DAY, first, last, source)
    assert page.told(OF_POSTS, first, last) == page.books(OF_POSTS, first, last, source)
    grown = page.books(GROWN, began + DAY, last, source)
    assert page.told(GROWN, began + DAY, last) == grown
    assert page.told(GROWN, first, began) == {}, "what there was before the first poll is no growth of a day"
    assert page.told(["followers"], began, last) == page.books(["followers"], began, last, source)


def through(page: Page, days: int) -> None:
    for _ in range(days):
        page.advance(DAY)
        assert all(report.state == "done" and report.reason is None for report in page.poll())


def test_every_measure_is_what_the_books_say_also_as_the_company_moves_on(tmp_path: Path) -> None:
    """Of a seed in which within a week a post is deleted, and another one recounted."""
    with opened(tmp_path, 24) as page:
        page.poll()
        agree(page)

        through(page, 6)

        agree(page)


@pytest.mark.soak
@pytest.mark.parametrize("seed", [2, 5, 8])
def test_five_weeks_of_three_companies(seed: int, tmp_path: Path) -> None:
    """Of seeds in which posts are deleted and recounted meanwhile."""
    with opened(tmp_path, seed) as page:
        page.poll()
        for _ in range(5):
            through(page, 7)
            agree(page)
        recounts = page.told(["social_view_recounts"], page.today - 35 * DAY, page.today)
        assert recounts, "some posts were recounted meanwhile"
        with page.store.read() as tx:
            gone = tx.exec_driver_sql("SELECT count(*) FROM entity WHERE kind = 'post' AND gone").scalar()
        assert gone, "some posts were deleted meanwhile"


def test_two_communities_of_one_network_do_not_disturb_each_other(tmp_path: Path) -> None:
    with opened(tmp_path, 1, 2, days=20) as page:
        page.vendors["vk2"].switches.is_closed = True
        assert all(report.ok for report in page.poll("vk"))
        assert [report.reason for report in page.poll("vk2")] == [None, "forbidden", None]
        first, last = page.today - 20 * DAY, page.today
        assert page.told(OF_POSTS, first, last) == page.books(OF_POSTS, first, last)

        page.vendors["vk2"].switches.is_closed = False
        assert all(report.ok for report in page.poll("vk2"))

        for measures in (BY_DAY[:3], OF_POSTS, ["followers"]):
            ours, theirs = (page.books(measures, first, last, name) for name in ("vk", "vk2"))
            both = {key: ours.get(key, 0) + theirs.get(key, 0) for key in ours.keys() | theirs.keys()}
            if measures == ["followers"]:
                both = {key: value for key, value in both.items() if key[0] == last}
            assert page.told(measures, first, last) == both


def requests_of(page: Page, after: timedelta) -> int:
    page.advance(after)
    before = len(page.vendors["vk"].journal)
    assert all(report.ok for report in page.poll())
    return len(page.vendors["vk"].journal) - before


def test_a_later_poll_reads_what_is_young_in_few_requests(tmp_path: Path) -> None:
    with opened(tmp_path, days=120) as page:
        page.vendors["vk"].grow(3000)
        page.poll()

        assert requests_of(page, timedelta(hours=1)) <= 6
        asked = page.vendors["vk"].asked.copy()
        assert requests_of(page, timedelta(hours=1)) <= 4, "only what is younger than three days"
        assert (page.vendors["vk"].asked - asked)["wall.get"] == 1
        assert requests_of(page, timedelta(hours=6)) <= 6, "a month"
        assert requests_of(page, timedelta(hours=18)) <= 10, "the whole wall besides, for what was deleted"
