"""What the KPI engine gives: definitions and values, all frozen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal, get_args

from collector.kpi.formula import Node, names
from collector.kpi.reconciliation.findings import Finding

Undefined = Literal[
    "not_configured",
    "history_incomplete",
    "no_data",
    "stale",
    "too_short",
    "no_rate",
    "no_margin",
    "not_additive",
    "zero_denominator",
    "no_events",
]
UNDEFINED_REASONS: tuple[Undefined, ...] = get_args(Undefined)
"""Why a value does not exist; of several reasons the first here is told."""

OVERLAP = "overlap"
"""The member that closes a sum of customers whom several members count; never more than zero."""

OTHER = "__other__"
"""All members together that a break-down does not show one by one."""


@dataclass(frozen=True)
class Kpi:
    """A KPI's definition, whoever wrote it.

    `family` is the metric's name without `marketing_` and unit suffix; several KPIs of one
    `group` share it and differ by the label `step` or `model` (`label`). `title` and
    `description` are by language (`en`, `ru`).
    """

    name: str
    formula: str
    unit: str
    better: Literal["up", "down", "within"]
    title: Mapping[str, str]
    description: Mapping[str, str]
    windows: tuple[str, ...]
    by: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    group: str | None = None
    label: tuple[str, str] | None = None
    """("step", "visit_to_lead"), ("model", "historical") or None."""
    mode: Literal["live", "pilot"] = "live"
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """The members of dimensions that it counts; empty: all."""
    top: int | None = None
    """How many members a break-down shows; None: as the project says."""
    lag: int = 0
    """How many days its costs come earlier; the names of the expression have it as well."""
    native: str | None = None
    """The function that computes it; None: its expression does."""
    reads: frozenset[str] = frozenset()
    """The measures of a native one."""
    expression: Node | None = None
    """The formula parsed, with other KPIs' formulas in their place: its names are measures."""

    @property
    def measures(self) -> frozenset[str]:
        """All measures that go into it, by way of other KPIs too."""
        return self.reads if self.expression is None else frozenset(each.name for each in names(self.expression))

    @property
    def filters(self) -> frozenset[tuple[str, str]]:
        """Each measure whose members are not all counted, with the dimension; by way of other KPIs too."""
        used = () if self.expression is None else names(self.expression)
        return frozenset((each.name, dimension) for each in used for dimension, _ in each.where)

    @property
    def is_money(self) -> bool:
        """Whether values carry a currency (money, money/customer, …)."""
        return self.unit.split("/")[0] == "money" and self.unit != "money/money"


@dataclass(frozen=True)
class Value:
    """One figure: a KPI in a window, whole or of one member of a dimension.

    `value` is in the unit's base (durations in seconds, ratios 0…1); None where
    `undefined` says why. `first` and `last` are the days that it covers, both inside.
    `fresh` false: held, its source has not answered lately. `member` is an id, `title`
    what people read.
    """

    project: str
    kpi: str
    window: str
    first: date | None
    last: date | None
    value: Decimal | None
    unit: str
    currency: str | None = None
    fresh: bool = True
    undefined: Undefined | None = None
    dimension: str | None = None
    member: str | None = None
    title: str | None = None
    flags: frozenset[str] = frozenset()
    """Doubts: partial, provisional, sampled, thresholded, immature, vat_unset."""
    previous: Decimal | None = None
    """Of a whole in a snapshot: the value in the window of equal length before."""


@dataclass(frozen=True)
class ProjectValues:
    """All values of one project at one instant, as the snapshot shows them."""

    project: str
    currency: str
    kpis: tuple[Kpi, ...]
    values: tuple[Value, ...]
    data_through: Mapping[str, date] = field(default_factory=dict)
    """By KPI: the last day that all its required streams have completed."""
    hidden: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """By KPI and dimension: how many values of members are shown in `__other__` only."""
    unassigned: Mapping[str, Decimal] = field(default_factory=dict)
    """By measure: the share that no channel could be found for."""
    findings: tuple[Finding, ...] = ()
    """What reconciliation says of each check."""
