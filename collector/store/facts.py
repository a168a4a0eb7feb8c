"""Facts, written: checked against what the stream declares, encoded, replaced exactly.

Between a poll's records and the `fact` rows. A stream's facts of one key are an error,
or add up where the stream says so (`repeated="sum"`).
"""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, literal, select
from sqlalchemy.exc import IntegrityError

from collector.plugin.errors import BadResponse
from collector.plugin.measure import Measure
from collector.plugin.records import Fact
from collector.plugin.window import Window
from collector.store.bulk import Row, insert_rows
from collector.store.codec import to_flags, to_micros
from collector.store.connect import Store
from collector.store.names import Members
from collector.store.schema import covered, fact

_MOST_SHAPES = 200_000

FactRow = tuple[int, int, int, str, int, int]
"""day, measure, dimset, currency, value, flags"""


class FactEncoder:
    """Turns a stream's facts into rows; refuses what the stream did not declare.

    Raises:
        BadResponse: a measure or cut that is not declared, money without a currency.
    """

    def __init__(
        self,
        store: Store,
        *,
        where: str,
        provides: Mapping[str, Iterable[Sequence[str]]],
        measures: Mapping[str, Measure],
    ) -> None:
        self._store = store
        self._where = where
        self._allowed = {name: frozenset(frozenset(cut) for cut in cuts) for name, cuts in provides.items()}
        self._money = {name for name in provides if measures[name].is_money}
        self._numbers = store.names.measures(provides)
        self._shapes: dict[Members, tuple[frozenset[str], Members]] = {}

    def rows(self, facts: Sequence[Fact], window: Window | None = None) -> list[FactRow]:
        """One row a fact; with `window`, days outside it are refused."""
        shapes = [self._shape(each) for each in facts]
        numbers = self._store.names.sets(members for _, members in shapes)
        found = self._numbers
        rows = []
        for each, (_, members) in zip(facts, shapes, strict=True):
            if window is not None and each.day not in window:
                raise BadResponse(
                    expected=f"days from {window.first} to {window.last}",
                    where=self._where,
                    got=f"{each.measure} on {each.day}",
                )
            flags = to_flags(each.flags) if each.flags else 0
            currency = each.currency or ""
            rows.append(
                (each.day.toordinal(), found[each.measure], numbers[members], currency, to_micros(each.value), flags)
            )
        return rows

    def _shape(self, each: Fact) -> tuple[frozenset[str], Members]:
        as_given = tuple(each.dimensions.items())
        shape = self._shapes.get(as_given)
        if shape is None:
            if len(self._shapes) > _MOST_SHAPES:
                self._shapes.clear()
            shape = self._shapes[as_given] = (frozenset(each.dimensions), tuple(sorted(as_given)))
        allowed = self._allowed.get(each.measure)
        if allowed is None or shape[0] not in allowed:
            self._refuse(each, allowed)
        if (each.currency is None) == (each.measure in self._money):
            what = "a currency, for it is money" if each.currency is None else "no currency, for it is no money"
            raise BadResponse(expected=f"{what}", where=self._where, got=f"{each.measure} in {each.currency}")
        return shape

    def _refuse(self, each: Fact, allowed: frozenset[frozenset[str]] | None) -> None:
        if allowed is None:
            known = ", ".join(sorted(self._allowed))
            raise BadResponse(expected=f"one of its declared measures ({known})", where=self._where, got=each.measure)
        cuts = " or ".join("(" + ", ".join(sorted(cut)) + ")" for cut in sorted(allowed, key=sorted))
        got = "(" + ", ".join(sorted(each.dimensions)) + ")"
        raise BadResponse(expected=f"{each.measure} in a declared cut: {cuts}", where=self._where, got=got)


_ADD_UP = "ON CONFLICT DO UPDATE SET value = value + excluded.value, flags = flags | excluded.flags"


def stage(tx: Connection, part_id: int, rows: Iterable[FactRow], *, add_up: bool, where: str) -> None:
    """Add rows to a part.

    Raises:
        BadResponse: two facts have one key, and the stream does not add them up.
    """
    try:
        insert_rows(tx, fact, _of(part_id, rows), on_conflict=_ADD_UP if add_up else "")
    except IntegrityError as error:
        raise BadResponse(
            expected="one fact for each day, measure and set of dimensions", where=where, got="a key twice"
        ) from error


def _of(part_id: int, rows: Iterable[FactRow]) -> list[Row]:
    return [(part_id, *row) for row in rows]


def replace_window(tx: Connection, part_id: int, window: Window, *, from_part: int) -> None:
    """Hold exactly the rows of the hidden `from_part` for the days in `window`."""
    tx.execute(delete(fact).where(fact.c.part_id == part_id, of_days(window)))
    columns = [column for column in fact.c if column.name != "part_id"]
    moved = select(literal(part_id), *columns).where(fact.c.part_id == from_part, of_days(window))
    tx.execute(insert(fact).from_select([column.name for column in fact.c], moved))


def of_days(window: Window) -> ColumnElement[bool]:
    """The facts of these days."""
    return fact.c.day.between(window.first.toordinal(), window.last.toordinal())


def differences(tx: Connection, *, new_part: int, old_part: int, among: ColumnElement[bool]) -> int:
    """How many facts of the days `among` are new, gone or changed between two parts."""
    gone = _unmatched(tx, old_part, new_part, among, changed=False)
    return gone + _unmatched(tx, new_part, old_part, among, changed=True)


def in_covered(stream_id: int, window: Window) -> ColumnElement[bool]:
    """The facts of those days in `window` that a window stream has read before."""
    return and_(of_days(window), fact.c.day.in_(select(covered.c.day).where(covered.c.stream_id == stream_id)))


def _unmatched(tx: Connection, here: int, there: int, among: ColumnElement[bool], *, changed: bool) -> int:
    """Facts of `here` that `there` lacks, or (`changed`) has with another value."""
    other = fact.alias()
    same = and_(
        other.c.part_id == there,
        other.c.day == fact.c.day,
        other.c.measure_id == fact.c.measure_id,
        other.c.dimset_id == fact.c.dimset_id,
        other.c.currency == fact.c.currency,
    )
    missing = other.c.value.is_(None)
    query = select(func.count()).select_from(fact.outerjoin(other, same)).where(fact.c.part_id == here, among)
    return int(tx.execute(query.where(missing | (other.c.value != fact.c.value) if changed else missing)).scalar_one())
