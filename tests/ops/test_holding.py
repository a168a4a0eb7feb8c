"""A source that fails: fresh, then held, then withdrawn, each at its moment, seen from outside.

Two collectors' worth of failure in one: files that vanish (polled on, in vain, each second)
and a vendor that refuses our key (not polled again for an hour), both with an interval of
1 s, a time-out of 1 s and `hold_max: 8s`. So values are held 3 s after the last success and
withdrawn 8 s after it.
"""

import os
import re
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.ops import shop, stack
from tests.ops.conftest import Stopping

HELD_AFTER, WITHDRAWN_AFTER = 3.0, 8.0
LEEWAY = 1.5
"""A snapshot is made after the moment, and machines are busy."""
QUICK = {"interval": "1s", "timeout": "1s", "hold_max": "8s"}

REFUSING = '''
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

from collector.plugin import Connector, ConnectorSettings, CredentialsRefused, Fact, Window, hookimpl, stream


class Settings(ConnectorSettings):
    """A vendor that takes its key back when a file says so."""

    revoked: str


class Refusing(Connector[Settings]):
    name = "refusing"

    @stream(every="1h", restates="1d", provides={"sessions": [()]})
    async def visits(self, window: Window) -> AsyncIterator[Fact]:
        if Path(self.settings.revoked).exists():
            raise CredentialsRefused("the key is not accepted")
        for day in window.days():
            yield Fact(day=day, measure="sessions", value=10)


@hookimpl
def register_connectors():
    return [Refusing]
'''


@dataclass(frozen=True)
class Seen:
    """One scrape: what it says of one KPI, and how long ago its source was last read."""

    age: float
    fresh: str | None
    values: tuple[str, ...]
    reasons: frozenset[str]
    polls: int

    @property
    def state(self) -> str:
        """As the series tell; anything inconsistent is none of the three."""
        match (self.fresh, bool(self.values), self.reasons):
            case ("1", True, reasons) if not reasons:
                return "fresh"
            case ("0", True, reasons) if not reasons:
                return "held"
            case ("0", False, reasons) if reasons == {"stale"}:
                return "withdrawn"
        return f"inconsistent: {self}"


@dataclass(frozen=True)
class Watched:
    """A source, a KPI that it alone feeds, and that KPI's value in 7 days."""

    source: str
    kpi: str
    value: str

    def seen(self, text: str, now: float) -> Seen:
        def all_of(pattern: str) -> list[str]:
            return re.findall(pattern, text, re.MULTILINE)

        success = all_of(rf'^kpi_collector_poll_last_success_timestamp_seconds{{.*source="{self.source}".*}} (\S+)$')
        fresh = all_of(rf'^marketing_kpi_fresh{{.*kpi="{self.kpi}"}} (\d)$')
        return Seen(
            age=now - float(success[0]) if success else 0.0,
            fresh=fresh[0] if fresh else None,
            values=tuple(all_of(rf'^marketing_{self.kpi}{{.*window="7d".*}} (\S+)$')),
            reasons=frozenset(all_of(rf'^marketing_kpi_undefined{{.*kpi="{self.kpi}",window="7d",reason="(\w+)"}}')),
            polls=sum(map(int, all_of(rf'^kpi_collector_polls_total{{.*source="{self.source}".*}} (\d+)$'))),
        )


FILES = Watched("orders", "sales", "14")
VENDOR = Watched("site", "traffic", "70")


def _scrape(collector: stack.Program) -> dict[Watched, Seen]:
    text = collector.get("/metrics").text
    return {watched: watched.seen(text, time.time()) for watched in (FILES, VENDOR)}


def _install_refusing(folder: Path) -> None:
    (folder / "refusing_connector.py").write_text(REFUSING, encoding="utf-8")
    about = folder / "refusing_connector-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: refusing-connector\nVersion: 1.0\n", encoding="utf-8")
    (about / "entry_points.txt").write_text("[kpi_collector]\nrefusing = refusing_connector\n", encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("holding")


@pytest.fixture(scope="module")
def collector(folder: Path, stopped_after: Stopping) -> stack.Program:
    shop.write_shop(folder)
    _install_refusing(folder)
    refusing = {"connector": "refusing", "revoked": str(folder / "revoked"), **QUICK}
    config = shop.write_config(folder, sources={"orders": shop.ORDERS | QUICK, "site": refusing})
    return stopped_after(stack.collector(config, env={**os.environ, "PYTHONPATH": str(folder)}))


@pytest.fixture(scope="module")
def scrapes(collector: stack.Program, folder: Path) -> dict[Watched, list[Seen]]:
    """Both sources break; a scrape each quarter of a second, until long after the values should be gone."""
    stack.until(lambda: {seen.state for seen in _scrape(collector).values()} == {"fresh"}, what="fresh values")
    (folder / "orders.csv").unlink()
    (folder / "revoked").touch()
    found = [_scrape(collector)]
    while min(seen.age for seen in found[-1].values()) < WITHDRAWN_AFTER + 2 * LEEWAY:
        time.sleep(0.25)
        found.append(_scrape(collector))
    return {watched: [scrape[watched] for scrape in found] for watched in (FILES, VENDOR)}


def _right(seen: Seen) -> bool:
    """Whether a scrape shows the state of its moment, or up to `LEEWAY` later still the one before."""
    states = []
    if seen.age < HELD_AFTER + LEEWAY:
        states.append("fresh")
    if HELD_AFTER <= seen.age < WITHDRAWN_AFTER + LEEWAY:
        states.append("held")
    if seen.age >= WITHDRAWN_AFTER:
        states.append("withdrawn")
    return seen.state in states


@pytest.mark.parametrize("watched", [FILES, VENDOR], ids=["files", "vendor"])
def test_a_failing_source_s_values_are_held_then_withdrawn(
    scrapes: dict[Watched, list[Seen]], watched: Watched
) -> None:
    seen = scrapes[watched]

    assert [each for each in seen if not _right(each)] == []
    assert list(dict.fromkeys(each.state for each in seen)) == ["fresh", "held", "withdrawn"]
    assert {value for each in seen for value in each.values} == {watched.value}


def test_the_clock_alone_does_it_no_poll_comes_in_between(scrapes: dict[Watched, list[Seen]]) -> None:
    since_held = [seen for seen in scrapes[VENDOR] if seen.state != "fresh"]

    assert len({seen.polls for seen in since_held}) == 1
