"""What definitions mean: the names in their formulas resolved, units and cycles checked.

A name is a constant of the definition, else a measure, else another KPI, whose formula
takes its place. What may be wrong besides its names: `checks`.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from collector.kpi.checks import (
    constant_name_faults,
    family_faults,
    lag_faults,
    native_faults,
    size_faults,
    unit_faults,
    use_faults,
)
from collector.kpi.definition import Definition, Fault
from collector.kpi.formula import Constant, FormulaError, Name, Node, names, nearest, replace_names, unit_of
from collector.kpi.natives import Native
from collector.kpi.parsing import parse
from collector.kpi.values import Kpi
from collector.kpi.windows import WINDOWS
from collector.plugin.measure import Measure
from collector.settings import names as naming
from collector.vocabulary.measures import COSTS
from collector.vocabulary.units import Unit, is_unit, parse_unit

DEFAULT_WINDOWS = ("7d", "30d", "90d", "mtd")
DEFAULT_BY = ("channel", "manager", "pipeline", "network")
MOST_LEVELS = 50
"""KPIs that are made of KPIs that are made of KPIs …"""

Where = tuple[tuple[str, tuple[str, ...]], ...]
_NO_NATIVES: Mapping[str, Native] = MappingProxyType({})


class Meanings:
    """Definitions by name, and what each comes to."""

    def __init__(
        self,
        measures: Mapping[str, Measure],
        definitions: Mapping[str, Definition],
        natives: Mapping[str, Native] = _NO_NATIVES,
    ) -> None:
        self._measures = measures
        self._natives = natives
        self.definitions = dict(definitions)
        self._own = frozenset(definitions)
        self._found: dict[str, Kpi | list[Fault]] = {}
        self._levels: dict[str, int] = {}
        self._under_way: list[str] = []

    def add(self, definition: Definition, *, anew: bool) -> list[Fault] | None:
        """Take up another definition; returns why it may not be.

        `anew`: it may stand in the place of one that is known by its name.
        """
        name = definition.name
        if name in self.definitions and not anew:
            return [(("name",), f"there is a KPI {name!r} already", "Choose another name.")]
        for key, called in (("name", name), ("group", definition.group)):
            refused = None if called is None or called in self._own else naming.fault(called)
            if refused is not None and not self._is_group(called):
                return [((key,), *refused)]
        if self._is_group(name):
            return [(("name",), f"{name!r} is the name of a group of KPIs", "Choose another name.")]
        if definition.group in self.definitions:
            return [(("group",), f"{definition.group!r} is the name of a KPI", "Choose another name.")]
        self.definitions[name] = definition
        self._found.clear()
        self._levels.clear()
        return None

    def remove(self, name: str) -> None:
        """Forget a definition."""
        del self.definitions[name]
        self._found.clear()
        self._levels.clear()

    def _is_group(self, name: str | None) -> bool:
        return any(each.group == name for each in self.definitions.values() if each.group)

    def kpi(self, name: str) -> Kpi | list[Fault]:
        """What a definition comes to, or all that is wrong with it."""
        if name not in self._found:
            self._under_way.append(name)
            self._found[name] = self._resolved(self.definitions[name])
            self._under_way.pop()
        return self._found[name]

    def _resolved(self, definition: Definition) -> Kpi | list[Fault]:
        faults = [
            *constant_name_faults(definition, self._measures, self.definitions),
            *family_faults(definition, self.definitions.values()),
        ]
        if definition.native is not None:
            return [*faults, *native_faults(definition, self._natives)] or self._native(definition)
        try:
            node = self._parsed(definition)
        except FormulaError as error:
            return [*faults, (("formula",), str(error), f"It says: {definition.formula:.200}")]
        faults += self._name_faults(definition, node)
        return faults or self._of_names(definition, node)

    def _of_names(self, definition: Definition, node: Node) -> Kpi | list[Fault]:
        """A KPI of names that are all known."""
        where = tuple((dimension, tuple(members)) for dimension, members in definition.where.items())
        expression = self._expanded(node, where, definition.lag)
        faults = size_faults(expression) or [*self._unit_faults(definition, node)]
        if faults:
            return faults
        windows = tuple(definition.windows or self._windows(expression))
        faults = [*use_faults(definition, node, expression), *lag_faults(definition, expression, windows)]
        inner = [found for each in names(node) if (found := self._other(each))]
        self._levels[definition.name] = 1 + max((self._levels[each.name] for each in inner), default=0)
        if self._levels[definition.name] > MOST_LEVELS:
            faults.append((("formula",), *_TOO_DEEP))
        optional = dict.fromkeys([*definition.optional, *(name for kpi in inner for name in kpi.optional)])
        return faults or self._kpi(
            definition, windows, where=where, optional=tuple(optional), lag=definition.lag, expression=expression
        )

    def _native(self, definition: Definition) -> Kpi:
        native = self._natives[definition.native or ""]
        windows = tuple(definition.windows or native.windows)
        return self._kpi(definition, windows, native=native.name, reads=native.measures)

    def _kpi(
        self,
        definition: Definition,
        windows: tuple[str, ...],
        *,
        where: Where = (),
        optional: tuple[str, ...] = (),
        lag: int = 0,
        expression: Node | None = None,
        native: str | None = None,
        reads: frozenset[str] = frozenset(),
    ) -> Kpi:
        label = next(((kind, text) for kind in ("step", "model") if (text := getattr(definition, kind))), None)
        return Kpi(
            name=definition.name,
            formula=definition.formula or f"native {native}",
            unit=definition.unit,
            better=definition.better,
            title=definition.title or {"en": definition.name},
            description=definition.description,
            windows=windows,
            by=_default_by(expression) if definition.by is None else tuple(definition.by),
            optional=optional,
            group=definition.group,
            label=label,
            mode=definition.mode,
            where=where,
            top=definition.top,
            lag=lag,
            native=native,
            reads=reads,
            expression=expression,
        )

    # ── trees ────────────────────────────────────────────────────────────────────────

    def _parsed(self, definition: Definition) -> Node:
        """The formula with the definition's constants in it."""

        def put(name: Name) -> Node:
            constant = definition.constants.get(name.name)
            if constant is None:
                return name
            if name.window is not None:
                raise FormulaError(name.at, f"{name.name} is a constant, which has no window")
            return Constant(name.name, constant.dated, constant.unit, at=name.at)

        return replace_names(parse(definition.formula or ""), put)

    def _expanded(self, node: Node, where: Where, lag: int) -> Node:
        """The tree over measures; an inner name keeps its own window, filter and lag."""

        def shift(name: str) -> int:
            return lag if name in COSTS else 0

        def put(name: Name) -> Node:
            other = self._other(name)
            if other is None or other.expression is None:
                return Name(name.name, name.window, where, shift(name.name), at=name.at)
            return replace_names(
                other.expression,
                lambda own: Name(
                    own.name, own.window or name.window, own.where or where, own.lag or shift(own.name), at=name.at
                ),
            )

        return replace_names(node, put)

    def _other(self, name: Name) -> Kpi | None:
        """The KPI that a name stands for; None for a measure."""
        found = None if name.name in self._measures else self.kpi(name.name)
        return found if isinstance(found, Kpi) else None

    def _windows(self, expression: Node) -> tuple[str, ...]:
        """A vendor's own figures have their own window only."""
        given = {window for name in names(expression) if (window := given_window(self._measures[name.name]))}
        return tuple(sorted(given)) or DEFAULT_WINDOWS

    # ── faults ───────────────────────────────────────────────────────────────────────

    def _name_faults(self, definition: Definition, node: Node) -> Iterator[Fault]:
        for name in names(node):
            measure = self._measures.get(name.name)
            if measure is not None:
                window = given_window(measure)
                if window is not None and window not in WINDOWS:  # a plugin's measure
                    fault = f"{name.name} is a figure of {window}, and there is no such window"
                    yield ("formula",), fault, f"There are {', '.join(WINDOWS)}."
            elif name.name in self._under_way:
                circle = " → ".join([*self._under_way[self._under_way.index(name.name) :], name.name])
                yield ("formula",), f"goes in a circle: {circle}", "A KPI cannot be made of itself."
            elif name.name not in self.definitions:
                told = f"there is no measure or KPI {name.name!r} (at character {name.at})."
                hint = nearest(name.name, [*definition.constants, *self._measures, *self.definitions])
                yield ("formula",), told + hint, "Measures: docs/measures.md; KPIs: docs/kpis.md."
            elif self.definitions[name.name].native is not None:
                fault = f"the KPI {name.name!r} in it is native, so it has no formula (at character {name.at})"
                yield ("formula",), fault, "Name measures, or KPIs that are made of them."
            elif len(self._under_way) > MOST_LEVELS:
                yield ("formula",), *_TOO_DEEP
            elif not isinstance(self.kpi(name.name), Kpi):
                yield ("formula",), f"the KPI {name.name!r} in it cannot be used", "Mend that one first."

    def _unit_faults(self, definition: Definition, node: Node) -> list[Fault]:
        try:
            derived = unit_of(node, self._unit)
        except FormulaError as error:
            return [(("formula",), str(error), "+ and - need equal units.")]
        return unit_faults(definition, derived)

    def _unit(self, name: Name) -> Unit:
        measure = self._measures.get(name.name)
        unit = self.definitions[name.name].unit if measure is None else measure.unit
        if not is_unit(unit):  # a plugin's measure
            raise FormulaError(name.at, f"the unit of {name.name}, {unit!r}, is none")
        return parse_unit(unit)


_TOO_DEEP = (f"is made of KPIs more than {MOST_LEVELS} deep", "Name measures sooner.")


def _default_by(expression: Node | None) -> tuple[str, ...]:
    """What is broken down by without being told to.

    Where a filter is on another dimension, rows have to be read that tell both: only who
    wants that waits for it.
    """
    used = () if expression is None else names(expression)
    filters = {dimension for each in used for dimension, _ in each.where}
    return tuple(dimension for dimension in DEFAULT_BY if filters <= {dimension})


def given_window(measure: Measure) -> str | None:
    """The window that a vendor's own figure is for: `28d` of `users_28d`; None for other measures."""
    if measure.aggregation != "given":
        return None
    ending = measure.name.rpartition("_")[2]
    return ending if ending[:-1].isdigit() and ending.endswith("d") else "1d"
