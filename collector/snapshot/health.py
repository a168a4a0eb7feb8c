"""The daemon's own families: sources, streams, polls, itself (`kpi_collector_*`).

A timestamp of something that never happened, or a figure that is not known, has no
sample. Counters begin at 0 for every stream and reason, so that a first failure shows.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import accumulate

from collector.clock import end_of_day
from collector.plugin.errors import FAILURE_REASONS
from collector.polling.counters import DURATION_BOUNDS, RESTATED_REASONS, SKIP_REASONS, Counts, StreamCounts
from collector.snapshot.inputs import DaemonFacts, ProjectFacts, SourceHealth, StreamHealth
from collector.snapshot.labels import labels, plain_number
from collector.snapshot.render import Family, FamilyType, Sample

PREFIX = "kpi_collector_"
_NOTHING = StreamCounts()


def source_families(project: ProjectFacts, sources: Iterable[SourceHealth], counts: Counts) -> list[Family]:
    """One project's sources and streams."""
    sources = tuple(sources)
    return [
        Family(f"{PREFIX}source_up", "gauge", "1: the last poll of every stream succeeded.", tuple(_up(sources))),
        *_access_gauges(sources),
        *_stream_gauges(project, sources),
        *_stream_counters(sources, counts),
        *_api_counters(sources, counts),
    ]


def _up(sources: Iterable[SourceHealth]) -> Iterable[Sample]:
    for source in sources:
        if source.up is not None:
            shown = labels(project=source.project, source=source.source, connector=source.connector)
            yield "", shown, "1" if source.up else "0"


def _access_gauges(sources: Iterable[SourceHealth]) -> list[Family]:
    found = [(labels(project=each.project, source=each.source), each.access) for each in sources if each.access]
    expiry = tuple(
        ("", shown, plain_number(access.expires_at.timestamp())) for shown, access in found if access.expires_at
    )
    return [
        Family(
            f"{PREFIX}credentials_expiry_timestamp_seconds",
            "gauge",
            "When a source lets nobody in any more unless a person renews its access.",
            expiry,
        ),
        Family(
            f"{PREFIX}needs_reauth",
            "gauge",
            "1: a source refuses its credentials; a person must sign in or give another key.",
            tuple(("", shown, str(int(access.needs_reauth))) for shown, access in found),
        ),
    ]


def _stream_gauges(project: ProjectFacts, sources: Iterable[SourceHealth]) -> list[Family]:
    def success(stream: StreamHealth) -> float | None:
        at = stream.state.last_success
        return None if at is None else at.timestamp()

    def through(stream: StreamHealth) -> float | None:
        day = stream.state.data_through
        return None if day is None else end_of_day(day, project.zone).timestamp()

    def duration(stream: StreamHealth) -> float | None:
        return stream.state.last_duration_seconds

    told: tuple[tuple[str, str, Callable[[StreamHealth], float | None]], ...] = (
        ("poll_last_success_timestamp_seconds", "When a stream was last read without fault.", success),
        ("data_through_timestamp_seconds", "The end of the last day of a stream whose data are complete.", through),
        ("poll_last_duration_seconds", "How long a stream's last poll took.", duration),
    )
    return [
        Family(
            PREFIX + name,
            "gauge",
            text,
            tuple(
                ("", _stream_labels(stream), plain_number(value))
                for source in sources
                for stream in source.streams
                if (value := figure(stream)) is not None
            ),
        )
        for name, text, figure in told
    ]


def _stream_labels(stream: StreamHealth, **more: str) -> str:
    state = stream.state
    return labels(project=state.project, source=state.source, stream=state.stream, **more)


def _stream_counters(sources: Iterable[SourceHealth], counts: Counts) -> list[Family]:
    streams = [
        (stream, counts.streams.get((source.project, source.source, stream.state.stream), _NOTHING))
        for source in sources
        for stream in source.streams
    ]
    return [
        _counter("polls_total", "Polls since the start, however they ended.", streams, lambda c: {"": c.polls}),
        _counter("poll_records_total", "Records that polls have committed.", streams, lambda c: {"": c.records}),
        _counter(
            "restated_facts_total",
            "Facts that replaced a different value of the same day.",
            streams,
            lambda c: {**dict.fromkeys(RESTATED_REASONS, 0), **c.restated},
        ),
        _counter(
            "poll_failures_total",
            "Polls that failed.",
            streams,
            lambda c: {**dict.fromkeys(FAILURE_REASONS, 0), **c.failures},
        ),
        _counter(
            "poll_skipped_total",
            "Runs that were due and did not take place.",
            streams,
            lambda c: {**dict.fromkeys(SKIP_REASONS, 0), **c.skipped},
        ),
    ]


