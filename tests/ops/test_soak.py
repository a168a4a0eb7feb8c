"""Minutes in real time: Prometheus scrapes a collector whose files vanish, and sees each state at its moment."""

import time
from pathlib import Path

import pytest

from tests.ops import shop, stack
from tests.ops.conftest import Stopping
from tests.ops.stack import until, value

HELD_AFTER, WITHDRAWN_AFTER = 45, 100
"""Two intervals of 20 s and the time-out of 5 s; `hold_max`."""
STEP = 3
"""A snapshot, a scrape each second, and a query later."""


@pytest.mark.soak
def test_prometheus_sees_fresh_held_withdrawn_and_back(
    tmp_path: Path, prometheus_binary: str, alertmanager_binary: str, stopped_after: Stopping
) -> None:
    shop.write_shop(tmp_path)
    slow = {"interval": "20s", "timeout": "5s", "hold_max": "100s"}
    config = shop.write_config(tmp_path, sources={"orders": shop.ORDERS | slow})
    collector = stopped_after(stack.collector(config))
    alertmanager = stopped_after(stack.alertmanager(alertmanager_binary, tmp_path))
    prometheus = stopped_after(
        stack.prometheus(prometheus_binary, tmp_path, collectors=[collector], alerts_to=alertmanager)
    )
    fresh, sales = 'marketing_kpi_fresh{kpi="sales"}', 'marketing_sales{window="7d"}'
    until(lambda: value(prometheus, "count_over_time(up[5m])") == 60, what="a minute of scrapes", seconds=90)
    assert value(prometheus, fresh) == 1
    orders = tmp_path / "orders.csv"
    orders.rename(tmp_path / "away")
    failed = 'kpi_collector_poll_failures_total{reason="no_files"}'
    until(lambda: value(prometheus, failed), what="a failed poll", seconds=60)
    success = value(prometheus, "kpi_collector_poll_last_success_timestamp_seconds")
    assert success is not None

    until(lambda: value(prometheus, fresh) == 0, what="held", seconds=HELD_AFTER + 30)
    assert 0 <= time.time() - success - HELD_AFTER < STEP
    assert value(prometheus, sales) == 14

    until(lambda: value(prometheus, sales) is None, what="withdrawn", seconds=WITHDRAWN_AFTER)
    assert 0 <= time.time() - success - WITHDRAWN_AFTER < STEP
    assert value(prometheus, 'marketing_kpi_undefined{kpi="sales", window="7d", reason="stale"}') == 1

    (tmp_path / "away").rename(orders)
    until(lambda: value(prometheus, fresh) == 1, what="fresh again", seconds=60)
    assert value(prometheus, sales) == 14
    assert value(prometheus, "min_over_time(up[10m])") == 1
