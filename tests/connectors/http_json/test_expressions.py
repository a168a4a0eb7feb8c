"""JMESPath over JSON with Decimals: exact, and nothing that it cannot do as with floats."""

from decimal import Decimal
from typing import Any

import pytest

from connectors.http_json.expressions import BadExpression, expression

DATA = {
    "prices": [Decimal("0.1"), 2, Decimal("0.2")],
    "price": Decimal("9.50"),
    "rows": [{"v": Decimal("1.5")}, {"v": 1}, {"v": Decimal("0.5")}],
}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("sum(prices)", Decimal("2.3")),
        ("avg(prices[:1])", Decimal("0.1")),
        ("avg(`[1, 2]`)", Decimal("1.5")),
        ("max(prices)", 2),
        ("min(prices)", Decimal("0.1")),
        ("sort(prices)", [Decimal("0.1"), Decimal("0.2"), 2]),
        ("sort_by(rows, &v)[].v", [Decimal("0.5"), 1, Decimal("1.5")]),
        ("max_by(rows, &v).v", Decimal("1.5")),
        ("rows[?v == `1.5`] | length(@)", 1),
        ("rows[?v > `0.9`] | length(@)", 2),
        ("price == `9.5`", True),
        ("price > `9.4`", True),
        ("abs(price)", Decimal("9.50")),
        ("ceil(price)", 10),
        ("floor(price)", 9),
        ("type(price)", "number"),
        ("to_string(price)", "9.50"),
        ("to_number('1.10')", Decimal("1.10")),
        ("to_number('many')", None),
        ("to_number(price)", Decimal("9.50")),
        ("not_null(nothing, price)", Decimal("9.50")),
    ],
)
def test_decimals_are_numbers_and_stay_exact(text: str, found: Any) -> None:
    assert expression(text).of(DATA) == found


def test_a_function_that_meets_what_it_is_not_for_says_so() -> None:
    with pytest.raises(BadExpression, match=r"'sum\(rows\)'"):
        expression("sum(rows)").of(DATA)


@pytest.mark.parametrize("value", [None, False, "", [], {}])
def test_what_jmespath_takes_for_false_does_not_hold(value: Any) -> None:
    assert not expression("a").holds({"a": value})
    assert expression("a").holds({"a": 0})


def test_there_is_no_way_out_of_the_data() -> None:
    assert expression("__class__").of({"a": 1}) is None
    assert expression("a.__class__.__mro__").of({"a": "x"}) is None
