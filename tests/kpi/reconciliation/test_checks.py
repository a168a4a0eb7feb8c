"""Which checks there are, what their sides come to, and why there is none: by small files."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from collector.kpi.engine import Engine
from collector.kpi.memory import Memory
from collector.kpi.reconciliation import sides
from collector.kpi.reconciliation.findings import Finding, drifting
from collector.kpi.reconciliation.reconcile import reconcile
from collector.store import sums
from tests.kpi.conftest import Business

LAST = date(2026, 10, 31)
SITE = {"site": "shop", "primary": True}
OTHER = {"site": "shop"}


def facts(header: str, line: Callable[[int], str], *, days: int = 40, last: date = LAST) -> str:
    """A line, or several, for each day through the last; `line` takes how many days ago it is."""
    rows = []
    for ago in range(days - 1, -1, -1):
        rows += [f"{last - timedelta(days=ago)},{each}" for each in line(ago).split("|")]
    return "\n".join([f"day,{header}", *rows])


def leads(number: int, *, days: int = 40) -> str:
    rows = ["id,created,status"]
    rows += [f"{ago}-{n},{LAST - timedelta(days=ago)},open" for ago in range(days) for n in range(number)]
    return "\n".join(rows)


def findings(business: Business, at: date = LAST, **more: Any) -> dict[str, Finding]:
    business.poll()
    with business.engine("traffic", at=str(at), **more) as (engine, _):
        return {each.check: each for each in reconcile(engine)}


def sides_of(found: Finding) -> tuple[float | None, float | None]:
    return found.a, found.b


# ── which checks there are ───────────────────────────────────────────────────────────


def test_there_is_none_where_one_side_is_not_configured(business: Business) -> None:
    business.facts("web", facts("sessions", lambda _: "100"))

    assert findings(business) == {}


def test_two_sources_of_one_site_are_compared_and_different_sites_are_not(business: Business) -> None:
    business.facts("ga", facts("sessions", lambda _: "90"), **SITE)
    business.facts("shop", facts("sessions", lambda _: "100"), site="another")
    assert findings(business) == {}

    business.facts("metrica", facts("sessions", lambda _: "100"), **OTHER)
    found = findings(business)["web_sessions"]
    assert sides_of(found) == (28 * 90, 28 * 100)
    assert found.gap == pytest.approx(-0.1)
    assert found.state == "ok"
    assert (found.first, found.last) == (date(2026, 10, 4), LAST)


def test_several_sites_add_up_and_each_is_judged_by_itself(business: Business) -> None:
    for site, number in (("one", 1000), ("two", 100)):
        broken = number if site == "one" else 0
        rows = facts("sessions", lambda ago, number=number, broken=broken: str(broken if ago < 2 else number))  # type: ignore[misc]
        business.facts(f"ga_{site}", rows, site=site, primary=True)
        whole = facts("sessions", lambda _, number=number: str(number))  # type: ignore[misc]
        business.facts(f"metrica_{site}", whole, site=site)
    found = findings(business)["web_sessions"]

    assert sides_of(found) == (28 * 1000 + 26 * 100, 28 * 1100)
    assert not any(each.is_alarm for each in found.drifts)  # a small site, of a great whole
    assert found.state == "drift"
    assert found.culprit is not None
    assert (found.culprit.dimension, found.culprit.member) == ("site", "two")


def test_a_third_source_of_a_site_is_left_alone(business: Business) -> None:
    business.facts("ga", facts("sessions", lambda _: "90"), **SITE)
    business.facts("b_log", facts("sessions", lambda _: "500"), **OTHER)
    business.facts("a_log", facts("sessions", lambda _: "100"), **OTHER)

    assert sides_of(findings(business)["web_sessions"]) == (28 * 90, 28 * 100)


def test_clicks_are_compared_with_the_sessions_of_their_channels_only(business: Business) -> None:
    web = facts(
        "source_medium,campaign,sessions", lambda _: "vk / cpc,autumn,80|(direct) / (none),,900|yandex / cpc,,7"
    )
    business.facts("web", web)
    business.facts("ads", facts("channel,campaign,clicks", lambda _: "Paid Social,autumn,100"))
    found = findings(business)

    assert sides_of(found["clicks_sessions"]) == (28 * 80, 28 * 100)
    assert found["clicks_sessions"].gap == pytest.approx(-0.2)
    assert {"clicks_sessions", "unassigned_sessions"} == found.keys()


def test_key_events_are_compared_with_web_leads_and_purchases_with_deals_created_online(business: Business) -> None:
    business.facts("web", facts("key_events,purchases", lambda _: "12,3"))
    business.leads(leads(10))
    header, shown = "id,created,status,source", []
    for ago in range(40):
        shown += [f"{ago}-{n},{LAST - timedelta(days=ago)},open,{'CALL' if n else 'WEB'}" for n in range(4)]
    business.write("deals.csv", "\n".join([header, *shown]) + "\n")
    columns = {"id": "id", "created_at": "created", "status": "status", "lead_source": "source"}
    shape = {"connector": "csv", "path": "deals.csv", "record": "deal", "complete_through": "yesterday"}
    business.sources["deals"] = {**shape, "columns": columns, "constants": {"amount": 1, "currency": "EUR"}}
    found = findings(business)

    assert sides_of(found["forms_leads"]) == (28 * 12, 28 * 10)
    assert sides_of(found["purchases_deals"]) == (28 * 3, 28 * 1)  # calls are not online
    assert sides_of(found["unassigned_deals"]) == (28 * 4, 28 * 3)


def test_the_share_without_a_channel_is_a_gap_of_its_own(business: Business) -> None:
    business.facts("web", facts("source_medium,sessions", lambda _: "vk / cpc,75|strange / thing,25"))
    found = findings(business)["unassigned_sessions"]

    assert found.gap == pytest.approx(0.25)
    assert found.state == "outside"  # more than 15 %, as ever


def test_cost_that_is_imported_is_compared_with_the_ad_systems_own(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    business.facts("ads", facts("spend", lambda _: "100"), constants={"currency": "EUR"})
    business.facts("import", facts("spend", lambda _: "50"), constants={"currency": "USD"}, mode="pilot")
    business.settings["rates"] = {"USD": "1.9"}
    found = cost_beside_import(business, monkeypatch)

    assert (found.check, found.a, found.state) == ("ad_cost", 2800, "outside")
    assert found.b == pytest.approx(2660)


def test_costs_are_compared_as_they_are_counted_and_not_as_they_were_delivered(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    business.facts("ads", facts("spend", lambda _: "120"), constants={"currency": "EUR"})
    business.facts("import", facts("spend", lambda _: "100"), constants={"currency": "EUR"}, mode="pilot")
    spend = {"ads": "gross", "import": "net"}
    business.settings["vat"] = {"payer": True, "rates": {date(2020, 1, 1): "0.2"}, "revenue": "gross", "spend": spend}
    found = cost_beside_import(business, monkeypatch)

    assert sides_of(found) == pytest.approx((2800, 2800))
    assert found.state == "ok"


def cost_beside_import(business: Business, monkeypatch: pytest.MonkeyPatch) -> Finding:
    """The one check where `import` tells what csv's sources cost."""
    business.poll()
    with business.engine("spend", at=str(LAST)) as (engine, _):
        assert reconcile(engine) == ()
        imported = engine.project.sources["import"]
        streams = tuple(replace(each, instead_of=frozenset({"csv"})) for each in imported.streams)
        sources = {**engine.project.sources, "import": replace(imported, streams=streams)}
        monkeypatch.setattr(engine, "project", replace(engine.project, sources=sources))
        (found,) = reconcile(engine)
    return found


