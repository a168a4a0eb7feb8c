"""Whatever goes wrong on the way, in the end the store holds what it would hold if nothing had.

Every request of every kind of stream meets every fault, one at a time; then all of them at
random. Over real sockets, with the real client, polls and store.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from collector.plugin import PollReport
from tests.connectors.http_json.faulty import DELETED, FAULTS, SHOP, STREAMS, Fault, Shop, at, at_random
from tests.connectors.http_json.live import Live, budget
from tests.polling.vendor import Vendor, vendor

MOST_POLLS = 40
Strike = Callable[[int], Fault | None]


class Run:
    """A stream that is polled until it is done, and on the next day again: a sweep needs what was seen before."""

    def __init__(self, folder: Path, running: Vendor, shop: Shop, stream: str) -> None:
        self.reports: list[PollReport] = []
        self.over_budget: list[str] = []
        live = Live(folder, running.url, SHOP)
        try:
            self._until_done(live, shop, stream)
            live.waits.seconds = 26 * 3600.0  # the sweep of the first day may have been late
            self._until_done(live, shop, stream)
            self.stored = live.stored()
        finally:
            live.close()

    def _until_done(self, live: Live, shop: Shop, stream: str) -> None:
        for _ in range(MOST_POLLS):
            before = shop.asked
            report = live.poll(stream)
            self.reports.append(report)
            self._check_budget(report, shop.asked - before, live)
            if report.ok and report.reason is None:  # a sweep that failed is tried again at the next poll
                return
            live.waits.seconds += 60  # the next poll comes later

    def _check_budget(self, report: PollReport, asked: int, live: Live) -> None:
        """What failed was asked again within the budget, but for the last one; a 401 has a way of its own."""
        failed = [each for each in live.seen if each.response is None or each.response.status >= 400]
        repeated = sum(each.response is None or each.response.status != 401 for each in failed)
        live.seen.clear()
        if repeated > budget(asked) + 1:
            self.over_budget.append(f"{repeated} of {asked}: {report.message}")


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[..., Any]]:
    shop = Shop()
    with vendor(lambda asked: shop(asked)) as running:
        count = iter(range(10_000))

        def once(stream: str, strike: Strike = lambda _: None) -> tuple[Run, Shop]:
            shop.asked, shop.struck, shop.strike = 0, [], strike
            return Run(tmp_path / str(next(count)), running, shop, stream), shop

        yield once


def faults_survived(run: Callable[..., Any], stream: str, strike: Strike, fair: Run, told: str) -> int:
    """How many faults it met on the way."""
    faulty, shop = run(stream, strike)

    assert faulty.reports[-1].ok, f"{told}: {faulty.reports[-1]}"
    assert faulty.stored == fair.stored, told
    assert faulty.over_budget == [], told
    assert all(report.state != "crashed" for report in faulty.reports), told
    return len(shop.struck)


def test_without_faults_all_is_there_and_what_was_deleted_is_gone(run: Callable[..., Any]) -> None:
    fair = {stream: run(stream)[0] for stream in STREAMS}

    assert len(fair["visits"].stored["facts"]) == 92 * 2 * 2
    assert len(fair["orders"].stored["entities"]) == 45
    assert [row[1] for row in fair["orders"].stored["entities"] if row[3]] == [str(DELETED)]
    assert len(fair["stars"].stored["readings"]) == 3


@pytest.mark.parametrize("stream", STREAMS)
def test_a_fault_at_some_requests_changes_nothing(stream: str, run: Callable[..., Any]) -> None:
    fair, shop = run(stream)
    requests = shop.asked

    for number, fault in enumerate(FAULTS):
        place = (number * 3) % requests
        assert faults_survived(run, stream, at(place)(fault), fair, f"{fault.name} at request {place}") == 1


@pytest.mark.soak
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
@pytest.mark.parametrize("stream", STREAMS)
def test_a_fault_at_any_request_changes_nothing(stream: str, fault: Fault, run: Callable[..., Any]) -> None:
    fair, shop = run(stream)

    for place in range(shop.asked):
        assert faults_survived(run, stream, at(place)(fault), fair, f"{fault.name} at request {place}") == 1


def test_faults_at_random_change_nothing(run: Callable[..., Any]) -> None:
    met = 0
    for seed, stream in enumerate(STREAMS):
        fair, _ = run(stream)
        met += faults_survived(run, stream, at_random(0.3, seed), fair, f"seed {seed}")

    assert met >= 5


@pytest.mark.soak
@pytest.mark.parametrize("rate", [0.05, 0.1, 0.2, 0.3])
@pytest.mark.parametrize("stream", STREAMS)
def test_faults_at_any_rate_change_nothing(stream: str, rate: float, run: Callable[..., Any]) -> None:
    fair, _ = run(stream)

    met = [faults_survived(run, stream, at_random(rate, seed), fair, f"seed {seed}") for seed in range(20)]

    assert sum(met) > 0


def test_a_run_that_was_cut_off_does_not_ask_again_for_what_it_has(run: Callable[..., Any]) -> None:
    fair, shop = run("orders")
    requests = shop.asked
    cut, shop = run("orders", at(3)(FAULTS[4]))

    assert FAULTS[4].name == "malformed"  # which is not asked for again in the same poll
    assert [report.state for report in cut.reports] == ["failed", "done", "done"]
    assert cut.stored == fair.stored
    pages_of_ids = 4  # after an unbroken first reading nobody asks what has gone meanwhile
    assert shop.asked == requests + 1 + pages_of_ids
