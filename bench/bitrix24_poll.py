"""A portal's deals to their end, in a process of its own: `python -m bench.bitrix24_poll URL FOLDER`.

Prints, as JSON, how long it took, and which CPU seconds went into storing and into the
roll-up; all others went into fetching: asking, reading answers, making records. Reading
the program's own code is left out.
"""

import asyncio
import json
import resource
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from collector.cli.poll import _poll_all, choose
from collector.clock import SystemClock
from collector.plugin.discovery import discover
from collector.settings.load import load
from collector.store import configured
from collector.store.connect import open_store
from collector.store.loads import ChangeLoad


class Watch:
    """CPU seconds by what they were spent on, and when each was last done."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()
        self.done_at: dict[str, float] = {}

    def over(self, owner: Any, name: str) -> None:
        """Watch a function from now on, in whatever thread it runs."""
        function = getattr(owner, name)

        def watched(*args: Any, **kwargs: Any) -> Any:
            began = time.thread_time()
            try:
                return function(*args, **kwargs)
            finally:
                self.spent[name] += time.thread_time() - began  # type: ignore[assignment]  # it holds floats as well
                self.done_at[name] = time.perf_counter()

        setattr(owner, name, watched)


def main(url: str, folder: str) -> None:
    """Poll until nothing is left."""
    path = Path(folder) / "collector.yml"
    source = f"{{connector: bitrix24, webhook_url: '{url}', timeout: 1d}}"
    path.write_text(f"currency: RUB\nstore: sqlite:///store.db\nsources:\n  crm: {source}\n", encoding="utf-8")
    config = load(path, plugins=discover(), environ={}, clock=SystemClock())
    store = open_store(config.store)
    watch = Watch()
    watch.over(ChangeLoad, "commit")
    watch.over(configured, "keep_system")
    began, cpu = time.perf_counter(), time.process_time()
    (report,) = asyncio.run(_poll_all(store, config, choose(config, "crm/deals", None)))
    spent = time.process_time() - cpu
    assert report.ok, report
    told = {
        "records": report.records,
        "seconds": time.perf_counter() - began,
        "stored_after": watch.done_at["commit"] - began,
        "cpu": spent,
        "cpu_store": watch.spent["commit"],
        "cpu_rollup": watch.spent["keep_system"],
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }
    print(json.dumps(told))
    store.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
