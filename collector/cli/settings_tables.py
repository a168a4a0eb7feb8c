"""Settings as Markdown tables, made from their models: a table for the source, one for each model within."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, get_args

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from collector.plugin.durations import format_duration
from collector.plugin.settings import ConnectorSettings

HEADER = ("key", "default", "for")


def settings_tables(model: type[ConnectorSettings]) -> dict[str, str]:
    """The tables by the key that they stand under, with dots; that of the source itself under ''.

    The keys that every source has are left out, but for those that the connector has made
    its own. Keys that a model shares with another one, whose class it extends, stand in
    the other one's table.
    """
    own = {name: spec for name, spec in model.model_fields.items() if _is_own(name, spec)}
    within = dict(_within(own, ""))
    return {"": _rows(own)} | {key: _rows(_besides(found, within)) for key, found in within.items()}


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(["| " + " | ".join(header) + " |", "|" + "---|" * len(header), *lines])


def _is_own(name: str, spec: FieldInfo) -> bool:
    common = ConnectorSettings.model_fields.get(name)
    return common is None or repr(common) != repr(spec)


def _within(fields: Mapping[str, FieldInfo], above: str) -> Iterator[tuple[str, type[BaseModel]]]:
    """The models in some fields and in these models, each at the first key that holds it."""
    seen: set[type[BaseModel]] = set()

    def walk(fields: Mapping[str, FieldInfo], above: str) -> Iterator[tuple[str, type[BaseModel]]]:
        for name, spec in fields.items():
            for model in _models(spec.annotation):
                if model in seen:
                    continue
                seen.add(model)
                key = f"{above}{spec.alias or name}"
                yield key, model
                yield from walk(model.model_fields, f"{key}.")

    return walk(fields, above)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models that stand anywhere in a type."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        return
    for inner in get_args(annotation):
        yield from _models(inner)


def _besides(model: type[BaseModel], within: Mapping[str, type[BaseModel]]) -> Mapping[str, FieldInfo]:
    others = [each for each in within.values() if each is not model and issubclass(model, each)]
    shared = {name for other in others for name in other.model_fields}
    return {name: spec for name, spec in model.model_fields.items() if name not in shared}


def _rows(fields: Mapping[str, FieldInfo]) -> str:
    return table(
        HEADER, [[f"`{spec.alias or name}`", _default(spec), _told(name, spec)] for name, spec in fields.items()]
    )


def _told(name: str, spec: FieldInfo) -> str:
    if spec.description is None and name in ConnectorSettings.model_fields:
        return ConnectorSettings.model_fields[name].description or "–"
    return spec.description or "–"


def _default(spec: FieldInfo) -> str:
    if spec.is_required():
        return "required"
    default = spec.get_default(call_default_factory=True, validated_data={})
    match default:
        case None | SecretStr() | BaseModel() | "":
            return "–"
        case bool():
            return "`true`" if default else "`false`"
        case timedelta():
            return f"`{format_duration(default)}`"
        case list() | tuple() | dict() | set() | frozenset():
            return f"`{json.dumps(default, default=list, ensure_ascii=False)}`" if default else "–"
        case _:
            return f"`{default}`"
