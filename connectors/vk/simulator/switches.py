"""What may go wrong at the community, and how it may look otherwise."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Switches:
    """All off; a test sets what it is about."""

    refusing: dict[str, int] = field(default_factory=dict)
    """Method → the code by which it is refused, in a script too."""
    words: str = ""
    """In these words, if not the usual ones."""
    is_closed: bool = False
    """Its wall is for members, and the token's owner is none."""
    deactivated: str | None = None
    """`banned` or `deleted`."""
    hides_members: bool = False
    hides_comments: bool = False
    hides_views: bool = False
    strange_texts: bool = True
    """Emoji, text from right to left, a half of a character."""
    begins_at_moscow: bool = False
    """Days of statistics begin at Moscow's midnight, not at that of UTC."""
    pins_oldest: bool = True
    """The oldest post is pinned; else none is."""
    hidden: int = 0
    """Posts that are counted and not shown, at the end of the wall."""
    deleted: set[int] = field(default_factory=set)
    """Posts that somebody has deleted, besides those of the company's story."""
    marks_deleted: bool = False
    """Deleted posts leave a placeholder for a while."""
    before_page: Callable[[int], None] | None = None
    """Called before each page of the wall with its number: what happens between two of them."""
    without_reach: set[int] = field(default_factory=set)
    """Posts that stats.getPostReach does not know,"""
    refuses_unknown: bool = False
    """and refuses to be asked about."""
    most_bytes: int = 5_000_000
    """A script's answer may be so long."""
