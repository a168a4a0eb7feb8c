"""What amoCRM's bodies have in common: rows under `_embedded`, empty maps as lists, times in seconds.

Pure functions; between `pages`, which asks, and what becomes of each row.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from collector.plugin import BadResponse, Json

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def rows(body: Json, key: str, where: str) -> list[dict[str, Json]]:
    """The rows of a list; None (204), `[]` and a lacking key are an empty one.

    Raises:
        BadResponse: it is no list of objects.
    """
    if body is None:
        return []
    embedded = body.get("_embedded") if isinstance(body, Mapping) else None
    if embedded is None:
        raise BadResponse(expected=f"_embedded.{key}", where=where, got=_shape(body))
    found = embedded.get(key) if isinstance(embedded, Mapping) else embedded
    found = list(found.values()) if isinstance(found, Mapping) else found or []  # PHP numbers some lists
    if not isinstance(found, list):
        raise BadResponse(expected=f"a list of {key}", where=where, got=_shape(found))
    kept = [row for row in found if row not in ([], None)]  # an empty object comes as an empty list
    for row in kept:
        if not isinstance(row, dict) or not (row.get("id") if key == "events" else whole(row.get("id"))):
            raise BadResponse(expected=f"{key} with an id each", where=where, got=_shape(row))
    return kept


def has_next(body: Json) -> bool:
    """Whether the body names a next page."""
    links = body.get("_links") if isinstance(body, Mapping) else None
    return isinstance(links, Mapping) and bool(links.get("next"))


def embedded(row: Mapping[str, Json], key: str) -> list[Mapping[str, Json]]:
    """The small objects that hang on a row, whether a list, one object, or nothing."""
    hung = row.get("_embedded")
    found = hung.get(key) if isinstance(hung, Mapping) else None
    if isinstance(found, Mapping):
        found = [found]
    return [each for each in found or () if isinstance(each, Mapping) and each]


def instant(seconds: Json) -> datetime | None:
    """Seconds since 1970; null, 0 and what is no number are no time."""
    number = whole(seconds)
    if not number:
        return None
    try:
        return _EPOCH + timedelta(seconds=number)
    except OverflowError:
        return None


def seconds_of(at: datetime) -> int:
    """The other way, the second's beginning."""
    return int((at - _EPOCH).total_seconds() // 1)


def whole(value: Json) -> int | None:
    """An integer, also as a text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        return None
    try:
        return int(value)
    except (ValueError, OverflowError):
        return None


def id_of(row: Mapping[str, Json]) -> int:
    """The id of a row that `rows` has looked at."""
    return whole(row["id"]) or 0


def name_of(number: Json) -> str | None:
    """An id as a text; 0 and null are nobody."""
    return str(number) if number not in (None, "", 0, "0", False, [], {}) else None


def _shape(value: Json) -> str:
    """What stands there, without what it says: it may be personal."""
    return (
        f"an object with {', '.join(sorted(map(str, value)))}" if isinstance(value, Mapping) else type(value).__name__
    )
