"""What makes a property's answers doubtful or empty, for tests to switch on."""

from dataclasses import dataclass, field


@dataclass
class Switches:
    """All off at first."""

    sampled_over_days: int | None = None
    """Reports of more days are sampled."""
    always_sampled: bool = False
    thresholded: bool = False
    lumped: bool = False
    """Rare members stand under `(other)`."""
    lumped_dates: bool = False
    """Reports of several days have a row whose day is `(other)` as well."""
    collapsed: frozenset[str] = frozenset()
    """Days (`20261118`) whose break-downs are nearly empty, as once in June 2026."""
    hides_cost: bool = False
    hides_revenue: bool = False
    disabled: bool = False
    """The Data API is not enabled in the cloud project."""
    no_access: frozenset[str] = frozenset()
    """Properties that the account may not read."""
    rows_move: bool = False
    """The number of rows is another one at each page."""
    imports: bool = False
    """The owner imports the cost of other ad systems."""
    zone: str | None = None
    """The property's, where it is another than the company's."""
    exhausts: tuple[str, int] | None = None
    """A quota, and the number of the report at which it is used up."""
    asked: list[str] = field(default_factory=list)
    """The reports that were answered: first day, last day, dimensions."""
