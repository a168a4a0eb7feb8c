"""What may go wrong at the counter, and how it may look otherwise."""

from dataclasses import dataclass


@dataclass
class Switches:
    """All off; a test sets what it is about."""

    throttle_status: int = 429
    """Or 420, as another page of the vendor's has it."""
    tells_wait: bool = False
    """A limit that is broken comes with Retry-After."""
    sample_share: float = 1.0
    """Under 1 figures are estimates."""
    withholds: bool = False
    """Rows of fewer than ten visits are left out."""
    nulls: bool = False
    """Metrics that are 0 have no value."""
    complicated: int = 0
    """How often a report is too complicated before it passes."""
    most_days: int | None = None
    """Reports of more days are refused,"""
    refusing: str = "too_much_rows"
    """in these words: also `timeout`, `query_error`."""
    needs_sample: bool = False
    """Reports with `accuracy=full` are too complicated, whatever they cover."""
    is_deleted: bool = False
    has_access: bool = True
    zone: str = "Europe/Moscow"
    """That the counter says it has; its days stay the company's."""
    zone_name: str | None = None
    """What it is called, if otherwise."""
    currency: int | None = 840
    rounds_total: bool = False
    model: str | None = None
    """By which it answers, whatever is asked."""
    new_source: bool = False
    """Searches come by a traffic source that nobody knows."""
    delay: float = 0.0
    """Seconds for which a report takes a place among the parallel requests."""
