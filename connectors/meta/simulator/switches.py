"""What can be otherwise than at the company."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass
class Switches:
    """Set by tests, and by who wants to see how it fails."""

    retired: set[str] = field(default_factory=set)
    """Metrics that are valid no more: whoever names one is refused."""
    late_days: int = 0
    """So many of the latest whole days are not counted yet, nor is today."""
    since: datetime | None = None
    """When the account was opened: nothing is told of days before."""
    is_business: bool = True
    is_visible: bool = True
    hides_likes: bool = False
    """The owner hides them: posts have no like_count."""
    without_views: set[str] = field(default_factory=set)
    """Media for which `views` are refused."""
    before_business: set[str] = field(default_factory=set)
    """Media of the time when the account was no professional one."""
    vanishing: set[str] = field(default_factory=set)
    """Posts that are listed, and gone when they are asked for."""
    dropped: set[str] = field(default_factory=set)
    """Posts for which a batch has no time."""
    drafts: bool = False
    """The page has a dark post of advertising, which is none."""
    most_at_once: int = 100
    """Rows of a page; more are too much for the API."""
    token_type: str = "PAGE"  # noqa: S105 - no token
    token_ends: datetime | None = None
    data_access_ends: datetime | None = None
    token_error: int | None = None
    """A subcode of 190 with which all is refused."""
    lacks: str | None = None
    """A permission that the token does not have."""
    usage: dict[str, int] | None = None
    """What X-App-Usage says."""
    busy_minutes: int | None = None
    """Too many calls; access returns in so many minutes."""
    blocked: bool = False
    version: str = "v26.0"
