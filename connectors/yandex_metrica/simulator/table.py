"""A report made of a counter's visits: grouped, sorted, with totals."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from connectors.yandex_metrica.simulator import names
from connectors.yandex_metrica.simulator.asked import KINDS, Asked
from connectors.yandex_metrica.simulator.switches import Switches
from connectors.yandex_metrica.simulator.telling import Key, Seen

GOALS: Mapping[str, tuple[str, str]] = {"30001": ("Заявка", "action"), "30002": ("Thank you", "url")}
"""The counter's goals: name and type. All reaches are of one of them."""

_FEW = 10
_LOOKS: Mapping[str, Callable[[str | None, str], dict[str, str | None]]] = {
    "TrafficSource": names.source,
    "SourceEngine": names.engine,
}

Users = Callable[[date, date], int]
Rate = Callable[[str], float]
"""A currency → what one of it is in the counter's."""


class Table(NamedTuple):
    """Rows in their order, and what is told of all of them."""

    rows: Sequence[tuple[Key, list[float | None]]]
    totals: list[float | None]
    withheld: bool


class Sums:
    """Visits that are shown as one row."""

    def __init__(self) -> None:
        self.counts = [0] * 7
        self.thanked = 0
        self.days: set[date] = set()

    def add(self, day: date, each: Seen) -> None:
        """One more kind of visits."""
        self.days.add(day)
        self.thanked += each.reaches // 3  # these have thanked us, and the others asked for something
        for at, count in enumerate(each[1:]):
            self.counts[at] += count

    def metric(self, name: str, *, users: Users, rate: Rate) -> float | None:
        """A figure by its plain name."""
        visits, bounced, new, pages, reaches, purchases, revenue = self.counts
        if name == "users":
            return float(users(min(self.days), max(self.days))) if self.days else 0.0
        if name == "bounceRate":
            return round(100 * bounced / visits, 8) if visits else None
        if name.startswith("revenue:"):
            return round(revenue / 100 / rate(name[8:]), 2)
        if name.startswith("goal:"):
            _, goal, kind = name.split(":")
            reached = {"30001": reaches - self.thanked, "30002": self.thanked}.get(goal, 0)
            return float(reached if kind == "reaches" else min(reached, visits))
        plain = {"visits": visits, "newUsers": new, "pageviews": pages, "sumGoalReachesAny": reaches}
        return float(plain.get(name, purchases))


def table(asked: Asked, visits: Iterable[tuple[date, Seen]], switches: Switches, *, users: Users, rate: Rate) -> Table:
    """What is asked for, as a whole: pages are cut of it."""
    groups: dict[Key, Sums] = {}
    whole = Sums()
    for day, each in visits:
        whole.add(day, each)
        key = tuple(_value(kind, day, each.key) for kind in asked.dimensions)
        if key not in groups:
            groups[key] = Sums()
        groups[key].add(day, each)
    spans = _span_users(asked, users)

    def figures(sums: Sums, of: Users) -> list[float | None]:
        told = [sums.metric(name, users=of, rate=rate) for name in asked.metrics]
        return [_sampled(name, value, switches) for name, value in zip(asked.metrics, told, strict=True)]

    kept = [(key, sums) for key, sums in groups.items() if not switches.withholds or sums.counts[0] >= _FEW]
    if asked.dimensions and not asked.include_undefined:
        kept = [(key, sums) for key, sums in kept if key[0] is not None]
    by_day = asked.dimensions == ("date",)
    rows = [(key, figures(sums, users if by_day else spans)) for key, sums in kept]
    return Table(_sorted(rows, asked), figures(whole, spans), len(kept) < len(groups))


def _span_users(asked: Asked, users: Users) -> Users:
    """People of the whole span, where that is asked for; of less, as many as its share."""
    return lambda first, last: users(asked.first, asked.last) if asked.dimensions == () else users(first, last)


def _value(kind: str, day: date, key: Key) -> str | None:
    return day.isoformat() if kind == "date" else key[KINDS.index(kind) - 1]


def _sampled(name: str, value: float | None, switches: Switches) -> float | None:
    """Figures of a sample are scaled up, so that they are multiples of what one visit of it stands for."""
    if switches.nulls and not value:
        return None
    if value is None or switches.sample_share >= 1 or name == "bounceRate":
        return value
    one = 1 / switches.sample_share
    return round(value / one) * one


def _sorted(rows: list[tuple[Key, list[float | None]]], asked: Asked) -> list[tuple[Key, list[float | None]]]:
    dimensions, metrics = asked.names
    for name in reversed(asked.sort):
        plain = name.lstrip("-")
        if plain in dimensions:
            at = dimensions.index(plain)
            rows.sort(key=lambda row: (row[0][at] is None, row[0][at] or ""), reverse=name.startswith("-"))
        else:
            at = metrics.index(plain)
            rows.sort(key=lambda row: row[1][at] or 0, reverse=name.startswith("-"))
    return rows


@lru_cache(maxsize=20_000)
def _shown(kind: str, value: str | None, lang: str) -> dict[str, str | None]:
    return _LOOKS.get(kind, names.plain)(value, lang)


def written(asked: Asked, rows: Iterable[tuple[Key, list[float | None]]]) -> list[dict[str, Any]]:
    """Rows as the vendor writes them."""
    return [
        {
            "dimensions": [_shown(kind, value, asked.lang) for kind, value in zip(asked.dimensions, key, strict=True)],
            "metrics": metrics,
        }
        for key, metrics in rows
    ]
