"""Measures that come of the growth of posts' counters: which they are, and of which counter.

A `now` stream that yields posts and provides one of them by network has it from the
engine, which keeps what it read of each post. A counter that falls (a recount of the
vendor's) takes nothing away; how far it fell is a measure of its own.
"""

from collections.abc import Mapping, Sequence

BY_NETWORK = ("network",)
"""The cut in which posts' counters grow."""

COUNTERS: Mapping[str, str] = {
    "likes": "likes",
    "comments": "comments",
    "shares": "shares",
    "saves": "saves",
    "social_views": "views",
    "social_clicks": "clicks",
}
"""By measure, the field of a `Post` whose rises it adds up."""

RECOUNTS: Mapping[str, str] = {
    name: "social_view_recounts" if name == "social_views" else "social_recounts" for name in COUNTERS
}
"""By measure, the one that adds up the falls of its counter."""


def grown(provides: Mapping[str, Sequence[Sequence[str]]]) -> frozenset[str]:
    """The measures of a stream of posts that come of their growth: those that it provides by network alone."""
    return frozenset(
        name for name, cuts in provides.items() if name in COUNTERS and [*map(tuple, cuts)] == [BY_NETWORK]
    )


def with_recounts(provides: Mapping[str, tuple[tuple[str, ...], ...]]) -> dict[str, tuple[tuple[str, ...], ...]]:
    """With the falls of what grows, which nobody has to declare."""
    found = dict(provides)
    for name in sorted(grown(provides)):
        found.setdefault(RECOUNTS[name], (BY_NETWORK,))
    return found
