"""The JSON Schema: every key of the models, every connector, secrets marked."""

from typing import Any

import pytest

from collector.plugin.discovery import Plugins
from collector.settings.keys import PROJECT_KEYS, TOP_KEYS
from collector.settings.schema import config_schema, connector_schema


@pytest.fixture
def schema(plugins: Plugins) -> dict[str, Any]:
    return config_schema(plugins.connectors)


def test_it_has_all_keys_of_the_top_level_and_of_projects(schema: dict[str, Any]) -> None:
    top, project = schema["$defs"]["TopKeys"], schema["$defs"]["ProjectKeys"]

    assert schema["$ref"] == "#/$defs/TopKeys"
    assert set(top["properties"]) == TOP_KEYS | {"include"}
    assert set(project["properties"]) == PROJECT_KEYS | {"include"}
    assert top["additionalProperties"] is False


def test_it_has_the_settings_of_every_connector(schema: dict[str, Any]) -> None:
    acme = schema["$defs"]["source:acme"]

    assert {"$ref": "#/$defs/source:acme"} in schema["$defs"]["source"]["oneOf"]
    assert acme["properties"]["connector"]["const"] == "acme"
    assert acme["required"] == ["connector", "token"]
    assert acme["properties"]["token"] == {
        "description": "Read-only key",
        "format": "password",
        "title": "Token",
        "type": "string",
        "writeOnly": True,
    }


def test_what_holds_a_password_is_marked_as_secret(schema: dict[str, Any]) -> None:
    for key in (
        schema["$defs"]["TopKeys"]["properties"]["store"],
        schema["$defs"]["source:acme"]["properties"]["proxy"],
    ):
        assert (key["format"], key["writeOnly"]) == ("password", True)


def test_a_measure_may_be_written_short(schema: dict[str, Any]) -> None:
    measures = schema["$defs"]["ProjectKeys"]["properties"]["measures"]

    assert measures["additionalProperties"] == {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/OwnMeasure"}]}


def test_every_reference_leads_somewhere(schema: dict[str, Any], plugins: Plugins) -> None:
    for each in (schema, *(connector_schema(info) for info in plugins.connectors.values())):
        for reference in _references(each):
            name = reference.removeprefix("#/$defs/")
            assert name in each["$defs"]


def _references(node: object) -> list[str]:
    match node:
        case {"$ref": str(found)}:
            return [found]
        case dict():
            return [found for inner in node.values() for found in _references(inner)]
        case list():
            return [found for inner in node for found in _references(inner)]
        case _:
            return []
