"""The catalogue, and what users and plugins add to it."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from collector.kpi.catalogue import built_in, known_kpis, resolve_kpis
from collector.kpi.definition import Definition
from collector.kpi.values import Kpi
from collector.plugin.measure import Measure
from collector.settings.errors import ConfigErrors
from collector.settings.model import Config, Project, WebSettings
from collector.settings.names import fault
from collector.snapshot.families import family_name
from collector.vocabulary.measures import all_measures

ACME = Measure("acme_calls", "call")


def resolved(
    *kpis: Any, plugin: Mapping[str, Any] | None = None, locations: Any = None, **settings: Any
) -> tuple[Kpi, ...]:
    project = Project("default", ZoneInfo("UTC"), "EUR", kpis=kpis or None, **settings)
    config = Config(
        path=Path("collector.yml"),
        store="",
        web=WebSettings(),
        projects={"default": project},
        measures=all_measures([ACME]),
        locations=locations or {},
    )
    return resolve_kpis(config, project, [("acme", plugin)] if plugin else [])


def told(*kpis: Any, **more: Any) -> list[str]:
    with pytest.raises(ConfigErrors) as caught:
        resolved(*kpis, **more)
    return [f"{error.place}: {error.fault}" for error in caught.value.errors]


def written(**changed: Any) -> dict[str, Any]:
    return {"name": "mine", "formula": "spend / leads", "unit": "money/lead", "better": "down", **changed}


def fee(constant: Any, **changed: Any) -> dict[str, Any]:
    return written(**{"formula": "fee * spend / leads", "constants": {"fee": constant}, **changed})


NATIVE = {"name": "mine", "unit": "lead", "better": "up"}
CATALOGUE = {definition.name: definition for definition in built_in()}
KPIS = {kpi.name: kpi for kpi in resolved()}


# ── the catalogue itself ─────────────────────────────────────────────────────────────


def test_without_a_list_of_kpis_the_whole_catalogue_is_shown() -> None:
    assert list(KPIS) == list(CATALOGUE)


@pytest.mark.parametrize("definition", CATALOGUE.values(), ids=lambda each: each.name)
def test_each_entry_has_both_languages_and_names_that_users_might_choose(definition: Definition) -> None:
    assert definition.title.keys() == definition.description.keys() == {"en", "ru"}
    assert all([*definition.title.values(), *definition.description.values()])
    assert fault(definition.name) is None
    assert definition.group is None or fault(definition.group) is None


@pytest.mark.parametrize(
    ("name", "metric"),
    [
        ("visit_to_lead", "marketing_conversion_ratio"),
        ("cltv_historical", "marketing_cltv"),
        ("sales_cycle", "marketing_sales_cycle_seconds"),
        ("cac", "marketing_cac"),
        ("romi", "marketing_romi_ratio"),
        ("engagement_rate", "marketing_engagement_rate_ratio"),
        ("reach_28d", "marketing_reach"),
    ],
)
def test_metrics_are_called_by_family_and_unit(name: str, metric: str) -> None:
    assert family_name(KPIS[name], None) == metric


def test_steps_and_models_are_labels_of_their_family() -> None:
    assert KPIS["visit_to_lead"].label == ("step", "visit_to_lead")
    assert KPIS["cltv_historical"].label == ("model", "historical")


def test_windows_are_four_unless_the_kpi_or_the_vendor_has_its_own() -> None:
    assert KPIS["traffic"].windows == ("7d", "30d", "90d", "mtd")
    assert KPIS["repeat_purchase_rate"].windows == KPIS["cltv_historical"].windows == ("all",)
    assert KPIS["visitors"].windows == ("28d",)
    assert KPIS["reach_7d"].windows == ("7d",)


def test_romi_and_roas_count_the_customers_that_the_project_says() -> None:
    of_all = {kpi.name: kpi for kpi in resolved(roi_customers="all")}

    assert list(of_all) == list(KPIS)
    assert KPIS["romi"].measures == {"new_customer_gross_profit", "spend"}
    assert KPIS["roas"].measures == {"new_customer_revenue", "spend"}
    assert of_all["romi"].measures == {"customer_gross_profit", "spend"}
    assert of_all["roas"].measures == {"revenue", "spend"}
    assert [kpi.where for kpi in (of_all["romi"], of_all["roas"])] == [(("channel", ("paid",)),)] * 2


# ── listing ──────────────────────────────────────────────────────────────────────────


def test_names_groups_and_definitions_are_shown_in_their_order() -> None:
    found = resolved("cac", "conversion", written(), "traffic", "cac")

    assert [kpi.name for kpi in found] == [
        "cac",
        "visit_to_lead",
        "lead_to_deal",
        "deal_to_win",
        "visit_to_customer",
        "key_event",
        "mine",
        "traffic",
    ]


def test_what_a_user_leaves_out_has_a_default() -> None:
    (mine,) = resolved(written(description="per lead"))

    assert (mine.title, mine.description) == ({"en": "mine"}, {"en": "per lead"})
    assert (mine.windows, mine.by) == (("7d", "30d", "90d", "mtd"), ("channel", "manager", "pipeline", "network"))


def test_a_users_definition_takes_the_place_of_the_catalogues() -> None:
    (mine,) = resolved(written(name="cac", formula="spend / new_customers", unit="money/customer"))

    assert mine.measures == {"spend", "new_customers"}


def test_a_definition_may_be_for_projects_with_a_setting_only() -> None:
    both = [
        written(when={"roi_customers": "new"}),
        written(when={"roi_customers": "all"}, formula="refunds / leads"),
    ]

    assert [kpi.formula for kpi in resolved(*both)] == ["spend / leads"]
    assert [kpi.formula for kpi in resolved(*both, roi_customers="all")] == ["refunds / leads"]
    assert resolved(both[1]) == ()


def test_two_definitions_for_one_setting_are_one_too_many() -> None:
    assert told(written(), written(when={"roi_customers": "new"})) == ["kpis.mine.name: 'mine' is defined twice"]


def test_a_kpi_may_be_made_of_others() -> None:
    (mine,) = resolved(written(name="gap", formula="cac - cac_paid.90d", unit="money/customer"))

    assert mine.measures == {"spend", "other_costs", "new_customers"}
    assert mine.optional == ("other_costs",)


# ── mistakes ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("kpi", "told_as"),
    [
        ("trafic", "kpis[0]: there is no KPI 'trafic'. Did you mean traffic?"),
        (
            written(formula="spend / leeds"),
            "kpis.mine.formula: there is no measure or KPI 'leeds' (at character 9). Did you mean leads?",
        ),
        (written(unit="ratio"), "kpis.mine.unit: is ratio, but the formula gives money/lead"),
        (written(formula="spend + leads"), "kpis.mine.formula: lead cannot be added to money (at character 1)"),
        (written(formula="spend.real / leads"), "kpis.mine.formula: there is no window 'real'"),
        (written(formula="mine / leads"), "kpis.mine.formula: goes in a circle: mine → mine"),
        (written(windows=["8d"]), "kpis.mine.windows[0]: there is no window '8d'"),
        (written(by=["chanel"]), "kpis.mine.by[0]: there is no dimension 'chanel'. Did you mean channel?"),
        (written(where={"chanel": "paid"}), "kpis.mine.where.chanel: there is no dimension 'chanel'."),
        (written(where={"channel": "paid", "network": "vk"}), "kpis.mine.where: "),
        (written(better="lower"), "kpis.mine.better: input should be 'up', 'down' or 'within'"),
        (written(titel="x"), "kpis.mine.titel: unknown key"),
        (written(title={"de": "x"}), "kpis.mine.title: 'de' is no language of ours"),
        (written(unit="money per lead"), "kpis.mine.unit: 'money per lead' is no unit"),
        (written(optional=["other_costs"]), "kpis.mine.optional[0]: 'other_costs' is no measure of the formula."),
        (written(name="goal_x"), "kpis.goal_x.name: 'goal_x' is reserved"),
        (written(name="cpl_ratio"), "kpis.cpl_ratio.name: 'cpl_ratio' is reserved"),
        (written(name="leads_by_day"), "kpis.leads_by_day.name: 'leads_by_day' is reserved"),
        (written(name="step"), "kpis.step.name: 'step' is reserved"),
        (written(name="Mine"), "kpis.Mine.name: 'Mine' is no name"),
        (written(name="conversion"), "kpis.conversion.name: 'conversion' is the name of a group of KPIs"),
        (written(step="one"), "kpis.mine.step: belongs to a group"),
        (written(group="conversion", step="key_event", unit="money/lead"), "kpis.mine.group: 'conversion' has"),
        ({"name": "mine", "formula": "leads", "better": "up"}, "kpis.mine.unit: is missing"),
        ({"name": "mine", "unit": "lead", "better": "up"}, "kpis.mine.formula: is missing"),
        (written(formula=None), "kpis.mine.formula: is missing"),
        (written(formula="open(spend)"), "kpis.mine.formula: there is no function 'open'"),
        (written(formula="spend.__class__"), "kpis.mine.formula: 'spend.__class__' has no place in a formula"),
        (written(formula="spend" + " + spend" * 2000), "kpis.mine.formula: a formula has at most 1000 characters"),
        (written(where={"channel": []}), "kpis.mine.where.channel: keeps no member"),
        (written(name="reconciliation_gap"), "kpis.reconciliation_gap.name: 'reconciliation_gap' is reserved"),
        (written(name="bonus_pot"), "kpis.bonus_pot.name: 'bonus_pot' is reserved"),
        # constants
        (fee(0.1, formula="spend / leads"), "kpis.mine.constants.fee: 'fee' is not in the formula"),
        (fee("much"), "kpis.mine.constants.fee: input should be a valid decimal"),
        (fee("nan"), "kpis.mine.constants.fee: input should be a finite number"),
        (fee("1e400"), "kpis.mine.constants.fee: "),
        (fee(None), "kpis.mine.constants.fee: has no value"),
        (fee({}), "kpis.mine.constants.fee: has no value"),
        (fee({"unit": "ratio"}), "kpis.mine.constants.fee: has no value"),
        (fee({"value": 1, "values": {"2026-01-01": 1}}), "kpis.mine.constants.fee: has both `value` and `values`"),
        (fee({"value": 1, "unti": "money"}), "kpis.mine.constants.fee.unti: unknown key"),
        (fee({"value": 1, "unit": "per lead"}), "kpis.mine.constants.fee.unit: 'per lead' is no unit"),
        (fee({"2026-01-32": 1}), "kpis.mine.constants.fee.2026-01-32: input should be a valid date"),
        (fee({"1767225600": 1}), "kpis.mine.constants.fee.1767225600: '1767225600' is no day"),
        (fee({"2026-01-01": "x"}), "kpis.mine.constants.fee.2026-01-01: input should be a valid decimal"),
        (
            fee({"values": {"2026-01-01": "x"}, "unit": "money"}),
            "kpis.mine.constants.fee.values.2026-01-01: input should be a valid decimal",
        ),
        (fee({"value": 5, "unit": "money"}), "kpis.mine.unit: is money/lead, but the formula gives money·money/lead"),
        (fee(1, formula="fee.7d * spend / leads"), "kpis.mine.formula: fee is a constant, which has no window"),
        (written(constants={"spend": 1}), "kpis.mine.constants.spend: 'spend' is a measure"),
        (fee(1, name="fee"), "kpis.fee.constants.fee: 'fee' is a KPI"),
        (
            written(formula="cac / leads", constants={"cac": {"value": 1, "unit": "money"}}),
            "kpis.mine.constants.cac: 'cac' is a KPI",
        ),
        (written(constants={"max": 1}), "kpis.mine.constants.max: 'max' is a function"),
        (written(constants={"Fee": 1}), "kpis.mine.constants.Fee: 'Fee' is no name"),
        (written(constants=[1]), "kpis.mine.constants: "),
        (
            fee(1, formula="fea * spend / leads"),
            "kpis.mine.formula: there is no measure or KPI 'fea' (at character 1). ",
        ),
        # lags
        (written(lag="14"), "kpis.mine.lag: '14' is no duration"),
        (written(lag=14), "kpis.mine.lag: '14' is no duration"),
        (written(lag="36h"), "kpis.mine.lag: '36h' is no lag"),
        (written(lag="0d"), "kpis.mine.lag: '0d' is no lag"),
        (written(lag="731d"), "kpis.mine.lag: '731d' is no lag"),
        (written(lag="7d", windows=["7d", "all"]), "kpis.mine.windows[1]: `all` goes with no lag: spend is shifted by"),
        (written(lag="7d", formula="spend.all / leads"), "kpis.mine.formula: spend is shifted by a lag, and there is"),
        (written(lag="7d", formula="revenue / leads"), "kpis.mine.lag: shifts nothing: there is none of budget, other"),
        # natives
        ({**NATIVE, "native": "gap"}, "kpis.mine.native: nothing native is called 'gap'"),
        ({**NATIVE, "native": "gap", "formula": "leads"}, "kpis.mine.native: stands beside a formula"),
        ({**NATIVE, "native": ""}, "kpis.mine.native: nothing native is called ''"),
        # settings
        (written(when={"roi": "new"}), "kpis.mine.when.roi: "),
        (written(when={"roi_customers": "old"}), "kpis.mine.when.roi_customers: input should be 'new' or 'all'"),
        ({"formula": "leads", "better": "up", "unit": "lead"}, "kpis[0].name: is missing"),
    ],
)
def test_a_mistake_is_told_with_its_place(kpi: Any, told_as: str) -> None:
    (found,) = told(kpi)

    assert found.startswith(told_as)


def test_all_mistakes_are_told_at_once_with_their_lines() -> None:
    places = {
        ("projects", "default", "kpis"): ("collector.yml", 4),
        ("projects", "default", "kpis", 1, "unit"): ("collector.yml", 7),
    }
    with pytest.raises(ConfigErrors) as caught:
        resolved("trafic", written(unit="ratio"), locations=places)

    assert {(error.file, error.line, error.place) for error in caught.value.errors} == {
        ("collector.yml", 4, "kpis[0]"),
        ("collector.yml", 7, "kpis.mine.unit"),
    }


def test_a_circle_over_several_kpis_is_told_once_round() -> None:
    found = told(
        written(name="a", formula="b", unit="lead"),
        written(name="b", formula="c", unit="lead"),
        written(name="c", formula="a", unit="lead"),
    )

    assert "kpis.c.formula: goes in a circle: a → b → c → a" in found


def test_two_definitions_of_one_name_are_one_too_many() -> None:
    assert told(written(), written()) == ["kpis.mine.name: 'mine' is defined twice"]


def test_formulas_that_grow_without_end_are_refused() -> None:
    chain: list[Any] = [written(name="k0", formula="leads + leads", unit="lead")]
    chain += [written(name=f"k{step}", formula=f"k{step - 1} + k{step - 1}", unit="lead") for step in range(1, 40)]

    assert told(*chain)[0] == "kpis.k9.formula: comes to more than 1000 names and numbers"


# ── plugins ──────────────────────────────────────────────────────────────────────────

CALLS = {"name": "calls", "formula": "acme_calls", "unit": "call", "better": "up"}


def test_a_plugins_kpi_is_one_of_the_catalogue() -> None:
    assert resolved(plugin=CALLS)[-1].measures == {"acme_calls"}
    assert [kpi.name for kpi in resolved("calls", plugin=CALLS)] == ["calls"]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({**CALLS, "formula": "acme_cals"}, "there is no measure or KPI 'acme_cals'"),
        ({**CALLS, "name": "cac"}, "there is a KPI 'cac' already"),
        ({**CALLS, "unit": "ratio"}, "is ratio, but the formula gives call"),
        ({"name": "calls"}, "is missing"),
    ],
)
def test_a_plugins_faulty_kpi_is_left_out_with_a_warning(
    wrong: Mapping[str, Any], reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        found = resolved(plugin=wrong)

    assert [kpi.name for kpi in found] == list(CATALOGUE)
    assert reason in caplog.text
    assert "plugin acme" in caplog.text


def test_a_name_is_looked_up_among_kpis_and_groups() -> None:
    project = Project("default", ZoneInfo("UTC"), "EUR")
    config = Config(Path("c.yml"), "", WebSettings(), {"default": project}, all_measures())
    known = known_kpis(config, project, [])

    assert [kpi.name for kpi in known.named("cltv")] == ["cltv_historical"]
    assert [kpi.name for kpi in known.named("cac")] == ["cac"]
    assert known.named("nothing") == ()
    assert known.hint("conversoin") == " Did you mean conversion?"
