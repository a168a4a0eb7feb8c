"""A stranger's plugin may do anything wrong; the program, and the other plugins, go on."""

import re
import signal
import time
import urllib.request
from typing import Any

import pytest

CONFIG = """\
currency: EUR
sources:
  orders:
    connector: csv
    record: deal
    path: orders.csv
    columns: {closed_at: date, amount: total}
    constants: {status: won}
"""


def installed(machine: Any, code: str) -> Any:
    """A machine where one more plugin is installed, of this code."""
    here = machine()
    site = here.folder / "site"
    (site / "rude-1.dist-info").mkdir(parents=True)
    (site / "rude-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: rude\nVersion: 1\n")
    (site / "rude-1.dist-info" / "entry_points.txt").write_text("[kpi_collector]\nrude = rude_plugin\n")
    (site / "rude_plugin.py").write_text("import time\nfrom collector.plugin import *\n" + code)
    here.environment["PYTHONPATH"] = str(site)
    (here.folder / "orders.csv").write_text("date,total\n2025-11-01,20.00\n")
    here.configure(CONFIG)
    return here


@pytest.mark.parametrize(
    "code",
    [
        '@hookimpl\ndef register_measures(): return ["demos"]',
        "@hookimpl\ndef register_measures(): return 5",
        '@hookimpl\ndef register_measures(): return [Measure("sessions", "visit")]',
        '@hookimpl\ndef register_kpis(): return ["x", None, {"name": "a"}]',
        "@hookimpl\ndef register_connectors(x): return []",
        'import sys\nsys.exit("bye")',
    ],
)
def test_a_plugin_whose_registration_is_wrong_is_told_and_the_others_work(machine: Any, code: str) -> None:
    checked = installed(machine, code).run("check")

    assert checked.returncode == 0, checked.stderr
    assert "rude" in checked.stderr
    assert "Traceback" not in checked.stderr


@pytest.mark.parametrize(
    "code",
    [
        '@hookimpl\ndef metric_families(view): raise RuntimeError("no")',
        '@hookimpl\ndef metric_families(view): return ["x"]',
        "@hookimpl\ndef metric_families(view): time.sleep(1000)",
        '@hookimpl\ndef poll_finished(report): raise RuntimeError("no")',
        "@hookimpl\ndef poll_finished(report): time.sleep(1000)",
    ],
)
def test_a_hook_that_fails_or_hangs_stops_neither_the_daemon_nor_its_end(machine: Any, code: str) -> None:
    here = installed(machine, code)

    with here.start("run", "--web.listen-address", "127.0.0.1:0") as daemon:
        try:
            address = re.search(r"http://[0-9.]+:\d+", daemon.stderr.readline())
            assert address
            page, deadline = "", time.monotonic() + 120
            while 'kpi_collector_polls_total{project="default",source="orders",stream="rows"} 1' not in page:
                assert time.monotonic() < deadline, page
                with urllib.request.urlopen(address[0] + "/metrics", timeout=10) as answer:  # noqa: S310 - our own daemon
                    page = answer.read().decode()
                time.sleep(0.1)
            daemon.send_signal(signal.SIGTERM)
            daemon.wait(timeout=10)
        finally:
            daemon.kill()

    assert daemon.returncode == 0
