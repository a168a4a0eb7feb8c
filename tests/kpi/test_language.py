"""The formula language against Python's own grammar and exact fractions: generated formulas.

The text of each formula is read by `ast`, and computed in fractions that know how far 34
digits may have gone astray, so that what binds how, and what comes out, is told by others.
"""

import ast
import re
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from collector.kpi.definition import Definition, read
from collector.kpi.formula import Constant, FormulaError, NoConstant, ZeroDenominator, evaluate, unit_of
from collector.kpi.meaning import Meanings
from collector.kpi.parsing import parse
from collector.kpi.values import Kpi
from collector.plugin.measure import Measure
from collector.vocabulary.units import RATIO_UNIT, Unit, is_unit, parse_unit

VALUES = {"spend": "12.34", "leads": "7", "deals": "0", "revenue": "-3.5", "clicks": "1000000.01"}
ULP = Fraction(1, 10**33)
"""How far one step of 34 digits may be off, relatively."""


# ── formulas as people write them: no more brackets than they want ───────────────────


def formulas(names: st.SearchStrategy[str], *, numbers: bool = True) -> st.SearchStrategy[str]:
    leaves = names | st.sampled_from(["0", "1", "2.5", "100", "0.001"]) if numbers else names
    blank = st.sampled_from(["", " ", "\n"])
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds("{}{}{}{}{}".format, inner, blank, st.sampled_from("+-*/"), blank, inner),
            st.builds("({})".format, inner),
            st.builds("{}{}".format, st.sampled_from("+-"), inner),
            st.builds("abs({})".format, inner),
            st.builds("{}({}, {})".format, st.sampled_from(["min", "max"]), inner, inner),
        ),
        max_leaves=12,
    )


@dataclass(frozen=True)
class Exact:
    """A value, and how far the same in 34 digits may be from it."""

    value: Fraction
    error: Fraction = Fraction(0)

    def rounded(self) -> "Exact":
        return Exact(self.value, self.error + (abs(self.value) + self.error) * ULP)


class Divided(Exception):
    """By zero, for certain."""


def computed(node: ast.expr, values: Mapping[str, str]) -> Exact:
    match node:
        case ast.Constant(value=value):
            return Exact(Fraction(str(value)))
        case ast.Name(id=name):
            return Exact(Fraction(values[name]))
        case ast.UnaryOp(op=op, operand=operand):
            inner = computed(operand, values)
            return Exact(-inner.value, inner.error) if isinstance(op, ast.USub) else inner
        case ast.BinOp(left=left, op=op, right=right):
            return joined(op, computed(left, values), computed(right, values)).rounded()
        case ast.Call(func=ast.Name(id=function), args=arguments):
            found = [computed(each, values) for each in arguments]
            return Exact(called(function, [each.value for each in found]), max(each.error for each in found))
    raise AssertionError(ast.dump(node))


def called(function: str, values: list[Fraction]) -> Fraction:
    if function == "abs":
        return abs(values[0])
    return min(values) if function == "min" else max(values)


def joined(op: ast.operator, left: Exact, right: Exact) -> Exact:
    match op:
        case ast.Add():
            return Exact(left.value + right.value, left.error + right.error)
        case ast.Sub():
            return Exact(left.value - right.value, left.error + right.error)
        case ast.Mult():
            error = abs(left.value) * right.error + abs(right.value) * left.error + left.error * right.error
            return Exact(left.value * right.value, error)
    if right.value == right.error == 0:
        raise Divided
    least = abs(right.value) - right.error
    assume(least > 0)  # else 34 digits cannot tell whether it is zero
    quotient = left.value / right.value
    return Exact(quotient, (left.error + abs(quotient) * right.error) / least)


def by_python(text: str, values: Mapping[str, str] = VALUES) -> Exact | None:
    """None: divides by zero."""
    try:
        return computed(ast.parse(" ".join(text.split()), mode="eval").body, values)
    except Divided:
        return None


