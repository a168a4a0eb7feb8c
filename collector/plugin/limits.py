"""What a vendor allows, declared by the connector and kept by the client; and what it says is left.

`key` names what the vendor counts by: `source`, `host`, `ip`, or a setting of the
connector (`token`, `client_id`, `portal`). Two sources with the same value of that key
share one bucket; `Connector.limit_key` can say otherwise.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from collector.plugin.durations import parse_duration


@dataclass(frozen=True)
class RateLimit:
    """At most `calls` in any `per` (a duration such as `1s`).

    `burst`: how many at once, where the vendor counts by a bucket that leaks (then
    `calls` and `per` are its leak); by default calls are spread over the time.
    `name` is what a call's `cost` is told by; `paths`: the beginning of the paths that it
    counts, by default all.
    """

    calls: float
    per: str | timedelta
    key: str = "source"
    burst: float | None = None
    name: str = "requests"
    paths: str = ""

    @property
    def period(self) -> timedelta:
        """`per` as a duration."""
        return parse_duration(self.per)


@dataclass(frozen=True)
class Concurrency:
    """At most `calls` under way at once."""

    calls: int
    key: str = "source"


@dataclass(frozen=True)
class Quota:
    """What a vendor says of a quota in an answer: `remaining` of `limit`, whole again at `resets_at`.

    `name` is the label on /metrics. At the source's reserve (a share of `limit`) no more is
    asked before `resets_at`; where that is None the figure is only shown. `key`: whose it
    is, as in `RateLimit`.
    """

    name: str
    remaining: float
    limit: float
    resets_at: datetime | None = None
    key: str = "source"


Limit = RateLimit | Concurrency
