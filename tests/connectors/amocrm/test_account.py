"""What may be wrong with an account: its state, its reason, its sentence; and nothing is taken away."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from collector.plugin import Forbidden, PollReport, Response
from collector.plugin.connector import Stream
from collector.testing.conformance.bench import Bench
from collector.testing.conformance.books import difference
from collector.testing.conformance.ground import grounds_of
from collector.testing.conformance.trial import Trial
from connectors.amocrm.plugin import AmoCrm
from connectors.amocrm.simulator import AmocrmSimulator


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    (plot,) = grounds_of(AmoCrm)
    return Trial(AmoCrm, plot, tmp_path)


@pytest.fixture
def bench(trial: Trial) -> Iterator[Bench]:
    with trial.scene() as found:
        yield found


def account(bench: Bench) -> AmocrmSimulator:
    assert isinstance(bench.ground.simulator, AmocrmSimulator)
    return bench.ground.simulator


def stream(bench: Bench, name: str) -> Stream:
    return next(each for each in bench.streams if each.name == name)


def told(report: PollReport) -> tuple[str, str | None]:
    return report.state, report.reason


@contextmanager
def nothing_happens(bench: Bench) -> Iterator[None]:
    """The company stands still, and the clock goes on."""
    at = account(bench).now()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(account(bench), "now", lambda: at)
        yield


def check(bench: Bench) -> list[str]:
    return list(bench.run(bench.connector.check))


# ── refusals ─────────────────────────────────────────────────────────────────────────


def test_a_revoked_token_stops_the_source_and_says_what_to_do(bench: Bench) -> None:
    account(bench).tokens.revoke()
    report = bench.poll(stream(bench, "contacts"))

    assert told(report) == ("failed", "credentials_refused")
    assert "make a new one" in str(report.message)


def test_an_account_that_is_not_paid_is_told_and_read_again_when_it_is(bench: Bench) -> None:
    account(bench).refuse(402)
    report = bench.poll(stream(bench, "companies"))
    assert told(report) == ("failed", "forbidden")
    assert "is not paid" in str(report.message)

    account(bench).relent()
    assert bench.poll(stream(bench, "companies")).ok


def test_without_an_administrator_only_names_of_managers_are_lacking(bench: Bench) -> None:
    account(bench).is_admin = False

    reports = {each.name: bench.poll(each) for each in bench.streams if each.name != "leads"}
    assert {name: told(report) for name, report in reports.items() if not report.ok} == {
        "managers": ("failed", "forbidden")
    }
    assert "administrator" in str(reports["managers"].message)
    assert any("names of managers" in each for each in check(bench))


def test_check_names_all_rights_that_are_lacking(bench: Bench) -> None:
    account(bench).refuse(403, "/api/v4/contacts")
    account(bench).refuse(403, "/api/v4/events")

    with pytest.raises(Forbidden, match=r"to view leads and their events.*to view contacts"):
        check(bench)


def test_check_has_nothing_to_say_of_a_good_account_but_its_zone(bench: Bench) -> None:
    assert check(bench) == ["the account's zone is Europe/Moscow, the project's UTC: figures of a day will differ"]


def test_check_tells_of_filters_that_are_switched_off(bench: Bench) -> None:
    account(bench).has_filters = False

    assert any("filters are switched off" in each for each in check(bench))


def test_an_account_that_has_moved_is_told_with_its_new_host_and_no_token_goes_there(bench: Bench) -> None:
    account(bench).move("new.amocrm.ru")
    report = bench.poll(stream(bench, "contacts"))

    assert told(report) == ("failed", "credentials_refused")
    assert "it answers as new.amocrm.ru now; write that into `account`" in str(report.message)
    assert len(account(bench).journal) == 1


def test_after_a_429_nothing_is_asked_for_a_minute(bench: Bench) -> None:
    vendor = account(bench)
    vendor.faults.once("429-untold", at=len(vendor.journal) + 1)
    begun = bench.clock.now()

    assert bench.poll(stream(bench, "contacts")).ok
    assert bench.clock.now() - begun >= timedelta(seconds=60)
    assert [entry.status for entry in vendor.journal] == [429, 200]


# ── what changes underneath ──────────────────────────────────────────────────────────


def test_an_hour_without_changes_costs_at_most_three_requests_a_stream(bench: Bench) -> None:
    vendor = account(bench)
    with nothing_happens(bench):
        bench.clock.advance(timedelta(hours=1))  # polls overlap: what happened shortly before one comes again
        for each in bench.streams:
            bench.poll(each)
        for _ in range(2):
            bench.clock.advance(timedelta(hours=1))
            for each in bench.streams:
                before = len(vendor.journal)
                assert bench.poll(each).ok
                assert len(vendor.journal) - before <= 3, each.name


def test_rights_that_are_lost_take_nothing_away(bench: Bench) -> None:
    leads = stream(bench, "leads")
    with nothing_happens(bench):
        bench.poll(leads)
        before = bench.books()
        account(bench).shrink()
        bench.clock.advance(timedelta(days=2))

        report = bench.poll(leads)
        assert report.reason == "sweep_refused"
        assert difference(before, bench.books()) is None


def test_rights_that_are_lost_half_way_through_a_sweep_take_nothing_away(bench: Bench) -> None:
    leads, client, vendor = stream(bench, "leads"), bench.connector.client, account(bench)
    with nothing_happens(bench):
        bench.poll(leads)
        before = bench.books()
        vendor.page_size = 50
        bench.clock.advance(timedelta(days=2))
        sent, pages = client.request, []

        async def shrinking(method: str, path: str, **more: Any) -> Response:
            response: Response = await sent(method, path, **more)
            if path.endswith("/leads") and "with" not in more["params"]:
                pages.append(path)
                vendor.shrink()
            return response

        client.request = shrinking  # type: ignore[method-assign]
        report = bench.poll(leads)
        assert len(pages) > 3
        assert report.reason == "sweep_refused"
        assert difference(before, bench.books()) is None


def test_rows_as_empty_lists_and_bodies_that_are_none_are_no_crash(bench: Bench) -> None:
    client: Any = bench.connector.client
    sent = client.request

    async def odd(method: str, path: str, **more: Any) -> Response:
        response: Response = await sent(method, path, **more)
        if path.endswith("/contacts"):
            return Response(200, response.headers, b'{"_page": 1, "_embedded": {"contacts": [[]]}}', response.where)
        return Response(200, response.headers, b"[]", response.where)

    client.request = odd
    assert bench.poll(stream(bench, "contacts")).ok
    report = bench.poll(stream(bench, "companies"))
    assert told(report) == ("failed", "bad_response")
    assert "expected _embedded.companies" in str(report.message)
