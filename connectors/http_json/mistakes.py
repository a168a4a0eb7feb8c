"""What is wrong with names and requests of a description, told to the faults; each by its key."""

from collections.abc import Iterable
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from collector.plugin import SourceContext
from connectors.http_json.asking import RequestSettings
from connectors.http_json.faults import Faults
from connectors.http_json.mapped import MappingSettings
from connectors.http_json.names import CLICK_IDS, RECORDS_OF, STATUSES, fields_of, is_statable, needed_of
from connectors.http_json.settings import StreamSettings
from connectors.http_json.templates import names


def check_kind(key: str, settings: StreamSettings, faults: Faults) -> None:
    """Tell what a stream of its kind cannot have."""
    for below, each in settings.mappings.items():
        if each.record not in RECORDS_OF[settings.kind]:
            fit = ", ".join(sorted(RECORDS_OF[settings.kind]))
            faults.add(f"{key}.{below}record", f"a stream of kind {settings.kind} yields {fit}")
    if settings.kind != "window":
        for name in ("restates", "per_day"):
            if getattr(settings, name):
                faults.add(f"{key}.{name}", f"is for streams of kind window, this one is {settings.kind}")
    if settings.kind != "since":
        for name in ("begin", "sweep"):
            if getattr(settings, name):
                faults.add(f"{key}.{name}", f"is for streams of kind since, this one is {settings.kind}")


def check_request(key: str, request: RequestSettings, known: frozenset[str], faults: Faults, *, begins: bool) -> None:
    """Tell of placeholders that there are not, or that cannot stand where they do, and of a body where none goes."""
    for below, value in _texts(request):
        faults.template(f"{key}.{below}", value, known)
    lacking = {"cursor"} if begins else {"cursor", "since"}
    for name in sorted(names(request.path) & lacking):
        hint = "; set `begin`" if name == "since" else ""
        faults.add(f"{key}.path", f"{{{name}}} has no value at first, and no part of a path can be left out{hint}")
    if "?" in request.path:
        faults.add(f"{key}.path", "holds a query; write it under params")
    if request.json_body is not None and request.form is not None:
        faults.add(f"{key}.form", "a body is JSON or a form, not both")
    if request.method == "GET" and (request.json_body is not None or request.form is not None):
        faults.add(f"{key}.method", "a request with a body is a POST")


def check_names(key: str, settings: MappingSettings, context: SourceContext, faults: Faults) -> None:
    """Tell of names that the record, or the project, does not have; and of fields that are needed."""
    record, figures = settings.record, settings.record in ("fact", "reading")
    _unknown(f"{key}.fields", settings.fields, fields_of(record), f"no field of a {record}", faults)
    for name in needed_of(record):
        if name not in settings.fields and not (name == "created_at" and "closed_at" in settings.fields):
            faults.add(f"{key}.fields", f"a {record} needs {name}")
    if record in ("lead", "deal"):
        if not {"created_at", "closed_at"} & set(settings.fields):
            faults.add(f"{key}.fields", f"a {record} needs created_at")
        _unknown(f"{key}.click_ids", settings.click_ids, CLICK_IDS, "no click id", faults)
        _unknown(f"{key}.dimensions", settings.dimensions, context.dimensions, "no dimension of the project", faults)
    elif settings.click_ids:
        faults.add(f"{key}.click_ids", f"are for leads and deals; a {record} has none")
    if figures:
        _measures(key, settings, context, faults)
    elif settings.measures:
        faults.add(f"{key}.measures", f"are for facts and readings; a {record} has fields")
    if not figures and record not in ("lead", "deal") and settings.dimensions:
        faults.add(f"{key}.dimensions", f"a {record} has none")
    _statuses(key, settings, faults)
    for group in ("fields", "measures", "dimensions", "click_ids"):
        for name, value in getattr(settings, group).items():
            if value.of == "outer" and settings.inner is None:
                faults.add(f"{key}.{group}.{name}.of", "there is no row around one, unless `inner` says so")


def _measures(key: str, settings: MappingSettings, context: SourceContext, faults: Faults) -> None:
    if not settings.measures:
        faults.add(f"{key}.measures", f"a {settings.record} needs a measure, such as {{sessions: visits}}")
    _unknown(f"{key}.measures", settings.measures, context.measures, "no measure", faults)
    for name in settings.measures:
        measure = context.measures.get(name)
        if measure is not None and not is_statable(measure):
            faults.add(f"{key}.measures.{name}", "is counted from entities; no vendor can state it by day")


def _statuses(key: str, settings: MappingSettings, faults: Faults) -> None:
    allowed = STATUSES.get(settings.record)
    value = settings.fields.get("status")
    if allowed is None or value is None:
        return
    told = [
        ("const", value.const),
        ("default", value.default),
        *(("map", each) for each in (value.map or {}).values()),
    ]
    for where, status in told:
        if status is not None and status not in allowed and "{" not in status:
            faults.add(f"{key}.fields.status.{where}", f"{status!r} is none of {', '.join(sorted(allowed))}")


def _unknown(key: str, given: Iterable[str], known: Iterable[str], what: str, faults: Faults) -> None:
    names_known = sorted(known)
    for name in given:
        if name not in names_known:
            near = get_close_matches(name, names_known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(names_known) or 'none'}"
            faults.add(f"{key}.{name}", f"{what}; {hint}")


def _texts(request: RequestSettings) -> Iterable[tuple[str, str]]:
    """The texts of a request that may have placeholders, each with its key."""
    yield "path", request.path
    for group, given in (("params", request.params), ("headers", request.headers), ("form", request.form or {})):
        for name, value in given.items():
            for each in value if isinstance(value, list) else [value]:
                yield f"{group}.{name}", each
    for each in _json_texts(request.json_body):
        yield "json", each


def _json_texts(value: Any) -> Iterable[str]:
    match value:
        case str():
            yield value
        case dict():
            for each in value.values():
                yield from _json_texts(each)
        case list():
            for each in value:
                yield from _json_texts(each)


def placed(request: RequestSettings) -> frozenset[str]:
    """The placeholders that stand anywhere in a request."""
    return frozenset().union(*(names(value) for _, value in _texts(request)))


def check_date(key: str, form: str, faults: Faults) -> None:
    """Tell of a way of writing dates that cannot be read back."""
    if form in ("iso", "unix", "ms"):
        return
    try:
        again = datetime.strptime(datetime(2026, 11, 23, 22, 45).strftime(form), form)  # noqa: DTZ001, DTZ007
    except ValueError:
        faults.add(key, f"{form!r} reads no dates; write iso, unix, ms, or such as %d.%m.%Y")
        return
    if (again.year, again.month) != (2026, 11):
        faults.add(key, f"{form!r} tells no year and month; write for instance %d.%m.%Y")
