"""What a configuration means: keys, inheritance, paths, sources."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

SMALLEST = """
currency: EUR
sources:
  site: {connector: acme, token: t0ken}
"""


def test_the_smallest_configuration_has_one_project_with_defaults(folder: Any) -> None:
    config = folder.load(SMALLEST)

    assert list(config.projects) == ["default"]
    project = config.projects["default"]
    assert (project.zone, project.currency, project.language) == (ZoneInfo("UTC"), "EUR", "en")
    assert (project.kpis, project.top) == (None, 20)
    assert config.web.listen == "127.0.0.1:9841"
    assert config.warnings == ()


def test_the_store_is_beside_the_file_unless_it_is_said(folder: Any, tmp_path: Path) -> None:
    assert folder.load(SMALLEST).store == f"sqlite:///{tmp_path}/data/collector.db"
    assert folder.load("store: sqlite:////var/lib/k.db" + SMALLEST).store == ("sqlite:////var/lib/k.db")


def test_a_source_has_its_streams_and_its_place(folder: Any, tmp_path: Path) -> None:
    source = folder.load(SMALLEST).projects["default"].sources["site"]

    assert [stream.name for stream in source.streams] == ["visits"]
    assert source.connector.type.name == "acme"
    assert source.settings.token.get_secret_value() == "t0ken"
    assert source.settings.timeout == timedelta(minutes=5)
    assert (source.context.currency, source.context.folder) == ("EUR", str(tmp_path))
    assert "sessions" in source.context.measures


def test_a_project_inherits_the_top_level_but_not_its_sources_and_goals(folder: Any) -> None:
    config = folder.load("""
        currency: RUB
        timezone: Europe/Moscow
        kpis: [leads]
        margin: {default: 0.35}
        paid_channels: [Influencers]
        sources: {site: {connector: acme, token: a}}
        goals:
          - {name: g, kpi: leads, objective: sales, assignee: x, target: 5, start: 2026-10-01, due: 2026-12-31}
        projects:
          shop:
            currency: EUR
            sources: {site: {connector: acme, token: b}}
    """)

    shop = config.projects["shop"]
    assert (shop.currency, shop.zone.key, shop.kpis) == ("EUR", "Europe/Moscow", ("leads",))
    assert shop.margin.default == Decimal("0.35")
    assert shop.paid_channels == ("Influencers",)
    assert "goals" not in shop.other
    assert config.projects["default"].other["goals"][0]["target"] == 5
    assert [source.project for source in config.sources] == ["default", "shop"]


def test_included_files_stand_where_they_are_included(folder: Any, tmp_path: Path) -> None:
    folder.write("projects/shop.yml", "currency: EUR\ninclude: more.yml\nsources: {a: {connector: acme, token: a}}")
    folder.write("projects/more.yml", "sources: {b: {connector: acme, token: b, ca_file: ca.pem}}\nlanguage: ru")
    config = folder.load("""
        projects:
          shop: {include: [projects/shop.yml]}
    """)

    shop = config.projects["shop"]
    assert (sorted(shop.sources), shop.language) == (["a", "b"], "ru")
    assert shop.sources["b"].context.folder == str(tmp_path / "projects")
    assert shop.sources["b"].settings.ca_file == str(tmp_path / "projects" / "ca.pem")


def test_the_including_file_wins_and_lists_are_joined(folder: Any) -> None:
    folder.write("base.yml", "currency: RUB\ntop: 5\nkpis: [leads]")
    config = folder.load("include: base.yml\ncurrency: EUR\nkpis: [revenue]\nsources: {a: {connector: acme, token: a}}")

    project = config.projects["default"]
    assert (project.currency, project.top, project.kpis) == ("EUR", 5, ("revenue", "leads"))


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("no", "no"),
        ("on", "on"),
        ("007", "007"),
        ("12:30:00", "12:30:00"),
        ("2026-11-02", "2026-11-02"),
        ("1.10", "1.10"),
        ("12345678901234567890", "12345678901234567890"),
        ("42", "42"),
        ("'true'", "true"),
        ("0x1F", "0x1F"),
        ("~", None),
    ],
)
def test_texts_stay_as_they_are_written(folder: Any, written: str, means: str | None) -> None:
    config = folder.load(f"currency: EUR\nsources: {{a: {{connector: acme, token: t, account: {written}}}}}")

    assert config.projects["default"].sources["a"].settings.account == means


def test_anchors_and_merge_keys_work(folder: Any) -> None:
    config = folder.load("""
        currency: EUR
        sources:
          a: &base {connector: acme, token: secret-a, timeout: 1m}
          b: {<<: *base, token: secret-b}
    """)

    settings = config.projects["default"].sources["b"].settings
    assert (settings.token.get_secret_value(), settings.timeout) == ("secret-b", timedelta(minutes=1))


def test_each_key_has_its_place(folder: Any) -> None:
    folder.write("kpis.yml", "kpis:\n  - leads\n  - name: own\n    formula: spend / clicks\n")
    config = folder.load("""
        web: {listen: ':80'}
        currency: EUR
        include: kpis.yml
        sources: {site: {connector: acme, token: t}}
    """)

    where = config.locations
    assert where["projects", "default", "kpis", 1, "formula"] == ("kpis.yml", 4)
    assert where["projects", "default", "currency"] == ("collector.yml", 2)
    assert where["web", "listen"] == ("collector.yml", 1)


def test_dimensions_of_project_and_source_come_together(folder: Any) -> None:
    config = folder.load("""
        currency: EUR
        dimensions: {region: UF_REGION}
        sources: {a: {connector: acme, token: t, dimensions: {shop: UF_SHOP}}}
    """)

    context = config.projects["default"].sources["a"].context
    assert context.dimensions == {"region": "UF_REGION", "shop": "UF_SHOP"}


def test_a_hold_under_the_interval_is_a_warning(folder: Any) -> None:
    config = folder.load("""
        currency: EUR
        sources:
          a:
            connector: acme
            token: t
            hold_max: 10m
    """)

    assert config.warnings == (
        "collector.yml:6: sources.a.hold_max: 10m is under the interval, 1h: values vanish between two polls",
    )


def test_two_sources_that_are_alike_are_a_warning(folder: Any) -> None:
    config = folder.load("""
        currency: EUR
        sources:
          a: {connector: acme, token: t}
          b: {connector: acme, token: t}
    """)

    assert config.warnings == ("collector.yml:4: sources.b: is configured just as a; both count",)


def test_retention_is_for_all_data_or_by_kind(folder: Any) -> None:
    assert folder.load("retention: 400d" + SMALLEST).retention == {
        "facts": "400d",
        "entities": "400d",
        "readings": "400d",
    }
    assert folder.load("retention: {facts: 90d}" + SMALLEST).retention == {"facts": "90d"}
    assert folder.load("retention: forever" + SMALLEST).retention == {}


def test_what_a_project_says_of_channels_and_names_has_fields_of_its_own(folder: Any) -> None:
    said = """
        channels: [{channel: Partners, source: "partner-*"}]
        attribution: first
        roi_customers: all
        privacy: {managers: alias}
    """
    project = folder.load(said + SMALLEST.replace("\n", "\n" + 8 * " ")).projects["default"]

    assert [(rule.channel, rule.source) for rule in project.channels] == [("Partners", "partner-*")]
    assert (project.attribution, project.roi_customers, project.privacy.managers) == ("first", "all", "alias")


def test_without_them_they_have_their_defaults(folder: Any) -> None:
    project = folder.load(SMALLEST).projects["default"]

    assert (project.vat, project.channels, project.paid_channels) == (None, (), ())
    assert (project.attribution, project.roi_customers, project.privacy.managers) == ("last", "new", "id")


def test_settings_that_nothing_is_computed_from_yet_are_told(folder: Any) -> None:
    goal = "{name: g, kpi: leads, objective: sales, assignee: x, target: 5, start: 2026-10-01, due: 2026-12-31}"
    told = folder.load(f"goals: [{goal}]\nvat: {{payer: no}}" + SMALLEST).warnings

    assert told == ("project default: goals: not computed by this version yet",)
