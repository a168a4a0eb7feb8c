"""A table of the portal: its rows by id, found by conditions and shown in pages.

A walk by `>ID` asks for the same rows again and again, from another id on: what else it asks is
answered once, and the place in it found by bisection.
"""

from bisect import bisect_left, bisect_right
from collections import OrderedDict, defaultdict
from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any

from connectors.bitrix24.simulator.fields import Fields
from connectors.bitrix24.simulator.filters import Condition, Part

_KEPT = 24
Order = tuple[tuple[str, bool], ...]
"""Names of fields, each with whether it falls."""


class Table:
    """Rows with an `id`, and the fields by which they are asked for."""

    def __init__(self, rows: Sequence[Any], fields: Fields, *, by: str = "") -> None:
        self.rows = sorted(rows, key=attrgetter("id"))
        self.fields = fields
        self._by = by
        self._ids = [row.id for row in self.rows]
        self._owned: dict[Any, list[int]] | None = None
        self._found: OrderedDict[tuple[object, ...], Sequence[int]] = OrderedDict()

    def find(self, parts: Sequence[Part], order: Order) -> Sequence[int]:
        """The places of the rows for which all of it holds, in order."""
        bounds = [part for part in parts if _is_bound(part)]
        rest = tuple(part for part in parts if part not in bounds)
        by_id = not order or order[0][0] == "ID"
        places = self._matching(rest, () if by_id else order)
        if not by_id:
            return [place for place in places if all(part.holds(self.rows[place]) for part in bounds)]
        first, last = self._between(bounds)
        found = places[bisect_left(places, first) : bisect_left(places, last)]
        return found[::-1] if order and order[0][1] else found

    def _between(self, bounds: Sequence[Part]) -> tuple[int, int]:
        first, last = 0, len(self.rows)
        for part in bounds:
            assert isinstance(part, Condition)  # noqa: S101 - only such are bounds
            asked = part.values[0]
            if asked is None:  # nothing is above or below nothing: the vendor leaves the condition out
                continue
            side = bisect_right if part.prefix in (">", "<=") else bisect_left
            if part.prefix.startswith(">"):
                first = max(first, side(self._ids, asked))
            else:
                last = min(last, side(self._ids, asked))
        return first, last

    def _matching(self, parts: tuple[Part, ...], order: Order) -> Sequence[int]:
        if not parts and not order:
            return range(len(self.rows))
        key = (parts, order)
        if key in self._found:
            self._found.move_to_end(key)
            return self._found[key]
        rows = self.rows
        found = [place for place in self._candidates(parts) if all(part.holds(rows[place]) for part in parts)]
        for name, is_falling in reversed(order):
            get = self.fields[name].get
            found.sort(key=lambda place: _sortable(get(rows[place])), reverse=is_falling)
        self._found[key] = found
        if len(self._found) > _KEPT:
            self._found.popitem(last=False)
        return found

    def _candidates(self, parts: Sequence[Part]) -> Sequence[int]:
        """Those that ids or owners leave; all of them, where none are asked for."""
        for part in parts:
            if isinstance(part, Condition) and part.prefix in ("", "=", "@"):
                if part.field.name == "ID":
                    places = {bisect_left(self._ids, asked) for asked in part.values if asked is not None}
                    return sorted(place for place in places if place < len(self._ids))
                if self._by and part.field.name == self._by:
                    owned = self.owned()
                    return sorted({place for asked in part.values for place in owned.get(asked, ())})
        return range(len(self.rows))

    def owned(self) -> Mapping[Any, list[int]]:
        """The places of the rows by their owner."""
        if self._owned is None:
            self._owned = defaultdict(list)
            get = self.fields[self._by].get
            for place, row in enumerate(self.rows):
                self._owned[get(row)].append(place)
        return self._owned


def _is_bound(part: Part) -> bool:
    is_walk = isinstance(part, Condition) and part.prefix in (">", ">=", "<", "<=") and part.field.name == "ID"
    return is_walk and isinstance(part, Condition) and len(part.values) == 1


def _sortable(value: Any) -> tuple[bool, Any]:
    return (value is not None, value)
