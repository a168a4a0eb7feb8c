"""Formulas against an evaluator of the tests' own, in exact fractions."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from collector.kpi.formula import FormulaError, Name, Operation, ZeroDenominator, evaluate, names, unit_of
from collector.kpi.parsing import parse
from collector.vocabulary.units import Unit, parse_unit

VALUES = {"spend": "12.34", "leads": "7", "deals": "0", "revenue": "-3.5", "x": "1000000.01"}


# ── an independent evaluator: random trees, written out as text, computed in fractions ─


@dataclass(frozen=True)
class Tree:
    text: str
    value: Fraction | None
    """None: divides by zero somewhere."""
    divides: bool = False


def leaf(text: str) -> Tree:
    return Tree(text, Fraction(VALUES.get(text, text)))


def binary(sign: str, left: Tree, right: Tree, blank: str) -> Tree:
    text = f"({left.text}){blank}{sign}{blank}({right.text})"
    divides = left.divides or right.divides or sign == "/"
    if left.value is None or right.value is None:
        return Tree(text, None, divides)
    if sign == "/":
        assume(not (right.value == 0 and right.divides))  # 34 digits may miss a zero that only fractions see
        return Tree(text, left.value / right.value if right.value else None, divides)
    results = {"+": left.value + right.value, "-": left.value - right.value, "*": left.value * right.value}
    return Tree(text, results[sign], divides)


def called(function: str, arguments: list[Tree]) -> Tree:
    arguments = arguments[:1] if function == "abs" else arguments
    text = f"{function}({', '.join(each.text for each in arguments)})"
    divides = any(each.divides for each in arguments)
    known = [each.value for each in arguments if each.value is not None]
    if len(known) < len(arguments):
        return Tree(text, None, divides)
    return Tree(text, {"min": min, "max": max}[function](known) if function != "abs" else abs(known[0]), divides)


def negated(tree: Tree) -> Tree:
    return Tree(f"-({tree.text})", None if tree.value is None else -tree.value, tree.divides)


leaves = st.sampled_from([*VALUES, "0", "1", "2.5", "100", "0.001"]).map(leaf)
small = leaves | st.builds(binary, st.sampled_from("+-*/"), leaves, leaves, st.sampled_from(["", " "]))
trees = (
    small
    | st.builds(binary, st.sampled_from("+-*/"), small, small, st.sampled_from(["", " "]))
    | st.builds(called, st.sampled_from(["min", "max", "abs"]), st.lists(small, min_size=2, max_size=4))
    | small.map(negated)
)


@given(trees)
def test_a_formula_comes_to_what_fractions_say(tree: Tree) -> None:
    node = parse(tree.text)
    if tree.value is None:
        with pytest.raises(ZeroDenominator):
            evaluate(node, lambda name: Decimal(VALUES[name.name]))
        return
    found = evaluate(node, lambda name: Decimal(VALUES[name.name]))

    assert abs(Fraction(found) - tree.value) <= abs(tree.value) * Fraction(1, 10**12) + Fraction(1, 10**20)


@given(st.text(alphabet="ab1.+-*/() ,_x__class__import\n\t", max_size=60))
def test_any_text_is_a_formula_or_an_error_with_its_place(text: str) -> None:
    try:
        parse(text)
        at = 1
    except FormulaError as error:
        at = error.at

    assert 1 <= at <= len(text) + 1


# ── reading ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2 + 3 * 4", "14"),
        ("(2 + 3) * 4", "20"),
        ("10 - 3 - 2", "5"),
        ("100 / 5 / 2", "10"),
        ("-2 * -3", "6"),
        ("- 2 + 5", "3"),
        ("2 - -3", "5"),
        ("min(3, 1, 2) + max(4, 5) + abs(-6)", "12"),
        (" 1\n+\t1 ", "2"),
        ("1 / 3", "0.3333333333333333333333333333333333"),
    ],
)
def test_formulas_bind_as_everywhere(text: str, value: str) -> None:
    assert evaluate(parse(text), lambda _: Decimal(0)) == Decimal(value)


def test_a_name_may_stand_at_another_window() -> None:
    assert parse("cltv / cac.90d") == Operation("/", Name("cltv", None, at=1), Name("cac", "90d", at=8))


@pytest.mark.parametrize(
    ("text", "at", "fault"),
    [
        ("", 1, "a name, a number or ( is needed, but the formula ends here"),
        ("spend /", 8, "a name, a number or ( is needed, but the formula ends here"),
        ("spend leads", 7, "an operator is needed, but there is 'leads'"),
        ("(spend", 7, "a closing ) is needed, but the formula ends here"),
        ("spend ** 2", 8, "a name, a number or ( is needed, but there is '*'"),
        ("spend // leads", 8, "a name, a number or ( is needed, but there is '/'"),
        ("__import__('os')", 1, "'__import__' has no place in a formula"),
        ("spend.real.imag", 1, "'spend.real.imag' has no place in a formula"),
        ("exit()", 1, "there is no function 'exit'"),
        ("abs(1, 2)", 1, "abs takes one argument, here are 2"),
        ("min(1)", 1, "min takes two arguments or more, here are 1"),
        ("min / 2", 1, "min is a function"),
        ("1e9", 1, "'1e9' has no place in a formula"),
        ("spend[0]", 6, "'[' has no place in a formula"),
        ("Spend", 1, "'Spend' has no place in a formula"),
        ("spend; leads", 6, "';' has no place in a formula"),
        ("cac.8d", 1, "there is no window '8d'"),
    ],
)
def test_what_is_no_formula_is_told_with_its_place(text: str, at: int, fault: str) -> None:
    with pytest.raises(FormulaError) as caught:
        parse(text)

    assert caught.value.at == at
    assert caught.value.fault.startswith(fault)


@pytest.mark.parametrize(
    "text", ["(" * 400 + "1" + ")" * 400, "-" * 900 + "1", "+".join(["1"] * 400), "abs(" * 190 + "1" + ")" * 190]
)
def test_deep_formulas_are_refused_before_they_hurt(text: str) -> None:
    with pytest.raises(FormulaError, match="nested more than 50 deep"):
        parse(text)


def test_a_formula_of_ten_thousand_characters_is_refused() -> None:
    with pytest.raises(FormulaError, match="at most 1000 characters, this 10001"):
        parse("1" + "+1" * 5000)


# ── units ────────────────────────────────────────────────────────────────────────────

UNITS = {"spend": "money", "revenue": "money", "leads": "lead", "sessions": "session", "customers": "customer"}


def unit(text: str) -> Unit:
    return unit_of(parse(text), lambda name: parse_unit(UNITS[name.name]))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("spend", "money"),
        ("spend / leads", "money/lead"),
        ("leads / sessions", "lead/session"),
        ("(revenue - spend) / spend", "ratio"),
        ("spend * 1.2", "money"),
        ("spend / leads * leads", "money"),
        ("max(0, revenue - spend)", "money"),
        ("1 - leads / sessions", "ratio"),
        ("1 / leads", "1/lead"),
    ],
)
def test_units_follow_from_the_formula(text: str, expected: str) -> None:
    assert str(unit(text)) == expected


@pytest.mark.parametrize("text", ["spend + leads", "spend - 1", "min(leads, sessions)", "leads + leads / sessions"])
def test_unequal_units_cannot_be_added_or_compared(text: str) -> None:
    with pytest.raises(FormulaError, match="cannot be"):
        unit(text)


@pytest.mark.parametrize(
    ("text", "is_share"),
    [
        ("leads / sessions", True),
        ("spend / revenue", True),
        ("spend / leads", False),
        ("leads / spend", False),
        ("leads", False),
        ("leads * customers / sessions", False),
    ],
)
def test_a_ratio_is_count_per_count_or_like_per_like_never_money_per_count(text: str, is_share: bool) -> None:
    assert unit(text).is_share is is_share


def test_names_come_in_the_order_of_the_text() -> None:
    assert [each.name for each in names(parse("a / max(b, c.7d) - a"))] == ["a", "b", "c", "a"]
