"""Facts, written: checked against what the stream declares, encoded, replaced exactly.

Between a poll's records and the `fact` rows. A stream's facts of one key are an error,
or add up where the stream says so (`repeated="sum"`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, literal, select
from sqlalchemy.exc import IntegrityError

from collector.plugin.errors import BadResponse
from collector.plugin.measure import Measure
from collector.plugin.records import MAX_VALUE, NOT_SET, Fact
from collector.plugin.window import Window
from collector.store.bulk import Row, insert_rows
from collector.store.codec import to_flags, to_micros
from collector.store.connect import Store
from collector.store.names import Members
from collector.store.schema import covered, fact
from collector.vocabulary.tags import clean_tag, source_medium_member

_MOST_SHAPES = 200_000

_ALIKE: Mapping[str, Callable[[str], str]] = {
    "source_medium": source_medium_member,
    "campaign": lambda text: NOT_SET if clean_tag(text) is None else text,
}
"""Dimensions whose members are written in several ways and mean one thing."""

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
        self._names = store.names
        self._where = where
        numbers = store.names.measures(provides)
        self._measures = {
            name: (numbers[name], measures[name].is_money, frozenset(frozenset(cut) for cut in cuts))
            for name, cuts in provides.items()
        }
        self._shapes: dict[Members, tuple[frozenset[str], Members]] = {}
        self.merges = False
        """Whether members were written in several ways, so that facts of one key add up."""

    def rows(self, facts: Sequence[Fact], window: Window | None = None) -> list[FactRow]:
        """One row a fact; with `window`, days outside it are refused."""
        sets = self._sets(facts)
        known = self._measures
        rows = []
        for each in facts:
            cut, dimset = sets[id(each.dimensions)]
            measure = known.get(each.measure)
            if measure is None or cut not in measure[2] or measure[1] is (each.currency is None):
                raise self._refusal(each)
            if window is not None and each.day not in window:
                expected = f"days from {window.first} to {window.last}"
                raise BadResponse(expected=expected, where=self._where, got=f"{each.measure} on {each.day}")
            flags = to_flags(each.flags) if each.flags else 0
            value = to_micros(each.value)
            rows.append((each.day.toordinal(), measure[0], dimset, each.currency or "", value, flags))
        return rows

    def _sets(self, facts: Sequence[Fact]) -> dict[int, tuple[frozenset[str], int]]:
        """The cut and number of each mapping of dimensions; a file's facts share most of them."""
        shapes = {key: self._shape(given) for key, given in {id(f.dimensions): f.dimensions for f in facts}.items()}
        numbers = self._names.sets(members for _, members in shapes.values())
        return {key: (cut, numbers[members]) for key, (cut, members) in shapes.items()}

    def _shape(self, dimensions: Mapping[str, str]) -> tuple[frozenset[str], Members]:
        as_given = tuple(dimensions.items())
        shape = self._shapes.get(as_given)
        if shape is None:
            if len(self._shapes) > _MOST_SHAPES:
                self._shapes.clear()
            members = tuple(
                sorted((name, _ALIKE[name](text)) if name in _ALIKE else (name, text) for name, text in as_given)
            )
            self.merges = self.merges or members != tuple(sorted(as_given))
            shape = self._shapes[as_given] = (frozenset(dimensions), members)
        return shape

    def _refusal(self, each: Fact) -> BadResponse:
        measure = self._measures.get(each.measure)
        if measure is None:
            known = ", ".join(sorted(self._measures))
            return BadResponse(expected=f"one of its declared measures ({known})", where=self._where, got=each.measure)
        _, is_money, allowed = measure
        if frozenset(each.dimensions) not in allowed:
            cuts = " or ".join(_cut(cut) for cut in sorted(allowed, key=sorted))
            expected = f"{each.measure} in a declared cut: {cuts}"
            return BadResponse(expected=expected, where=self._where, got=_cut(each.dimensions))
        expected = "a currency, for it is money" if is_money else "no currency, for it is no money"
        return BadResponse(expected=expected, where=self._where, got=f"{each.measure} in {each.currency}")


def _cut(names: Iterable[str]) -> str:
    return "(" + ", ".join(sorted(names)) + ")"


# SQLite turns a sum past 64 bits into a float, silently: no number is better, for the column refuses that
ADD_UP = (
    "ON CONFLICT DO UPDATE SET flags = flags | excluded.flags, "
    "value = CASE typeof(value + excluded.value) WHEN 'integer' THEN value + excluded.value END"
)


def stage(tx: Connection, part_id: int, rows: Iterable[FactRow], *, add_up: bool, where: str) -> None:
    """Add rows to a part.

    Raises:
        BadResponse: two facts have one key, and the stream does not add them up, or their sum is too great.
    """
    try:
        insert_rows(tx, fact, _of(part_id, rows), on_conflict=ADD_UP if add_up else "")
    except IntegrityError as error:
        if add_up:
            expected = f"facts whose sum stays within ±{MAX_VALUE} on a day"
            raise BadResponse(expected=expected, where=where, got="a greater one") from error
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
