"""What definitions mean: the names in their formulas resolved, units and cycles checked.

A name is a measure first, then another KPI, whose formula takes its place.
"""

from collections.abc import Mapping
from itertools import takewhile

from collector.kpi.definition import Definition, Fault
from collector.kpi.formula import FormulaError, Name, Node, names, nearest, replace_names, unit_of
from collector.kpi.parsing import parse
from collector.kpi.values import Kpi
from collector.plugin.measure import Measure
from collector.settings import names as naming
from collector.vocabulary.units import Unit, is_unit, parse_unit

DEFAULT_WINDOWS = ("7d", "30d", "90d", "mtd")
DEFAULT_BY = ("channel", "manager", "pipeline", "network")
MOST_NAMES = 1_000
"""Names in a formula once the other KPIs stand in it."""


class Meanings:
    """Definitions by name, and what each comes to."""

    def __init__(self, measures: Mapping[str, Measure], definitions: Mapping[str, Definition]) -> None:
        self._measures = measures
        self.definitions = dict(definitions)
        self._own = frozenset(definitions)
        self._found: dict[str, Kpi | list[Fault]] = {}
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
        return None

    def remove(self, name: str) -> None:
        """Forget a definition."""
        del self.definitions[name]
        self._found.clear()

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
        try:
            node = parse(definition.formula)
        except FormulaError as error:
            return [(("formula",), str(error), f"It says: {definition.formula:.200}")]
        faults = [*self._name_faults(node), *self._family_faults(definition)]
        if not faults:
            faults = [*self._unit_faults(definition, node), *self._optional_faults(definition, node)]
        if faults:
            return faults
        where = tuple((dimension, tuple(members)) for dimension, members in definition.where.items())
        expression = self._expanded(node, where)
        if sum(1 for _ in names(expression)) > MOST_NAMES:
            return [(("formula",), f"comes to more than {MOST_NAMES} names", "Make it of fewer KPIs.")]
        return self._kpi(definition, expression, where)

    def _kpi(self, definition: Definition, expression: Node, where: tuple[tuple[str, tuple[str, ...]], ...]) -> Kpi:
        label = next(((kind, text) for kind in ("step", "model") if (text := getattr(definition, kind))), None)
        inner = [found for each in names(parse(definition.formula)) if (found := self._other(each))]
        return Kpi(
            name=definition.name,
            formula=definition.formula,
            unit=definition.unit,
            better=definition.better,
            title=definition.title or {"en": definition.name},
            description=definition.description,
            windows=tuple(definition.windows or self._windows(expression)),
            by=DEFAULT_BY if definition.by is None else tuple(definition.by),
            optional=tuple(dict.fromkeys([*definition.optional, *(name for kpi in inner for name in kpi.optional)])),
            group=definition.group,
            label=label,
            mode=definition.mode,
            where=where,
            top=definition.top,
            expression=expression,
        )

    def _other(self, name: Name) -> Kpi | None:
        """The KPI that a name stands for; None for a measure."""
        found = None if name.name in self._measures else self.kpi(name.name)
        return found if isinstance(found, Kpi) else None

    def _windows(self, expression: Node) -> tuple[str, ...]:
        """A vendor's own figures have their own window only."""
        given = {window for name in names(expression) if (window := given_window(self._measures[name.name]))}
        return tuple(sorted(given)) or DEFAULT_WINDOWS

    def _expanded(self, node: Node, where: tuple[tuple[str, tuple[str, ...]], ...]) -> Node:
        """The tree over measures; an inner name keeps its own window and filter."""

        def put(name: Name) -> Node:
            if name.name in self._measures:
                return Name(name.name, name.window, where, at=name.at)
            other = self._other(name)
            assert other is not None and other.expression is not None  # noqa: S101, PT018 - checked before
            return replace_names(
                other.expression, lambda own: Name(own.name, own.window or name.window, own.where or where, at=name.at)
            )

        return replace_names(node, put)

    # ── faults ───────────────────────────────────────────────────────────────────────

    def _name_faults(self, node: Node) -> list[Fault]:
        faults: list[Fault] = []
        for name in names(node):
            if name.name in self._measures:
                continue
            if name.name in self._under_way:
                circle = " → ".join([*self._under_way[self._under_way.index(name.name) :], name.name])
                faults.append((("formula",), f"goes in a circle: {circle}", "A KPI cannot be made of itself."))
            elif name.name not in self.definitions:
                told = f"there is no measure or KPI {name.name!r} (at character {name.at})."
                hint = nearest(name.name, [*self._measures, *self.definitions])
                faults.append((("formula",), told + hint, "Measures: docs/measures.md; KPIs: docs/kpis.md."))
            elif not isinstance(self.kpi(name.name), Kpi):
                faults.append((("formula",), f"the KPI {name.name!r} in it cannot be used", "Mend that one first."))
        return faults

    def _family_faults(self, definition: Definition) -> list[Fault]:
        """KPIs of one group differ by one label, and share a unit."""
        if definition.group is None:
            lost = [key for key in ("step", "model") if getattr(definition, key)]
            return [((key,), "belongs to a group", "Name its `group` as well.") for key in lost]
        if definition.step and definition.model:
            return [(("model",), "stands beside a step", "A group has steps or models, not both.")]
        earlier = takewhile(lambda each: each is not definition, self.definitions.values())
        for other in earlier:
            if other.group != definition.group:
                continue
            if (other.unit, bool(other.step), bool(other.model)) != (
                definition.unit,
                bool(definition.step),
                bool(definition.model),
            ):
                fault = f"{definition.group!r} has {other.name!r} with another unit or kind of label"
                return [(("group",), fault, "KPIs of a group share their unit and all have a step, or all a model.")]
            if _told_apart_by_nothing(definition, other):
                return [(("group",), f"{other.name!r} has the same label in it", "Give each its own step or model.")]
        return []

    def _unit_faults(self, definition: Definition, node: Node) -> list[Fault]:
        try:
            derived = unit_of(node, self._unit)
        except FormulaError as error:
            return [(("formula",), str(error), "+ and - need equal units.")]
        declared = parse_unit(definition.unit)
        if declared == derived or (not declared.powers and derived.is_share):
            return []
        right = "ratio" if derived.is_share else str(derived)
        remedy = f"Write unit: {right}." if is_unit(right) else "Change the formula."
        return [(("unit",), f"is {definition.unit}, but the formula gives {derived}", remedy)]

    def _unit(self, name: Name) -> Unit:
        measure = self._measures.get(name.name)
        unit = self.definitions[name.name].unit if measure is None else measure.unit
        if not is_unit(unit):  # a plugin's measure
            raise FormulaError(name.at, f"the unit of {name.name}, {unit!r}, is none")
        return parse_unit(unit)

    def _optional_faults(self, definition: Definition, node: Node) -> list[Fault]:
        used = {each.name for each in names(self._expanded(node, ()))}
        return [
            (("optional", number), f"{name!r} is no measure of the formula.{nearest(name, sorted(used))}", "")
            for number, name in enumerate(definition.optional)
            if name not in used
        ]


def _told_apart_by_nothing(one: Definition, other: Definition) -> bool:
    if (one.step, one.model) != (other.step, other.model):
        return False
    labelled = bool(one.step or one.model)
    return labelled or not one.windows or not other.windows or not set(one.windows).isdisjoint(other.windows)


def given_window(measure: Measure) -> str | None:
    """The window that a vendor's own figure is for: `28d` of `users_28d`; None for other measures."""
    if measure.aggregation != "given":
        return None
    ending = measure.name.rpartition("_")[2]
    return ending if ending[:-1].isdigit() and ending.endswith("d") else "1d"
