"""Small dictionaries, whose rows are as they are sent: picked by equal values, and sorted."""

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.bitrix24.simulator.php import listed


def picked(rows: Sequence[dict[str, Any]], params: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Those that `filter` asks for, in `order`."""
    wanted = params.get("filter")
    found = [row for row in rows if all(_fits(row, *each) for each in wanted.items())] if wanted else list(rows)
    order = params.get("order")
    for name, way in reversed(list(order.items()) if isinstance(order, Mapping) else []):
        found.sort(key=lambda row: _sortable(row.get(str(name).upper())), reverse=str(way).upper() == "DESC")
    return found


def _fits(row: Mapping[str, Any], name: str, told: Any) -> bool:
    is_not = name.startswith("!")
    key = name.lstrip("!=@").upper()
    if key not in row:
        return True
    asked = [_told(each) for each in (listed(told) if isinstance(told, (list, Mapping)) else [told])]
    return (_told(row[key]) in asked) is not is_not


def _told(value: Any) -> str:
    """A value in one spelling: true, "true", 1 and "Y" are the same."""
    text = "" if value is None else str(value)
    return {"true": "Y", "false": "N", "1": "Y", "0": "N"}.get(text.lower(), text) if not text.isdigit() else text


def _sortable(value: Any) -> tuple[int, int, str]:
    text = "" if value is None else str(value)
    return (0, int(text), "") if text.isdigit() else (1, 0, text)
