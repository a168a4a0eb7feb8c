"""A mapping, compiled: an answer's body to rows, a row to records."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, replace
from typing import Any

from collector.plugin import RECORD_TYPES, BadResponse, Cut, Dimensions, Fact, InvalidRecord, Json, Reading, Record
from connectors.http_json.expressions import BadExpression, Expression
from connectors.http_json.faults import BadRow, BadRows
from connectors.http_json.values import Around, Source

CLOSED = ("won", "lost")


@dataclass(frozen=True)
class Rows:
    """Where a body has its rows."""

    path: Expression
    key_as: str | None
    optional: bool

    def of(self, body: Json, where: str) -> list[Json]:
        """The rows; an object is one row.

        Raises:
            BadResponse: the body has none, and should.
        """
        try:
            found = None if body is None else self.path.of(body)
        except BadExpression as error:
            raise BadResponse(expected=f"rows at {error}", where=where, got=body) from error
        if body is None or (found is None and self.optional):
            return []  # no body at all is an answer that is empty by its status
        if self.key_as is not None:
            return list(self._keyed(found, where))
        if isinstance(found, dict):
            return [found]
        if not isinstance(found, list):
            raise BadResponse(expected=f"rows at {self.path.text!r}", where=where, got=body)
        return found

    def _keyed(self, found: Json, where: str) -> Iterator[Json]:
        if found == []:  # how PHP writes an object without keys
            return
        if not isinstance(found, dict):
            raise BadResponse(expected=f"an object of rows at {self.path.text!r}", where=where, got=found)
        for key, value in found.items():
            for row in value if isinstance(value, list) else [value]:
                yield {**row, self.key_as: key} if isinstance(row, dict) else {self.key_as: key, "value": row}


@dataclass(frozen=True)
class RecordMap:
    """One kind of record out of a body."""

    record: str
    rows: Rows
    inner: Expression | None
    skip_if: Expression | None
    fields: Sequence[Source]
    measures: Sequence[Source]
    money: frozenset[str]
    dimensions: Sequence[Source]
    click_ids: Sequence[Source]
    cuts: Sequence[Cut]
    currency: str

    def records(self, body: Json, around: Around, bad_rows: BadRows, where: str) -> Iterator[Record]:
        """Those of all rows of a body.

        Raises:
            BadResponse: rows are lacking or bad.
        """
        for number, row in enumerate(self.rows.of(body, where), start=1):
            try:
                made = [
                    record for inner, near in self._inner(row, around) for record in self._unless_skipped(inner, near)
                ]
            except (BadRow, BadExpression, InvalidRecord) as error:
                bad_rows.bad(self.record, str(error), f"{where}, row {number}{_named(row)}")
                continue
            bad_rows.good()
            yield from made

    def _inner(self, row: Json, around: Around) -> Iterator[tuple[Json, Around]]:
        """The row, or those within it; one without any has none."""
        if self.inner is None:
            yield row, around
            return
        found = self.inner.of(row)
        if not isinstance(found, list | None):
            raise BadRow(f"rows at {self.inner.text!r} are needed, got {found!r:.80}")
        for each in found or ():
            yield each, replace(around, outer=row)

    def _unless_skipped(self, row: Json, around: Around) -> list[Record]:
        skipped = self.skip_if is not None and self.skip_if.holds(row)
        return [] if skipped else self._made(row, around)

    def _made(self, row: Json, around: Around) -> list[Record]:
        values = _known(self.fields, row, around)
        if self.record in ("fact", "reading"):
            return self._figures(values, row, around)
        if self.record in ("lead", "deal"):
            values["dimensions"] = _known(self.dimensions, row, around)
            values["click_ids"] = _known(self.click_ids, row, around)
            _complete(values)
        if self.record == "deal":
            values.setdefault("currency", self.currency)
            if values.get("status") in CLOSED and "closed_at" not in values:
                raise BadRow(f"closed_at: a {values['status']} deal needs the time at which it closed")
        if self.record == "rate":
            values.setdefault("per", self.currency)
        make: Callable[..., Record] = RECORD_TYPES[self.record]
        try:
            return [make(**values)]
        except TypeError as error:  # a field without a value that has no default
            raise BadRow(_lacking(self.record, values)) from error

    def _figures(self, values: dict[str, Any], row: Json, around: Around) -> list[Record]:
        """One record for each measure of the row that has a value."""
        members = self._members(row, around)
        if self.record == "reading":
            return [Reading(name, value, members) for name, value in _known(self.measures, row, around).items()]
        if "day" not in values:
            raise BadRow("day: a day is needed, there is none")
        currency = values.get("currency", self.currency)
        flags = values.get("flags", frozenset())
        return [
            Fact(values["day"], name, value, currency if name in self.money else None, members, flags)
            for name, value in _known(self.measures, row, around).items()
        ]

    def _members(self, row: Json, around: Around) -> Dimensions:
        found = _known(self.dimensions, row, around)
        return Dimensions({name: found.get(name) for name in cut_of(found, self.cuts)})


def cut_of(members: Mapping[str, str], cuts: Sequence[Cut]) -> Cut:
    """The smallest cut outside of which a row has no members.

    Raises:
        BadRow: there is none, or two are alike.
    """
    fitting = sorted((cut for cut in cuts if set(members) <= set(cut)), key=len)
    if not fitting:
        raise BadRow(f"it has {', '.join(sorted(members))}, which no cut has together")
    if len(fitting) > 1 and len(fitting[0]) == len(fitting[1]):
        raise BadRow(f"it may belong to the cuts {fitting[0]} and {fitting[1]} alike")
    return fitting[0]


def _known(sources: Sequence[Source], row: Json, around: Around) -> dict[str, Any]:
    found = ((source.name, source.of(row, around)) for source in sources)
    return {name: value for name, value in found if value is not None}


def _complete(values: dict[str, Any]) -> None:
    """What a lead or deal may leave out."""
    if "closed_at" in values:
        values.setdefault("created_at", values["closed_at"])
    moments = [values[name] for name in ("created_at", "closed_at", "last_activity_at") if name in values]
    if moments:
        values.setdefault("updated_at", max(moments))


def _lacking(record: str, values: Mapping[str, Any]) -> str:
    needed = (spec.name for spec in fields(RECORD_TYPES[record]) if spec.default is spec.default_factory is MISSING)
    return f"{next((name for name in needed if name not in values), 'a field')}: is needed, there is none"


def _named(row: Json) -> str:
    """The row's id, if it has one under that name, so that it can be found at the vendor's."""
    found = row.get("id") if isinstance(row, dict) else None
    return f" (id {found})" if isinstance(found, str | int) else ""
