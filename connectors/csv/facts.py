"""Rows to facts: compiled once for a file, for this is where the time goes.

A row becomes one fact for each of its measures; an empty cell is no fact. Which cut it
belongs to is told by the dimensions that it has.
"""

from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import date
from decimal import ROUND_DOWN, Decimal

from collector.plugin import Fact, InvalidRecord, Measure
from connectors.csv.cuts import members_of_rows
from connectors.csv.faults import BadRow
from connectors.csv.mapping import Cell, Plan
from connectors.csv.seen import Seen
from connectors.csv.values import Memo, Values, currency

Row = list[str]
Convert = Callable[[Row], list[Fact]]

_NOTHING: frozenset[str] = frozenset()
_MILLIONTH = Decimal("0.000001")


def converter(
    plan: Plan,
    at: Mapping[str, int],
    *,
    cells: Values,
    constants: Values,
    default_currency: str,
    spread: bool,
    seen: Seen,
) -> Convert:
    """What makes facts of a row; `at` tells where the columns stand.

    The function raises `BadRow`, also where two rows state one stock (followers of a day),
    which cannot add up.
    """
    convert = (
        _wide(plan, at, cells, constants, default_currency)
        if plan.measures
        else _long(plan, at, cells, constants, default_currency)
    )
    once = {measure.name for measure in plan.stated if measure.aggregation != "sum"}
    if once:
        convert = _only_once(convert, once, seen, plan)
    if not spread:
        return convert
    return lambda row: [daily for fact in convert(row) for daily in over_its_month(fact)]


def _wide(plan: Plan, at: Mapping[str, int], cells: Values, constants: Values, default_currency: str) -> Convert:
    """A column for each measure."""
    day_of, day_column = _days(plan, at, cells, constants)
    members_of = members_of_rows(plan, at)
    currency_of, flags_of = _currency(plan, at, default_currency), _flags(plan, at)
    money = {measure.name for measure in plan.stated if measure.is_money}
    numbers = Memo(cells.number, room=500_000)  # sums of money seldom repeat
    columns = [(name, at[cell.column], name in money) for name, cell in plan.measures.items() if cell.column]
    fixed = [
        (name, constants.number(cell.constant), name in money)
        for name, cell in plan.measures.items()
        if cell.constant is not None
    ]

    def convert(row: Row) -> list[Fact]:
        column: str | None = day_column
        measure = ""
        try:
            day = day_of(row)
            column = None
            members, unit, flags = members_of(row), currency_of(row), flags_of(row)
            facts = []
            for measure, place, is_money in columns:
                value = numbers[row[place]]
                if value is not None:
                    facts.append(Fact(day, measure, value, unit if is_money else None, members, flags))
            for measure, value, is_money in fixed:
                if value is not None:
                    facts.append(Fact(day, measure, value, unit if is_money else None, members, flags))
        except InvalidRecord as error:
            raise plan.bad_row(error, plan.measures[measure].column if measure else column) from None
        return facts

    return convert


def _long(plan: Plan, at: Mapping[str, int], cells: Values, constants: Values, default_currency: str) -> Convert:
    """A column that names the measure, another with its value."""
    day_of, day_column = _days(plan, at, cells, constants)
    members_of = members_of_rows(plan, at)
    currency_of, flags_of = _currency(plan, at, default_currency), _flags(plan, at)
    known: Mapping[str, Measure] = {measure.name: measure for measure in plan.stated}
    name_column, value_column = plan.fields["measure"].column, plan.fields["value"].column
    name_at, value_at = at[str(name_column)], at[str(value_column)]

    def convert(row: Row) -> list[Fact]:
        column: str | None = day_column
        try:
            day = day_of(row)
            column = name_column
            measure = known.get(row[name_at].strip())
            if measure is None:
                raise BadRow(f"{row[name_at]!r:.80} is no measure that a file can state", name_column)
            column = value_column
            value = cells.number(row[value_at])
            if value is None:
                return []
            unit = currency_of(row) if measure.is_money else None
            return [Fact(day, measure.name, value, unit, members_of(row), flags_of(row))]
        except InvalidRecord as error:
            raise plan.bad_row(error, column) from None

    return convert


def _days(
    plan: Plan, at: Mapping[str, int], cells: Values, constants: Values
) -> tuple[Callable[[Row], date], str | None]:
    cell = plan.fields["day"]
    if cell.column is None:
        fixed = constants.day(cell.constant or "")
        return (lambda _: fixed), None
    days, place = Memo(cells.day), at[cell.column]
    return (lambda row: days[row[place]]), cell.column


def _currency(plan: Plan, at: Mapping[str, int], default: str) -> Callable[[Row], str]:
    cell = plan.fields.get("currency", Cell())
    if cell.column is None:
        fixed = (cell.constant or default).upper()
        return lambda _: fixed
    column, place = cell.column, at[cell.column]

    def code(text: str) -> str:
        try:
            return currency(text.strip() or default)
        except InvalidRecord as error:
            raise BadRow(str(error), column) from None

    codes = Memo(code)
    return lambda row: codes[row[place]]


def _flags(plan: Plan, at: Mapping[str, int]) -> Callable[[Row], frozenset[str]]:
    cell = plan.fields.get("flags", Cell())
    if cell.column is None:
        fixed = _words(cell.constant or "")
        return lambda _: fixed
    words, place = Memo(_words), at[cell.column]
    return lambda row: words[row[place]]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.replace(",", " ").split()) or _NOTHING


def _only_once(convert: Convert, names: set[str], seen: Seen, plan: Plan) -> Convert:
    def checked(row: Row) -> list[Fact]:
        facts = convert(row)
        for fact in facts:
            if fact.measure in names:
                key = f"{fact.day} {fact.measure} {sorted(fact.dimensions.items())}"
                if not seen.add(key):
                    raise BadRow(f"{fact.measure} of {fact.day} is in this file already", plan.column_of(fact.measure))
        return facts

    return checked


def over_its_month(fact: Fact) -> list[Fact]:
    """The fact spread evenly over the days of its month, exact to the millionth; the last day takes the rest."""
    count = monthrange(fact.day.year, fact.day.month)[1]
    share = (fact.value / count).quantize(_MILLIONTH, ROUND_DOWN)
    shares = [share] * (count - 1) + [fact.value - share * (count - 1)]
    return [
        Fact(fact.day.replace(day=number), fact.measure, value, fact.currency, fact.dimensions, fact.flags)
        for number, value in enumerate(shares, start=1)
    ]
