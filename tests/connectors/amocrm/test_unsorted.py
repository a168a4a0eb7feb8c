"""Unsorted requests: they are among the leads, in the incoming stage, so the list of leads tells all of them."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from collector.plugin import Deal, Json, Lead
from collector.testing.conformance import ground as grounds
from collector.testing.conformance.bench import Bench
from collector.testing.conformance.ground import Plot
from collector.testing.conformance.trial import Trial
from collector.testing.simulator import World
from connectors.amocrm.plugin import AmoCrm
from connectors.amocrm.simulator import AmocrmSimulator
from tests.connectors.amocrm.test_account import nothing_happens, stream

EARLY = timedelta(hours=20)
"""From noon to the next morning, when what came in overnight waits."""


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grounds, "SMALL", World(days=12, today=grounds.TODAY))
        with Trial(AmoCrm, Plot(AmocrmSimulator), tmp_path).scene() as found:
            found.clock.advance(EARLY)
            yield found


def waiting(bench: Bench) -> list[str]:
    """The ids of the leads of what waits, by the vendor's own list of it."""
    body: Any = bench.run(lambda: bench.connector.client.get_json("/api/v4/leads/unsorted", params={"limit": 250}))
    items = body["_embedded"]["unsorted"] if body else []
    return [str(item["_embedded"]["leads"][0]["id"]) for item in items]


def read(bench: Bench) -> tuple[dict[str, Lead], set[str]]:
    """Leads by id, and the ids of deals."""
    found = bench.records(stream(bench, "leads"))
    deals = {each.id for each in found if isinstance(each, Deal)}
    return {each.id: each for each in found if isinstance(each, Lead)}, deals


def there(bench: Bench) -> set[str]:
    return {str(row[3]) for row in bench.books()["entities"] if row[2] == "lead" and not row[5]}


def test_what_nobody_has_taken_yet_is_an_open_lead_without_a_deal(bench: Bench) -> None:
    with nothing_happens(bench):
        names = waiting(bench)
        leads, deals = read(bench)

    assert names
    assert {leads[name].status for name in names} == {"open"}
    assert not deals & set(names)
    assert all(entry.path != "/api/v4/leads/unsorted" for entry in list(bench.ground.simulator.journal)[1:])  # type: ignore[union-attr]


def test_what_is_taken_moves_on_and_stays_the_same_lead(bench: Bench) -> None:
    names = waiting(bench)
    bench.poll(stream(bench, "leads"))
    assert set(names) <= there(bench)
    bench.clock.advance(timedelta(days=1))
    left = set(waiting(bench))
    leads, _ = read(bench)

    taken = [leads[name] for name in names if name in leads and name not in left]
    assert taken
    assert any(each.first_response_at is not None for each in taken)


def test_what_is_declined_and_vanishes_without_a_word_is_gone_after_the_next_sweep(bench: Bench) -> None:
    leads, client = stream(bench, "leads"), bench.connector.client
    with nothing_happens(bench):
        declined = waiting(bench)[0]
        bench.poll(leads)
        assert declined in there(bench)
        sent = client.get_json

        async def without(path: str, **more: Any) -> Json:
            body = await sent(path, **more)
            for key, of in (("leads", "id"), ("events", "entity_id")):
                if body and key in body.get("_embedded", {}):
                    rows = body["_embedded"][key]
                    body["_embedded"][key] = [row for row in rows if str(row[of]) != declined]
            return body

        client.get_json = without  # type: ignore[method-assign]
        bench.clock.advance(timedelta(days=2))
        assert bench.poll(leads).ok

    assert declined not in there(bench)
