"""A report's answer, decoded sparingly: of a hundred thousand rows only the texts are kept, each once.

proto3's JSON leaves out what is empty or zero: rows, counts, headers and even a value may be missing.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from collector.plugin import BadResponse, Json, Response

OTHER = "(other)"
"""Into which GA4 lumps rows when there are too many."""

Row = tuple[tuple[str, ...], tuple[str, ...]]
"""Members and values, in the order of the headers."""


@dataclass(frozen=True)
class Answer:
    """One page of a report."""

    dimensions: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    row_count: int = 0
    metadata: Mapping[str, Json] = field(default_factory=dict)

    @property
    def samplings(self) -> list[Mapping[str, Json]]:
        """How much was read of how much, where not all of it was."""
        told = self.metadata.get("samplingMetadatas")
        return [each for each in told if isinstance(each, dict)] if isinstance(told, list) else []

    @property
    def has_no_date(self) -> bool:
        """Whether rows are of no day: all of their combination was lumped."""
        if "date" not in self.dimensions:
            return False
        at = self.dimensions.index("date")
        return any(row[0][at].startswith(OTHER) for row in self.rows)


def decoded(response: Response) -> Answer:
    """The answer in a response.

    Raises:
        BadResponse: it is none.
    """
    try:
        body = json.loads(response.body, parse_float=Decimal, object_hook=_Sparing())
    except (ValueError, RecursionError) as error:
        where = f"{response.where} answered {response.status}"
        raise BadResponse(expected="a JSON body", where=where, got=response.text[:300]) from error
    if not isinstance(body, dict):
        raise BadResponse(expected="a report", where=response.where, got=body)
    dimensions = _names(body.get("dimensionHeaders"), response.where)
    metrics = _names(body.get("metricHeaders"), response.where)
    rows = body.get("rows") or ()
    if not isinstance(rows, list | tuple):
        raise BadResponse(expected="rows in a list", where=response.where, got=rows)
    shape = (len(dimensions), len(metrics))
    for row in rows:
        if type(row) is not tuple or (len(row[0]), len(row[1])) != shape:
            expected = f"rows of {shape[0]} dimensions and {shape[1]} metrics"
            raise BadResponse(expected=expected, where=response.where, got=row)
    metadata = body.get("metadata")
    count = _whole(body.get("rowCount"), len(rows))
    return Answer(dimensions, metrics, tuple(rows), count, metadata if isinstance(metadata, dict) else {})


class _Sparing:
    """Makes `{"value": "x"}` the text x, and a row a pair of tuples, as they are decoded."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def __call__(self, found: dict[str, Any]) -> Any:
        value = found.get("value")
        if type(value) is str and len(found) == 1:
            return self._texts.setdefault(value, value)
        if "metricValues" in found or "dimensionValues" in found:
            return self._values(found, "dimensionValues"), self._values(found, "metricValues")
        return found

    def _values(self, found: dict[str, Any], name: str) -> tuple[Any, ...]:
        told = found.get(name) or ()
        return tuple(each if type(each) is str else "" for each in told) if isinstance(told, list) else ()


def _names(headers: Json, where: str) -> tuple[str, ...]:
    if headers is None:
        return ()
    if not isinstance(headers, list) or not all(isinstance(each, dict) and each.get("name") for each in headers):
        raise BadResponse(expected="headers with names", where=where, got=headers)
    return tuple(str(each["name"]) for each in headers)


def _whole(told: Json, otherwise: int) -> int:
    try:
        return int(told)
    except (TypeError, ValueError):
        return otherwise
