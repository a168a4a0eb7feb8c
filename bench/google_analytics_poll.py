"""One property's traffic to its end, in a process of its own: `python -m bench.google_analytics_poll URL FOLDER`."""

import sys
from pathlib import Path

from connectors.google_analytics.plugin import GoogleAnalytics
from tests.polling.bench import Bench


def main(url: str, folder: str) -> None:
    """Poll until nothing is left; the reports of users and key events are left to the others."""
    settings = {"property_id": "1", "credentials": "{}", "base_url": url, "timeout": "1d", "key_events": False}
    bench = Bench(Path(folder), GoogleAnalytics, **settings)
    report = bench.poll()
    assert report.ok, report


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
