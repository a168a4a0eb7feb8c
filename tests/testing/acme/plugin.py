"""A connector as it should be: visits by day, orders with a sweep, followers now."""

from collections.abc import AsyncIterator

from pydantic import Field, SecretStr

from collector.plugin import (
    Checkpoint,
    Connector,
    ConnectorSettings,
    Deal,
    Fact,
    Instant,
    Json,
    RateLimit,
    Reading,
    Request,
    Since,
    Token,
    Window,
    stream,
    sweep,
)


class Settings(ConnectorSettings):
    """One Acme account."""

    base_url: str = "https://api.acme.example"
    token: SecretStr = Field(description="Read-only key: Acme → Settings → API")


class Acme(Connector[Settings]):
    """Visits by day and channel; orders as deals; followers."""

    name = "acme"
    title = "Acme"
    stability = "beta"
    limits = (RateLimit(5, per="1s", key="token"),)

    def authorize(self, request: Request, token: Token | None) -> None:
        request.params["key"] = self.settings.token.get_secret_value()

    # Acme corrects up to three days back
    @stream(every="1h", restates="3d", provides={"sessions": [(), ("channel",)]})
    async def visits(self, window: Window) -> AsyncIterator[Fact]:
        async for row in self.pages("/v1/visits", rows="visits", since=window.first, until=window.last):
            yield fact(row)

    @stream(every="15m")
    async def orders(self, since: Since) -> AsyncIterator[Deal | Checkpoint]:
        last = since.cursor or "0"
        async for row in self.pages("/v1/orders", rows="orders", changed=since.after, above=last):
            yield deal(row)
            if row["number"] % 10 == 0:
                yield Checkpoint(str(row["number"]))

    @sweep(of="orders")
    async def order_ids(self) -> AsyncIterator[str]:
        async for row in self.pages("/v1/order-ids"):
            yield str(row)

    @stream(every="1h", provides={"followers": [("network",)]})
    async def followers(self, now: Instant) -> AsyncIterator[Reading]:
        del now
        for row in await self.client.get_json("/v1/followers"):
            yield Reading("followers", row["members"], {"network": row["network"]})


def fact(row: Json) -> Fact:
    """A row of /v1/visits: one channel's day, or with no channel the day as a whole."""
    cut = {} if row["channel"] is None else {"channel": row["channel"]}
    return Fact(row["date"], "sessions", row["visits"], dimensions=cut)


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
