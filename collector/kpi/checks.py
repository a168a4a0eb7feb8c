"""What is wrong with a definition whose names are known: units, families, constants, lags.

Pure; `meaning` asks these before and after it has put other KPIs' formulas into a tree.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import takewhile

from collector.kpi.definition import Definition, Fault
from collector.kpi.formula import Name, Node, constants, depth, leaves, names, nearest
from collector.kpi.natives import Native
from collector.kpi.parsing import FUNCTIONS
from collector.plugin.measure import NAME
from collector.vocabulary.measures import COSTS
from collector.vocabulary.units import Unit, is_unit, parse_unit

MOST_LEAVES = 1_000
MOST_DEEP = 200
"""Names and numbers in a formula, and how deep they are nested, once the other KPIs stand in it."""


def family_faults(definition: Definition, known: Iterable[Definition]) -> list[Fault]:
    """KPIs of one group differ by one label, and share a unit."""
    if definition.group is None:
        lost = [key for key in ("step", "model") if getattr(definition, key)]
        return [((key,), "belongs to a group", "Name its `group` as well.") for key in lost]
    if definition.step and definition.model:
        return [(("model",), "stands beside a step", "A group has steps or models, not both.")]
    for other in takewhile(lambda each: each is not definition, known):
        if other.group != definition.group:
            continue
        if _kind(other) != _kind(definition):
            fault = f"{definition.group!r} has {other.name!r} with another unit or kind of label"
            return [(("group",), fault, "KPIs of a group share their unit and all have a step, or all a model.")]
        if _told_apart_by_nothing(definition, other):
            return [(("group",), f"{other.name!r} has the same label in it", "Give each its own step or model.")]
    return []


def _kind(definition: Definition) -> tuple[str, bool, bool]:
    return definition.unit, bool(definition.step), bool(definition.model)


def _told_apart_by_nothing(one: Definition, other: Definition) -> bool:
    if (one.step, one.model) != (other.step, other.model):
        return False
    labelled = bool(one.step or one.model)
    return labelled or not one.windows or not other.windows or not set(one.windows).isdisjoint(other.windows)


def unit_faults(definition: Definition, derived: Unit) -> list[Fault]:
    """The unit that is written is the one that the formula gives."""
    declared = parse_unit(definition.unit)
    if declared == derived or (not declared.powers and derived.is_share):
        return []
    right = "ratio" if derived.is_share else str(derived)
    remedy = f"Write unit: {right}." if is_unit(right) else "Change the formula."
    return [(("unit",), f"is {definition.unit}, but the formula gives {derived}", remedy)]


def constant_name_faults(definition: Definition, measures: Collection[str], kpis: Collection[str]) -> Iterator[Fault]:
    """A constant is called like nothing else that a formula may name."""
    for name in definition.constants:
        is_measure = name in measures
        if not NAME.fullmatch(name):
            remedy = "A name is lower case letters, digits and _, a letter first."
            yield ("constants", name), f"{name!r} is no name", remedy
        elif name in FUNCTIONS or is_measure or name in kpis:
            what = "function" if name in FUNCTIONS else "measure" if is_measure else "KPI"
            yield ("constants", name), f"{name!r} is a {what}", "Choose another name for the constant."


def use_faults(definition: Definition, node: Node, expression: Node) -> Iterator[Fault]:
    """What is stated beside the formula is in it: constants in itself, optional measures by way of other KPIs too."""
    named = {each.name for each in constants(node)}
    for name in definition.constants:
        if name not in named:
            yield ("constants", name), f"{name!r} is not in the formula", "Use it, or leave it out."
    used = {each.name for each in names(expression)}
    for number, name in enumerate(definition.optional):
        if name not in used:
            fault = f"{name!r} is no measure of the formula.{nearest(name, sorted(used))}"
            yield ("optional", number), fault, ""


def size_faults(expression: Node) -> list[Fault]:
    """A formula stays a size that is computed at once."""
    if depth(expression) > MOST_DEEP:
        return [(("formula",), f"comes to more than {MOST_DEEP} steps", "Make it of fewer KPIs.")]
    if sum(1 for _ in leaves(expression)) > MOST_LEAVES:
        return [(("formula",), f"comes to more than {MOST_LEAVES} names and numbers", "Make it of fewer KPIs.")]
    return []


def lag_faults(definition: Definition, expression: Node, windows: Collection[str]) -> list[Fault]:
    """A lag shifts costs, and there is nothing before the window `all`."""
    shifted = [each for each in names(expression) if each.lag]
    if definition.lag and not shifted:
        fault = f"shifts nothing: there is none of {', '.join(sorted(COSTS))} in the formula"
        return [(("lag",), fault, "Leave it out.")]
    for name in shifted:
        if name.window == "all":
            fault = f"{name.name} is shifted by a lag, and there is nothing before its window `all`"
            return [(("formula",), f"{fault} (at character {name.at})", "Take another window, or no lag.")]
        if name.window is None and "all" in windows:
            return [_all_faults(definition, name)]
    return []


def _all_faults(definition: Definition, name: Name) -> Fault:
    number = (definition.windows or []).index("all")
    fault = f"`all` goes with no lag: {name.name} is shifted by {name.lag} days, and there is nothing before it"
    return ("windows", number), fault, "Take another window, or no lag."


def native_faults(definition: Definition, natives: Mapping[str, Native]) -> list[Fault]:
    """What is native exists, and is used as it is."""
    wanted = definition.native or ""
    native = natives.get(wanted)
    if native is None:
        remedy = f"There are {', '.join(sorted(natives))}." if natives else "There is none; write a formula."
        return [(("native",), f"nothing native is called {wanted!r}.{nearest(wanted, sorted(natives))}", remedy)]
    faults: list[Fault] = [
        (("windows", number), f"{native.name} has no window {window!r}", f"It has {', '.join(native.windows)}.")
        for number, window in enumerate(definition.windows or ())
        if window not in native.windows
    ]
    if parse_unit(definition.unit) != parse_unit(native.unit):
        fault = f"is {definition.unit}, but {native.name} gives {native.unit}"
        faults.append((("unit",), fault, f"Write unit: {native.unit}."))
    return faults
