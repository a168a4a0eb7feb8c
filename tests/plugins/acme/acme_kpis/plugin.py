"""Acme: visits and booked demos by day, orders as deals."""

import logging
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

from pydantic import Field, SecretStr

from collector.plugin import (
    Checkpoint,
    Connector,
    ConnectorSettings,
    Deal,
    Fact,
    Json,
    Measure,
    MetricFamily,
    MetricView,
    PollReport,
    RateLimit,
    Since,
    Window,
    hookimpl,
    stream,
    sweep,
)

log = logging.getLogger(__name__)


class Settings(ConnectorSettings):
    """One Acme account."""

    base_url: str = "https://api.acme.example"
    token: SecretStr = Field(description="Read-only key: Acme → Settings → API")


class Acme(Connector[Settings]):
    """Visits and booked demos by day; orders as deals."""

    name = "acme"
    title = "Acme"
    stability = "beta"
    limits = (RateLimit(5, per="1s", key="token"),)  # API docs, "Limits"; 429 has Retry-After

    # Acme corrects up to three days back
    @stream(every="1h", restates="3d", provides={"sessions": [(), ("channel",)], "demos": [()]})
    async def visits(self, window: Window) -> AsyncIterator[Fact]:
        async for row in self.pages(
            "/v1/visits", rows="visits", key=self._key(), since=window.first, until=window.last
        ):
            for fact in facts(row):
                yield fact

    @stream(every="15m")
    async def orders(self, since: Since) -> AsyncIterator[Deal | Checkpoint]:
        last = since.cursor or "0"
        async for row in self.pages("/v1/orders", rows="orders", key=self._key(), changed=since.after, above=last):
            yield deal(row)
            if row["number"] % 100 == 0:  # a commit each: not for every row
                yield Checkpoint(str(row["number"]))

    @sweep(of="orders")
    async def order_ids(self) -> AsyncIterator[str]:
        async for row in self.pages("/v1/order-ids", key=self._key()):
            yield str(row)

    def _key(self) -> str:
        return self.settings.token.get_secret_value()


def facts(row: Json) -> list[Fact]:
    """A row of /v1/visits: one channel's day, or with no channel the day as a whole."""
    if row["channel"] is not None:
        return [Fact(row["date"], "sessions", row["visits"], dimensions={"channel": row["channel"]})]
    return [Fact(row["date"], "sessions", row["visits"]), Fact(row["date"], "demos", row["demos"])]


def deal(row: Json) -> Deal:
    """An order of /v1/orders: paid, or still open."""
    return Deal(
        id=row["number"],
        created_at=row["created"],
        updated_at=row["changed"],
        closed_at=row["paid"],
        status="won" if row["paid"] else "open",
        amount=row["total"],
        currency=row["currency"],
        customer_id=row["buyer"],
    )


@hookimpl
def register_connectors() -> list[type[Connector[Any]]]:
    return [Acme]


@hookimpl
def register_measures() -> list[Measure]:
    return [Measure("demos", "demo")]


@hookimpl
def register_kpis() -> list[Mapping[str, Any]]:
    return [
        {
            "name": "revenue_per_demo",
            "formula": "revenue / demos",
            "unit": "money/demo",
            "better": "up",
            "title": {"en": "Revenue per demo", "ru": "Выручка на демонстрацию"},
            "windows": ["7d", "30d"],
        }
    ]


@hookimpl
def poll_finished(report: PollReport) -> None:
    log.info("heard of %s/%s: %s, %s records", report.source, report.stream, report.state, report.records)


@hookimpl
def metric_families(view: MetricView) -> Iterable[MetricFamily]:
    found = [({"project": name}, view.value(name, "revenue_per_demo", "7d")) for name in view.projects]
    samples = tuple((labels, float(value > 100)) for labels, value in found if value is not None)
    return [MetricFamily("acme_demos_pay", "Whether a demo brought over 100 in the last week.", samples)]
