"""The rates in the store are the company's, by whichever request they came, and after every fault."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from collector.store.rates import rates
from collector.testing.conformance import ground
from collector.testing.conformance.bench import Bench
from collector.testing.conformance.ground import Plot
from collector.testing.conformance.trial import Trial
from collector.testing.simulator import World
from connectors.cbr_rates.plugin import CbrRates
from connectors.cbr_rates.simulator import CbrRatesSimulator

Known = dict[tuple[str, date], Decimal]
DAILY, DYNAMIC = "/scripts/XML_daily.asp", "/scripts/XML_dynamic.asp"


@contextmanager
def scene(folder: Path, **settings: Any) -> Iterator[tuple[Bench, CbrRatesSimulator]]:
    """The bank, and the engine in front of it."""
    folder.mkdir(exist_ok=True)
    trial = Trial(CbrRates, Plot(CbrRatesSimulator), folder)
    with trial.ground() as (found, clock), trial.bench(found, clock, {"backfill": "40d", **settings}) as bench:
        simulator = found.simulator
        assert isinstance(simulator, CbrRatesSimulator)
        yield bench, simulator


def stored(bench: Bench) -> Known:
    with bench.store.read() as tx:
        found = rates(tx, "default").by_pair
    return {(currency, day): value for (currency, _), known in found.items() for day, value in known}


def told(simulator: CbrRatesSimulator, *currencies: str) -> Known:
    """What the company's rates of 40 days are, through today."""
    company = simulator.company
    first = company.today - timedelta(days=40)
    return {
        (each.currency, date.fromordinal(each.day)): each.value
        for each in company.rates(first, company.today)
        if each.currency in currencies
    }


def read(bench: Bench) -> None:
    (report,) = bench.poll_all()
    assert report.ok, report.message


@pytest.mark.parametrize("currencies", [["USD", "KZT", "UZS", "EUR"], ["UZS"], []])
def test_the_stores_rates_are_the_companys(currencies: list[str], tmp_path: Path) -> None:
    with scene(tmp_path, currencies=currencies) as (bench, simulator):
        read(bench)

        found = {key: value for key, value in stored(bench).items() if key[0] != "BYN"}
        assert found == told(simulator, *(currencies or ["USD", "KZT", "UZS", "EUR"]))
        assert len(found) >= 20
        assert {entry.path for entry in simulator.journal} == {DAILY, DYNAMIC}


@pytest.mark.parametrize("together", [{}, {"settle_delay": "4d"}])  # a Monday, which has no rates, by itself or not
def test_a_week_is_asked_for_by_day_where_there_are_many_currencies(together: dict[str, str], tmp_path: Path) -> None:
    with scene(tmp_path, backfill="4d", **together) as (bench, simulator):
        read(bench)

        assert DAILY in {entry.path for entry in simulator.journal}
        days = {day for _, day in stored(bench)}
        assert days == {day for _, day in told(simulator, "USD") if day >= simulator.today - timedelta(days=4)}


@pytest.mark.parametrize("day", [date(2026, 11, 12), date(2026, 11, 18)])
def test_a_nominal_that_changes_changes_no_rate(day: date, tmp_path: Path) -> None:
    with scene(tmp_path) as (bench, simulator):
        simulator.switches.changes_nominal = day
        simulator.switches.has_unit_rate = False
        read(bench)

        assert {key: value for key, value in stored(bench).items() if key[0] == "UZS"} == told(simulator, "UZS")


def test_the_next_days_are_read_as_the_clock_moves_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ground, "SMALL", World(seed=2, days=45))  # without a last day
    with scene(tmp_path, currencies=["USD"]) as (bench, simulator):
        read(bench)
        before, asked = stored(bench), len(simulator.journal)
        assert before == told(simulator, "USD")
        restated = bench.clock.now().date() - timedelta(days=4)
        bench.clock.advance(timedelta(days=6))
        read(bench)

        assert stored(bench) == before | told(simulator, "USD")
        assert len(stored(bench)) > len(before)
        begins = [entry.query.get("date_req1") or entry.query["date_req"] for entry in list(simulator.journal)[asked:]]
        assert all(datetime.strptime(day, "%d/%m/%Y").date() >= restated for day in begins), begins  # noqa: DTZ007


def test_a_currency_that_the_bank_does_not_quote_is_told(tmp_path: Path) -> None:
    with scene(tmp_path, currencies=["USD", "XAU"]) as (bench, _):
        (report,) = bench.poll_all()

        assert report.ok
        assert set(report.warnings) == {"the bank quotes no XAU: amounts in it have no rate"}
        assert {currency for currency, _ in stored(bench)} == {"USD"}
        assert bench.run(bench.connector.check) == ["currencies: the bank quotes no XAU"]


@pytest.mark.parametrize("switch", ["is_no_xml", "has_doctype", "answers_error"])
def test_what_is_no_list_of_rates_changes_nothing(switch: str, tmp_path: Path) -> None:
    with scene(tmp_path, currencies=["USD"]) as (bench, simulator):
        read(bench)
        before = stored(bench)
        setattr(simulator.switches, switch, True)

        (report,) = bench.poll_all()

        assert (report.reason, stored(bench)) == ("bad_response", before)


@pytest.mark.parametrize("fault", ["cut", "500", "trickle"])
def test_a_fault_that_passes_loses_nothing(fault: str, tmp_path: Path) -> None:
    with scene(tmp_path) as (bench, simulator):
        simulator.faults.trickle_seconds = 0.0
        simulator.faults.once(fault, at=2)
        simulator.faults.once(fault, at=7)
        read(bench)

        assert {key: value for key, value in stored(bench).items() if key[0] != "BYN"} == told(
            simulator, "USD", "KZT", "UZS", "EUR"
        )


@pytest.mark.soak
@pytest.mark.parametrize("fault", ["cut", "500", "502", "429"])
def test_a_fault_at_any_request_loses_nothing(fault: str, tmp_path: Path) -> None:
    with scene(tmp_path / "undisturbed") as (bench, _):
        read(bench)
        whole, requests = stored(bench), bench.requests
    for at in range(1, requests + 1):
        with scene(tmp_path / str(at)) as (bench, simulator):
            simulator.faults.once(fault, at=at)
            read(bench)
            assert stored(bench) == whole, f"at request {at}"
