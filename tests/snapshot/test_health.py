"""The daemon's own families."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from collector.polling.counters import Counts, StreamCounts
from collector.snapshot.inputs import Access, DaemonFacts, SourceHealth

Make = Callable[..., Any]


@pytest.mark.parametrize(
    ("states", "lines"),
    [
        (("done", "done"), ['kpi_collector_source_up{project="shop",source="crm",connector="csv"} 1']),
        (("done", "growing"), ['kpi_collector_source_up{project="shop",source="crm",connector="csv"} 1']),
        (("done", "failed"), ['kpi_collector_source_up{project="shop",source="crm",connector="csv"} 0']),
        (("new", "crashed"), ['kpi_collector_source_up{project="shop",source="crm",connector="csv"} 0']),
        (("new", "done"), ['kpi_collector_source_up{project="shop",source="crm",connector="csv"} 1']),
        (("done", "waiting"), ['kpi_collector_source_up{project="shop",source="crm",connector="csv"} 1']),
        (("failed", "waiting"), ['kpi_collector_source_up{project="shop",source="crm",connector="csv"} 0']),
        (("new", "new"), []),
    ],
)
def test_a_source_is_up_while_the_last_poll_of_each_stream_succeeded(
    scene: Any, stream: Make, states: tuple[str, ...], lines: list[str]
) -> None:
    streams = tuple(stream(f"stream_{i}", state) for i, state in enumerate(states))

    assert scene.but(sources=(SourceHealth("shop", "crm", "csv", streams),)).lines("kpi_collector_source_up") == lines


def test_a_streams_clocks(scene: Any, stream: Make) -> None:
    told = scene.but(sources=(SourceHealth("shop", "crm", "csv", (stream("deals", data_through=date(2026, 11, 22)),)),))
    where = '{project="shop",source="crm",stream="deals"}'

    # four minutes before 2026-11-23 09:30 UTC; midnight in Moscow
    assert told.lines("kpi_collector_poll_last_success_timestamp_seconds") == [
        f"kpi_collector_poll_last_success_timestamp_seconds{where} 1795425960"
    ]
    assert told.lines("kpi_collector_data_through_timestamp_seconds") == [
        f"kpi_collector_data_through_timestamp_seconds{where} 1795381200"
    ]
    assert told.lines("kpi_collector_poll_last_duration_seconds") == [
        f"kpi_collector_poll_last_duration_seconds{where} 1.5"
    ]


def test_what_never_happened_has_no_time(scene: Any, stream: Make) -> None:
    new = stream("deals", "new", last_success=None, data_through=None, last_duration_seconds=None)
    told = scene.but(sources=(SourceHealth("shop", "crm", "csv", (new,)),), daemon=DaemonFacts("1"))

    assert told.lines("kpi_collector_poll_last_success_timestamp_seconds") == []
    assert told.lines("kpi_collector_data_through_timestamp_seconds") == []
    assert told.lines("kpi_collector_store_bytes") == []
    assert told.lines("kpi_collector_config_last_reload_success_timestamp_seconds") == []


def test_counters_begin_at_zero_for_every_reason(scene: Any, stream: Make) -> None:
    counts = Counts(streams={("shop", "crm", "deals"): StreamCounts(polls=3, records=40, failures={"bad_file": 2})})
    told = scene.but(sources=(SourceHealth("shop", "crm", "csv", (stream("deals"),)),), counts=counts)
    where = 'project="shop",source="crm",stream="deals"'
    failures = told.lines("kpi_collector_poll_failures_total")

    assert told.lines("kpi_collector_polls_total") == [f"kpi_collector_polls_total{{{where}}} 3"]
    assert told.lines("kpi_collector_poll_records_total") == [f"kpi_collector_poll_records_total{{{where}}} 40"]
    assert f'kpi_collector_poll_failures_total{{{where},reason="bad_file"}} 2' in failures
    assert f'kpi_collector_poll_failures_total{{{where},reason="timeout"}} 0' in failures
    assert told.lines("kpi_collector_restated_facts_total") == [
        f'kpi_collector_restated_facts_total{{{where},reason="source"}} 0',
        f'kpi_collector_restated_facts_total{{{where},reason="config"}} 0',
    ]


def test_the_histogram_cumulates(full: Any) -> None:
    told = full.text()

    assert 'kpi_collector_poll_duration_seconds_bucket{connector="csv",le="0.1"} 0\n' in told
    assert 'kpi_collector_poll_duration_seconds_bucket{connector="csv",le="0.5"} 2\n' in told
    assert 'kpi_collector_poll_duration_seconds_bucket{connector="csv",le="+Inf"} 2\n' in told
    assert 'kpi_collector_poll_duration_seconds_sum{connector="csv"} 0.75\n' in told
    assert 'kpi_collector_poll_duration_seconds_count{connector="csv"} 2\n' in told


def test_the_daemon_tells_of_itself(full: Any) -> None:
    assert full.lines("kpi_collector_build_info") == ['kpi_collector_build_info{version="1.2.3"} 1']
    assert full.lines("kpi_collector_config_last_reload_successful") == [
        "kpi_collector_config_last_reload_successful 1"
    ]
    assert full.lines("kpi_collector_schedule_lag_seconds") == ["kpi_collector_schedule_lag_seconds 0.5"]
    assert full.lines("kpi_collector_snapshot_timestamp_seconds") == [
        "kpi_collector_snapshot_timestamp_seconds 1795426200"
    ]


def test_access_is_told_with_its_end(scene: Any, stream: Make) -> None:
    ends = datetime(2026, 12, 1, tzinfo=UTC)
    sources = (
        SourceHealth("shop", "crm", "amocrm", (stream("deals"),), Access(needs_reauth=True, expires_at=ends)),
        SourceHealth("shop", "ads", "yandex_direct", (stream("spend"),), Access(needs_reauth=False)),
        SourceHealth("shop", "books", "csv", (stream("rows"),)),
    )
    told = scene.but(sources=sources)

    assert told.lines("kpi_collector_needs_reauth") == [
        'kpi_collector_needs_reauth{project="shop",source="crm"} 1',
        'kpi_collector_needs_reauth{project="shop",source="ads"} 0',
    ]
    assert told.lines("kpi_collector_credentials_expiry_timestamp_seconds") == [
        'kpi_collector_credentials_expiry_timestamp_seconds{project="shop",source="crm"} 1796083200'
    ]
