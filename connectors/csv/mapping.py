"""Settings to a plan: which column or constant gives which field, measure, dimension or click id.

What one source's settings say wrong is told all at once, each fault by its key.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import Literal

from collector.plugin import RECORD_TYPES, Cut, InvalidRecord, Measure, SourceContext
from connectors.csv.faults import BadRow
from connectors.csv.settings import CsvSettings
from connectors.csv.values import CONSTANTS, reader, tells_the_day

FACT_DIMENSIONS = (
    "channel", "vendor_channel", "source_medium", "campaign", "manager", "pipeline", "stage", "lead_source",
    "network", "site", "source", "utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term",
)  # fmt: skip
"""Dimensions that facts may have without being declared."""

CLICK_IDS = (
    "yclid", "ymclid", "gclid", "gbraid", "wbraid", "dclid", "msclkid", "rb_clickid", "fbclid", "ttclid", "twclid",
)  # fmt: skip

REQUIRED: Mapping[str, tuple[str, ...]] = {
    "fact": ("day",),
    "lead": ("created_at", "status"),
    "deal": ("created_at", "status", "amount"),
    "customer": ("id",),
    "post": ("network", "kind", "published_at"),
    "rate": ("day", "currency", "value"),
}
"""Fields without a default, for each type of record."""

CLOSED = ("won", "lost")

Kind = Literal["field", "measure", "dimension", "click_id"]


@dataclass(frozen=True)
class Cell:
    """Where a value comes from: a column of the file, or a constant that stands for all rows."""

    column: str | None = None
    constant: str | None = None


@dataclass(frozen=True)
class Plan:
    """What a row becomes. Each mapping is from our names."""

    record: str
    fields: Mapping[str, Cell]
    measures: Mapping[str, Cell]
    dimensions: Mapping[str, Cell]
    click_ids: Mapping[str, Cell]
    stated: tuple[Measure, ...]
    """The measures that its facts may have."""
    cuts: tuple[Cut, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that a file must have."""
        groups = (self.fields, self.measures, self.dimensions, self.click_ids)
        return tuple(cell.column for group in groups for cell in group.values() if cell.column is not None)

    def bad_row(self, error: InvalidRecord, column: str | None = None) -> BadRow:
        """What a record refuses, in the words of the file: a record's message begins with the field's name."""
        return BadRow(str(error), self.column_of(str(error).partition(":")[0]) or column)

    def column_of(self, name: str) -> str | None:
        """The file's name for one of ours."""
        groups = (self.fields, self.measures, self.dimensions, self.click_ids)
        return next((group[name].column for group in groups if name in group), None)


def plan(settings: CsvSettings, context: SourceContext) -> Plan:
    """What the settings ask for.

    Raises:
        ValueError: with all faults, one a line, each beginning with its key.
    """
    names = _Names(settings, context)
    faults = list(_unknown(settings, names))
    cells = _cells(settings)
    sorted_cells = {kind: {name: cell for name, cell in cells.items() if names.kind(name) == kind} for kind in _KINDS}
    made = Plan(
        record=settings.record,
        fields=sorted_cells["field"],
        measures=_measures(sorted_cells["field"], sorted_cells["measure"]),
        dimensions=sorted_cells["dimension"],
        click_ids=sorted_cells["click_id"],
        stated=_stated(sorted_cells["field"], sorted_cells["measure"], context),
        cuts=_cuts(settings, tuple(sorted_cells["dimension"])),
    )
    faults += _field_faults(settings, made)
    faults += _constant_faults(made)
    faults += _fact_faults(settings, made, context) if settings.record == "fact" else _entity_faults(settings, made)
    if faults:
        raise ValueError("\n".join(dict.fromkeys(faults)))
    return made


_KINDS: tuple[Kind, ...] = ("field", "measure", "dimension", "click_id")


class _Names:
    """The names that `columns` and `constants` may hold, for one type of record."""

    def __init__(self, settings: CsvSettings, context: SourceContext) -> None:
        facts = settings.record == "fact"
        declared = (*context.dimensions, *settings.dimensions)
        clicks = settings.record in ("lead", "deal")
        self._groups: dict[Kind, frozenset[str]] = {
            "field": frozenset(_record_fields(settings.record)),
            "measure": frozenset(context.measures if facts else ()),
            "dimension": frozenset((*FACT_DIMENSIONS, *declared) if facts else declared if clicks else ()),
            "click_id": frozenset(CLICK_IDS if clicks else ()),
        }
        self.all = sorted(set().union(*self._groups.values()))

    def kind(self, name: str) -> Kind | None:
        return next((kind for kind, names in self._groups.items() if name in names), None)


def _record_fields(record: str) -> Iterator[str]:
    """A record's own fields; mappings in it are filled by the names of their members."""
    return (spec.name for spec in fields(RECORD_TYPES[record]) if spec.name not in ("click_ids", "dimensions"))


def _cells(settings: CsvSettings) -> dict[str, Cell]:
    """Columns and constants as written, and the source's own dimensions where neither names them."""
    columns = {**settings.dimensions, **settings.columns}
    cells = {name: Cell(column=column) for name, column in columns.items()}
    return cells | {name: Cell(constant=text) for name, text in settings.constants.items()}


