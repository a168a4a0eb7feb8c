"""What two sources give of one thing: which of the two counts.

Called by `sources`: visits that GA4 and Metrica both count on one site must not be added
up, nor the spend of an ad system that web analytics tell and the system itself. Sources of
other sites, or without a web measure in common, have nothing to settle.
"""

from collections.abc import Iterable, Mapping, Sequence

from collector.settings.entries import Entry
from collector.settings.findings import Findings
from collector.settings.model import Source
from collector.vocabulary.measures import WEB_MEASURES

_NAMED = 3
"""Measures that a message names."""


def check_primaries(built: Mapping[str, Source], parent: Entry, findings: Findings, *, prefix: str) -> None:
    """Tell the sources below `parent` of which not just one is the primary source of their site."""
    for names, measures in _rivals(built.values()).items():
        site, shared = built[names[0]].site, _told(measures)
        primary = [name for name in names if built[name].settings.primary]
        if not primary:
            *others, last = names
            fault = f"gives {shared} of the site {site}, as {' and '.join(others)} {_do(others)}; none is primary"
            remedy = f"Write primary: true at the one of {', '.join(names)} that counts."
            findings.fault(parent, (last,), fault, remedy, prefix=prefix)
        for name in primary[1:]:
            fault = f"{primary[0]} is the primary source of the site {site} already, for {shared}"
            findings.fault(parent, (name, "primary"), fault, "Keep one of the two.", prefix=prefix)


def check_spend(built: Mapping[str, Source], parent: Entry, findings: Findings, *, prefix: str) -> None:
    """Tell the sources that give the spend of an ad system which another source reads directly."""
    live = [source for source in built.values() if source.settings.mode == "live"]
    for source in live:
        told = frozenset[str]().union(*(stream.instead_of for stream in source.streams))
        for other in live:
            gives = any("spend" in stream.provides for stream in other.streams)
            if other is not source and gives and other.connector.type.name in told:
                fault = f"gives the spend of {other.connector.type.name}, which {other.name} reads directly"
                findings.fault(parent, (source.name,), fault, "Leave it out in one of the two.", prefix=prefix)


def _rivals(sources: Iterable[Source]) -> dict[tuple[str, ...], list[str]]:
    """The live sources that give the same web measures of one site, with these measures."""
    givers: dict[tuple[str, str], list[str]] = {}
    for source in sources:
        if source.settings.mode == "live":
            given = {measure for stream in source.streams for measure in stream.provides}
            for measure in sorted(given & WEB_MEASURES):
                givers.setdefault((source.site, measure), []).append(source.name)
    found: dict[tuple[str, ...], list[str]] = {}
    for (_, measure), names in givers.items():
        if len(names) > 1:
            found.setdefault(tuple(names), []).append(measure)
    return found


def _told(measures: Sequence[str]) -> str:
    return ", ".join([*measures[:_NAMED], *(["…"] if len(measures) > _NAMED else [])])


def _do(names: Sequence[str]) -> str:
    return "do" if len(names) > 1 else "does"
