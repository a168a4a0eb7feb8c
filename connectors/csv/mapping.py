"""Settings to a plan: which column or constant gives which field, measure, dimension or click id."""

from collections.abc import Mapping
from dataclasses import dataclass

from collector.plugin import Cut, InvalidRecord, Measure, SourceContext
from connectors.csv.faults import BadRow
from connectors.csv.names import KINDS, Names, is_statable
from connectors.csv.settings import CsvSettings


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
    """What the settings ask for; `mistakes` tells what is wrong with it."""
    names = Names(settings, context)
    groups: dict[str, dict[str, Cell]] = {kind: {} for kind in KINDS}
    for name, cell in _cells(settings).items():
        groups.get(names.kind(name) or "", {})[name] = cell
    return Plan(
        record=settings.record,
        fields=groups["field"],
        measures=_measures(groups["field"], groups["measure"]),
        dimensions=groups["dimension"],
        click_ids=groups["click_id"],
        stated=_stated(groups["field"], groups["measure"], context),
        cuts=_cuts(settings, tuple(groups["dimension"])),
    )


def _cells(settings: CsvSettings) -> dict[str, Cell]:
    """Columns and constants as written, and the source's own dimensions where neither names them."""
    columns = {**settings.dimensions, **settings.columns}
    cells = {name: Cell(column=column) for name, column in columns.items()}
    return cells | {name: Cell(constant=text) for name, text in settings.constants.items()}


def _measures(own: Mapping[str, Cell], measures: Mapping[str, Cell]) -> dict[str, Cell]:
    """Measures by their cell; a constant `measure` names the one that `value` holds."""
    named = own.get("measure", Cell()).constant
    return {**measures, named: own["value"]} if named and "value" in own else dict(measures)


def _stated(own: Mapping[str, Cell], measures: Mapping[str, Cell], context: SourceContext) -> tuple[Measure, ...]:
    if own.get("measure", Cell()).column is not None:  # any that facts state
        return tuple(measure for measure in context.measures.values() if is_statable(measure) and not measure.of)
    known = (context.measures.get(name) for name in _measures(own, measures))
    return tuple(measure for measure in known if measure is not None)


def _cuts(settings: CsvSettings, dimensions: Cut) -> tuple[Cut, ...]:
    return (dimensions,) if not settings.cuts else tuple(tuple(cut) for cut in settings.cuts)
