"""Both exposition formats, read back by prometheus_client's parsers and by promtool."""

import os
import shutil
import subprocess
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from collector.snapshot.labels import clean, labels
from collector.snapshot.render import EOF, Family, body, header

LABELS = st.dictionaries(st.sampled_from(["project", "channel", "title"]), st.text(), max_size=3)


def _samples(told: str, read: Any) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in read(told)
        for sample in family.samples
    }


@given(st.lists(LABELS, min_size=1, max_size=5, unique_by=lambda found: labels(**found)), st.text())
def test_whatever_stands_in_a_label_or_help_is_read_back(found: list[dict[str, str]], text: str) -> None:
    samples = tuple(("", labels(**each), str(i)) for i, each in enumerate(found))
    family = Family("acme_queue", "gauge", clean(text).replace("\n", " "), samples)
    wanted = {
        ("acme_queue", frozenset((name, clean(value)) for name, value in each.items())): float(i)
        for i, each in enumerate(found)
    }
    lines = body(family.name, samples)

    assert _samples((header(family, "text") + lines).decode(), read_text) == wanted
    assert _samples((header(family, "openmetrics") + lines + EOF["openmetrics"]).decode(), read_openmetrics) == wanted


def test_headers_differ_by_format() -> None:
    counter = Family("acme_polls_total", "counter", 'Polls "done".\nAll \\ of them.')

    assert header(counter, "text") == (
        b'# HELP acme_polls_total Polls "done".\\nAll \\\\ of them.\n# TYPE acme_polls_total counter\n'
    )
    assert header(counter, "openmetrics") == (
        b'# HELP acme_polls Polls \\"done\\".\\nAll \\\\ of them.\n# TYPE acme_polls counter\n'
    )


def test_an_info_is_a_gauge_in_text() -> None:
    info = Family("acme_build_info", "info", "Version.")

    assert header(info, "text") == b"# HELP acme_build_info Version.\n# TYPE acme_build_info gauge\n"
    assert header(info, "openmetrics") == b"# HELP acme_build Version.\n# TYPE acme_build info\n"


def test_openmetrics_names_the_unit() -> None:
    assert b"# UNIT acme_age_seconds seconds\n" in header(Family("acme_age_seconds", "gauge", "Age."), "openmetrics")


def test_both_formats_say_the_same(full: Any) -> None:
    assert _samples(full.text(), read_text) == _samples(full.openmetrics(), read_openmetrics)


def test_no_sample_has_a_timestamp_and_nothing_is_created(full: Any) -> None:
    read: Any = read_openmetrics
    for family in read(full.openmetrics()):
        assert [sample.timestamp for sample in family.samples] == [None] * len(family.samples)
    assert "_created" not in full.text()


def test_promtool_finds_nothing_to_say(full: Any) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        if "CI" in os.environ:
            pytest.fail("promtool is not installed")
        pytest.skip("promtool is not installed")
    checked = subprocess.run(
        [promtool, "check", "metrics"], input=full.text(), capture_output=True, text=True, timeout=60, check=False
    )

    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
