"""A line of blocks that shows how a figure went: `▁▃▅█ ▂`, with gaps where there was none."""

from collections.abc import Sequence
from decimal import Decimal

_BLOCKS = "▁▂▃▄▅▆▇█"
_LEVEL = _BLOCKS[3]
"""Where all figures are the same."""


def sparkline(values: Sequence[Decimal | None], *, width: int = 60) -> str:
    """The figures from left to right, the least lowest; of more than `width` the last of each run is shown."""
    shown = _thinned(values, width)
    known = [value for value in shown if value is not None]
    if not known:
        return " " * len(shown)
    low, high = min(known), max(known)
    return "".join(" " if value is None else _block(value, low, high) for value in shown)


def _block(value: Decimal, low: Decimal, high: Decimal) -> str:
    if low == high:
        return _LEVEL
    return _BLOCKS[min(len(_BLOCKS) - 1, int((value - low) / (high - low) * len(_BLOCKS)))]


def _thinned(values: Sequence[Decimal | None], width: int) -> list[Decimal | None]:
    """So many at most: the last of each run of equal length."""
    if len(values) <= width:
        return list(values)
    return [values[len(values) * (place + 1) // width - 1] for place in range(width)]
