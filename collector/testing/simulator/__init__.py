"""Simulators of vendors: what a connector's `simulator` module builds on.

A simulator is a Starlette app that behaves like the vendor. The base brings what vendors
have in common: `access` (keys and tokens), `paging`, `limits`, `faults` that can be
switched on, a `journal` of what was asked, `tls` by an authority made for the occasion.
`running` serves one in a thread, for tests; `apart` several in a process; `serving` one in the
foreground, for people.
"""

from collector.testing.simulator.access import Basic, Bearer, HeaderKey, QueryKey, Refused, Tokens
from collector.testing.simulator.apart import apart
from collector.testing.simulator.faults import Faults
from collector.testing.simulator.finding import simulator_of
from collector.testing.simulator.journal import Entry, Journal
from collector.testing.simulator.limits import DailyQuota, LeakyBucket, SlidingWindow
from collector.testing.simulator.paging import by_cursor, by_link, by_next_url, by_number, by_offset
from collector.testing.simulator.running import Running, running
from collector.testing.simulator.serving import serve
from collector.testing.simulator.simulator import Simulator
from collector.testing.simulator.world import World

__all__ = [
    "Basic",
    "Bearer",
    "DailyQuota",
    "Entry",
    "Faults",
    "HeaderKey",
    "Journal",
    "LeakyBucket",
    "QueryKey",
    "Refused",
    "Running",
    "Simulator",
    "SlidingWindow",
    "Tokens",
    "World",
    "apart",
    "by_cursor",
    "by_link",
    "by_next_url",
    "by_number",
    "by_offset",
    "running",
    "serve",
    "simulator_of",
]
