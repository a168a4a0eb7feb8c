"""What a channel, a bot or a page may be like besides, for tests to switch on."""

from dataclasses import dataclass


@dataclass
class Switches:
    """All off at first."""

    no_admin: bool = False
    """The bot is no administrator: no posts come, and the list of members is closed to it."""
    kicked: bool = False
    is_private: bool = False
    """The channel has no name any more, and no page."""
    no_preview: str = ""
    """`redirect` or `page`: the way in which a channel shows no preview."""
    hides_views: bool = False
    webhook: bool = False
    """The bot's updates go to another program."""
