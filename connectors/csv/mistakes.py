"""What one source's settings say wrong, told all at once; each mistake begins with its key."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from collector.plugin import RECORD_TYPES, InvalidRecord, SourceContext
from connectors.csv.mapping import Cell, Plan
from connectors.csv.names import CLOSED, REQUIRED, Names, is_statable
from connectors.csv.settings import CsvSettings
from connectors.csv.values import Values, constants, reader, tells_the_day


def mistakes(settings: CsvSettings, context: SourceContext, made: Plan) -> list[str]:
    """All of them, each once."""
    found = [
        *_unknown(settings, Names(settings, context)),
        *_field_faults(settings, made),
        *_constant_faults(made, constants(context.zone)),
    ]
    found += _fact_faults(settings, made, context) if settings.record == "fact" else _entity_faults(settings, made)
    return list(dict.fromkeys(found))


def _unknown(settings: CsvSettings, names: Names) -> Iterator[str]:
    for key, group in (("columns", settings.columns), ("constants", settings.constants)):
        for name in group:
            if names.kind(name) is None:
                near = get_close_matches(name, names.all, n=1)
                hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(names.all)}"
                what = (
                    "no field, measure or dimension" if settings.record == "fact" else "no field, dimension or click id"
                )
                yield f"{key}.{name}: {what} of a {settings.record}; {hint}"
    for name in settings.constants:
        if name in settings.columns:
            yield f"constants.{name}: is a column, too; keep one of them"


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


def _constant_faults(made: Plan, written: Values) -> Iterator[str]:
    statuses: frozenset[str] = getattr(RECORD_TYPES[made.record], "statuses", frozenset())
    for name, cell in {**made.fields, **made.measures}.items():
        if cell.constant is None or name == "measure":
            continue
        try:
            found = reader(name, written)(cell.constant)
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
        near_all = ", ".join(
            sorted(measure.name for measure in context.measures.values() if is_statable(measure) and not measure.of)
        )
        yield f"columns: a fact needs a measure; name its column under one of {near_all}"
    for measure in made.stated:
        if not is_statable(measure):
            yield f"columns.{measure.name}: is counted from entities; no file can state it by day"
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
