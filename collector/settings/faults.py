"""pydantic's findings, as places in files with fault and remedy.

The one place where its words are translated. Values are shown unless they may be secret:
typed or named as one, or expanded from `${…}` (then they are shown as written).
"""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, get_args, get_origin

from pydantic import BaseModel, SecretBytes, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticCustomError

from collector.log import MASK
from collector.settings.entries import Entry, KeyPath, reach
from collector.settings.findings import Findings, looks_secret, suggestion, without_password

CUSTOM = "kpi_collector"
_LONGEST = 60
_PYDANTICS = re.compile(r"a valid (dictionary|string|list)( or instance of \w+)?")
_OURS = {"dictionary": "a mapping", "string": "a text", "list": "a list"}


def mistake(fault: str, remedy: str = "") -> PydanticCustomError:
    """A mistake in a value, with what would be right; for validators."""
    return PydanticCustomError(CUSTOM, "{fault}", {"fault": fault, "remedy": remedy})


def tell(
    error: ValidationError,
    model: type[BaseModel],
    root: Entry,
    findings: Findings,
    *,
    at: KeyPath = (),
    prefix: str = "",
    known: frozenset[str] = frozenset(),
) -> None:
    """Add what pydantic found in the value at `at` below `root` to the findings.

    `known`: keys that the value may have besides the model's.
    """
    value, _ = reach(root, at)
    fault, key_fault = partial(findings.fault, prefix=prefix), partial(findings.key_fault, prefix=prefix)
    for path, details in _grouped(error, value).items():
        first = details[0]
        field = _field(model, path)
        place = (*at, *path)
        if first["type"] == "missing":
            fault(root, place, "is missing", _why(field))
        elif first["type"] == "extra_forbidden":
            names = _names(_model(model, path[:-1])) | (known if len(path) == 1 else frozenset())
            key_fault(root, place, "unknown key", suggestion(str(path[-1]), names, what="Keys"))
        elif first["type"] == CUSTOM:
            context = first["ctx"]
            fault(root, place, _shown(context["fault"], value, path, field), context["remedy"])
        else:
            fault(root, place, _fault(details, value, path, field), _described(field))


def is_secret(annotation: object) -> bool:
    """Whether a type holds a secret somewhere."""
    if annotation in (SecretStr, SecretBytes):
        return True
    return any(is_secret(inner) for inner in get_args(annotation))


def secret_paths(model: type[BaseModel]) -> Iterator[tuple[str, ...]]:
    """The keys of a model that are typed as secrets, those of models in it too."""
    for name, field in model.model_fields.items():
        key = field.alias or name
        if is_secret(field.annotation):
            yield (key,)
        else:
            inner = _inner_model(field.annotation)
            if inner is not None and inner is not model:
                yield from ((key, *path) for path in secret_paths(inner))


def _grouped(error: ValidationError, value: Entry) -> Mapping[KeyPath, list[ErrorDetails]]:
    """By the key that they concern: the branches of a union come as several."""
    groups: dict[KeyPath, list[ErrorDetails]] = {}
    for details in error.errors(include_url=False, include_input=False):
        loc = details["loc"]
        _, found = reach(value, loc)
        if details["type"] == "missing":
            found = (*found, loc[-1])
        groups.setdefault(found, []).append(details)
    return groups


def _fault(details: list[ErrorDetails], value: Entry, path: KeyPath, field: FieldInfo | None) -> str:
    own = [detail for detail in details if detail["type"] == "value_error"]
    entry, found = reach(value, path)
    if found == path and entry.value is None:
        return "has no value"
    if own:  # a validator's own words are the best ones
        told = own[0]["msg"].removeprefix("Value error, ")
        return _shown(told, value, path, field)
    wanted = dict.fromkeys(_wanted(detail["msg"]) for detail in details)
    return f"found {_found(value, path, field)}; {', or '.join(wanted)}"


def _wanted(message: str) -> str:
    message = _PYDANTICS.sub(lambda match: _OURS[match[1]], message)
    for beginning, instead in (("Input should be", "should be"), ("Value should", "should")):
        if message.startswith(beginning):
            return instead + message.removeprefix(beginning)
    return message[:1].lower() + message[1:]


def _shown(text: str, value: Entry, path: KeyPath, field: FieldInfo | None) -> str:
    """A validator's message without what may be secret in it."""
    entry, found = reach(value, path)
    secret = _may_be_secret(path, field)
    for inner in [entry] if found == path else []:
        for _, scalar in inner.walk():
            plain = scalar.value
            if isinstance(plain, str) and plain and (secret or scalar.written is not None):
                text = text.replace(plain, MASK if secret else scalar.written or MASK)
    return text


def _found(value: Entry, path: KeyPath, field: FieldInfo | None) -> str:
    entry, _ = reach(value, path)
    plain = entry.value
    match plain:
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case None:
            return "nothing"
        case bool():
            return str(plain).lower()
        case _ if _may_be_secret(path, field):
            return "a text" if isinstance(plain, str) else "a number"
        case str():
            text = without_password(entry.written or plain)
            return repr(text if len(text) <= _LONGEST else text[:_LONGEST] + "…")
        case _:
            return str(plain)


def _may_be_secret(path: KeyPath, field: FieldInfo | None) -> bool:
    typed = field is not None and is_secret(field.annotation)
    return typed or any(looks_secret(step) for step in path if isinstance(step, str))


def _why(field: FieldInfo | None) -> str:
    """What to tell whoever left a key out."""
    extra = field.json_schema_extra if field else None
    return str(extra["why"]) if isinstance(extra, dict) and "why" in extra else _described(field)


def _described(field: FieldInfo | None) -> str:
    if field is None or not field.description:
        return ""
    return field.description.rstrip(".") + "."


def _names(model: type[BaseModel] | None) -> frozenset[str]:
    fields = model.model_fields if model else {}
    return frozenset(field.alias or name for name, field in fields.items())


def _field(model: type[BaseModel], path: KeyPath) -> FieldInfo | None:
    """The field that a path ends at, or lies in."""
    found: FieldInfo | None = None
    inside: type[BaseModel] | None = model
    is_name = False  # the next step is no field but a key of a mapping of models
    for step in path:
        if inside is None or not isinstance(step, str):
            continue
        if is_name:
            is_name = False
            continue
        found = next((f for name, f in inside.model_fields.items() if step == (f.alias or name)), None)
        if found is None:
            return None
        inside = _inner_model(found.annotation)
        is_name = _has_mapping(found.annotation)
    return found


def _has_mapping(annotation: object) -> bool:
    return get_origin(annotation) is dict or any(map(_has_mapping, get_args(annotation)))


def _model(model: type[BaseModel], path: KeyPath) -> type[BaseModel] | None:
    """The model that the value at a path is of."""
    if not path:
        return model
    field = _field(model, path)
    return _inner_model(field.annotation) if field else None


def _inner_model(annotation: object) -> type[BaseModel] | None:
    """The model in `X | None`, `list[X]`, `dict[str, X]`."""
    if isinstance(annotation, type) and get_origin(annotation) is None and issubclass(annotation, BaseModel):
        return annotation
    inner: tuple[Any, ...] = get_args(annotation)
    return next((found for found in map(_inner_model, inner) if found is not None), None)