# ── days ─────────────────────────────────────────────────────────────────────────────


def test_both_sides_end_where_the_earlier_one_does(business: Business) -> None:
    business.facts("ga", facts("sessions", lambda _: "100"), **SITE)
    business.facts("metrica", facts("sessions", lambda ago: "100", last=LAST - timedelta(days=9)), **OTHER)
    found = findings(business)["web_sessions"]

    assert (found.last, found.gap) == (LAST - timedelta(days=9), 0)


def test_a_source_that_is_new_is_no_break(business: Business) -> None:
    """Leads begin a month after the forms, and are not missed on the days before."""
    business.facts("web", facts("key_events", lambda _: "40", days=90))
    business.leads(leads(40, days=60))
    found = findings(business)["forms_leads"]

    assert (found.state, found.gap) == ("ok", 0)
    assert [each.length for each in found.drifts] == [2, 7]  # of 28 days there are not enough stretches


def test_a_source_s_life_begins_the_comparison_too(business: Business) -> None:
    life = {"active": {"from": str(LAST - timedelta(days=34))}}
    business.facts("ga", facts("sessions", lambda _: "100", days=80), **SITE)
    business.facts("metrica", facts("sessions", lambda _: "100", days=80), **OTHER, **life)
    found = findings(business)["web_sessions"]

    assert (found.gap, found.state) == (0, "ok")
    assert {each.length for each in found.drifts} == {2}


