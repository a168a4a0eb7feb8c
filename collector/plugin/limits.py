"""What a vendor allows, declared by the connector and kept by the client.

`key` names what the vendor counts by: `source`, `token`, `ip`, `portal`, … Two sources
with the same value of that key share one bucket.
"""

from dataclasses import dataclass
from datetime import timedelta

from collector.plugin.durations import parse_duration


@dataclass(frozen=True)
class RateLimit:
    """At most `calls` in any `per` (a duration such as `1s`)."""

    calls: float
    per: str | timedelta
    key: str = "source"

    @property
    def period(self) -> timedelta:
        """`per` as a duration."""
        return parse_duration(self.per)


@dataclass(frozen=True)
class Concurrency:
    """At most `calls` under way at once."""

    calls: int
    key: str = "source"


Limit = RateLimit | Concurrency
