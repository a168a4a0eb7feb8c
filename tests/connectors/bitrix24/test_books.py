"""What the portal's CRM comes to in the store is what the company's books say.

By day's windows, channel, manager, pipeline; at first and after the company has moved on.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.connectors.bitrix24.shop import Shop, opened
from tests.testing.company.fed import Question

STREAMS = ("crm/customers", "crm/deals", "crm/directory", "crm/leads", "crm/stages")


def questions(shop: Shop) -> Iterator[Question]:
    last = shop.simulator.company.yesterday
    yield from (Question(last, by=dimension) for dimension in (None, "channel", "manager", "pipeline"))
    yield Question(last, "1d")


def agree(shop: Shop) -> None:
    faults = [fault for question in questions(shop) for fault in shop.faults(question)]
    assert not faults, "\n".join(faults[:40])


def records(reports: list[Any]) -> dict[str, int]:
    return {each["stream"]: each["records"] for each in reports}


def test_the_program_finds_what_the_books_say_also_after_five_days(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path, monkeypatch, days=60, rebinds=True) as shop:
        first = records(shop.poll())
        agree(shop)
        shop.clock.advance(timedelta(days=5))

        then = records(shop.poll())

        agree(shop)
        for name in ("customers", "deals", "leads", "stages"):
            assert then[name] < first[name] / 2, "it has read all of it again"


@pytest.mark.soak
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_year_in_any_order_and_thirty_days_of_changes(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = list(STREAMS)
    Random(seed).shuffle(order)
    zone = ZoneInfo("Asia/Vladivostok" if seed == 2 else "Europe/Moscow")
    with opened(tmp_path, monkeypatch, seed=seed, days=365, rebinds=seed == 3, zone=zone) as shop:
        whole = records(shop.poll(*order))
        agree(shop)
        for step in range(6):
            shop.clock.advance(timedelta(days=5))
            then = records(shop.poll("crm"))
            is_again = step % 2  # a week after the former one all is read again: after ten days, after twenty …
            assert then["deals"] >= whole["deals"] * 0.9 if is_again else then["deals"] < whole["deals"] / 3
            agree(shop)
