"""A KPI's break-down on the scoreboard: a row for each member, under the KPI's own.

Pure, like `cells`. Members stand by their figure, the greatest first: of a cost that is the
worst one. The rest together (`other`) and what several members share come last.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from collector.kpi.values import OTHER, OVERLAP, Kpi, ProjectValues, Value
from collector.snapshot.labels import unique_titles
from collector.vocabulary.texts import CHANNELS, DIMENSIONS, Language, text, word
from collector.web.cells import Cell, cells

_LAST = {OTHER: 1, OVERLAP: 2}
_OPEN_UNIT = "money/customer"
"""What a customer costs stands open at first: where money leaks is the page's first question."""


@dataclass(frozen=True)
class Member:
    """A member's row."""

    title: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class BreakDown:
    """A KPI by one dimension; `opened`: it is shown at first, not only when asked for."""

    label: str
    members: tuple[Member, ...]
    opened: bool


def dimensions_of(found: ProjectValues) -> tuple[str, ...]:
    """The dimensions by which any KPI has figures, those of the most KPIs first."""
    counted: dict[str, set[str]] = {}
    for value in found.values:
        if value.dimension is not None and value.value is not None:
            counted.setdefault(value.dimension, set()).add(value.kpi)
    return tuple(sorted(counted, key=lambda name: (-len(counted[name]), name)))


def label_of(dimension: str, language: Language) -> str:
    """`by channel`."""
    known = word(DIMENSIONS, dimension, language)
    return text("by", language, dimension=dimension) if known == dimension else known


def break_downs(
    found: ProjectValues, dimension: str, windows: Sequence[str], day: Mapping[str, str], language: Language
) -> dict[str, BreakDown]:
    """By KPI, its break-down by a dimension; KPIs that have none are left out. `day`: by KPI, its last complete one."""
    by_kpi: dict[str, dict[str, dict[str, Value]]] = {}
    for value in found.values:
        if value.dimension == dimension and value.member is not None:
            by_kpi.setdefault(value.kpi, {}).setdefault(value.member, {}).setdefault(value.window, value)
    kpis = {kpi.name: kpi for kpi in found.kpis}
    return {
        name: BreakDown(
            label_of(dimension, language),
            tuple(_members(kpis[name], dimension, of, windows, day.get(name), language)),
            opened=kpis[name].better == "down" and kpis[name].unit == _OPEN_UNIT,
        )
        for name, of in by_kpi.items()
        if any(value.value is not None for values in of.values() for value in values.values())
    }


def _members(
    kpi: Kpi,
    dimension: str,
    of: Mapping[str, Mapping[str, Value]],
    windows: Sequence[str],
    day: str | None,
    language: Language,
) -> Iterator[Member]:
    titles = _titles(dimension, of, language)
    for id_ in sorted(of, key=lambda each: (_LAST.get(each, 0), [-size for size in _sizes(of[each], windows)], each)):
        yield Member(titles[id_], tuple(cells(kpi, of[id_], windows, day, language)))


def _sizes(values: Mapping[str, Value], windows: Iterable[str]) -> Iterator[Decimal]:
    for window in windows:
        value = values.get(window)
        yield Decimal("-Infinity") if value is None or value.value is None else value.value


def _titles(dimension: str, of: Mapping[str, Mapping[str, Value]], language: Language) -> Mapping[str, str]:
    """As on /metrics, but the program's own members in the reader's language."""
    titles = {id_: next(iter(values.values())).title for id_, values in of.items() if id_ not in _LAST}
    if dimension == "channel":
        titles = {id_: word(CHANNELS, title or id_, language) for id_, title in titles.items()}
    ours = {id_: text("others" if id_ == OTHER else "shared", language) for id_ in _LAST if id_ in of}
    return {**unique_titles(titles.items(), taken=tuple(ours.values())), **ours}
