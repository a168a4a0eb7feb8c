"""A quota that is used up at any request: it is waited for and shown, and what is left goes on at the same slice."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from collector.plugin import Connector
from collector.testing.conformance.bench import NOW, Bench
from collector.testing.conformance.books import Books, difference
from collector.testing.conformance.ground import Plot
from collector.testing.conformance.trial import Trial
from connectors.vk_ads.plugin import VkAds
from connectors.vk_ads.simulator import VkAdsSimulator
from connectors.vk_ads.simulator.limits import Calendar
from connectors.yandex_direct.plugin import YandexDirect
from connectors.yandex_direct.simulator import YandexDirectSimulator
from connectors.yandex_direct.simulator.answers import Refusal
from connectors.yandex_direct.simulator.simulator import POINTS

RETURNS = NOW + timedelta(hours=1)
"""When points and calls are there again; until then the one at which they ended is refused, and all that follow."""


class PointsEnd(YandexDirectSimulator):
    """Points are used up at one request."""

    at = 10_000

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.asked: list[tuple[str, ...]] = []
        """Name and days of each report, or nothing of another request."""
        self.refused: list[int] = []

    async def _report(self, request: Request) -> Response:
        told = (await request.json())["params"]
        self.asked.append((told["ReportName"], *told["SelectionCriteria"].values()))
        return await super()._report(request)

    async def _clients(self, request: Request) -> Response:
        self.asked.append(())
        return await super()._clients(request)

    def _let_in(self, request: Request) -> None:
        super()._let_in(request)
        is_over = len(self.asked) >= self.at and self.clock.now() < RETURNS
        self.switches.points = 0 if is_over else POINTS
        if is_over:
            self.refused.append(len(self.asked))
            raise Refusal(152)


class CallsEnd(VkAdsSimulator):
    """So do the hour's calls."""

    at = 10_000

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.hour = Hour("Hourly", 20_000)
        self.hour.at = self.at
        self.limits = self.calendars = [self.hour]

    @property
    def asked(self) -> list[tuple[str, ...]]:
        return [(entry.path, *entry.query.values()) for entry in self.journal if entry.path not in self.spared]

    @property
    def refused(self) -> list[int]:
        counted = [entry for entry in self.journal if entry.path not in self.spared]
        return [number for number, entry in enumerate(counted, start=1) if entry.status == 429]


class Hour(Calendar):
    at = 0
    asked = 0

    def early(self, request: Request, now: datetime) -> float:
        del request
        self.asked += 1
        return 0.0 if self.left(now) else (RETURNS - now).total_seconds()

    def left(self, now: datetime) -> int:
        return 0 if self.asked >= self.at and now < RETURNS else self.calls


VENDORS = [(YandexDirect, PointsEnd, "points"), (VkAds, CallsEnd, "hourly")]
IDS = ["direct", "vk"]


@contextmanager
def scene(connector: type[Connector[Any]], kind: Any, folder: Path, at: int) -> Iterator[tuple[Bench, Any]]:
    folder.mkdir()
    trial = Trial(connector, Plot(type(kind.__name__, (kind,), {"at": at})), folder)
    with trial.scene() as bench:
        yield bench, bench.ground.simulator


def asked_undisturbed(connector: type[Connector[Any]], kind: Any, folder: Path) -> tuple[int, Books]:
    """How many requests all of it takes, and what there is when the quota would be back."""
    with scene(connector, kind, folder, 10_000) as (bench, simulator):
        (stream,) = bench.streams
        assert bench.poll(stream).ok
        count = len(simulator.asked)
        bench.clock.advance(RETURNS - bench.clock.now())
        assert bench.poll(stream).ok
        return count, bench.books()


def waits_and_goes_on(vendor: tuple[type[Connector[Any]], Any, str], folder: Path, at: int, expected: Books) -> None:
    connector, kind, quota = vendor
    with scene(connector, kind, folder, at) as (bench, simulator):
        (stream,) = bench.streams
        report = bench.poll(stream)

        assert (report.state, report.reason, report.until) == ("waiting", "quota", RETURNS), at
        left = next(iter(bench.network.counters.frozen().quotas_left.values()))
        assert left[quota] == 0.0, "it is not shown"
        assert simulator.refused == [at], "it has asked again"
        before = simulator.asked[: at - 1]

        bench.clock.advance(RETURNS - bench.clock.now())
        assert bench.poll(stream).ok
        after = simulator.asked[at:]
        assert simulator.asked[at - 1] in after, "the request that was refused is not made again"
        fresh = str(NOW.date())  # days that are news are read at each poll
        history = [each for each in before if _is_history(each) and not any(fresh in part for part in each)]
        assert not [each for each in history[:-1] if each in after], "it has read committed days again"
        assert bench.poll(stream).ok  # the last days once more, as they stand by now
        assert difference(expected, bench.books()) is None, at


def _is_history(asked: tuple[str, ...]) -> bool:
    return len(asked) > 1 and any(part[:2] == "20" for part in asked[1:])


@pytest.mark.parametrize("vendor", VENDORS, ids=IDS)
def test_a_quota_that_is_used_up_is_waited_for(vendor: tuple[Any, Any, str], tmp_path: Path) -> None:
    requests, expected = asked_undisturbed(*vendor[:2], tmp_path / "undisturbed")
    assert requests >= 3
    for at in (1, 2, requests):
        waits_and_goes_on(vendor, tmp_path / str(at), at, expected)


@pytest.mark.soak
@pytest.mark.parametrize("vendor", VENDORS, ids=IDS)
def test_it_may_be_used_up_at_any_request(vendor: tuple[Any, Any, str], tmp_path: Path) -> None:
    requests, expected = asked_undisturbed(*vendor[:2], tmp_path / "undisturbed")
    for at in range(1, requests + 1):
        waits_and_goes_on(vendor, tmp_path / str(at), at, expected)
