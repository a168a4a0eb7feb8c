"""`check`: which scopes and rights are lacking, all told at once, and what else a person should know."""

from collections.abc import Sequence

from collector.plugin import Forbidden, Json, SourceContext, SourceError
from connectors.bitrix24.directory import CATEGORIES, CURRENCIES, MODE, SIMPLE, STAGES, users
from connectors.bitrix24.mapping import shown
from connectors.bitrix24.portal import Command, Portal
from connectors.bitrix24.settings import Bitrix24Settings

SCOPES = ({"crm"}, {"user", "user_basic", "user_brief"})
"""One of each set is needed; the least one is asked for."""

_LEAST = ("crm", "user_brief")
_ONE = {"select": ["ID"], "order": {"ID": "ASC"}, "start": -1}
_OF_TYPE = {"select": ["id"], "order": {"id": "ASC"}, "start": -1}

PROBES = (
    Command("crm.lead.list", _ONE, optional=True),
    Command("crm.deal.list", _ONE, optional=True),
    Command("crm.item.list", {"entityTypeId": 3, **_OF_TYPE}, optional=True),
    Command("crm.item.list", {"entityTypeId": 4, **_OF_TYPE}, optional=True),
    Command("crm.stagehistory.list", {"entityTypeId": 2, **_ONE}, optional=True),
    Command("crm.activity.list", _ONE, optional=True),
    *(Command(each.method, each.params, optional=True) for each in (CATEGORIES, STAGES, CURRENCIES, users(0))),
)


async def check(portal: Portal, settings: Bitrix24Settings, context: SourceContext) -> Sequence[str]:
    """What a person should know.

    Raises:
        Forbidden: scopes or rights are lacking; all of them are named.
    """
    granted = await portal.call("scope")
    lacking = _lacking(granted)
    if lacking:
        raise Forbidden(
            f"{'the application' if settings.webhook_url is None else 'the webhook'} lacks the "
            f"{'scope' if len(lacking) == 1 else 'scopes'} {', '.join(lacking)}: add it under Developer resources"
        )
    answers = await portal.batch([*PROBES, MODE])
    refused = list(dict.fromkeys(str(each) for each in answers[:-1] if isinstance(each, SourceError)))
    if refused:
        raise Forbidden("; ".join(refused))
    return [*_of_mode(answers[-1], settings), *await _of_clock(portal, context)]


def _lacking(granted: Json) -> list[str]:
    if not isinstance(granted, list):
        return []
    have = {str(each).lower() for each in granted}
    return [least for one_of, least in zip(SCOPES, _LEAST, strict=True) if not one_of & have]


def _of_mode(mode: Json, settings: Bitrix24Settings) -> list[str]:
    if str(mode) != SIMPLE:
        return []
    told = "the portal works without leads (simple CRM), so each of its deals is a lead too"
    return [told if settings.deal_stages is not None else f"{told}; name `deal_stages`, at which one has become a deal"]


async def _of_clock(portal: Portal, context: SourceContext) -> list[str]:
    """Whether the portal's clock stands where the project's does."""
    told = shown(await portal.call("server.time"), context.zone, "server.time")
    if told is None or told[0].utcoffset() == told[1].astimezone(context.zone).utcoffset():
        return []
    return [f"the portal's clock stands at {told[0]:%z}, not in the project's zone, {context.zone.key}"]
