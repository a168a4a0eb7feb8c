"""What polls have done since the daemon started, counted.

The scheduler writes here, from the event loop's thread only; `frozen` gives the snapshot
a view that no longer moves. Counters begin at 0 with the process, as Prometheus expects.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from collector.plugin.reports import PollReport

SKIP_REASONS = ("running", "backoff", "quota_wait", "needs_reauth", "store")
"""The closed list of `reason` on `kpi_collector_poll_skipped_total`.

running: the stream's former poll goes on; backoff: it failed repeatedly; quota_wait: the
vendor's quota is used up; needs_reauth: its credentials were refused; store: it cannot be
written to.
"""
RESTATED_REASONS = ("source", "config")
"""Why a fact changed afterwards: the source corrected it, or our settings changed."""
DURATION_BOUNDS = (0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)
"""Upper bounds in seconds of the buckets of poll durations; the last bucket has none."""

SourceKey = tuple[str, str]
"""Project and source."""
StreamKey = tuple[str, str, str]
"""Project, source and stream."""


@dataclass(frozen=True)
class StreamCounts:
    """One stream's polls so far."""

    polls: int = 0
    records: int = 0
    failures: Mapping[str, int] = field(default_factory=dict)
    skipped: Mapping[str, int] = field(default_factory=dict)
    restated: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Durations:
    """A histogram: polls per bucket (not cumulated), and the sum of their seconds."""

    buckets: tuple[int, ...]
    sum_seconds: float


@dataclass(frozen=True)
class Counts:
    """Everything that was counted, at one instant."""

    streams: Mapping[StreamKey, StreamCounts] = field(default_factory=dict)
    durations: Mapping[str, Durations] = field(default_factory=dict)
    """By connector."""
    requests: Mapping[SourceKey, Mapping[str, int]] = field(default_factory=dict)
    """By source, then by the answer's status code (`error` where none came)."""
    throttled_seconds: Mapping[SourceKey, float] = field(default_factory=dict)
    quotas_left: Mapping[SourceKey, Mapping[str, float]] = field(default_factory=dict)
    """By source, then by quota: the share of it that the vendor last said is left."""


class _Stream:
    def __init__(self) -> None:
        self.polls = 0
        self.records = 0
        self.failures: Counter[str] = Counter()
        self.skipped: Counter[str] = Counter()
        self.restated: Counter[str] = Counter()

    def frozen(self) -> StreamCounts:
        return StreamCounts(self.polls, self.records, dict(self.failures), dict(self.skipped), dict(self.restated))


class Counters:
    """The running counts of one daemon."""

    def __init__(self) -> None:
        self._streams: dict[StreamKey, _Stream] = {}
        self._buckets: dict[str, list[int]] = {}
        self._seconds: Counter[str] = Counter()
        self._requests: dict[SourceKey, Counter[str]] = {}
        self._throttled: dict[SourceKey, float] = {}
        self._quotas: dict[SourceKey, dict[str, float]] = {}

    def polled(self, report: PollReport) -> None:
        """Count a finished poll, however it ended."""
        stream = self._stream(report.project, report.source, report.stream)
        stream.polls += 1
        stream.records += report.records
        if report.restated:
            stream.restated["source"] += report.restated
        if report.state != "waiting" and (not report.ok or report.reason is not None):
            stream.failures[report.reason or "error"] += 1
        self._observe(report.connector, report.duration.total_seconds())

    def skipped(self, project: str, source: str, stream: str, *, reason: str) -> None:
        """Count a run that was due and did not take place."""
        self._stream(project, source, stream).skipped[reason] += 1

    def restated(self, project: str, source: str, stream: str, *, facts: int, reason: str) -> None:
        """Count facts that changed outside a poll (`config`)."""
        self._stream(project, source, stream).restated[reason] += facts

    def requested(self, project: str, source: str, *, code: int | None) -> None:
        """Count a request to a vendor; `code` is None where no answer came."""
        counts = self._requests.setdefault((project, source), Counter())
        counts["error" if code is None else str(code)] += 1

    def throttled(self, project: str, source: str, waited: timedelta) -> None:
        """Add time that a request waited for its turn under the vendor's limits."""
        key = (project, source)
        self._throttled[key] = self._throttled.get(key, 0.0) + waited.total_seconds()

    def quota(self, project: str, source: str, *, name: str, left: float) -> None:
        """Note the share of a quota that the vendor says is left."""
        self._quotas.setdefault((project, source), {})[name] = max(0.0, left)

    def frozen(self) -> Counts:
        """The counts as they are now."""
        return Counts(
            streams={key: stream.frozen() for key, stream in self._streams.items()},
            durations={
                connector: Durations(tuple(buckets), self._seconds[connector])
                for connector, buckets in self._buckets.items()
            },
            requests={key: dict(codes) for key, codes in self._requests.items()},
            throttled_seconds=dict(self._throttled),
            quotas_left={key: dict(left) for key, left in self._quotas.items()},
        )

    def _stream(self, project: str, source: str, stream: str) -> _Stream:
        return self._streams.setdefault((project, source, stream), _Stream())

    def _observe(self, connector: str, seconds: float) -> None:
        buckets = self._buckets.setdefault(connector, [0] * (len(DURATION_BOUNDS) + 1))
        buckets[bisect_left(DURATION_BOUNDS, seconds)] += 1
        self._seconds[connector] += seconds  # type: ignore[assignment]  # a Counter holds floats as well
