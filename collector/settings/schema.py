"""The JSON Schema of a whole configuration, the settings of every connector in it."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from collector.plugin.discovery import ConnectorInfo
from collector.settings.keys import CONTAINERS, ProjectKeys, TopKeys

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_NAMES = {"pattern": "^[a-z][a-z0-9_]*$"}
_INCLUDE = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
_HOLDS_PASSWORD = {"format": "password", "writeOnly": True}


def config_schema(connectors: Mapping[str, ConnectorInfo]) -> dict[str, Any]:
    """The schema of a configuration file, for these connectors."""
    models: dict[str, type[BaseModel]] = {name: info.type.settings_type for name, info in connectors.items()}
    wanted: list[type[BaseModel]] = list(dict.fromkeys([TopKeys, ProjectKeys, *models.values()]))
    refs, common = models_json_schema([(model, "validation") for model in wanted], ref_template="#/$defs/{model}")
    definitions: dict[str, Any] = common.get("$defs", {})

    def definition(model: type[BaseModel]) -> dict[str, Any]:
        found: dict[str, Any] = definitions[refs[(model, "validation")]["$ref"].rsplit("/", 1)[-1]]
        return found

    for name, model in models.items():
        definitions[f"source:{name}"] = _source(name, definition(model))
    definitions["source"] = {
        "type": "object",
        "required": ["connector"],
        "properties": {"connector": {"enum": sorted(models)}},
        "oneOf": [{"$ref": f"#/$defs/source:{name}"} for name in sorted(models)],
    }
    sources = {"type": "object", "propertyNames": _NAMES, "additionalProperties": {"$ref": "#/$defs/source"}}
    for keys_model in (TopKeys, ProjectKeys):
        keys = definition(keys_model)["properties"]
        keys["sources"] = sources | {"description": CONTAINERS["sources"]}
        keys["include"] = _INCLUDE | {"description": CONTAINERS["include"]}
    project = refs[(ProjectKeys, "validation")]
    top = definition(TopKeys)
    top["properties"]["store"] |= _HOLDS_PASSWORD
    top["properties"]["projects"] = {
        "type": "object",
        "propertyNames": _NAMES,
        "additionalProperties": project,
        "description": CONTAINERS["projects"],
    }
    return {"$schema": DIALECT, "title": "kpi-collector configuration", **refs[(TopKeys, "validation")]} | {
        "$defs": dict(sorted(definitions.items()))
    }


def connector_schema(info: ConnectorInfo) -> dict[str, Any]:
    """The schema of one connector's sources."""
    schema = info.type.settings_type.model_json_schema(mode="validation")
    definitions = {"$defs": schema.pop("$defs")} if "$defs" in schema else {}
    return {"$schema": DIALECT, **_source(info.type.name, schema), **definitions}


def _source(name: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings' schema with the key that chooses the connector."""
    keys = dict(settings.get("properties", {}))
    if "proxy" in keys:
        keys["proxy"] = keys["proxy"] | _HOLDS_PASSWORD
    return {
        **settings,
        "title": f"A source read by the connector {name}",
        "properties": {"connector": {"const": name, "description": "The connector"}, **keys},
        "required": ["connector", *settings.get("required", [])],
    }
