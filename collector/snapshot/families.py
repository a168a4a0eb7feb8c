"""KPI values to metric families: what each is called, and its samples.

A KPI's whole and each of its break-downs are families of their own, so that a `sum()`
never counts twice. What is undefined has no sample; `meta` says why.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from collector.clock import end_of_day
from collector.kpi.formula import DIGITS
from collector.kpi.values import OTHER, OVERLAP, Kpi, ProjectValues, Value
from collector.plugin.durations import format_duration
from collector.snapshot.inputs import ProjectFacts
from collector.snapshot.labels import braces, labels, number, pair, plain_number, unique_titles
from collector.snapshot.reconciliation import reconciliation
from collector.snapshot.render import Family, Sample

PREFIX = "marketing_"
_DURATION_UNITS = frozenset({"second", "month"})


def unit_suffix(unit: str) -> str:
    """`_ratio`, `_seconds` or nothing, by a KPI's unit; values are in base units already."""
    above, _, below = unit.partition("/")
    if unit == "ratio" or above == below:
        return "_ratio"
    return "_seconds" if unit in _DURATION_UNITS else ""


def family_name(kpi: Kpi, dimension: str | None) -> str:
    """The metric's name for a KPI's whole (no dimension) or one of its break-downs; the unit comes last."""
    by = f"_by_{dimension}" if dimension else ""
    return f"{PREFIX}{kpi.group or kpi.name}{by}{unit_suffix(kpi.unit)}"


def cached(intervals: Iterable[timedelta]) -> str:
    """What every HELP ends with: that values are cached, and how often they are polled."""
    ordered = sorted(set(intervals))
    if not ordered:
        return "Cached between polls."
    shortest, longest = format_duration(ordered[0]), format_duration(ordered[-1])
    often = shortest if shortest == longest else f"{shortest} to {longest}"
    return f"Cached: sources are polled every {often}, a scrape reads what the last polls found."


def help_text(kpis: Sequence[Kpi], dimension: str | None, ending: str) -> str:
    """HELP of a family: the titles of its KPIs, the dimension, and that it is cached."""
    what = "; ".join(_described(kpi) for kpi in kpis)
    group = f"{kpis[0].group} by {kpis[0].label[0]}: " if kpis[0].group and kpis[0].label else ""
    by = f", by {dimension}" if dimension else ""
    return f"{group}{what}{by}. {ending}"


def _described(kpi: Kpi) -> str:
    title = kpi.title.get("en", kpi.name)
    description = kpi.description.get("en", "").rstrip(".")
    return f"{title}: {description}" if description and description != title else title


def whole_samples(kpi: Kpi, values: Iterable[Value]) -> list[Sample]:
    """A KPI's values over its windows."""
    found: dict[str, str] = {}
    for value in values:
        text = None if value.value is None else number(value.value)
        if text is not None:
            found.setdefault(f"{{{_prefix(kpi, value)}}}", text)
    return [("", label_text, text) for label_text, text in found.items()]


def member_samples(kpi: Kpi, dimension: str, values: Sequence[Value]) -> list[Sample]:
    """A KPI's values by the members of a dimension, each shown by its title."""
    prefixes: dict[tuple[str, str | None], str] = {}
    members = _member_labels(dimension, values)
    found: dict[str, str] = {}
    for value in values:
        if value.value is None or value.member is None:
            continue
        at = (value.window, value.currency)
        prefix = prefixes.get(at)
        if prefix is None:
            prefix = prefixes[at] = f"{{{_prefix(kpi, value)},"
        text = number(value.value)
        if text is not None:
            found.setdefault(f"{prefix}{members[value.member]}", text)
    return [("", label_text, text) for label_text, text in found.items()]


def _prefix(kpi: Kpi, value: Value) -> str:
    pairs = [pair("project", value.project), pair("window", value.window)]
    if kpi.is_money and value.currency:
        pairs.append(pair("currency", value.currency))
    if kpi.label is not None:
        pairs.append(pair(*kpi.label))
    return ",".join(pairs)


def _member_labels(dimension: str, values: Iterable[Value]) -> dict[str, str]:
    """By the id of each member, the end of its label text; nobody's title is that of our own members."""
    members = {value.member: value.title for value in values if value.member is not None}
    ours = {id_: id_ for id_ in (OTHER, OVERLAP) if id_ in members}
    titles = unique_titles([each for each in members.items() if each[0] not in ours], taken=tuple(ours)) | ours
    return {id_: f"{pair(dimension, title)}}}" for id_, title in titles.items()}