# ── why there is none ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("days", "number", "lack"), [(27, 100, "too_short"), (40, 1, "too_few"), (40, 0, "too_few"), (40, 2, None)]
)
def test_few_days_and_few_events_have_a_reason_and_no_gap(
    days: int, number: int, lack: str | None, business: Business
) -> None:
    for name, more in (("ga", SITE), ("metrica", OTHER)):
        business.facts(name, facts("sessions", lambda _: str(number), days=days), **more)
    found = findings(business)["web_sessions"]

    assert found.lack == lack
    assert (found.gap is None) is (lack is not None)
    assert found.state == ("ok" if lack is None else "unknown")


STATES: Mapping[str, Mapping[str, Any]] = {
    "no_data": {"last_success": None, "data_through": None},
    "stale": {"last_success": datetime(2026, 10, 1, tzinfo=UTC), "data_through": date(2026, 10, 1)},
}


@pytest.mark.parametrize("lack", STATES)
def test_a_source_that_does_not_answer_is_a_reason(lack: str, business: Business) -> None:
    business.facts("ga", facts("sessions", lambda _: "100"), **SITE)
    business.facts("metrica", facts("sessions", lambda _: "100"), **OTHER)
    found = findings(business, states={"metrica": STATES[lack]})["web_sessions"]

    assert (found.lack, found.gap, found.state) == (lack, None, "unknown")


def test_leads_that_are_not_all_in_are_a_reason(business: Business) -> None:
    business.facts("web", facts("key_events", lambda _: "40"))
    business.leads(leads(40))
    found = findings(business, states={"forms": {"history_complete": False}})["forms_leads"]

    assert found.lack == "history_incomplete"


# ── states, and what is asked of the store ───────────────────────────────────────────


def test_a_break_is_asked_for_by_code(business: Business) -> None:
    business.facts("ga", facts("sessions", lambda ago: "1000" if ago > 1 else "500"), **SITE)
    business.facts("metrica", facts("sessions", lambda _: "1000"), **OTHER)
    found = findings(business)
    before = findings(business, LAST - timedelta(days=2))

    assert [each.check for each in drifting(found.values())] == ["web_sessions"]
    assert drifting(before.values()) == ()
    alarm = found["web_sessions"].alarm
    assert alarm is not None
    assert date.fromordinal(alarm.since or 0) == LAST - timedelta(days=1)


def test_the_store_is_asked_again_only_when_a_stream_has_changed(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str | None] = []
    read = sums.daily_sums

    def counted(*arguments: Any, **more: Any) -> Any:
        asked.append(more["by"])
        return read(*arguments, **more)

    monkeypatch.setattr(sides, "daily_sums", counted)
    memory = Memory()
    business.facts("ga", facts("sessions", lambda _: "100"), **SITE)
    business.facts("metrica", facts("sessions", lambda _: "100"), **OTHER)
    business.poll()

    def gap() -> float | None:
        with business.engine("traffic", at=str(LAST)) as (engine, _):
            return _of(engine, memory).gap

    assert [gap(), gap()] == [0, 0]
    assert asked == [None]
    business.facts("metrica", facts("sessions", lambda _: "125"), **OTHER)
    business.poll()
    assert [gap(), gap()] == pytest.approx([-0.2, -0.2])
    assert asked == [None, None]


def _of(engine: Engine, memory: Memory) -> Finding:
    (found,) = reconcile(engine, memory)
    return found


def test_of_very_many_campaigns_the_biggest_are_judged(business: Business, monkeypatch: pytest.MonkeyPatch) -> None:
    def web(ago: int) -> str:
        return "vk / cpc,great,500|vk / cpc,small,0" if ago < 2 else "vk / cpc,great,500|vk / cpc,small,100"

    business.facts("web", facts("source_medium,campaign,sessions", web))
    clicks = facts("channel,campaign,clicks", lambda _: "Paid Social,great,500|Paid Social,small,100")
    business.facts("ads", clicks)

    def culprits() -> list[str]:
        return [each.title for each in findings(business)["clicks_sessions"].members]

    assert culprits()[0] == "small"
    monkeypatch.setattr(sides, "MOST_MEMBERS", 1)
    assert "small" not in culprits()
