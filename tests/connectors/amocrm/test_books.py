"""What the account's CRM comes to in the store is what the company's books say."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from tests.connectors.amocrm.shop import Shop, opened
from tests.testing.company.fed import Question

BY = (None, "channel", "manager", "pipeline")
STREAMS = ("crm/companies", "crm/contacts", "crm/leads", "crm/managers", "crm/names")


def questions(shop: Shop, by: Sequence[str | None]) -> Iterator[Question]:
    last = shop.simulator.company.yesterday
    yield from (Question(last, by=dimension) for dimension in by)
    if by == BY:
        yield Question(last, "all")


def agree(shop: Shop, by: Sequence[str | None] = BY) -> None:
    faults = [fault for question in questions(shop, by) for fault in shop.faults(question)]
    assert not faults, "\n".join(faults[:40])


def test_the_program_finds_what_the_books_say_also_after_the_company_moved_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path, monkeypatch) as shop:
        shop.poll(*reversed(STREAMS))
        agree(shop, by=[None])
        shop.clock.advance(timedelta(days=5))
        shop.poll()
        agree(shop, by=BY[:3])


@pytest.mark.soak
@pytest.mark.parametrize("seed", [2, 3])
def test_other_companies_after_thirty_days_of_changes(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path, monkeypatch, seed=seed, days=150 + 100 * (seed - 2)) as shop:
        shop.poll()
        agree(shop)
        for days in (1, 2, 3, 7, 17):
            shop.clock.advance(timedelta(days=days))
            shop.poll()
        agree(shop)


@pytest.mark.soak
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_year_by_streams_in_any_order(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order = Random(seed).sample(STREAMS, len(STREAMS))
    with opened(tmp_path, monkeypatch, seed=seed, days=365) as shop:
        shop.poll(*order, by="backfill" if seed > 1 else "poll")
        agree(shop)
        shop.clock.advance(timedelta(days=1))
        shop.poll(*reversed(order))
        agree(shop)
