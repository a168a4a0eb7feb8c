"""Families of plugins: good ones are shown, bad ones left out with their reason."""

import logging
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from collector.plugin.hookspecs import MetricFamily
from collector.snapshot.plugins import ValuesView

Make = Callable[..., Any]
GOOD = MetricFamily("acme_queue_length", "Jobs that wait.", (({"queue": 'a "b"'}, 3.0), ({"queue": "c"}, 0.5)))


def test_a_plugins_family_is_shown(scene: Any) -> None:
    assert scene.but(plugin_families=(("acme", GOOD),)).lines("acme_queue_length") == [
        'acme_queue_length{queue="a \\"b\\""} 3',
        'acme_queue_length{queue="c"} 0.5',
    ]


@pytest.mark.parametrize(
    ("family", "fault"),
    [
        (MetricFamily("2fast", "", ()), "no digit first"),
        (MetricFamily("marketing_leads", "", (({}, 1.0),)), "a family of that name already"),
        (MetricFamily("kpi_collector_more", "", (({}, 1.0),)), "the program's own"),
        (MetricFamily("acme_jobs_total", "", (({}, 1.0),)), "must not end in"),
        (MetricFamily("acme_jobs", "", (({"a-b": "c"}, 1.0),)), "'a-b' is no label name"),
        (MetricFamily("acme_jobs", "", (({"job": "c"}, 1.0),)), "Prometheus's own"),
        (MetricFamily("acme_jobs", "", (({}, float("nan")),)), "nan is no finite number"),
        (MetricFamily("acme_jobs", "", (({}, 1.0), ({}, 2.0))), "two samples"),
        (MetricFamily("acme_jobs", "", (({"a": 1}, 1.0),)), "which is no text"),  # type: ignore[dict-item]
        (MetricFamily("acme_jobs", "", (1, 2)), "no pairs"),  # type: ignore[arg-type]
    ],
)
def test_a_bad_family_is_left_out_told_once_and_harms_no_other(
    full: Any, caplog: pytest.LogCaptureFixture, family: MetricFamily, fault: str
) -> None:
    scene = full.but(plugin_families=(("bad", family), ("acme", GOOD)))
    with caplog.at_level(logging.WARNING):
        scene.snapshot(scene.snapshot())

    assert len(caplog.messages) == 1
    assert fault in caplog.messages[0]
    assert len(scene.lines("acme_queue_length")) == 2


def test_plugins_see_the_values_that_will_be_shown(scene: Any, kpi: Make, value: Make, member: Make) -> None:
    told = scene.but(
        kpis=(kpi("leads"),), values=(value("leads", "12"), member("leads", "a", "5"), value("leads", None, "7d"))
    )
    view = ValuesView(told.inputs.values)

    assert view.projects == ("shop",)
    assert view.value("shop", "leads", "30d") == Decimal(12)
    assert view.value("shop", "leads", "7d") is None
    assert view.value("shop", "nothing", "7d") is None
