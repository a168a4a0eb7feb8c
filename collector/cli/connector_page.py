"""A connector in Markdown, made from its code: what it is, where it asks, its settings and streams.

`blocks` are the pieces by name, which a README holds between marks (`marked`); `page` is
all of them under headings, which `connector docs NAME` prints.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from collector.cli.settings_tables import settings_tables, table
from collector.plugin.connector import Connector, Cut, Stream, declared_streams
from collector.plugin.discovery import ConnectorInfo
from collector.plugin.durations import format_duration
from collector.plugin.limits import Concurrency, Limit
from collector.plugin.measure import Measure

Measures = Mapping[str, Measure]

ENTITIES = {
    "lead": "leads",
    "deal": "deals",
    "stage_change": "stage changes",
    "customer": "customers",
    "post": "posts",
    "member": "names of members",
    "rate": "currency rates",
    "gone": "deletions",
}
"""What a stream gives besides measures."""


def blocks(info: ConnectorInfo, measures: Measures) -> dict[str, str]:
    """`about`, `limits`, `settings`, `settings KEY` for each key that holds keys, and `streams`.

    What a class declares none of, since its settings say it, is left out.
    """
    found = {"about": about(info.type), "limits": _limits(info.type)}
    found |= {f"settings {key}".strip(): text for key, text in settings_tables(info.type.settings_type).items()}
    if declared := declared_streams(info.type):
        found["streams"] = streams_table(declared, measures)
    return {name: text for name, text in found.items() if text}


def page(info: ConnectorInfo, measures: Measures) -> str:
    """All that the code tells of a connector."""
    made = blocks(info, measures)
    told = [f"# {info.type.title or info.type.name}", *filter(None, [made.pop("about", "")])]
    origin = [f"`{info.type.name}`", info.type.stability, info.version, info.origin]
    told.append(table(["connector", "stability", "version", "comes with"], [origin]))
    told += ["## Hosts and limits", made.pop("limits", "Where requests go, and within which limits, the settings say.")]
    told.append("## Settings")
    for name in [each for each in made if each.startswith("settings")]:
        key = name.removeprefix("settings").strip()
        told += [f"### `{key}`", made[name]] if key else [made[name]]
    told += ["## Streams", made.get("streams", "Which there are, the settings say.")]
    return "\n\n".join(told) + "\n"


def about(connector: type[Connector[Any]]) -> str:
    """What it says of itself; '' if nothing."""
    return " ".join((connector.__doc__ or "").strip().split("\n\n")[0].split())


def connectors_table(infos: Iterable[ConnectorInfo], pages: Mapping[str, str]) -> str:
    """A row for each connector; `pages` are the addresses of READMEs by its name."""
    rows = []
    for info in sorted(infos, key=lambda each: each.type.name):
        title = info.type.title or info.type.name
        linked = f"[{title}]({pages[info.type.name]})" if info.type.name in pages else title
        rows.append([f"`{info.type.name}`", about(info.type).rstrip("."), info.type.stability, linked])
    return table(["connector", "reads", "stability", "settings"], rows)


def streams_table(streams: Iterable[Stream], measures: Measures) -> str:
    """What each stream is asked for, how often, how far back it is corrected, and what it gives."""
    rows = []
    for stream in streams:
        restated = "–" if stream.restates is None else format_duration(stream.restates)
        reads = " ".join((stream.read.__doc__ or "").strip().split("\n\n")[0].split()) or "–"
        gives = "; ".join(_gives(stream, measures)) or "–"
        rows.append([f"`{stream.name}`", reads, stream.kind, format_duration(stream.every), restated, gives])
    return table(["stream", "reads", "kind", "every", "restated", "gives"], rows)


def _gives(stream: Stream, measures: Measures) -> Iterator[str]:
    for name, cuts in stream.provides.items():
        unit = f" ({measures[name].unit})" if name in measures else ""
        yield f"`{name}`{unit}: {', '.join(map(_cut, cuts))}"
    yield from (words for kind, words in ENTITIES.items() if kind in stream.yields)
    if stream.sweep is not None:
        yield "what is gone, by a sweep"


def _cut(cut: Cut) -> str:
    return "by " + " and ".join(f"`{each}`" for each in cut) if cut else "whole"


def _limits(connector: type[Connector[Any]]) -> str:
    hosts = list(dict.fromkeys(_hosts(connector)))
    lines = [f"- Requests go to {', '.join(f'`{host}`' for host in hosts)}."] if hosts else []
    lines += [f"- {_limit(each)}." for each in connector.limits]
    return "\n".join(lines)


def _hosts(connector: type[Connector[Any]]) -> Iterator[str]:
    addresses: list[object] = [connector.base_url]
    fields = connector.settings_type.model_fields
    addresses += [spec.default for name, spec in fields.items() if name.endswith("_url")]
    yield from filter(None, (urlsplit(each).hostname for each in addresses if isinstance(each, str)))
    yield from connector.hosts


def _limit(limit: Limit) -> str:
    if isinstance(limit, Concurrency):
        return f"At most {limit.calls} under way at once, {_whose(limit.key)}"
    where = f" to `{limit.paths}…`" if limit.paths else ""
    burst = f", {limit.burst:g} at once" if limit.burst is not None else ""
    per = format_duration(limit.period)
    return f"At most {limit.calls:g} {limit.name}{where} in any {per}{burst}, {_whose(limit.key)}"


def _whose(key: str) -> str:
    return f"of one {key}" if key in ("source", "host") else "of one IP address" if key == "ip" else f"of one `{key}`"
