"""The yandex_direct connector: spend, impressions and clicks by day, campaign and network.

Read on: `reports` (what is asked, by which name), `tsv` (a report's text), `mapping` (rows to
records), `refusals` (what answers mean).
"""

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from collector.plugin import (
    BadResponse,
    Checkpoint,
    Concurrency,
    Connector,
    Fact,
    HttpClient,
    Member,
    Quota,
    RateLimit,
    Request,
    Response,
    SourceContext,
    SourceError,
    TemporaryFailure,
    Token,
    Window,
    hookimpl,
    stream,
)
from connectors.yandex_direct import mapping, refusals, reports, tsv
from connectors.yandex_direct.reports import Report
from connectors.yandex_direct.settings import YandexDirectSettings

CLIENTS = "/json/v5/clients"
MOSCOW = ZoneInfo("Europe/Moscow")
TOO_LONG = 502
"""A report that would take too long while one waits for it."""


class YandexDirect(Connector[YandexDirectSettings]):
    """An advertiser's campaigns in Yandex Direct."""

    name = "yandex_direct"
    title = "Yandex Direct"
    stability = "beta"
    # Vendor's docs, "Limits": 20 reports in 10 s by user; 5 requests at once by advertiser
    limits = (
        RateLimit(20, per="10s", key="access_token", paths=reports.PATH),
        Concurrency(5, key="access_token"),
    )

    def __init__(self, settings: YandexDirectSettings, context: SourceContext, client: HttpClient) -> None:
        super().__init__(settings, context, client)
        self._currency: str | None = None

    # Clicks that prove to be invalid are credited back for some days
    @stream(
        every="1h",
        restates="5d",
        provides={name: [mapping.CUT] for name in mapping.MEASURES},
    )
    async def campaigns(self, window: Window) -> AsyncIterator[Fact | Member | Checkpoint]:
        """Spend, impressions and clicks of all campaigns, deleted ones too."""
        currency = await self._account_currency()
        report = reports.report_of(window, include_vat=self.settings.include_vat, now=self.client.now())
        if report.is_hopeless(self.client.now()):
            yield Checkpoint(reports.FORGOTTEN)
            raise TemporaryFailure(_never_ready(report), retry=False)
        yield Checkpoint(report.cursor)
        answer = await self._asked(report, window, accept=() if report.mode == "offline" else (TOO_LONG,))
        if answer.status == TOO_LONG:
            report = report.in_queue(self.client.now())
            yield Checkpoint(report.cursor)
            answer = await self._asked(report, window)
        names: dict[str, Member] = {}
        unfinished = self._unfinished(window)
        for row in tsv.rows(answer.text, answer.where, columns=reports.FIELDS, counted=True):
            for fact in mapping.facts(row, currency, unfinished=unfinished):
                yield fact
            if (named := mapping.member(row)) is not None:
                names[named.id] = named  # the last day's name counts
        for each in names.values():
            yield each

    def _unfinished(self, window: Window) -> Collection[str]:
        """Days that are over here and go on in Moscow."""
        now = self.client.now()
        there, here = now.astimezone(MOSCOW).date(), now.astimezone(self.context.zone).date()
        return frozenset(str(day) for day in window.days() if there <= day < here)

    async def _asked(self, report: Report, window: Window, *, accept: Sequence[int] = ()) -> Response:
        body = reports.body(report, window, include_vat=self.settings.include_vat)
        return await self.client.request("POST", reports.PATH, json=body, headers=report.headers, accept=accept)

    async def _account_currency(self) -> str:
        """The account's, which no report tells; it never changes."""
        if self._currency is None:
            self._currency = (await self._account())["Currency"]
        return self._currency

    async def _account(self) -> dict[str, Any]:
        asked = {"method": "get", "params": {"FieldNames": ["Login", "Currency", "VatRate"]}}
        body = await self.client.post_json(CLIENTS, json=asked)
        result = body.get("result") if isinstance(body, dict) else None
        clients = result.get("Clients") if isinstance(result, dict) else None
        if not isinstance(clients, list) or not clients or not isinstance(clients[0], dict):
            raise BadResponse(expected="an account with its currency", where=f"POST {CLIENTS}", got=body)
        if not isinstance(clients[0].get("Currency"), str) or not clients[0]["Currency"]:
            raise BadResponse(expected="an account's Currency", where=f"POST {CLIENTS}", got=clients[0])
        return dict(clients[0])

    async def check(self) -> Sequence[str]:
        """Ask for the account: who may not read its currency may read no report."""
        account = await self._account()
        vat = "with VAT" if self.settings.include_vat else "without VAT"
        meant = "gross" if self.settings.include_vat else "net"
        source = self.context.source
        told = [f"{account.get('Login')}: spend is read {vat}; say so under vat: {{spend: {{{source}: {meant}}}}}"]
        if account["Currency"] != self.context.currency:
            told.append(
                f"the account is in {account['Currency']}, the project in {self.context.currency}: it needs rates"
            )
        if self.context.zone.key != MOSCOW.key:
            told.append(f"Direct's days are those of {MOSCOW.key}, the project's of {self.context.zone.key}")
        return told

    # ── what the client asks ─────────────────────────────────────────────────────────

    def authorize(self, request: Request, token: Token | None) -> None:
        """The token, and whose campaigns are meant."""
        del token
        request.headers["Authorization"] = f"Bearer {self.settings.access_token.get_secret_value()}"
        request.headers["Accept-Language"] = "en"
        if self.settings.client_login is not None:
            request.headers["Client-Login"] = self.settings.client_login

    def refusal(self, response: Response) -> SourceError | None:
        """By Direct's codes."""
        return refusals.refusal(response, client_login=self.settings.client_login, now=self.client.now())

    def quotas(self, response: Response) -> Iterable[Quota]:
        """Points, told as spent/available/a day's; they come back all the time, so that nothing waits for them."""
        _, _, told = response.headers.get("units", "").partition("/")
        left, _, limit = told.partition("/")
        if left.strip().isdecimal() and limit.strip().isdecimal() and int(limit):
            yield Quota("points", int(left), int(limit), key="access_token")


def _never_ready(report: Report) -> str:
    return (
        f"Direct has not finished the report {report.name} since {report.since:%Y-%m-%d %H:%M} UTC, though it was "
        f"asked for {report.asked} times; it is given up, and the next poll asks for another one"
    )


@hookimpl
def register_connectors() -> list[type[Connector[Any]]]:
    """The connector that this folder holds."""
    return [YandexDirect]
