"""The cbr_rates connector: official rates of the Bank of Russia, in rubles.

Read on: `mapping` (answers to rates), `markup` (XML, with care).
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from collector.plugin import (
    BadResponse,
    Concurrency,
    Connector,
    Rate,
    RateLimit,
    Stream,
    Window,
    hookimpl,
    stream,
)
from connectors.cbr_rates.mapping import DAILY, DYNAMIC, Listed, history, listed
from connectors.cbr_rates.settings import CbrSettings

DAYS_AT_ONCE = 366
"""A year of one currency is one request."""


class CbrRates(Connector[CbrSettings]):
    """What currencies cost in rubles, for each day for which the bank has set it."""

    name = "cbr_rates"
    title = "Bank of Russia"
    stability = "beta"
    base_url = "https://www.cbr.ru/scripts"
    # the bank publishes no limit; it is everybody's
    limits = (RateLimit(5, per="1s", key="host"), Concurrency(2, key="host"))

    def streams(self) -> Sequence[Stream]:
        """The one below, a year at once."""
        return [replace(each, days_at_once=DAYS_AT_ONCE) for each in super().streams()]

    # rates do not change; they may be published late
    @stream(every="6h", restates="3d")
    async def rates(self, window: Window) -> AsyncIterator[Rate]:
        """Rates by day; on days without their own, the last earlier one counts."""
        last = await self._listed(window.last)
        wanted = [each for each in self.settings.currencies or last.ids if each in last.ids]
        for currency in self.settings.currencies:
            if currency not in last.ids:
                self.warn(f"the bank quotes no {currency}: amounts in it have no rate")
        if len(wanted) < len(window):  # whatever asks less often
            for currency in wanted:
                for rate in await self._history(currency, last.ids[currency], window):
                    yield rate
            return
        for rate in await self._by_day(window, last):
            if rate.currency in wanted:
                yield rate

    async def check(self) -> Sequence[str]:
        """Ask for the present rates."""
        found = listed(await self.client.get_bytes(DAILY))
        return [f"currencies: the bank quotes no {each}" for each in self.settings.currencies if each not in found.ids]

    # ── how ──────────────────────────────────────────────────────────────────────────

    async def _history(self, currency: str, number: str, window: Window) -> list[Rate]:
        params = {"date_req1": _told(window.first), "date_req2": _told(window.last), "VAL_NM_RQ": number}
        found = list(history(await self.client.get_bytes(DYNAMIC, params=params), currency))
        for rate in found:
            if rate.day not in window:
                expected = f"days from {window.first} to {window.last}"
                raise BadResponse(expected=expected, where=DYNAMIC, got=rate.day)
        return found

    async def _by_day(self, window: Window, last: Listed) -> list[Rate]:
        """Each day's own; one that the bank answers for a later day comes once."""
        found: dict[date, Listed] = {last.day: last}
        for day in window.days():
            if last.day > day:
                answer = await self._listed(day)
                found[answer.day] = answer
        return [rate for day in sorted(found) if day in window for rate in found[day].rates]

    async def _listed(self, day: date) -> Listed:
        found = listed(await self.client.get_bytes(DAILY, params={"date_req": _told(day)}))
        if found.day > day:
            raise BadResponse(expected=f"rates in force on {day}", where=DAILY, got=found.day)
        return found


def _told(day: date) -> str:
    return day.strftime("%d/%m/%Y")


@hookimpl
def register_connectors() -> list[type[Connector[Any]]]:
    """The connector that this folder holds."""
    return [CbrRates]