@given(formulas(st.sampled_from([*VALUES])))
def test_a_formula_means_what_python_reads_in_it(text: str) -> None:
    expected = by_python(text)
    node = parse(text)

    if expected is None:
        with pytest.raises(ZeroDenominator):
            evaluate(node, lambda name: Decimal(VALUES[name.name]))
        return
    found = evaluate(node, lambda name: Decimal(VALUES[name.name]))
    assert abs(Fraction(found) - expected.value) <= expected.error


@given(text=formulas(st.sampled_from([*VALUES])), cut=st.integers(0, 40), put=st.sampled_from(["", "(", "*", "x", "."]))
def test_what_is_no_python_is_no_formula(text: str, cut: int, put: str) -> None:
    damaged = text[:cut] + put + text[cut + 1 :]
    with suppress(FormulaError):
        parse(damaged)
        as_python = re.sub(r"\b0+(?=\d)", "", " ".join(damaged.split()))
        ast.parse(as_python, mode="eval")


# ── KPIs of KPIs ─────────────────────────────────────────────────────────────────────

PLAIN = {name: Measure(name, "ratio", "last") for name in VALUES}
"""Measures without units, so that anything may be added to anything."""


def defined(name: str, formula: str, **more: object) -> Definition:
    found = read({"name": name, "formula": formula, "unit": "ratio", "better": "up", **more})
    assert isinstance(found, Definition), found
    return found


def meant(*definitions: Definition) -> Kpi:
    """What the last of them comes to."""
    found = Meanings(PLAIN, {each.name: each for each in definitions}).kpi(definitions[-1].name)
    assert isinstance(found, Kpi), found
    return found


@given(
    one=formulas(st.sampled_from([*VALUES])),
    two=formulas(st.sampled_from([*VALUES, "one"])),
    whole=formulas(st.sampled_from([*VALUES, "one", "two"])),
)
def test_a_kpi_in_a_formula_is_its_own_formula_in_brackets(one: str, two: str, whole: str) -> None:
    kpi = meant(defined("one", one), defined("two", two), defined("whole", whole))
    text = whole.replace("two", f"({two})").replace("one", f"({one})")
    expected = by_python(text)
    assert kpi.expression is not None

    if expected is None:
        with pytest.raises(ZeroDenominator):
            evaluate(kpi.expression, lambda name: Decimal(VALUES[name.name]))
        return
    found = evaluate(kpi.expression, lambda name: Decimal(VALUES[name.name]))
    assert abs(Fraction(found) - expected.value) <= expected.error


# ── constants ────────────────────────────────────────────────────────────────────────

DAYS = st.dates(date(2025, 12, 25), date(2026, 1, 15))
AMOUNTS = st.decimals(-1000, 1000, places=3)


@given(values=st.dictionaries(DAYS, AMOUNTS, min_size=1, max_size=6), on=DAYS)
def test_a_constant_has_the_value_that_began_last(values: dict[date, Decimal], on: date) -> None:
    written = {day.isoformat(): str(value) for day, value in values.items()}
    kpi = meant(defined("mine", "2 * fee + leads", constants={"fee": written}))
    assert kpi.expression is not None
    day: date | None = on
    while day is not None and day not in values:  # one day back after the other
        day = day - timedelta(1) if day > date(2025, 12, 1) else None

    if day is None:
        with pytest.raises(NoConstant):
            evaluate(kpi.expression, lambda _: Decimal(7), on=on)
        return
    assert evaluate(kpi.expression, lambda _: Decimal(7), on=on) == 2 * values[day] + 7


@given(text=formulas(st.sampled_from([*VALUES, "fee", "rate"])))
def test_constants_are_values_like_others(text: str) -> None:
    used = {name for name in ("fee", "rate") if name in text}
    written = {"fee": "0.1", "rate": {"2026-01-01": "12.5", "2026-02-01": "0"}}
    kpi = meant(defined("mine", text, constants={name: written[name] for name in used}))
    expected = by_python(text, {**VALUES, "fee": "0.1", "rate": "12.5"})
    assert kpi.expression is not None
    if expected is None:
        return
    found = evaluate(kpi.expression, lambda name: Decimal(VALUES[name.name]), on=date(2026, 1, 31))
    assert abs(Fraction(found) - expected.value) <= expected.error


