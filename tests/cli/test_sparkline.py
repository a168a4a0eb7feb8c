"""The line of blocks above a history."""

from decimal import Decimal

import pytest

from collector.cli.sparkline import sparkline


def numbers(*values: float | None) -> list[Decimal | None]:
    return [None if value is None else Decimal(str(value)) for value in values]


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ([0, 1, 2, 3, 4, 5, 6, 7], "▁▂▃▄▅▆▇█"),
        ([10, 20], "▁█"),
        ([-5, 0, 5], "▁▅█"),
        ([1, None, 2], "▁ █"),
        ([3, 3, 3], "▄▄▄"),
        ([None, None], "  "),
        ([], ""),
    ],
)
def test_the_least_figure_is_lowest_and_what_is_missing_is_a_gap(values: list[float | None], line: str) -> None:
    assert sparkline(numbers(*values)) == line


def test_a_long_history_shows_the_last_of_each_run() -> None:
    assert sparkline(numbers(9, 0, 9, 1, 9, 2, 9, 3), width=4) == sparkline(numbers(0, 1, 2, 3))


def test_it_is_never_longer_than_it_may_be() -> None:
    assert len(sparkline(numbers(*range(1000)), width=37)) == 37
