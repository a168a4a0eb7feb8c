"""One project's families as rendered blocks, unchanged ones taken over from the last snapshot.

A block is compared by what it was made from, before anything is rendered: after a poll
that changed a few KPIs, only theirs are rendered and deflated again.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter, eq, is_

from collector.kpi.values import Kpi, ProjectValues, Value
from collector.snapshot.families import family_name, help_text, member_samples, whole_samples
from collector.snapshot.inputs import ProjectFacts
from collector.snapshot.render import Family, Sample, Segment, body, segment

_SHOWN = attrgetter("window", "currency", "member", "title", "value")
"""What of a value the exposition depends on."""


@dataclass(frozen=True)
class Group:
    """One KPI's values, whole or by one dimension, as they stand in a family."""

    kpi: Kpi
    dimension: str | None
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Block:
    """The lines of one family that belong to one project, or to the daemon (None).

    `family` has no samples; `basis` is what the lines were made from; `dropped` counts the
    series that a break-down does not show one by one (None for what is no break-down).
    """

    family: Family
    project: str | None
    body: Segment
    series: int
    basis: tuple[Group, ...] | tuple[Sample, ...]
    dropped: int | None = None


BlockKey = tuple[str, str | None]
Blocks = Mapping[BlockKey, Block]
"""By family and project."""


def plain_block(family: Family, project: str | None, previous: Blocks) -> Block | None:
    """A block of ready samples; None where there is none."""
    if not family.samples:
        return None
    former = previous.get((family.name, project))
    head = replace(family, samples=())
    if former is not None and former.basis == family.samples:
        return replace(former, family=head)
    return Block(head, project, segment(body(family.name, family.samples)), len(family.samples), family.samples)


def kpi_blocks(project: ProjectFacts, found: ProjectValues, previous: Blocks, ending: str) -> list[Block]:
    """The blocks of all KPI families of a project, by name."""
    maker = _Maker(project, found, previous)
    blocks = []
    for name, groups in sorted(maker.families().items()):
        text = help_text([group.kpi for group in groups], groups[0].dimension, ending)
        block = maker.block(Family(name, "gauge", text), groups)
        if block.series:
            blocks.append(block)
    return blocks


class _Maker:
    """Blocks of one project, from values and the blocks before."""

    def __init__(self, project: ProjectFacts, found: ProjectValues, previous: Blocks) -> None:
        self._project = project
        self._found = found
        self._previous = previous

    def families(self) -> dict[str, list[Group]]:
        """The groups of each family."""
        kpis = {kpi.name: kpi for kpi in self._found.kpis}
        groups: defaultdict[tuple[str, str | None], list[Value]] = defaultdict(list)
        for value in self._found.values:
            groups[value.kpi, value.dimension].append(value)
        found: dict[str, list[Group]] = {}
        for (name, dimension), values in groups.items():
            if name in kpis:
                group = Group(kpis[name], dimension, tuple(values))
                found.setdefault(family_name(kpis[name], dimension), []).append(group)
        return found

    def block(self, family: Family, groups: Sequence[Group]) -> Block:
        """A family's block; one that would show the same is taken over."""
        former = self._previous.get((family.name, self._project.name))
        current = tuple(groups)
        dropped = self._dropped(current)
        if former is not None and _same(current, _groups_of(former)):
            return replace(former, family=family, basis=current, dropped=dropped)
        samples = [sample for group in current for sample in _samples(group)]
        text = segment(body(family.name, samples))
        return Block(family, self._project.name, text, len(samples), current, dropped)

    def _dropped(self, groups: Sequence[Group]) -> int | None:
        hidden = self._found.hidden
        counts = [hidden.get((each.kpi.name, each.dimension), 0) for each in groups if each.dimension is not None]
        return sum(counts) if counts else None


def _samples(group: Group) -> Iterable[Sample]:
    if group.dimension is None:
        return whole_samples(group.kpi, group.values)
    return member_samples(group.kpi, group.dimension, group.values)


def _groups_of(block: Block | None) -> tuple[Group, ...]:
    return tuple(group for group in block.basis if isinstance(group, Group)) if block is not None else ()


def _same(current: Sequence[Group], old: Sequence[Group]) -> bool:
    return len(current) == len(old) and all(
        (a.kpi.name, a.kpi.label, a.kpi.unit) == (b.kpi.name, b.kpi.label, b.kpi.unit)
        and _same_values(a.values, b.values)
        for a, b in zip(current, old, strict=True)
    )


def _same_values(a: Sequence[Value], b: Sequence[Value]) -> bool:
    """Whether both show the same; equal objects are not even looked into."""
    return len(a) == len(b) and (all(map(is_, a, b)) or all(map(eq, map(_SHOWN, a), map(_SHOWN, b))))
