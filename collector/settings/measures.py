"""Measures that users define: those of the top level and of all projects, in one vocabulary.

Read before the sources, whose connectors map to them. Shapes are told where keys are
checked; here, what a name may not mean.
"""

from collections.abc import Iterator, Mapping

from pydantic import TypeAdapter, ValidationError

from collector.plugin.discovery import Plugins
from collector.plugin.measure import Measure
from collector.settings import names
from collector.settings.entries import Entry
from collector.settings.findings import Findings
from collector.settings.sections import MeasureOrUnit, OwnMeasure

_ADAPTER: TypeAdapter[OwnMeasure] = TypeAdapter(MeasureOrUnit)


def own_measures(top: Entry, known: Mapping[str, Measure], plugins: Plugins, findings: Findings) -> dict[str, Measure]:
    """The users' measures by name; `known` are those that exist without them."""
    found: dict[str, Measure] = {}
    places: dict[str, str] = {}
    for holder, prefix in _holders(top):
        written = holder.below("measures")
        for name, entry in ({} if written is None else written.mapping).items():
            path = ("measures", name)
            if wrong := names.fault(name):
                findings.key_fault(holder, path, *wrong, prefix=prefix)
                continue
            measure = _measure(name, entry)
            if measure is None:  # its shape is told with the other keys
                continue
            there = known.get(name) or found.get(name)
            if there is not None and not measure.means_as(there):
                fault = f"{_whose(name, places, plugins)}, as {there.unit}, {there.aggregation}"
                findings.key_fault(holder, path, fault, "Choose another name, or say the same.", prefix=prefix)
            elif name not in known:
                found[name] = measure
                places.setdefault(name, f"{entry.origin.shown}:{entry.key_line}")
    return found


def _holders(top: Entry) -> Iterator[tuple[Entry, str]]:
    """The top level and the projects, each with the beginning of its places."""
    yield top, ""
    projects = top.below("projects")
    for name, entry in ({} if projects is None else projects.mapping).items():
        yield entry, f"projects.{name}"


def _measure(name: str, entry: Entry) -> Measure | None:
    try:
        own = _ADAPTER.validate_python(entry.plain())
    except ValidationError:
        return None
    return Measure(name, own.unit, own.aggregation, title=own.title)


def _whose(name: str, places: Mapping[str, str], plugins: Plugins) -> str:
    if name in places:
        return f"is defined in {places[name]} already"
    plugin = plugins.measured_by.get(name)
    return "is built in" if plugin is None else f"is a measure of the plugin {plugin}"
