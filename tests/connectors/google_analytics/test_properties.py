"""Several properties, zones, custom fields, ad cost: what a source may be asked for."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from collector.plugin import Fact, Measure, Window
from collector.plugin.errors import SourceError
from collector.testing.conformance.bench import source_of
from connectors.google_analytics.plugin import GoogleAnalytics
from connectors.google_analytics.reports import Report
from connectors.google_analytics.settings import GoogleAnalyticsSettings
from tests.connectors.google_analytics.place import Place, placed


def facts(place: Place, stream: str = "traffic", *, days: int = 3) -> list[Fact]:
    last = date(2026, 11, 20)
    chosen = next(each for each in place.bench.streams if each.name == stream)
    return place.bench.records(chosen, Window(last - timedelta(days=days), last))


def total(found: list[Fact], measure: str, *names: str) -> Decimal:
    return sum(
        (each.value for each in found if each.measure == measure and set(each.dimensions) == set(names)), Decimal()
    )


def test_two_properties_leak_nothing(tmp_path: Path) -> None:
    with placed(tmp_path / "one") as one:
        here = facts(one)
        other_id = one.simulator.other_id
    with placed(tmp_path / "two", property_id=other_id) as two:
        there = facts(two)

    assert total(here, "sessions") != total(there, "sessions")
    assert {each.currency for each in here if each.currency} == {"USD"}
    assert {each.currency for each in there if each.currency} == {"EUR"}
    for found, place in ((here, one), (there, two)):
        company = place.simulator.properties[other_id if place is two else place.simulator.property_id].company
        expected = sum(each.sessions for each in company.visits(date(2026, 11, 17), date(2026, 11, 20)))
        assert total(found, "sessions") == total(found, "sessions", "source_medium", "campaign") == expected


def test_a_run_of_ninety_days_and_a_cut_is_one_request(tmp_path: Path) -> None:
    with placed(tmp_path, backfill="400d") as place:
        place.poll()

        assert len(place.switches.asked) == 5 * 6  # five reports; the last days, and five runs of history
        assert len(place.asked("date,sessionSourceMedium,sessionCampaignName")) == 6


def test_tokens_of_a_day_of_hourly_polls_are_few(tmp_path: Path) -> None:
    with placed(tmp_path) as place:
        place.poll()
        now = place.bench.clock.now()
        buckets = place.simulator.buckets[place.simulator.property_id]
        before = buckets.used("tokensPerDay", now)
        place.poll()

        assert (buckets.used("tokensPerDay", now) - before) * 24 < 0.02 * 200_000


def test_days_of_a_property_to_the_west_are_not_over_when_ours_are(tmp_path: Path) -> None:
    with placed(tmp_path, backfill="4d") as place:
        place.switches.zone = "America/Los_Angeles"
        place.bench.clock.advance(datetime(2026, 11, 21, 3, tzinfo=UTC) - place.bench.clock.now())
        report = place.poll()

        assert any(
            "the property's days are those of America/Los_Angeles, the project's those of UTC" in each
            for each in report.warnings
        )
        flagged = {row[2] for row in place.bench.books()["facts"] if row[8]}
        assert flagged == {date(2026, 11, 20).toordinal()}


@pytest.mark.parametrize("days", [(date(2026, 3, 28), date(2026, 3, 30)), (date(2026, 10, 24), date(2026, 10, 26))])
def test_days_of_23_and_25_hours_are_days(tmp_path: Path, days: tuple[date, date]) -> None:
    with placed(tmp_path) as place:
        place.switches.zone = "Europe/Berlin"
        place.bench.records(place.bench.streams[0], Window(*days))

        assert place.asked("date") == [f"{days[0]} {days[1]}"] * 2


def test_custom_dimensions_are_cuts_of_their_own(tmp_path: Path) -> None:
    with placed(tmp_path, dimensions={"plan": "customEvent:plan"}) as place:
        found = facts(place)

        assert total(found, "sessions", "plan") == total(found, "sessions")
        assert {each.dimensions["plan"] for each in found if "plan" in each.dimensions} == {"free", "pro", "(not set)"}


def test_custom_metrics_are_measures_by_their_name(tmp_path: Path) -> None:
    demos = Report({}, {"customEvent:demos": "demos"})
    with placed(tmp_path) as place:
        context = replace(place.bench.source.context, measures={"demos": Measure("demos", "demo")})
        settings = GoogleAnalyticsSettings.model_validate(
            {**place.bench.ground.settings, "metrics": {"demos": "customEvent:demos"}}
        )
        connector = GoogleAnalytics(settings, context, place.bench.connection.client)
        (stream,) = connector.streams()
        found = place.bench.records(stream, Window(date(2026, 11, 18), date(2026, 11, 18)))

    assert stream.provides["demos"] == ((), ("vendor_channel",), ("source_medium", "campaign"))
    assert total(found, "demos", *demos.cut) == total(found, "demos", "vendor_channel") > 0


def test_names_that_mean_something_already(tmp_path: Path) -> None:
    told = {"base_url": "http://127.0.0.1:9", "property_id": "1", "credentials": "{}"}
    for settings, words in (
        ({"metrics": {"sessions": "customEvent:x"}}, "metrics.sessions: is read from GA4 already"),
        ({"metrics": {"demos": "customEvent:x"}}, "metrics.demos: there is no such measure"),
        ({"dimensions": {"campaign": "customEvent:x"}}, "dimensions.campaign: is read from GA4 already"),
    ):
        with pytest.raises(ValueError, match=words):
            connect(tmp_path, {**told, **settings})


def connect(folder: Path, settings: Any) -> Any:
    source = source_of(GoogleAnalytics, settings, folder, lambda: datetime(2026, 11, 20, tzinfo=UTC))
    return source.connect(None)  # type: ignore[arg-type]


def test_cost_of_google_ads_alone_or_of_all_that_is_imported(tmp_path: Path) -> None:
    with placed(tmp_path / "one", ad_cost=["google_ads"]) as place:
        google = facts(place, "ad_cost")
        company = place.simulator.company
        spent = sum(
            each.amount for each in company.spend(date(2026, 11, 17), date(2026, 11, 20))
            if each.campaign.system == "google_ads"
        )  # fmt: skip
    assert total(google, "spend", "source_medium", "campaign") == Decimal(spent).scaleb(-2)
    assert {each.dimensions["source_medium"] for each in google} == {"google / cpc"}

    with placed(tmp_path / "two", ad_cost=["google_ads", "yandex_direct"]) as place:
        place.switches.imports = True
        both = facts(place, "ad_cost")
        (stream,) = [each for each in place.bench.streams if each.name == "ad_cost"]
        assert stream.instead_of == {"google_ads", "yandex_direct"}
    assert {each.dimensions["source_medium"] for each in both} == {"google / cpc", "yandex / cpc"}
    of_google = [each for each in both if each.dimensions["source_medium"] == "google / cpc"]
    assert total(of_google, "spend", "source_medium", "campaign") == Decimal(spent).scaleb(-2)


def test_hidden_amounts_are_told_and_never_zero(tmp_path: Path) -> None:
    with placed(tmp_path) as place:
        place.poll()
        before = place.values("web_revenue")
        place.switches.hides_revenue = True
        report = place.poll()

        assert report.reason == "forbidden"
        assert "take “No revenue metrics” off it" in str(report.message)
        assert place.values("web_revenue") == before
    with placed(tmp_path / "without", ecommerce=False) as place:
        place.switches.hides_revenue = True
        assert place.poll().state == "done"
        assert not place.values("web_revenue")


# ── check ────────────────────────────────────────────────────────────────────────────


def checked(place: Place) -> list[str]:
    return list(place.bench.run(place.bench.connector.check))


def test_check_tells_zone_and_currency(tmp_path: Path) -> None:
    with placed(tmp_path) as place:
        assert checked(place) == [
            "the property's days are those of Europe/Moscow, the project's those of UTC: edges of days differ",
            "its amounts are in USD: they need rates to be shown in EUR",
        ]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"dimensions": {"plan": "customEvent:nothing"}}, "has no dimension customEvent:nothing"),
        ({"dimensions": {"plan": "source"}}, "source does not go with the others"),
    ],
)
def test_check_finds_fields_that_there_are_not_or_that_do_not_go_together(
    tmp_path: Path, settings: Any, words: str
) -> None:
    with placed(tmp_path, **settings) as place, pytest.raises(SourceError, match=words):
        checked(place)


def test_a_field_that_there_is_not_is_told_by_the_poll_too(tmp_path: Path) -> None:
    with placed(tmp_path, dimensions={"plan": "customEvent:nothing"}) as place:
        report = place.poll()

    assert report.state == "failed"
    assert "has no dimension customEvent:nothing: correct `dimensions` in the configuration" in str(report.message)