def meta(project: ProjectFacts, found: ProjectValues, ending: str) -> list[Family]:
    """What is said about the KPIs themselves: what they are, why they have no value, how old they are."""
    wholes = [value for value in found.values if value.dimension is None]
    return [
        Family("marketing_kpi_info", "info", "What a KPI is; always 1.", tuple(_infos(project, found.kpis))),
        Family(
            "marketing_kpi_undefined",
            "gauge",
            f"Why a KPI has no value for a window; always 1. {ending}",
            tuple(_undefined(project.name, wholes)),
        ),
        Family(
            "marketing_kpi_doubt",
            "gauge",
            f"What is to be doubted of a KPI's value (partial, provisional, vat_unset, …); always 1. {ending}",
            tuple(_doubts(project.name, wholes)),
        ),
        Family(
            "marketing_kpi_change",
            "gauge",
            f"A KPI's value minus that of as many days just before, in the KPI's unit. {ending}",
            tuple(_changes(project.name, wholes)),
        ),
        *reconciliation(project.name, found.findings, ending),
        Family(
            "marketing_unassigned_ratio",
            "gauge",
            f"The share of a measure in 28 days that no channel could be found for. {ending}",
            tuple(_unassigned(project.name, found.unassigned)),
        ),
        Family(
            "marketing_kpi_fresh",
            "gauge",
            "1: the KPI's sources have answered lately; 0: its last good values are held, or too old to be shown.",
            tuple(_fresh(project.name, wholes)),
        ),
        Family(
            "marketing_kpi_data_through_timestamp_seconds",
            "gauge",
            "The end of the last day that all sources of a KPI have completed, in the project's time zone.",
            tuple(_data_through(project, found.data_through)),
        ),
    ]


def _infos(project: ProjectFacts, kpis: Iterable[Kpi]) -> Iterable[Sample]:
    for kpi in kpis:
        title = kpi.title.get(project.language) or kpi.title.get("en") or kpi.name
        yield (
            "",
            labels(project=project.name, kpi=kpi.name, unit=kpi.unit, direction=kpi.better, mode=kpi.mode, title=title),
            "1",
        )


def _undefined(project: str, wholes: Iterable[Value]) -> Iterable[Sample]:
    reasons: dict[tuple[str, str], str] = {}
    for value in wholes:
        if value.undefined is not None:
            reasons.setdefault((value.kpi, value.window), value.undefined)
    for (kpi, window), reason in reasons.items():
        yield "", labels(project=project, kpi=kpi, window=window, reason=reason), "1"


def _doubts(project: str, wholes: Iterable[Value]) -> Iterable[Sample]:
    for value in wholes:
        if value.value is not None:
            for doubt in sorted(value.flags):
                yield "", labels(project=project, kpi=value.kpi, window=value.window, doubt=doubt), "1"


def _changes(project: str, wholes: Iterable[Value]) -> Iterable[Sample]:
    for value in wholes:
        if value.value is not None and value.previous is not None:
            change = number(DIGITS.subtract(value.value, value.previous))
            if change is not None:
                yield "", labels(project=project, kpi=value.kpi, window=value.window), change


def _unassigned(project: str, shares: Mapping[str, Decimal]) -> Iterable[Sample]:
    for measure, share in sorted(shares.items()):
        if (text := number(share)) is not None:
            yield "", labels(project=project, measure=measure), text


def _fresh(project: str, wholes: Iterable[Value]) -> Iterable[Sample]:
    """KPIs that never had a value have nothing that could be fresh."""
    fresh: dict[str, bool] = {}
    for value in wholes:
        if value.value is not None or value.undefined == "stale":
            current = value.fresh and value.undefined != "stale"
            fresh[value.kpi] = fresh.get(value.kpi, True) and current
    for kpi, current in fresh.items():
        yield "", braces(pair("project", project), pair("kpi", kpi)), "1" if current else "0"


def _data_through(project: ProjectFacts, through: Mapping[str, date]) -> Iterable[Sample]:
    for kpi, day in through.items():
        ended = end_of_day(day, project.zone)
        yield "", braces(pair("project", project.name), pair("kpi", kpi)), plain_number(ended.timestamp())
