"""Rows that `kpi` commands list: definitions, values, values beside earlier ones."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from collector.cli.amounts import rounded
from collector.cli.asked import Chosen, windows_of
from collector.cli.listing import Format
from collector.kpi.comparing import Change, Comparison, compare, compare_members
from collector.kpi.engine import Engine
from collector.kpi.values import Kpi, Value
from collector.settings.model import Config, Project
from collector.snapshot.families import family_name
from collector.web.figures import decimal_text, value_row

LIST_COLUMNS = ["name", "unit", "better", "windows", "formula", "metric", "title"]
SHOW_COLUMNS = ["kpi", "window", "from", "through", "value", "unit", "currency", "fresh", "undefined"]
COMPARED = ["previous", "change", "change_ratio", "year_ago", "change_year", "change_year_ratio"]


def columns_of(config: Config, columns: list[str]) -> list[str]:
    """The columns, with the project where there are several."""
    return columns if len(config.projects) == 1 else ["project", *columns]


def definition_row(config: Config, project: Project, kpi: Kpi) -> dict[str, object]:
    """What a KPI is."""
    row: dict[str, object] = {} if len(config.projects) == 1 else {"project": project.name}
    return row | {
        "name": kpi.name,
        "unit": kpi.unit,
        "better": kpi.better,
        "windows": list(kpi.windows),
        "formula": kpi.formula,
        "metric": family_name(kpi, None),
        "title": kpi.title.get(project.language) or kpi.title.get("en") or kpi.name,
    }


def shown(chosen: Chosen, engine: Engine) -> Iterator[Kpi]:
    """The KPIs to show; what no source gives only if it was named, or is listed in the configuration."""
    wanted = chosen.named or chosen.project.kpis is not None
    return (kpi for kpi in chosen.kpis if wanted or engine.condition(kpi).is_configured)


def values(chosen: Chosen, engine: Engine, window: str | None, by: str | None) -> Iterator[Value]:
    """The values to show."""
    for kpi in shown(chosen, engine):
        for which in windows_of(kpi, window):
            members = [] if by is None else engine.members(kpi, which, by)
            yield from members
            if _is_whole_shown(kpi, engine, by, members):
                whole = engine.whole(kpi, which)
                if by is None or whole.undefined is not None:  # it says why there are no members
                    yield whole


def comparisons(chosen: Chosen, engine: Engine, window: str | None, by: str | None) -> Iterator[Comparison]:
    """The same, each beside earlier ones."""
    for kpi in shown(chosen, engine):
        for which in windows_of(kpi, window):
            members = [] if by is None else compare_members(engine, kpi, which, by)
            yield from members
            if _is_whole_shown(kpi, engine, by, members):
                whole = compare(engine, kpi, which)
                if by is None or whole.value.undefined is not None:
                    yield whole


def _is_whole_shown(kpi: Kpi, engine: Engine, by: str | None, members: Sequence[object]) -> bool:
    """Whether a KPI's whole is looked at: nothing else was asked for, or there are no members of what was."""
    return by is None or (not members and by in engine.dimensions(kpi))


def row(config: Config, value: Value, by: str | None, output: Format) -> dict[str, object]:
    """One value."""
    found: dict[str, object] = dict(value_row(value))
    if len(config.projects) == 1:
        del found["project"]
    if by is None:
        del found["member"]
    elif value.dimension is None:  # a whole that stands for all members: it says why there are none
        found |= {by: None, "member": found.pop("member")}
    if output == "table" and value.value is not None:
        found["value"] = rounded(value.value)
    return found


def compared_row(config: Config, found: Comparison, by: str | None, output: Format) -> dict[str, object]:
    """One value beside earlier ones."""
    told = [*_change(found.change), *_change(found.change_year)]
    form = _short if output == "table" else decimal_text
    return row(config, found.value, by, output) | {
        name: form(value) for name, value in zip(COMPARED, told, strict=True)
    }


def _change(change: Change) -> tuple[Decimal | None, ...]:
    return change.earlier, change.by, change.ratio


def _short(value: Decimal | None) -> Decimal | None:
    return None if value is None else rounded(value)
