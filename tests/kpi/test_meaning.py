"""What definitions come to: constants, lags, filters, natives, and KPIs of KPIs."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from collector.kpi.definition import Definition, Fault, read
from collector.kpi.formula import Constant, Name, NoConstant, constants, evaluate, names
from collector.kpi.meaning import Meanings
from collector.kpi.natives import Native
from collector.kpi.values import Kpi
from collector.plugin.measure import Measure
from collector.vocabulary.measures import all_measures

CLTV = Native("cltv_forecast", "money/customer", frozenset({"revenue", "new_customers"}), ("365d", "all"))


def written(**changed: Any) -> dict[str, Any]:
    return {"name": "mine", "formula": "spend / new_customers", "unit": "money/customer", "better": "down", **changed}


def meanings(*definitions: Mapping[str, Any], more: Measure | None = None) -> Meanings:
    found: dict[str, Definition] = {}
    for each in definitions:
        definition = read(each)
        assert isinstance(definition, Definition), definition
        found[definition.name] = definition
    return Meanings(all_measures([more] if more else []), found, {CLTV.name: CLTV})


def meant(*definitions: Mapping[str, Any]) -> Kpi:
    """What the last of them comes to."""
    found = meanings(*definitions).kpi(definitions[-1]["name"])
    assert isinstance(found, Kpi), found
    return found


def wrong(*definitions: Mapping[str, Any], more: Measure | None = None) -> list[Fault]:
    """What is wrong with the last of them."""
    found = meanings(*definitions, more=more).kpi(definitions[-1]["name"])
    assert isinstance(found, list), found
    return found


def inputs(kpi: Kpi) -> list[Name]:
    assert kpi.expression is not None
    return list(names(kpi.expression))


# ── constants ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("constant", "values", "unit"),
    [
        (0.1, [(None, "0.1")], "ratio"),
        ("0.10", [(None, "0.10")], "ratio"),
        ({"2026-07-01": 0.12, "2026-01-01": 0.1}, [("2026-01-01", "0.1"), ("2026-07-01", "0.12")], "ratio"),
        ({date(2026, 1, 1): 7}, [("2026-01-01", "7")], "ratio"),
        ({"value": 50000, "unit": "money"}, [(None, "50000")], "money"),
        ({"unit": "money", "values": {"2026-01-01": 1000}}, [("2026-01-01", "1000")], "money"),
    ],
)
def test_a_constant_may_be_written_in_short(constant: Any, values: list[tuple[str | None, str]], unit: str) -> None:
    definition = read(written(formula="k * spend", constants={"k": constant}))
    assert isinstance(definition, Definition)

    assert definition.constants["k"].unit == unit
    assert definition.constants["k"].dated == tuple(
        (None if day is None else date.fromisoformat(day), Decimal(value)) for day, value in values
    )


def test_a_constant_of_money_is_added_to_money() -> None:
    kpi = meant(
        written(formula="(spend + salaries) / new_customers", constants={"salaries": {"value": 50000, "unit": "money"}})
    )
    assert kpi.expression is not None

    assert kpi.measures == {"spend", "new_customers"}
    assert list(constants(kpi.expression)) == [Constant("salaries", ((None, Decimal(50000)),), "money", at=10)]
    assert evaluate(kpi.expression, lambda name: Decimal(10)) == 5001


def test_a_constant_of_another_unit_is_not() -> None:
    (fault,) = wrong(written(formula="(spend + salaries) / new_customers", constants={"salaries": 50000}))

    assert fault[:2] == (("formula",), "ratio cannot be added to money (at character 2)")


def test_before_its_first_day_a_constant_has_no_value() -> None:
    kpi = meant(written(formula="rate * spend / new_customers", constants={"rate": {"2026-07-01": 2}}))
    assert kpi.expression is not None

    assert evaluate(kpi.expression, lambda _: Decimal(1), on=date(2026, 7, 1)) == 2
    with pytest.raises(NoConstant, match="rate has no value on 2026-06-30"):
        evaluate(kpi.expression, lambda _: Decimal(1), on=date(2026, 6, 30))


def test_a_kpis_constants_come_along_into_another_whose_own_may_have_the_same_name() -> None:
    inner = written(name="inner", formula="k * spend / new_customers", constants={"k": 2})
    outer = written(name="outer", formula="k * inner", constants={"k": 10})
    kpi = meant(inner, outer)
    assert kpi.expression is not None

    assert evaluate(kpi.expression, lambda name: Decimal(8)) == 20


def test_a_constant_of_one_kpi_means_nothing_in_another() -> None:
    inner = written(name="inner", formula="k * spend / new_customers", constants={"k": 2})
    (fault,) = wrong(inner, written(formula="k * inner"))

    assert fault[1].startswith("there is no measure or KPI 'k'")


# ── lags ─────────────────────────────────────────────────────────────────────────────


def test_a_lag_shifts_costs_and_nothing_else() -> None:
    kpi = meant(written(formula="(spend + other_costs) / new_customers", lag="2w"))

    assert kpi.lag == 14
    assert {(each.name, each.lag) for each in inputs(kpi)} == {
        ("spend", 14),
        ("other_costs", 14),
        ("new_customers", 0),
    }


def test_in_another_kpi_a_lag_stays_with_its_costs() -> None:
    early = written(name="early", lag="7d")
    plain = written(name="plain")
    kpi = meant(early, plain, written(formula="early + plain + spend / new_customers", lag="30d"))

    assert [(each.name, each.lag) for each in inputs(kpi)] == [
        ("spend", 7),
        ("new_customers", 0),
        ("spend", 30),
        ("new_customers", 0),
        ("spend", 30),
        ("new_customers", 0),
    ]
    assert [each.lag for each in inputs(meant(early, written(formula="2 * early")))] == [7, 0]


@pytest.mark.parametrize("formula", ["early", "early.all"])
def test_a_kpi_with_a_lag_has_no_window_all_in_another_either(formula: str) -> None:
    early = written(name="early", lag="7d")
    outer = written(formula=formula, windows=["7d", "all"] if formula == "early" else ["7d"])

    (fault,) = wrong(early, outer)
    assert fault[0] == (("windows", 1) if formula == "early" else ("formula",))
    assert "`all`" in fault[1]


def test_what_is_not_shifted_may_have_the_window_all() -> None:
    kpi = meant(written(formula="spend / new_customers.all", lag="7d"))

    assert [(each.name, each.window, each.lag) for each in inputs(kpi)] == [
        ("spend", None, 7),
        ("new_customers", "all", 0),
    ]


# ── filters and windows ──────────────────────────────────────────────────────────────


def test_a_kpi_in_another_keeps_its_window_and_filter() -> None:
    paid = written(name="paid", formula="spend.7d / new_customers", where={"channel": "paid"})
    kpi = meant(paid, written(formula="paid.90d - spend / new_customers", where={"channel": ["Email"]}))

    assert [(each.name, each.window, dict(each.where)) for each in inputs(kpi)] == [
        ("spend", "7d", {"channel": ("paid",)}),
        ("new_customers", "90d", {"channel": ("paid",)}),
        ("spend", None, {"channel": ("Email",)}),
        ("new_customers", None, {"channel": ("Email",)}),
    ]


def test_a_figure_of_a_window_that_does_not_exist_is_told() -> None:
    odd = Measure("visitors_14d", "user", "given")
    (fault,) = wrong(written(formula="visitors_14d", unit="user"), more=odd)

    assert fault[1] == "visitors_14d is a figure of 14d, and there is no such window"


# ── natives ──────────────────────────────────────────────────────────────────────────

FORECAST = {"name": "forecast", "native": "cltv_forecast", "unit": "money/customer", "better": "up"}


def test_a_native_kpi_has_what_its_function_brings() -> None:
    kpi = meant({**FORECAST, "title": "Forecast"})

    assert (kpi.native, kpi.expression, kpi.formula) == ("cltv_forecast", None, "native cltv_forecast")
    assert kpi.measures == {"revenue", "new_customers"}
    assert kpi.windows == ("365d", "all")
    assert (kpi.unit, kpi.title, kpi.by[0]) == ("money/customer", {"en": "Forecast"}, "channel")


@pytest.mark.parametrize(
    ("changed", "place", "told"),
    [
        ({"native": "cltv_forcast"}, "native", "nothing native is called 'cltv_forcast'. Did you mean cltv_forecast?"),
        ({"unit": "money"}, "unit", "is money, but cltv_forecast gives money/customer"),
        ({"windows": ["7d"]}, "windows", "cltv_forecast has no window '7d'"),
    ],
)
def test_a_native_kpi_is_used_as_it_is(changed: Mapping[str, Any], place: str, told: str) -> None:
    (fault,) = wrong({**FORECAST, **changed})

    assert (fault[0][0], fault[1]) == (place, told)


@pytest.mark.parametrize(
    "more", [{"lag": "7d"}, {"where": {"channel": "paid"}}, {"constants": {"k": 1}}, {"optional": ["spend"]}]
)
def test_what_is_for_formulas_is_not_for_native_kpis(more: Mapping[str, Any]) -> None:
    found = read({**FORECAST, **more})

    assert isinstance(found, list)
    assert [(fault[0], fault[1]) for fault in found] == [((next(iter(more)),), "is for formulas")]


def test_a_formula_cannot_name_a_native_kpi() -> None:
    (fault,) = wrong(FORECAST, written(formula="2 * forecast"))

    assert fault[1] == "the KPI 'forecast' in it is native, so it has no formula (at character 5)"


# ── sizes ────────────────────────────────────────────────────────────────────────────


def chain(length: int, formula: str = "k{}") -> list[dict[str, Any]]:
    first = {"name": "k0", "formula": "leads", "unit": "lead", "better": "up"}
    return [first, *({**first, "name": f"k{n}", "formula": formula.format(n - 1)} for n in range(1, length))]


def test_kpis_are_made_of_kpis_fifty_deep_and_no_deeper() -> None:
    assert meant(*chain(50)).measures == {"leads"}
    assert wrong(*chain(51))[0][1] == "is made of KPIs more than 50 deep"


@pytest.mark.parametrize("step", [1, -1])
def test_a_long_chain_is_refused_in_whatever_order_it_is_asked_for(step: int) -> None:
    found = meanings(*chain(400))
    kpis = {n: found.kpi(f"k{n}") for n in range(400)[::step]}

    assert isinstance(kpis[0], Kpi)
    assert isinstance(kpis[399], list)
    assert "more than 50 deep" in str([fault for fault in kpis.values() if isinstance(fault, list)])


def test_a_formula_that_comes_to_too_many_steps_is_refused() -> None:
    (fault,) = wrong(*chain(7, "abs(" * 40 + "k{}" + ")" * 40))

    assert fault[1] in ("comes to more than 200 steps", "the KPI 'k5' in it cannot be used")


def test_numbers_and_constants_grow_no_formula_without_end() -> None:
    for formula in ("1 + 1", "c + c"):
        more = {"constants": {"c": 2}} if "c" in formula else {}
        first = {"name": "k0", "formula": formula, "unit": "ratio", "better": "up", **more}
        links = [{**first, "name": f"k{n}", "formula": f"k{n - 1} + k{n - 1}", "constants": {}} for n in range(1, 40)]

        assert wrong(first, *links[:9])[0][1] == "comes to more than 1000 names and numbers"