def _unknown(settings: CsvSettings, names: _Names) -> Iterator[str]:
    for key, group in (("columns", settings.columns), ("constants", settings.constants)):
        for name in group:
            if names.kind(name) is None:
                near = get_close_matches(name, names.all, n=1)
                hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(names.all)}"
                what = (
                    "no field, measure or dimension" if settings.record == "fact" else "no field, dimension, click id"
                )
                yield f"{key}.{name}: {what} of a {settings.record}; {hint}"
    for name in settings.constants:
        if name in settings.columns:
            yield f"constants.{name}: is a column, too; keep one of them"


def _measures(own: Mapping[str, Cell], measures: Mapping[str, Cell]) -> dict[str, Cell]:
    """Measures by their cell; a constant `measure` names the one that `value` holds."""
    named = own.get("measure", Cell()).constant
    return {**measures, named: own["value"]} if named and "value" in own else dict(measures)


def _stated(own: Mapping[str, Cell], measures: Mapping[str, Cell], context: SourceContext) -> tuple[Measure, ...]:
    if own.get("measure", Cell()).column is not None:  # any that facts state
        return tuple(measure for measure in context.measures.values() if not measure.of)
    known = (context.measures.get(name) for name in _measures(own, measures))
    return tuple(measure for measure in known if measure is not None)


def _cuts(settings: CsvSettings, dimensions: Cut) -> tuple[Cut, ...]:
    return (dimensions,) if not settings.cuts else tuple(tuple(cut) for cut in settings.cuts)


def _field_faults(settings: CsvSettings, made: Plan) -> Iterator[str]:
    given = set(made.fields)
    if settings.record == "deal" and "closed_at" in given:
        given.add("created_at")  # which defaults to it
    for name in REQUIRED[settings.record]:
        if name not in given:
            hint = " (or closed_at)" if (settings.record, name) == ("deal", "created_at") else ""
            yield f"columns: a {settings.record} needs {name}{hint}; name its column, or give it under constants"
    if not tells_the_day(settings.date_format) and settings.spread is None:
        yield f"date_format: {settings.date_format!r} tells no day; write for instance %d.%m.%Y"
    if "id" in made.fields and made.fields["id"].constant is not None:
        yield "constants.id: would be one id for all rows; name a column, or leave it out"
    if settings.record == "deal" and "closed_at" not in given and made.fields.get("status", Cell()).constant in CLOSED:
        yield "columns: a won or lost deal needs closed_at, the day on which it counts; name its column"


def _constant_faults(made: Plan) -> Iterator[str]:
    statuses: frozenset[str] = getattr(RECORD_TYPES[made.record], "statuses", frozenset())
    for name, cell in {**made.fields, **made.measures}.items():
        if cell.constant is None or name == "measure":
            continue
        try:
            found = reader(name, CONSTANTS)(cell.constant)
        except InvalidRecord as error:
            yield f"constants.{name}: {error}"
            continue
        if name == "status" and found not in statuses:
            yield f"constants.status: {cell.constant!r} is none of {', '.join(sorted(statuses))}"


def _entity_faults(settings: CsvSettings, made: Plan) -> Iterator[str]:
    if settings.cuts is not None:
        yield f"cuts: are for facts; a {made.record} has none"
    if settings.spread is not None:
        yield f"spread: is for facts; a {made.record} stands on its own day"


def _fact_faults(settings: CsvSettings, made: Plan, context: SourceContext) -> Iterator[str]:
    if ("measure" in made.fields) != ("value" in made.fields):
        yield "columns: measure and value go together: one names what the other holds"
    named = made.fields.get("measure", Cell()).constant
    if named is not None and named not in context.measures:
        near = get_close_matches(named, context.measures, n=1)
        yield f"constants.measure: {named!r} is no measure" + (f"; did you mean {near[0]}?" if near else "")
    if not made.measures and "measure" not in made.fields:
        near_all = ", ".join(sorted(name for name, measure in context.measures.items() if not measure.of))
        yield f"columns: a fact needs a measure; name its column under one of {near_all}"
    for measure in made.stated:
        if measure.aggregation in ("distinct", "median"):
            yield f"columns.{measure.name}: is counted from entities, for whole windows; no file can state it by day"
        if settings.spread is not None and measure.aggregation != "sum":
            yield f"spread: {measure.name} is no sum, so it cannot be spread over days"
    yield from _cut_faults(made)


def _cut_faults(made: Plan) -> Iterator[str]:
    for number, cut in enumerate(made.cuts):
        yield from (f"cuts.{number}: {name} has neither column nor constant" for name in _beyond(cut, made.dimensions))
        if len(set(cut)) < len(cut):
            yield f"cuts.{number}: names a dimension twice"
        if set(cut) in map(set, made.cuts[:number]):
            yield f"cuts.{number}: is there already"
        for name, cell in made.dimensions.items():
            if cell.constant is not None and name not in cut:
                yield f"cuts.{number}: lacks {name}, which every row has by its constant"
    for name in _beyond(made.dimensions, [name for cut in made.cuts for name in cut]):
        yield f"cuts: none has {name}; a row that has it would belong to no cut"


def _beyond(names: Iterable[str], known: Iterable[str]) -> list[str]:
    within = set(known)
    return [name for name in names if name not in within]
