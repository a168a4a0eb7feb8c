"""One project's families as rendered blocks, unchanged ones taken over from the last snapshot.

A block is compared by what it was made from, before anything is rendered: after a poll
that changed a few KPIs, only theirs are rendered and deflated again.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from operator import attrgetter, eq, is_

from collector.clock import day_of
from collector.kpi.values import Kpi, ProjectValues, Value
from collector.plugin.measure import Measure
from collector.snapshot.families import UNCUT, Breakdown, family_name, help_text, member_samples, whole_samples
from collector.snapshot.inputs import ProjectFacts, SnapshotInputs
from collector.snapshot.render import Family, Sample, Segment, body, segment
from collector.snapshot.top import Choice, choose, is_additive, volumes

_SHOWN = attrgetter("window", "currency", "member", "title", "value")
"""What of a value the exposition depends on."""


@dataclass(frozen=True)
class Group:
    """One KPI's values, whole or by one dimension, as they stand in a family."""

    kpi: Kpi
    dimension: str | None
    values: tuple[Value, ...]
    cut: Breakdown = UNCUT


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


def kpi_blocks(
    project: ProjectFacts, found: ProjectValues, inputs: SnapshotInputs, previous: Blocks, ending: str
) -> list[Block]:
    """The blocks of all KPI families of a project, by name."""
    maker = _Maker(project, found, inputs, previous)
    blocks = []
    for name, groups in sorted(maker.families().items()):
        text = help_text([group.kpi for group in groups], groups[0].dimension, ending)
        block = maker.block(Family(name, "gauge", text), groups)
        if block.series:
            blocks.append(block)
    return blocks


@dataclass
class _Maker:
    project: ProjectFacts
    found: ProjectValues
    inputs: SnapshotInputs
    previous: Blocks
    today: date = field(init=False)
    _groups: dict[tuple[str, str | None], tuple[Value, ...]] = field(init=False)
    _kpis: dict[str, Kpi] = field(init=False)
    _measures: Mapping[str, Measure] = field(init=False)
    _ranks: dict[str, dict[str, Decimal]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.today = day_of(self.inputs.now, self.project.zone)
        self._measures = self.inputs.measures
        self._kpis = {kpi.name: kpi for kpi in self.found.kpis}
        groups: defaultdict[tuple[str, str | None], list[Value]] = defaultdict(list)
        for value in self.found.values:
            groups[value.kpi, value.dimension].append(value)
        self._groups = {key: tuple(values) for key, values in groups.items() if key[0] in self._kpis}

    def families(self) -> dict[str, list[Group]]:
        found: dict[str, list[Group]] = {}
        for (kpi_name, dimension), values in self._groups.items():
            kpi = self._kpis[kpi_name]
            found.setdefault(family_name(kpi, dimension), []).append(Group(kpi, dimension, values))
        return found

    def block(self, family: Family, groups: Sequence[Group]) -> Block:
        former = self.previous.get((family.name, self.project.name))
        old = _groups_of(former)
        current = tuple(self._cut(group, old) for group in groups)
        if former is not None and _same(current, old):
            return replace(former, family=family, basis=current)
        samples = [sample for group in current for sample in _samples(group)]
        lost = sum(map(_dropped, current)) if groups[0].dimension is not None else None
        return Block(family, self.project.name, segment(body(family.name, samples)), len(samples), current, lost)

    def _cut(self, group: Group, old: Sequence[Group]) -> Group:
        """The group with its break-down cut to the top members, where it has more."""
        if group.dimension is None:
            return group
        top = self.project.top_of.get(group.kpi.name, self.project.top)
        former = next((other for other in old if other.kpi.name == group.kpi.name), None)
        if len({value.member for value in group.values}) <= top:
            return group
        choice = former.cut.choice if former is not None else None
        if former is not None and choice is not None and _still_right(choice, self.today, top, former, group):
            return replace(group, cut=former.cut)
        additive = is_additive(group.kpi, self._kpis, self._measures)
        sizes = volumes(group.values) if additive else self._sizes(group)
        chosen = choose(choice, day=self.today, volumes=sizes, top=top)
        return replace(group, cut=Breakdown(chosen, additive))

    def _sizes(self, group: Group) -> dict[str, Decimal]:
        """For what does not add up: how big a member is in what does (minus its best rank), else its value."""
        assert group.dimension is not None  # noqa: S101 - narrows a type
        if group.dimension not in self._ranks:
            self._ranks[group.dimension] = self._best_ranks(group.dimension)
        ranks = self._ranks[group.dimension]
        own = volumes(group.values)
        if not ranks:
            return own
        last = Decimal(-len(ranks) - 1)
        return {member: ranks.get(member, last) for member in own}

    def _best_ranks(self, dimension: str) -> dict[str, Decimal]:
        best: dict[str, Decimal] = {}
        for (name, by), values in self._groups.items():
            if by == dimension and is_additive(self._kpis[name], self._kpis, self._measures):
                sizes = volumes(values)
                for rank, member in enumerate(sorted(sizes, key=lambda id_, of=sizes: (-of[id_], id_))):  # type: ignore[misc]
                    best[member] = max(best.get(member, Decimal(-rank)), Decimal(-rank))
        return best


def _still_right(choice: Choice, today: date, top: int, former: Group, group: Group) -> bool:
    full = len(choice.members) == top
    return choice.day == today and full and _same_values(former.values, group.values)


def _samples(group: Group) -> Iterable[Sample]:
    if group.dimension is None:
        return whole_samples(group.kpi, group.values)
    return member_samples(group.kpi, group.dimension, group.values, group.cut)


def _dropped(group: Group) -> int:
    choice = group.cut.choice
    if choice is None:
        return 0
    return sum(value.value is not None and value.member not in choice.members for value in group.values)


def _groups_of(block: Block | None) -> tuple[Group, ...]:
    return tuple(group for group in block.basis if isinstance(group, Group)) if block is not None else ()


def _same(current: Sequence[Group], old: Sequence[Group]) -> bool:
    return len(current) == len(old) and all(
        (a.kpi.name, a.kpi.label, a.kpi.unit, a.cut) == (b.kpi.name, b.kpi.label, b.kpi.unit, b.cut)
        and _same_values(a.values, b.values)
        for a, b in zip(current, old, strict=True)
    )


def _same_values(a: Sequence[Value], b: Sequence[Value]) -> bool:
    """Whether both show the same; equal objects are not even looked into."""
    return len(a) == len(b) and (all(map(is_, a, b)) or all(map(eq, map(_SHOWN, a), map(_SHOWN, b))))
