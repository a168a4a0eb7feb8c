"""VAT, margin, rates and currencies: what contradicts itself is told at its place."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from collector.settings.sections import Vat
from collector.vocabulary.currencies import CURRENCIES

Errors = Callable[..., list[str]]

SOURCES = """currency: EUR
sources:
  site: {connector: acme, token: t, dimensions: {share: UF_SHARE}}
  ads: {connector: acme, token: u}
"""
RATES = "rates: {2019-01-01: 0.2}"


# ── VAT ──────────────────────────────────────────────────────────────────────────────


def test_vat_says_who_pays_it_and_how_amounts_are_delivered(folder: Any) -> None:
    text = SOURCES + f"vat: {{payer: yes, {RATES}, revenue: gross, spend: {{ads: net}}}}"
    vat = folder.load(text).projects["default"].vat

    assert (vat.payer, vat.revenue, vat.spend) == (True, "gross", {"ads": "net"})
    assert vat.rates == {date(2019, 1, 1): Decimal("0.2")}


def test_without_vat_nothing_is_said_of_it(folder: Any) -> None:
    assert folder.load(SOURCES).projects["default"].vat is None
    assert folder.load(SOURCES + "vat:\n").projects["default"].vat is None


@pytest.mark.parametrize(
    ("day", "rate"),
    [
        ("2018-12-31", "0.18"),  # the first rate holds for all days before it, too
        ("2019-01-01", "0.2"),
        ("2025-12-31", "0.2"),
        ("2026-01-01", "0.22"),
        ("2030-06-01", "0.22"),
        ("1999-01-01", "0.18"),
    ],
)
def test_a_days_rate_is_the_last_that_has_begun(day: str, rate: str) -> None:
    rates = {date(2026, 1, 1): "0.22", date(2004, 1, 1): "0.18", date(2019, 1, 1): "0.2"}
    vat = Vat.model_validate({"payer": True, "rates": rates})

    assert vat.rate_on(date.fromisoformat(day)) == Decimal(rate)


def test_without_rates_there_is_nothing_to_add() -> None:
    assert Vat(payer=False).rate_on(date(2026, 1, 1)) == 0


@pytest.mark.parametrize(
    ("vat", "told"),
    [
        (
            "{payer: yes}",
            "vat.rates: is missing → A payer's figures are told net: name the rates, such as {2026-01-01: 0.22}.",
        ),
        (
            "{payer: no, spend: {ads: net}}",
            "vat.spend.ads: is net, but there is no rate to add"
            " → Its costs are told gross: name vat.rates, such as {2026-01-01: 0.22}.",
        ),
        (
            f"{{payer: yes, {RATES}, spend: {{adds: net}}}}",
            "vat.spend.adds: there is no such source → Did you mean ads?",
        ),
        (
            f"{{payer: yes, {RATES}, spend: {{ads: with}}}}",
            "vat.spend.ads: found 'with'; should be 'gross' or 'net' → How each source's costs are delivered.",
        ),
        (
            "{payer: yes, rates: {2019-01-01: 20}}",
            "vat.rates.2019-01-01: found 20; should be less than or equal to 1"
            " → Rates from a day on, as fractions: 0.2.",
        ),
        (
            "{payer: yes, rates: {2019-01-01: -0.2}}",
            "vat.rates.2019-01-01: found -0.2; should be greater than or equal to 0"
            " → Rates from a day on, as fractions: 0.2.",
        ),
        (
            "{payer: yes, rates: {1546300800: 0.2}}",
            "vat.rates.1546300800: '1546300800' is no day → Write it as 2026-11-02.",
        ),
        ("{rates: {2019-01-01: 0.2}}", "vat.payer: is missing → Whether the business pays VAT: yes or no."),
    ],
)
def test_vat_that_contradicts_itself_is_told(errors: Errors, vat: str, told: str) -> None:
    assert errors(SOURCES + f"vat: {vat}") == [f"collector.yml:5: {told}"]


def test_how_revenue_is_delivered_is_for_payers_which_is_a_warning(folder: Any) -> None:
    text = (
        SOURCES
        + "projects:\n  shop:\n    vat: {payer: no, revenue: net}\n    sources: {a: {connector: acme, token: v}}"
    )

    assert folder.load(text).warnings == (
        "collector.yml:7: projects.shop.vat.revenue: says nothing, as who pays no VAT has none in their prices",
    )


def test_who_pays_no_vat_may_name_rates_for_costs_that_come_without_it(folder: Any) -> None:
    text = SOURCES + f"vat: {{payer: no, {RATES}, spend: {{ads: net, site: gross}}}}"

    assert folder.load(text).projects["default"].vat.spend == {"ads": "net", "site": "gross"}


def test_vat_of_the_top_level_may_name_the_sources_of_all_who_inherit_it(folder: Any) -> None:
    text = f"""
        currency: EUR
        vat: {{payer: yes, {RATES}, spend: {{ads: net, radio: net, tv: gross}}}}
        projects:
          shop: {{sources: {{ads: {{connector: acme, token: t}}}}}}
          studio: {{sources: {{radio: {{connector: acme, token: t}}}}}}
          own: {{vat: {{payer: no}}, sources: {{tv: {{connector: acme, token: t}}}}}}
    """

    assert folder.errors(text) == [
        "collector.yml:2: vat.spend.tv: there is no such source → Sources: ads, radio.",
    ]


def test_a_projects_own_vat_is_told_with_the_project(errors: Errors) -> None:
    text = SOURCES + "projects:\n  shop:\n    vat: {payer: yes}\n    sources: {tv: {connector: acme, token: t}}\n"

    (told,) = errors(text)
    assert told.startswith("collector.yml:7: projects.shop.vat.rates: is missing")


# ── margin ───────────────────────────────────────────────────────────────────────────


def test_a_margin_may_go_by_dimensions_of_deals_and_by_those_declared(folder: Any) -> None:
    text = "dimensions: {region: UF_REGION}\n" + SOURCES + "margin: {by: {pipeline: {retail: 0.2}, region: {ru: 0.3}}}"

    margin = folder.load(text).projects["default"].margin
    assert margin.by == {"pipeline": {"retail": Decimal("0.2")}, "region": {"ru": Decimal("0.3")}}


def test_a_margin_may_stand_in_a_declared_dimension(folder: Any) -> None:
    assert folder.load(SOURCES + "margin: {field: share}").projects["default"].margin.field == "share"


@pytest.mark.parametrize(
    ("margin", "told"),
    [
        ("{by: {pipeline: {retail: 35}}}", "margin.by.pipeline.retail: found 35; should be less than or equal to 1"),
        ("{by: {pipeline: {retail: -0.1}}}", "margin.by.pipeline.retail: found -0.1; should be greater than or equal"),
        ("{by: {pipelin: {retail: 0.1}}}", "margin.by.pipelin: there is no such dimension of deals → Did you mean pip"),
        (
            "{by: {network: {vk: 0.1}}}",
            "margin.by.network: there is no such dimension of deals"
            " → Known: campaign, channel, manager, pipeline, share.",
        ),
        (
            "{field: margin_share}",
            "margin.field: there is no extra dimension 'margin_share'"
            " → Declare it, dimensions: {margin_share: the vendor's field}. Declared: share.",
        ),
    ],
)
def test_a_margin_that_cannot_be_meant_is_told(errors: Errors, margin: str, told: str) -> None:
    (found,) = errors(SOURCES + f"margin: {margin}")

    assert found.startswith(f"collector.yml:5: {told}")


# ── currencies and rates ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize("code", ["EUR", "RUB", "KZT", "XDR", "HRK"])
def test_a_currency_is_a_code_of_iso_4217(folder: Any, code: str) -> None:
    assert folder.load(SOURCES.replace("EUR", code)).projects["default"].currency == code


@pytest.mark.parametrize(
    ("written", "remedy"),
    [
        ("RUR", "Did you mean RUB?"),
        ("rub", "Did you mean RUB?"),
        ("EURO", "Did you mean EUR?"),
        ("'€'", "Write its ISO 4217 code, such as EUR."),
        ("XXX", "Write its ISO 4217 code, such as EUR."),
        ("CHT", "Did you mean CHF?"),
        ("SWF", "Did you mean "),
    ],
)
def test_another_word_is_told_with_the_nearest_code(errors: Errors, written: str, remedy: str) -> None:
    (told,) = errors(SOURCES.replace("EUR", written))

    assert told.startswith("collector.yml:1: currency: ")
    assert f" is no currency → {remedy}" in told


def test_a_currency_of_rates_is_a_code_too(errors: Errors) -> None:
    assert errors(SOURCES + "rates: {USB: 0.9}") == [
        "collector.yml:5: rates.USB: 'USB' is no currency → Did you mean USD?"
    ]


@pytest.mark.parametrize("price", ["0", "-1", "{2026-01-01: 0}", "{2026-01-01: -0.5}", "nan", "{2026-01-01: inf}"])
def test_a_price_is_above_zero(errors: Errors, price: str) -> None:
    (told,) = errors(SOURCES + f"rates: {{USD: {price}}}")

    assert told.startswith("collector.yml:5: rates.USD")


def test_there_is_no_rate_for_the_projects_own_currency(errors: Errors) -> None:
    assert errors(SOURCES + "rates: {USD: 0.9, EUR: 1}") == [
        "collector.yml:5: rates.EUR: is the project's own currency"
        " → Rates are prices in EUR of other currencies; leave it out."
    ]


def test_rates_are_inherited_in_the_same_currency_only(folder: Any) -> None:
    config = folder.load("""
        currency: RUB
        rates: {EUR: 100}
        projects:
          shop: {sources: {a: {connector: acme, token: t}}}
          studio: {currency: EUR, sources: {a: {connector: acme, token: t}}}
          own: {currency: EUR, rates: {RUB: 0.01}, sources: {a: {connector: acme, token: t}}}
    """)

    rates = {name: dict(project.rates) for name, project in config.projects.items()}
    assert rates == {"shop": {"EUR": 100}, "studio": {}, "own": {"RUB": Decimal("0.01")}}
    assert ("projects", "studio", "rates") not in config.locations


def test_the_codes_are_three_capitals_without_those_that_are_no_currency() -> None:
    assert all(len(code) == 3 and code.isalpha() and code.isupper() for code in CURRENCIES)
    assert not CURRENCIES & {"XXX", "XTS"}
    assert len(CURRENCIES) > 170
