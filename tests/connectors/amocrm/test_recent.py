"""What is remembered of the log changes the cost of an import, and nothing else."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from collector.plugin import as_json
from collector.testing.conformance.bench import Bench, without_checkpoints
from collector.testing.conformance.ground import grounds_of
from collector.testing.conformance.trial import Trial
from connectors.amocrm import history, recent
from connectors.amocrm.plugin import AmoCrm
from connectors.amocrm.recent import Recent

Row = dict[str, Any]


def imported(bench: Bench) -> tuple[Counter[str], int]:
    before = bench.requests
    leads = next(each for each in bench.streams if each.name == "leads")
    found = Counter(repr(as_json(each)) for each in without_checkpoints(bench.records(leads)))
    return found, bench.requests - before


@pytest.mark.parametrize("most", [30_000, pytest.param(300, marks=pytest.mark.soak)])
def test_an_import_by_memory_is_the_one_by_ids_and_cheaper(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    (plot,) = grounds_of(AmoCrm)
    with Trial(AmoCrm, plot, tmp_path).scene() as bench:
        monkeypatch.setattr(recent, "MOST", most)
        by_memory, few = imported(bench)
        monkeypatch.setattr(history, "MANY", 10_000)
        by_ids, many = imported(bench)

    assert by_memory == by_ids
    assert few < many or most < 30_000  # one that is too small is of no use, and does no harm


@pytest.mark.soak
def test_where_much_is_said_it_is_asked_by_ids(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (plot,) = grounds_of(AmoCrm)
    with Trial(AmoCrm, plot, tmp_path).scene() as bench:
        by_memory, _ = imported(bench)
        monkeypatch.setattr(recent, "CREDIT", 1)
        given_up, _ = imported(bench)

    assert given_up == by_memory


# ── reading ahead ────────────────────────────────────────────────────────────────────


class Told:
    """A log of answers, one lead each; what is asked for is counted."""

    def __init__(self, times: list[int]) -> None:
        self.times = times
        self.shown = 0

    async def read(self, first: int, last: int) -> AsyncIterator[Row]:
        for at in reversed(self.times):
            if first <= at <= last:
                self.shown += 1
                yield {"id": f"{at:026}", "created_at": at, "created_by": 1, **CALL, "entity_id": at}

    def leads(self, first: int, last: int) -> list[Row]:
        return [{"id": at, "created_at": at, "updated_at": at} for at in self.times[first:last]]


CALL = {"type": "outgoing_call", "entity_type": "lead"}


def walked(told: Told, *, end: int, page: int = 50) -> Recent:
    """An import that goes on through all leads, page by page."""

    async def walk() -> Recent:
        found = Recent(told.read)
        for first in range(0, len(told.times), page):
            leads = told.leads(first, first + page)
            await found.of(leads, until=leads[-1]["created_at"], soon=leads[-1]["created_at"], end=end)
        return found

    return asyncio.run(walk())


def test_a_log_that_can_be_remembered_whole_is_read_to_its_end_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "MOST", 600)
    told = Told(list(range(1000, 6000, 10)))

    async def of_two_pages() -> Recent:
        found = Recent(told.read)
        for first in (0, 50):
            leads = told.leads(first, first + 50)
            await found.of(leads, until=leads[-1]["created_at"], soon=leads[-1]["created_at"], end=6100)
        return found

    assert asyncio.run(of_two_pages()).last == 6100
    walked(other := Told(told.times), end=6100)
    assert (told.shown, other.shown) == (490, 490)  # all but what lies before most of the first page's leads


def test_where_much_happens_little_is_read_before_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "MOST", 200)
    monkeypatch.setattr(recent, "SOME", 20)
    told = Told(list(range(1000, 6000, 10)))

    async def of_a_page() -> Recent:
        found = Recent(told.read)
        leads = told.leads(0, 50)
        await found.of(leads, until=leads[-1]["created_at"], soon=5000, end=9000)
        return found

    assert 1640 <= asyncio.run(of_a_page()).last <= 1700  # the page's 50 end at 1490
    assert told.shown <= 62


def test_a_day_on_which_all_came_at_once_costs_little_and_does_not_end_it() -> None:
    told = Told([*range(1, 1_000_000, 5_000), *range(1_000_000, 1_015_000), *range(1_100_000, 2_000_000, 5_000)])

    async def walk() -> tuple[list[int], int]:
        found, known = Recent(told.read), []
        for first in range(0, len(told.times), 50):
            leads = told.leads(first, first + 50)
            latest = leads[-1]["created_at"]
            known.append(len(await found.of(leads, until=latest, soon=latest + 300_000, end=3_000_000)))
        return known, told.shown

    known, shown = asyncio.run(walk())
    assert sum(known) >= len(told.times) - 20
    assert shown < 1.6 * len(told.times)


def test_a_longer_log_is_read_as_far_as_the_leads_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "MOST", 300)
    told = Told(list(range(1000, 6000, 10)))

    assert walked(told, end=6100).last == 5990
    assert told.shown == 490


def test_nothing_that_is_needed_soon_is_forgotten_for_what_comes_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "MOST", 400)
    monkeypatch.setattr(recent, "SOME", 100)
    told = Told(list(range(1000, 6000)))

    async def walk() -> int:
        found, known = Recent(told.read), 0
        for first in range(0, 5000, 50):
            leads = told.leads(first, first + 50)
            latest = leads[-1]["created_at"]
            known += len(await found.of(leads, until=latest, soon=latest + 250_000, end=100_000))
        return known

    assert asyncio.run(walk()) >= 4950
    assert told.shown < 1.2 * 5000


def test_quiet_years_before_a_flood_do_not_make_it_hold_the_flood(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "MOST", 1000)
    quiet = list(range(0, 100_000, 500))
    told = Told([1 + at for at in quiet] + list(range(150_000, 190_000)))

    async def of_two_pages() -> dict[int, Any]:
        found = Recent(told.read)
        for first in (0, 50, 100):
            leads = told.leads(first, first + 50)
            known = await found.of(leads, until=leads[-1]["created_at"], soon=leads[-1]["created_at"], end=200_000)
        return known

    assert len(asyncio.run(of_two_pages())) == 50
    assert told.shown < 1500  # it stopped there, and did not try again


def test_what_a_run_that_broke_off_remembers_is_of_no_use_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "MANY", 1)
    steps = [_step(100), _step(200)]

    class Client:
        async def get_json(self, path: str, *, params: Row) -> Any:
            del path
            first, last = params.get("filter[created_at][from]") or 0, params.get("filter[created_at][to]") or 10**9
            ours = "contact" not in params.get("filter[entity][]", "")
            return {"_embedded": {"events": [e for e in steps[::-1] if ours and first <= e["created_at"] <= last]}}

    async def of_two_runs() -> list[int]:
        client: Any = Client()
        found = history.History(client)
        lead = {"id": 7, "created_at": 50, "updated_at": 200}
        await found.of([lead], end=400)  # by a clock that is ahead: it is 300
        steps.append(_step(350))
        told = await found.of([{**lead, "updated_at": 350}], end=500)
        return [step.at for step in told[7].steps]

    assert asyncio.run(of_two_runs()) == [100, 200, 350]


def _step(at: int) -> Row:
    stages = [[{"lead_status": {"id": at + each, "pipeline_id": 1}}] for each in (0, 1)]
    told = {"type": "lead_status_changed", "entity_type": "lead", "entity_id": 7, "created_by": 1, "created_at": at}
    return {"id": f"{at:026}", "value_before": stages[0], "value_after": stages[1], **told}
