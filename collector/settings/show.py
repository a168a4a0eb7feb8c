"""The configuration in effect, as it could be written into a file, secrets masked.

Behind `config show`: defaults and overrides are in it, what is unset is not.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, SecretBytes, SecretStr

from collector.log import MASK
from collector.plugin.durations import format_duration
from collector.plugin.measure import Measure
from collector.settings.findings import cover
from collector.settings.model import DEFAULT_PROJECT, Config, Project, Source


def effective(config: Config) -> dict[str, Any]:
    """All keys as plain values; a single project `default` stands at the top level."""
    shown: dict[str, Any] = {
        "store": config.store,
        "engine": config.engine,
        "web": config.web.model_dump(exclude_none=True),
        "retention": dict(config.retention) or "forever",
    }
    if config.vault_keys:
        shown["vault_key"] = config.vault_keys[0] if len(config.vault_keys) == 1 else list(config.vault_keys)
    if config.own_measures:
        shown["measures"] = {name: _measure(each) for name, each in config.own_measures.items()}
    others = {name: _project(project) for name, project in config.projects.items() if name != DEFAULT_PROJECT}
    if DEFAULT_PROJECT in config.projects:
        shown |= _project(config.projects[DEFAULT_PROJECT])
    if others:
        shown["projects"] = others
    plain: dict[str, Any] = _plain(shown, config.secrets)
    return plain


def _project(project: Project) -> dict[str, Any]:
    shown = {
        "timezone": project.zone.key,
        "currency": project.currency,
        "language": project.language,
        "dimensions": project.dimensions,
        "vat": None if project.vat is None else project.vat.model_dump(exclude_none=True, exclude_defaults=True),
        "margin": project.margin.model_dump(exclude_none=True, exclude_defaults=True),
        "channels": [rule.model_dump(exclude_none=True) for rule in project.channels],
        "paid_channels": project.paid_channels,
        "attribution": project.attribution,
        "roi_customers": project.roi_customers,
        "privacy": project.privacy.model_dump(),
        "rates": project.rates,
        "top": project.top,
        **project.other,
        "kpis": project.kpis,
        "sources": {name: _source(source) for name, source in project.sources.items()},
    }
    return {key: value for key, value in shown.items() if value not in (None, {}, [], ())}


def _measure(measure: Measure) -> dict[str, Any]:
    shown = {"unit": measure.unit, "aggregation": measure.aggregation, "title": measure.title}
    return {key: value for key, value in shown.items() if value}


def _source(source: Source) -> dict[str, Any]:
    settings = source.settings.model_dump(by_alias=True, exclude_none=True)
    return {"connector": source.connector.type.name} | {key: value for key, value in settings.items() if value != {}}


def _plain(value: object, secrets: frozenset[str]) -> Any:
    match value:
        case SecretStr() | SecretBytes():
            return MASK
        case str():
            return cover(value, secrets)
        case bool() | int() | float() | None:
            return value
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case timedelta():
            return format_duration(value)
        case date() | datetime():
            return value.isoformat()
        case BaseModel():
            return _plain(value.model_dump(), secrets)
        case Mapping():
            return {cover(str(key), secrets): _plain(inner, secrets) for key, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_plain(inner, secrets) for inner in value]
        case _:
            return cover(str(value), secrets)
