"""What comes of the vendor's being written in PHP: brackets in names, `[]` for a map without keys."""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote_plus

_KEYS = re.compile(r"\[([^\]]*)\]")


def parsed(query: str) -> dict[str, Any]:
    """A query string or form as PHP reads it: `filter[>ID]=5&select[]=ID` is a map and a list."""
    pairs = (piece.partition("=") for piece in query.split("&") if piece)
    return nested((unquote_plus(name), unquote_plus(value)) for name, _, value in pairs)


def nested(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Names with brackets as maps in maps."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        head, bracket, _ = name.partition("[")
        keys = _KEYS.findall(name[len(head) :])
        place, key = found, head if keys or not bracket else name.replace("[", "_", 1)
        for following in keys:
            below = place.setdefault(key, {})
            if not isinstance(below, dict):
                below = place[key] = {}
            place, key = below, following or str(len(below))
        place[key] = value
    return found


def listed(told: Any) -> list[Any]:
    """A list, also where it came as a map of numbers, or alone."""
    if isinstance(told, Mapping):
        return list(told.values())
    if isinstance(told, list):
        return told
    return [] if told in (None, "") else [told]


def mapped(found: Mapping[str, Any]) -> Any:
    """A map as it is sent: one without keys is `[]`."""
    return dict(found) if found else []


def lowered(params: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters by lower-case names: the vendor takes either."""
    return {str(name).lower(): value for name, value in params.items()}