def test_a_constant_for_all_days_needs_no_day() -> None:
    assert Constant("fee", ((None, Decimal("0.1")),)).on(None) == Decimal("0.1")
    assert Constant("fee", ((date(2026, 1, 1), Decimal("0.1")),)).on(None) is None


# ── units ────────────────────────────────────────────────────────────────────────────

NOUNS = {"spend": "money", "revenue": "money", "leads": "lead", "deals": "deal", "clicks": "click", "wait": "second"}


def product(made: list[tuple[str, bool]]) -> Unit:
    found = RATIO_UNIT
    for noun, above in made:
        found = found.times(parse_unit(noun)) if above else found.per(parse_unit(noun))
    return found


UNITS = st.lists(st.tuples(st.sampled_from([*NOUNS.values()]), st.booleans()), max_size=4).map(product)


@given(UNITS, UNITS, UNITS)
def test_units_multiply_like_numbers(a: Unit, b: Unit, c: Unit) -> None:
    assert a.times(b) == b.times(a)
    assert a.times(b).times(c) == a.times(b.times(c))
    assert a.times(RATIO_UNIT) == a.per(RATIO_UNIT) == a
    assert a.times(b).per(b) == a
    assert a.per(a) == RATIO_UNIT
    assert a.per(b.per(c)) == a.times(c).per(b)


@given(UNITS, UNITS)
def test_fitting_goes_both_ways(a: Unit, b: Unit) -> None:
    assert a.fits(a)
    assert a.fits(b) == b.fits(a)
    assert a.fits(b) <= (a == b or (a.is_share and b.is_share))


@given(UNITS)
def test_a_share_upside_down_is_a_share_and_money_never_is_one(a: Unit) -> None:
    assert a.is_share == RATIO_UNIT.per(a).is_share
    assert not (a.is_share and "money" in str(a))


@given(UNITS)
def test_a_unit_is_read_as_it_is_written(a: Unit) -> None:
    if is_unit(str(a)):
        assert parse_unit(str(a)) == a


class Unlike(Exception):
    """Apples and pears."""


def unit_by_python(node: ast.expr) -> Counter[str] | None:
    """Nouns with their powers, without zeros; None for a zero, which fits everything."""
    match node:
        case ast.Constant(value=value):
            return Counter() if value else None
        case ast.Name(id=name):
            return Counter({NOUNS[name]: 1})
        case ast.UnaryOp(op=op, operand=operand):
            inner = unit_by_python(operand)
            return Counter() if inner is None and isinstance(op, ast.USub) else inner  # a minus is a factor
        case ast.BinOp(left=left, op=op, right=right):
            one, other = unit_by_python(left), unit_by_python(right)
            if isinstance(op, ast.Add | ast.Sub):
                return alike([each for each in (one, other) if each is not None])
            sign = 1 if isinstance(op, ast.Mult) else -1
            powers = {noun: (one or Counter())[noun] + sign * (other or Counter())[noun] for noun in NOUNS.values()}
            return Counter({noun: power for noun, power in powers.items() if power})
        case ast.Call(args=arguments):
            return alike([each for argument in arguments if (each := unit_by_python(argument)) is not None])
    raise AssertionError(ast.dump(node))


def alike(units: list[Counter[str]]) -> Counter[str] | None:
    for other in units[1:]:
        shares = all(map(is_share, (units[0], other))) and (not units[0] or not other)
        if units[0] != other and not shares:
            raise Unlike
    return min(units, key=len, default=None)


def is_share(unit: Counter[str]) -> bool:
    return not unit or ({"money", "second"}.isdisjoint(unit) and sorted(unit.values()) == [-1, 1])


@given(formulas(st.sampled_from([*NOUNS])))
def test_units_are_those_that_follow_from_the_text(text: str) -> None:
    node = parse(text)
    try:
        expected = unit_by_python(ast.parse(" ".join(text.split()), mode="eval").body)
    except Unlike:
        with pytest.raises(FormulaError, match="cannot be"):
            unit_of(node, lambda name: parse_unit(NOUNS[name.name]))
        return

    assert dict(unit_of(node, lambda name: parse_unit(NOUNS[name.name])).powers) == (expected or {})
