"""What `check` asks of a property: may we read it, has it what the settings name, and does that go together?"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from collector.plugin import BadResponse, HttpClient, Json, SourceContext, Window
from connectors.google_analytics.answers import decoded
from connectors.google_analytics.asking import body_of, zone_differs, zone_of
from connectors.google_analytics.refusals import Misconfigured
from connectors.google_analytics.reports import Report
from connectors.google_analytics.settings import GoogleAnalyticsSettings


async def check(
    client: HttpClient, settings: GoogleAnalyticsSettings, context: SourceContext, reports: Sequence[Report]
) -> list[str]:
    """Sentences for people; raises what refuses."""
    path = f"/v1beta/properties/{settings.property_id}"
    _raise_if_lacking(await client.get_json(f"{path}/metadata"), reports, settings.property_id)
    for report in reports:
        if not _is_plain(report, settings):
            told = await client.post_json(f"{path}:checkCompatibility", json=_question(report))
            _raise_if_apart(told, report, settings)
    day = context.now().astimezone(context.zone).date() - timedelta(days=1)
    asked = body_of(reports[0], Window(day, day), 0, rows=1)
    answer = decoded(await client.request("POST", f"{path}:runReport", json=asked))
    zone, found = zone_of(answer), []
    if zone is not None and zone.key != context.zone.key:
        found.append(zone_differs(zone, context.zone))
    currency = answer.metadata.get("currencyCode")
    if currency and currency != context.currency:
        found.append(f"its amounts are in {currency}: they need rates to be shown in {context.currency}")
    return found


def _is_plain(report: Report, settings: GoogleAnalyticsSettings) -> bool:
    """Whether it holds nothing that the settings name."""
    return not settings.ad_cost and not _named(settings) & {*report.metrics, *report.dimensions}


def _named(settings: GoogleAnalyticsSettings) -> set[str]:
    return {*settings.metrics.values(), *settings.dimensions.values()}


def _question(report: Report) -> dict[str, Json]:
    return {
        "dimensions": [{"name": name} for name in ("date", *report.dimensions)],
        "metrics": [{"name": name} for name in report.metrics],
        "compatibilityFilter": "INCOMPATIBLE",
    }


def _raise_if_lacking(metadata: Json, reports: Sequence[Report], property_id: str) -> None:
    """Raises Misconfigured where the property has a field not that is asked for."""
    if not isinstance(metadata, dict):
        raise BadResponse(expected="the property's fields", where="metadata", got=metadata)
    for kind in ("dimensions", "metrics"):
        known = set(_fields(metadata.get(kind)))
        for report in reports:
            for name in getattr(report, kind):
                if name not in known and name.partition(":")[0] not in known:
                    raise Misconfigured(
                        f"property {property_id} has no {kind.removesuffix('s')} {name}: correct `{kind}` in the "
                        "configuration, or register it under Admin → Custom definitions"
                    )


def _fields(told: Json) -> Iterator[str]:
    for each in told if isinstance(told, list) else ():
        if isinstance(each, dict):
            yield str(each.get("apiName"))
            yield from map(str, each.get("deprecatedApiNames") or ())


def _raise_if_apart(told: Json, report: Report, settings: GoogleAnalyticsSettings) -> None:
    """Raises Misconfigured where fields do not go together; one that the settings name is the first suspect."""
    apart = []
    for kind in ("dimension", "metric"):
        for each in _rows(told, f"{kind}Compatibilities"):
            about = each.get(f"{kind}Metadata")
            name = str(about.get("apiName")) if isinstance(about, dict) else ""
            if each.get("compatibility") == "INCOMPATIBLE" and name in {*report.dimensions, *report.metrics}:
                apart.append((name not in _named(settings), f"{kind}s", name))
    if apart:
        _, key, name = min(apart)
        raise Misconfigured(
            f"property {settings.property_id}: {name} does not go with the others of the report {report}: take it out "
            f"of `{key}`"
        )


def _rows(told: Json, name: str) -> Iterator[Mapping[str, Json]]:
    found = told.get(name) if isinstance(told, dict) else None
    yield from (each for each in found or () if isinstance(each, dict))
