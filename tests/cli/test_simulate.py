"""`simulate`: the made-up company's books, and simulators of vendors as far as there are any."""

import json
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

import pytest

from collector.cli import invoke
from collector.plugin import hookimpl
from collector.plugin.discovery import discover
from collector.testing.company import Company
from collector.testing.company.entities import Lead
from collector.testing.simulator.world import World
from tests.testing.acme.plugin import Acme as AcmeConnector
from tests.testing.acme.simulator import AcmeSimulator

CALLED = ["simulate", "--today", "2026-02-11", "--days", "30"]


def lines(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, str]]:
    assert invoke([*CALLED, "--truth", "--format", "json", *arguments]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_the_truth_is_a_line_for_each_day_and_measure(capsys: pytest.CaptureFixture[str]) -> None:
    told = lines(capsys)

    assert set(told[0]) == {"day", "measure", "value", "currency"}
    assert {line["day"] for line in told if line["measure"] == "sessions"} == {
        str(date.fromordinal(date(2026, 1, 12).toordinal() + number)) for number in range(30)
    }
    assert {line["currency"] for line in told if line["measure"] == "spend"} == {"RUB"}
    assert lines(capsys) == told


def test_the_truth_by_dimensions_has_their_members(capsys: pytest.CaptureFixture[str]) -> None:
    told = lines(capsys, "--by", "channel,manager")

    assert set(told[0]) == {"day", "measure", "value", "currency", "channel", "manager"}
    assert "Paid Search" in {line["channel"] for line in told if line["measure"] == "leads"}
    assert not [line for line in told if line["measure"] == "sessions"]  # nobody manages visits


def test_the_truth_of_kpis_is_a_line_for_each_window_and_member(capsys: pytest.CaptureFixture[str]) -> None:
    told = lines(capsys, "--kpis", "--at", "2026-02-10", "--window", "7d", "--by", "channel")
    whole = lines(capsys, "--kpis", "--at", "2026-02-10", "--window", "7d")

    spend = {line["channel"]: Decimal(line["value"]) for line in told if line["kpi"] == "spend"}
    (total,) = (line for line in whole if line["kpi"] == "spend")
    assert set(spend) == {"Paid Search", "Paid Social", "Display", "Cross-network"}
    assert abs(sum(spend.values()) - Decimal(total["value"])) < Decimal("1e-9")
    assert (total["window"], total["from"], total["through"]) == ("7d", "2026-02-04", "2026-02-10")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--truth", "--by", "chanel"], "Did you mean channel?"),
        (["--truth", "--kpis", "--window", "31d"], "no window '31d'"),
        (["--truth", "--window", "30d"], "--at and --window go with --kpis"),
        (["--truth", "--today", "2018-05-01"], "from 2019-04-06 on"),
        (["--truth", "nosuch"], "no connector 'nosuch'"),
        (["csv"], "no simulator of csv"),
        (["--kpis"], "name a CONNECTOR"),
        ([], "name a CONNECTOR"),
    ],
)
def test_what_cannot_be_is_refused(arguments: Sequence[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["simulate", *arguments]) == 2
    assert told in capsys.readouterr().err


class Acme:
    """A plugin with a connector that brings its simulator."""

    @hookimpl
    def register_connectors(self) -> list[type[AcmeConnector]]:
        return [AcmeConnector]


def test_a_connectors_simulator_is_served_and_says_how_to_reach_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: dict[str, object] = {}
    monkeypatch.setattr("collector.cli.simulate.serve", lambda kind, **more: asked.update(kind=kind, **more))
    plugins = discover(extra=[("acme", Acme())])

    assert invoke([*CALLED, "acme", "--fault", "429=0.1", "--tls", "--size", "2"], plugins=plugins) == 0
    assert asked["world"] == World(1, 30, 2, date(2026, 2, 11))
    assert (asked["faults"], asked["tls"], asked["listen"]) == (("429=0.1",), True, "127.0.0.1:0")


class Other(Company):
    """As a vendor that shows no leads sees it."""

    def leads(self) -> Iterator[Lead]:
        """None."""
        return iter(())


def test_the_truth_of_a_connector_is_what_its_vendor_can_tell(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plugins = discover(extra=[("acme", Acme())])
    asked = [*CALLED, "--truth", "--format", "json", "acme"]
    assert invoke(asked, plugins=plugins) == 0
    plain = capsys.readouterr().out

    monkeypatch.setattr(AcmeSimulator, "view", Other)
    assert invoke(asked, plugins=plugins) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    assert any(json.loads(line)["measure"] == "leads" for line in plain.splitlines())
    assert not [line for line in told if line["measure"] == "leads" and Decimal(line["value"])]
    assert [line for line in told if line["measure"] == "deals" and Decimal(line["value"])]


@pytest.mark.parametrize("wrong", [["--fault", "nonsense"], ["--listen", "nowhere"]])
def test_a_fault_or_an_address_that_is_none_is_a_mistake(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke([*CALLED, "acme", *wrong], plugins=discover(extra=[("acme", Acme())])) == 2
    assert wrong[1] in capsys.readouterr().err
