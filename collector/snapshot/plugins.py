"""What plugins add to /metrics, checked: a bad family is left out, and never breaks a scrape."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from collector.kpi.values import ProjectValues
from collector.plugin.hookspecs import MetricFamily
from collector.snapshot.labels import labels, plain_number
from collector.snapshot.render import Family, Sample

_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_OURS = ("kpi_collector_", "marketing_kpi_", "process_", "python_")
_SUFFIXES = ("_total", "_count", "_sum", "_bucket", "_created", "_info")
_RESERVED_LABELS = frozenset({"job", "instance", "le", "quantile"})


class ValuesView:
    """The values that the next snapshot will show, as plugins may look at them."""

    def __init__(self, values: Iterable[ProjectValues]) -> None:
        found = tuple(values)
        self._projects = tuple(project.project for project in found)
        self._values = {
            (value.project, value.kpi, value.window): value.value
            for project in found
            for value in project.values
            if value.dimension is None
        }

    @property
    def projects(self) -> tuple[str, ...]:
        """The projects' names."""
        return self._projects

    def value(self, project: str, kpi: str, window: str) -> float | None:
        """A KPI's whole value; None where it has none."""
        value = self._values.get((project, kpi, window))
        return None if value is None else float(value)


@dataclass(frozen=True)
class Refusal:
    """A plugin's family that is left out, and why."""

    plugin: str
    family: str
    fault: str

    def __str__(self) -> str:
        return f"plugin {self.plugin}: metric family {self.family!r} is left out: {self.fault}"


def checked(given: Iterable[tuple[str, MetricFamily]], taken: Iterable[str]) -> tuple[list[Family], frozenset[Refusal]]:
    """The families that may stand beside ours (`taken` are their names), and the refused ones."""
    names = set(taken)
    accepted: list[Family] = []
    refused: set[Refusal] = set()
    for plugin, family in given:
        if type(family) is not MetricFamily:  # strangers' code is not always as typed
            refused.add(Refusal(plugin, f"{family!r:.80}", "it is no MetricFamily"))
            continue
        fault = _name_fault(family.name, names) or _samples_fault(family)
        if fault is not None:
            refused.add(Refusal(plugin, str(family.name), fault))
            continue
        names.add(family.name)
        text = str(family.help) or f"From the plugin {plugin}."
        accepted.append(Family(family.name, "gauge", text, tuple(map(_sample, family.samples))))
    return accepted, frozenset(refused)


def _sample(given: tuple[Mapping[str, str], float]) -> Sample:
    named, value = given
    return "", labels(**dict(sorted(named.items()))), plain_number(float(value))


def _name_fault(name: object, taken: set[str]) -> str | None:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return "a metric's name is letters, digits and _, no digit first"
    if name in taken:
        return "there is a family of that name already"
    if name.startswith(_OURS):
        return f"names that begin with {', '.join(_OURS)} are the program's own"
    if name.endswith(_SUFFIXES):
        return f"it is a gauge, so its name must not end in {', '.join(_SUFFIXES)}"
    return None


def _samples_fault(family: MetricFamily) -> str | None:
    seen: set[str] = set()
    try:
        for named, value in family.samples:
            fault = _sample_fault(dict[object, object](named.items()), value)
            if fault is not None:
                return fault
            shown = _sample((named, value))[1]
            if shown in seen:
                return f"two samples have the labels {shown}"
            seen.add(shown)
    except (TypeError, ValueError, AttributeError) as error:
        return f"its samples are no pairs of labels and a number ({error})"
    return None


def _sample_fault(named: Mapping[object, object], value: object) -> str | None:
    for name, text in named.items():
        if not isinstance(name, str) or not _NAME.fullmatch(name) or name.startswith("__"):
            return f"{name!r} is no label name"
        if name in _RESERVED_LABELS:
            return f"the label {name!r} is Prometheus's own"
        if not isinstance(text, str):
            return f"label {name!r} has {text!r}, which is no text"
    if not isinstance(value, int | float) or not math.isfinite(value):
        return f"{value!r} is no finite number"
    return None