def _counter(
    name: str,
    text: str,
    streams: Iterable[tuple[StreamHealth, StreamCounts]],
    figures: Callable[[StreamCounts], Mapping[str, int]],
) -> Family:
    """A counter per stream and reason; an empty reason is no label."""
    samples = tuple(
        ("", _stream_labels(stream, reason=reason) if reason else _stream_labels(stream), str(count))
        for stream, counted in streams
        for reason, count in figures(counted).items()
    )
    return Family(PREFIX + name, "counter", text, samples)


def _api_counters(sources: Iterable[SourceHealth], counts: Counts) -> list[Family]:
    keys = [(source.project, source.source) for source in sources]
    requests = tuple(
        ("", labels(project=project, source=source, code=code), str(count))
        for project, source in keys
        for code, count in sorted(counts.requests.get((project, source), {}).items())
    )
    throttled = tuple(
        ("", labels(project=key[0], source=key[1]), plain_number(counts.throttled_seconds[key]))
        for key in keys
        if key in counts.throttled_seconds
    )
    quotas = tuple(
        ("", labels(project=key[0], source=key[1], quota=quota), plain_number(left))
        for key in keys
        for quota, left in sorted(counts.quotas_left.get(key, {}).items())
    )
    return [
        Family(
            f"{PREFIX}api_quota_remaining_ratio",
            "gauge",
            "Share of a vendor's quota that was left when it last said so.",
            quotas,
        ),
        Family(f"{PREFIX}api_requests_total", "counter", "Requests to a source, by the answer's status.", requests),
        Family(
            f"{PREFIX}api_throttled_seconds_total",
            "counter",
            "Time that requests have waited for their turn under the vendor's limits.",
            throttled,
        ),
    ]


def daemon_families(daemon: DaemonFacts, counts: Counts) -> list[Family]:
    """What belongs to no project."""
    connectors = tuple(
        ("", labels(connector=c.name, version=c.version, stability=c.stability, origin=c.origin), "1")
        for c in daemon.connectors
    )
    return [
        Family(f"{PREFIX}poll_duration_seconds", "histogram", "How long polls take.", tuple(_durations(counts))),
        Family(f"{PREFIX}build_info", "info", "The program's version.", (("", labels(version=daemon.version), "1"),)),
        Family(f"{PREFIX}connector_info", "info", "Connectors that are installed.", connectors),
        _single("config_last_reload_successful", "1: the configuration on disk is in use.", int(daemon.reload_ok)),
        _single(
            "config_last_reload_success_timestamp_seconds",
            "When a configuration was last taken over.",
            _timestamp(daemon.reloaded_at),
        ),
        _single(
            "schedule_lag_seconds", "How late the latest due poll began or still waits.", daemon.schedule_lag_seconds
        ),
        _single("store_bytes", "Size of the store.", daemon.store_bytes),
    ]


def snapshot_families(now: datetime, render_seconds: float) -> list[Family]:
    """When this snapshot was made, and how long that took."""
    return [
        _single("snapshot_timestamp_seconds", "When what is served here was rendered.", now.timestamp()),
        _single("snapshot_render_seconds", "How long rendering what is served here took.", render_seconds),
    ]


def series_families(counted: Iterable[tuple[str, str, int, int | None]]) -> list[Family]:
    """Series of the KPI families, as (project, family, shown, dropped); dropped is None for a whole."""
    counted = tuple(counted)
    shown = tuple(("", labels(project=p, family=f), str(series)) for p, f, series, _ in counted)
    dropped = tuple(("", labels(project=p, family=f), str(lost)) for p, f, _, lost in counted if lost is not None)
    return [
        Family(f"{PREFIX}series", "gauge", "Series of a KPI family.", shown),
        Family(f"{PREFIX}series_dropped", "gauge", "Series of a break-down left to its __other__ or out.", dropped),
    ]


def _single(name: str, text: str, value: float | int | None, kind: FamilyType = "gauge") -> Family:
    return Family(PREFIX + name, kind, text, () if value is None else (("", "", plain_number(value)),))


def _timestamp(at: datetime | None) -> float | None:
    return None if at is None else at.timestamp()


def _durations(counts: Counts) -> Iterable[Sample]:
    bounds = [*map(repr, DURATION_BOUNDS), "+Inf"]
    for connector, durations in counts.durations.items():
        for bound, below in zip(bounds, accumulate(durations.buckets), strict=True):
            yield "_bucket", labels(connector=connector, le=bound), str(below)
        whole = labels(connector=connector)
        yield "_sum", whole, plain_number(durations.sum_seconds)
        yield "_count", whole, str(sum(durations.buckets))
