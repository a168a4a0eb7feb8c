"""Rows to leads, deals, customers, posts and rates: one row, one record."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from collector.plugin import RECORD_TYPES, InvalidRecord, Record
from connectors.csv.faults import BadRow
from connectors.csv.mapping import Cell, Plan
from connectors.csv.names import CLOSED, REQUIRED
from connectors.csv.seen import Seen
from connectors.csv.values import Memo, Values, reader

Row = list[str]
Convert = Callable[[Row, int], Record]
Place = tuple[str, int, Callable[[str], object]]

_DATED = ("lead", "deal")


def converter(
    plan: Plan,
    at: Mapping[str, int],
    *,
    cells: Values,
    constants: Values,
    part: str,
    modified_at: datetime,
    currency: str,
    seen: Seen,
) -> Convert:
    """What makes a record of a row and its line; `at` tells where the columns stand.

    The function raises `BadRow`, also for an id that is in `seen`.
    """
    make: Callable[..., Record] = RECORD_TYPES[plan.record]
    fields = _places(plan.fields, at, cells)
    members = {"click_ids": _places(plan.click_ids, at), "dimensions": _places(plan.dimensions, at)}
    fixed = _defaults(plan, modified_at, currency) | {
        name: reader(name, constants)(cell.constant) for name, cell in plan.fields.items() if cell.constant is not None
    }
    constant_members = {"click_ids": _constants(plan.click_ids), "dimensions": _constants(plan.dimensions)}
    is_named = "id" in plan.fields or plan.record == "rate"  # a line is there but once
    has_members = [name for name in members if members[name] or constant_members[name]]

    def convert(row: Row, line: int) -> Record:
        values = dict(fixed)
        _fill(values, fields, row, plan)
        for name in has_members:
            found = dict(constant_members[name])
            _fill(found, members[name], row, plan)
            values[name] = found
        _complete(values, plan, f"{part}:{line}")
        try:
            record = make(**values)
        except InvalidRecord as error:
            raise plan.bad_row(error) from None
        if is_named and not seen.add(_key(plan.record, values)):
            raise BadRow(_twice(plan.record, values), plan.column_of("id"))
        return record

    return convert


def _places(group: Mapping[str, Cell], at: Mapping[str, int], cells: Values | None = None) -> list[Place]:
    return [
        (name, at[cell.column], str if cells is None else _remembered(name, cells))
        for name, cell in group.items()
        if cell.column is not None
    ]


def _remembered(field: str, cells: Values) -> Callable[[str], object]:
    """A reader; dates are dear to read, and repeat."""
    read = reader(field, cells)
    return Memo(read, room=1_000_000).__getitem__ if read in (cells.day, cells.instant) else read


def _constants(group: Mapping[str, Cell]) -> dict[str, str]:
    return {name: cell.constant for name, cell in group.items() if cell.constant is not None}


def _defaults(plan: Plan, modified_at: datetime, currency: str) -> dict[str, Any]:
    if plan.record == "rate":
        return {"per": currency}
    found: dict[str, Any] = {"updated_at": modified_at} if plan.record in _DATED else {}
    return found | ({"currency": currency} if plan.record == "deal" else {})


def _fill(values: dict[str, Any], places: list[Place], row: Row, plan: Plan) -> None:
    """Each cell that is not empty."""
    for name, place, read in places:
        text = row[place].strip()
        if text:
            try:
                values[name] = read(text)
            except InvalidRecord as error:
                raise BadRow(str(error), plan.column_of(name)) from None


def _complete(values: dict[str, Any], plan: Plan, by_line: str) -> None:
    """What a row may leave out, and what it may not."""
    if "id" not in plan.fields and plan.record != "rate":
        values["id"] = by_line
    if "closed_at" in values and plan.record == "deal":
        values.setdefault("created_at", values["closed_at"])
    for name in ("id", *REQUIRED[plan.record]) if plan.record != "rate" else REQUIRED["rate"]:
        if name not in values:
            raise BadRow(f"{name}: is needed, the cell is empty", plan.column_of(name))
    if plan.record == "deal" and values["status"] in CLOSED and "closed_at" not in values:
        raise BadRow(f"a {values['status']} deal needs the day on which it closed", plan.column_of("closed_at"))


def _key(record: str, values: Mapping[str, Any]) -> str:
    return f"{values['day']} {values['currency']} {values['per']}" if record == "rate" else values["id"]


def _twice(record: str, values: Mapping[str, Any]) -> str:
    if record == "rate":
        return f"the price of {values['currency']} in {values['per']} on {values['day']} is in this file already"
    return f"the id {values['id']!r:.80} is in this file already"
