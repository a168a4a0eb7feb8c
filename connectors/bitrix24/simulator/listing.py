"""How a list method answers: the rows that `filter` asks for, in `order`, one page, the fields of `select`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.bitrix24.simulator.fields import Field, Look, Style
from connectors.bitrix24.simulator.filters import Part, classic_parts, universal_parts
from connectors.bitrix24.simulator.php import listed, mapped
from connectors.bitrix24.simulator.refusals import classic, invalid
from connectors.bitrix24.simulator.tables import Order, Table


@dataclass
class Answer:
    """A method's result, with what stands beside it."""

    result: Any
    total: int | None = None
    next: int | None = None
    rows: int = 0
    """For how long it took."""
    beside: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        told = {"next": self.next, "total": self.total}
        self.beside = {name: value for name, value in told.items() if value is not None}


@dataclass(frozen=True)
class Page:
    """One page of rows, not shown yet."""

    rows: Sequence[Any]
    total: int | None
    next: int | None


def start_of(params: Mapping[str, Any]) -> int:
    """The offset that is asked for; -1: no counting."""
    told = str(params.get("start", "0") or "0")
    return int(told) if told.lstrip("-").isdigit() else 0


def paged(found: Sequence[Any], params: Mapping[str, Any], size: int) -> Page:
    """The page that is asked for, with the offset of the next one; without counting, of neither."""
    start = start_of(params)
    if start < 0:
        return Page(found[:size], None, None)
    end = start + size
    return Page(found[start:end], len(found), end if end < len(found) else None)


def classic_list(
    table: Table, params: Mapping[str, Any], look: Look, size: int, *, style: Style = "classic", default: Order = ()
) -> Answer:
    """As crm.lead.list answers."""
    parts = classic_parts(params.get("filter"), table.fields, look)
    return listing(table, parts, params, look, size, style=style, default=default)


def listing(
    table: Table,
    parts: Sequence[Part],
    params: Mapping[str, Any],
    look: Look,
    size: int,
    *,
    style: Style = "classic",
    default: Order = (),
) -> Answer:
    """The same for conditions that are understood already."""
    told = params.get("order")
    if told not in (None, "", []) and not isinstance(told, Mapping):
        raise classic("Parameter 'order' must be array.")
    asked = [(str(name).upper(), _falls(way)) for name, way in (told or {}).items()]
    order = tuple(each for each in asked if each[0] in table.fields) or default
    page = paged(table.find(parts, order), params, size)
    shown = _selected(table, params.get("select"))
    rows = [mapped({each.name: look.shown(each, table.rows[place], style) for each in shown}) for place in page.rows]
    return Answer(rows, page.total, page.next, len(rows))


def _selected(table: Table, told: Any) -> list[Field]:
    names = [str(name).upper() for name in listed(told)]
    names = [name for name in names if name]
    if not names:
        return list(table.fields.values())
    found: dict[str, Field] = {}
    for name in names:
        if name in ("*", "UF_*"):
            found |= {each: table.fields[each] for each in table.fields if each.startswith("UF_") == (name == "UF_*")}
        elif name in table.fields:
            found[name] = table.fields[name]
    return list(found.values())


def universal_list(table: Table, params: Mapping[str, Any], look: Look, size: int, *, kind: int) -> Answer:
    """As crm.item.list answers; `kind` is the type of the entity."""
    fields = {each.camel.lower(): each for each in table.fields.values()}
    parts = universal_parts(params.get("filter"), table.fields, look)
    order: list[tuple[str, bool]] = []
    asked = params.get("order") or {}
    if not isinstance(asked, Mapping):
        raise invalid("Invalid order: order must be array")
    for name, way in asked.items():
        if str(name).lower() not in fields:
            raise invalid(f"Invalid order: field '{name}' is not allowed in order")
        order.append((fields[str(name).lower()].name, _falls(way)))
    page = paged(table.find(parts, tuple(order)), params, size)
    is_original = str(params.get("useoriginalufnames", "N")).upper() == "Y"
    names = [str(name) for name in listed(params.get("select")) if name]
    shown = list(fields.values())
    if names and "*" not in names:
        wanted = [name.lower() for name in names]
        shown = [each for each in shown if each.camel.lower() in wanted or each.name.lower() in wanted]
    rows = []
    for place in page.rows:
        row = table.rows[place]
        told = {_spelt(each, original=is_original): look.shown(each, row, "universal") for each in shown}
        rows.append(mapped(told | {"entityTypeId": kind}))
    return Answer({"items": rows}, page.total, page.next, len(rows))


def _spelt(each: Field, *, original: bool) -> str:
    return each.name if original and each.name.startswith("UF_") else each.camel


def _falls(way: Any) -> bool:
    return str(way).upper() == "DESC"
