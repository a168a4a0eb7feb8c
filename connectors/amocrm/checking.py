"""What `kpi-collector check` tries at an account: each right, and whether the settings name what is there."""

from collections.abc import Iterator

from collector.plugin import Forbidden, HttpClient, Json, SourceContext
from connectors.amocrm.bodies import rows
from connectors.amocrm.pages import API, Row, numbered
from connectors.amocrm.reading import currency_of
from connectors.amocrm.rules import rules_of
from connectors.amocrm.settings import AmoSettings

_NEEDED = ("leads", "events", "contacts", "companies", "leads/pipelines")


async def checked(client: HttpClient, settings: AmoSettings, context: SourceContext) -> list[str]:
    """Sentences that a person should know.

    Raises:
        Forbidden: rights that are needed are lacking; all of them are named.
        SourceError: the account refuses altogether.
    """
    told = {"with": "datetime_settings,is_api_filter_enabled"}
    account = await client.get_json(f"{API}/account", params=told)
    currency_of(account)
    lacking = [await _lacks(client, path) for path in _NEEDED]
    if any(lacking):
        raise Forbidden("; ".join(each for each in lacking if each))
    found = list(_of_account(account, context))
    if await _lacks(client, "users"):
        found.append("the token is no administrator's: names of managers cannot be read, they stay ids")
    return found + list(await _of_settings(client, settings, context))


async def _lacks(client: HttpClient, path: str) -> str | None:
    try:
        await client.get_json(f"{API}/{path}", params={"limit": 1})
    except Forbidden as error:
        return str(error)
    return None


def _of_account(account: Json, context: SourceContext) -> Iterator[str]:
    if account.get("is_api_filter_enabled") is False:
        yield "the account's API filters are switched off: changes cannot be asked for; amoCRM's support can help"
    embedded = account.get("_embedded")
    hung = embedded.get("datetime_settings") if isinstance(embedded, dict) else None
    zone = hung.get("timezone") if isinstance(hung, dict) else None
    if zone and zone != context.zone.key:
        yield f"the account's zone is {zone}, the project's {context.zone.key}: figures of a day will differ"


async def _of_settings(client: HttpClient, settings: AmoSettings, context: SourceContext) -> list[str]:
    """What the settings name, and the account does not have."""
    where = f"{API}/leads/pipelines"
    rules = rules_of(settings, rows(await client.get_json(where), "pipelines", where))
    stages = {"qualified_stages": rules.qualified, "deal_stages": rules.deals or (), "junk_stages": rules.junk}
    found = [
        f"{key}: {stage.pipeline}:{stage.status} is no stage of the account"
        for key, named in stages.items()
        for stage in sorted(named)
        if stage not in rules.known
    ]
    if settings.junk_loss_reasons:
        reasons = await _all(client, "leads/loss_reasons", "loss_reasons")
        known = {str(each.get(key)) for each in reasons for key in ("id", "name")}
        if settings.loss_reason_field is None:
            lacking = [each for each in settings.junk_loss_reasons if each not in known]
            found += [f"junk_loss_reasons: {each!r} is no loss reason of the account" for each in lacking]
    wanted = {name: field for name, field in context.dimensions.items() if field != "tags"}
    wanted |= {
        key: str(getattr(settings, key)) for key in ("won_date_field", "loss_reason_field") if getattr(settings, key)
    }
    if wanted:
        fields = await _all(client, "leads/custom_fields", "custom_fields")
        known = {str(each.get(key)).lower() for each in fields for key in ("id", "code", "name")}
        found += [
            f"{name}: {field!r} is no field of leads" for name, field in wanted.items() if field.lower() not in known
        ]
    return found


async def _all(client: HttpClient, path: str, key: str) -> list[Row]:
    return [row async for page in numbered(client, path, key, limit=250) for row in page]
