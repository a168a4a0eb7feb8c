"""What a channel, a key or a consent may be like besides, for tests to switch on."""

from dataclasses import dataclass


@dataclass
class Switches:
    """All off at first."""

    hides_subscribers: bool = False
    hides_likes: bool = False
    comments_off: bool = False
    disabled: bool = False
    """The Data API is not enabled in the cloud project."""
    no_scope: bool = False
    """Consent was given without the Analytics scope."""
    not_owner: bool = False
    """Whoever has signed in neither owns nor manages the channel."""
    tokens_expire: bool = False
    """The next page token that is used has run out."""
    falls: bool = False
    """More likes are taken back than given, on days whose number three divides."""
    no_videos: bool = False
    """The channel has none, and so no playlist."""
