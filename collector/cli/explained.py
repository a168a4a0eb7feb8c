"""What `kpi explain` prints: an explanation as text for people, as JSON for programs."""

import json
from collections.abc import Iterator

from collector.cli.listing import plain
from collector.kpi.explain import Explanation, Input, StreamUse
from collector.settings.model import Project
from collector.vocabulary.texts import REASONS
from collector.web.figures import value_row


def as_json(told: Explanation, *, project: Project) -> str:
    """One object on one line."""
    kpi = told.kpi
    found: dict[str, object] = {
        **value_row(told.value),
        "title": kpi.title.get(project.language) or kpi.title.get("en"),
        "description": kpi.description.get(project.language) or kpi.description.get("en"),
        "formula": kpi.formula,
        "reference": plain(told.reference),
        "flags": sorted(told.value.flags),
        "dimensions": list(told.dimensions),
        "inputs": [{name: plain(value) for name, value in vars(each).items()} for each in told.inputs],
        "streams": [{name: plain(value) for name, value in vars(each).items()} for each in told.streams],
        "advice": told.advice,
    }
    return json.dumps(found, ensure_ascii=False)


def as_text(told: Explanation, *, project: Project) -> str:
    """A paragraph or two."""
    return "\n".join([*_lines(told, project), ""])


def _lines(told: Explanation, project: Project) -> Iterator[str]:
    kpi, value, language = told.kpi, told.value, project.language
    title = kpi.title.get(language) or kpi.title.get("en") or kpi.name
    description = kpi.description.get(language) or kpi.description.get("en")
    yield f"{kpi.name} [{value.window}]: {title}" + (f" — {description}" if description else "")
    yield f"  formula  {kpi.formula}   ({kpi.unit}, better: {kpi.better})"
    if value.value is not None:
        yield f"  value    {plain(value.value)} {kpi.unit}" + (f" ({value.currency})" if value.currency else "")
    else:
        reason = value.undefined or ""
        yield f"  value    none: {REASONS[reason][language] if reason in REASONS else reason} ({reason})"
    if told.advice:
        yield f"  to do    {told.advice}"
    asked = "now, so through yesterday" if told.live else f"as of {told.reference}"
    if value.first and value.last:
        yield f"  days     {value.first} … {value.last}, both inside ({asked}; days of {project.zone.key})"
    else:
        yield f"  days     none ({asked})"
    if not value.fresh:
        yield "  held     a source has not answered lately; these are the last good figures"
    if value.flags:
        yield f"  flags    {', '.join(sorted(value.flags))}"
    yield from (f"  input    {_input(each)}" for each in told.inputs)
    yield from (f"  stream   {_stream(each)}" for each in told.streams)
    if told.dimensions:
        yield f"  by       {', '.join(told.dimensions)}"


def _input(each: Input) -> str:
    name = each.name + (f".{each.window}" if each.window else "") + (f" ({each.where})" if each.where else "")
    if each.left_out:
        return f"{name}: optional, no source gives it"
    return f"{name} = {plain(each.value)} {each.unit}" if each.value is not None else f"{name}: none ({each.reason})"


def _stream(each: StreamUse) -> str:
    through = f"data through {each.data_through}" if each.data_through else "no complete day"
    begins = f" from {each.first_day}" if each.first_day else ""
    read = f"last read {plain(each.last_success)}" if each.last_success else "never read"
    optional = "" if each.required else ", not required"
    message = f": {each.message}" if each.message else ""
    return f"{each.source}/{each.stream}: {through}{begins}, {read}, {each.freshness}, {each.state}{optional}{message}"
