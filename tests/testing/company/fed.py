"""The program fed by the company's files, and how its answers stand to the books.

`Fed` runs the program through its command line alone. Where the two differ, the texts decide who
is wrong; the tests here only say that they do.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

from collector.cli import invoke
from collector.testing.company.books import Books, Outcome
from collector.testing.company.books.figures import DIMENSIONS, GIVEN
from collector.testing.company.books.kpis import KPIS, WINDOWS, Kpi
from collector.testing.company.books.of_facts import ADS
from collector.testing.company.company import Company
from collector.testing.company.files import write_csv
from collector.vocabulary.measures import BUILT_IN

Line = Mapping[str, Any]
TOLERANCE = Decimal("1e-9")  # the program keeps amounts in millionths
LONG_AFTER = int(datetime.fromisoformat("2099-01-01T00:00:00Z").timestamp())
"""The files are read long after the last lead was due an answer."""

UNITS = {measure.name: measure.unit for measure in BUILT_IN}
MEASURES = {
    f"{name}_alone": Kpi((name,), lambda figure: figure, UNITS[name], (GIVEN[name],) if name in GIVEN else WINDOWS)
    for name in DIMENSIONS
}
"""Each measure as a KPI of its own, so that the program can be asked for it."""
ALL = {**KPIS, **MEASURES}


@dataclass(frozen=True)
class Question:
    """What `kpi show` is asked for; without a window, each KPI's own."""

    at: date
    window: str | None = None
    by: str | None = None


def program(*arguments: object) -> str:
    out = StringIO()
    with redirect_stdout(out):
        code = invoke(["--log.level", "error", *map(str, arguments)])
    assert code == 0, (arguments, out.getvalue())
    return out.getvalue()


class Fed:
    """A program whose store holds the company; to be fed anew as the company moves on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def feed(self, company: Company) -> None:
        self.books = Books(company, polled=LONG_AFTER)
        self.config = write_csv(company, self.folder)
        told = [f"  - {name}\n" for name in KPIS]
        told += [
            f"  - {{name: {name}, formula: {kpi.terms[0]}, unit: {kpi.unit}, better: up, "
            f"windows: [{', '.join(kpi.windows)}]}}\n"
            for name, kpi in MEASURES.items()
        ]
        with self.config.open("a", encoding="utf-8") as file:
            file.write("kpis:\n" + "".join(told))
        program("--config", self.config, "poll", "--all")

    def faults(self, question: Question) -> list[str]:
        """All that the program says otherwise than the books."""
        shown, found = self.shown(question), []
        for name, kpi in ALL.items():
            if question.by and not _is_judged(kpi, question.by):
                continue
            for window in (question.window,) if question.window else kpi.windows:
                outcome = self.books.value_of(kpi, window, question.at, (question.by,) if question.by else ())
                lines = shown.get((name, window), {})
                told = _of_members(kpi, lines, outcome) if question.by else _of_whole(lines, outcome, kpi)
                found += [f"{name} {window} at {question.at} by {question.by}: {fault}" for fault in told]
        return found

    def shown(self, question: Question) -> Mapping[tuple[str, str], Mapping[str | None, Line]]:
        asked = ["--at", str(question.at), "--format", "json"]
        asked += ["--window", question.window] if question.window else []
        asked += ["--by", question.by] if question.by else []
        found: dict[tuple[str, str], dict[str | None, Line]] = defaultdict(dict)
        for text in program("--config", self.config, "kpi", "show", *asked).splitlines():
            line = json.loads(text)
            found[line["kpi"], line["window"]][line.get("member")] = line
        return found


def _is_judged(kpi: Kpi, by: str) -> bool:
    """The books know the source of advertising alone; a filtered KPI has no other break-down than its filter's."""
    if by == "source":
        return set(kpi.terms) <= set(ADS)
    return by == "channel" or not kpi.paid


def _of_whole(lines: Mapping[str | None, Line], outcome: Outcome, kpi: Kpi) -> Iterator[str]:
    line, value = lines.get(None), outcome.undefined or outcome.values.get((), "no value")
    if line is None:
        yield "there is no line"
    elif isinstance(value, str):
        if line["undefined"] != value:
            yield f"{line['value']} ({line['undefined']}), not {value}"
    else:
        yield from _of_value(line, value)
        if line["through"] != str(outcome.last) or outcome.first not in (None, date.fromisoformat(line["from"])):
            yield f"{line['from']} … {line['through']}, not {outcome.first} … {outcome.last}"
        if line["currency"] != ("RUB" if kpi.is_money else None):
            yield f"in {line['currency']}"


def _of_members(kpi: Kpi, lines: Mapping[str | None, Line], outcome: Outcome) -> Iterator[str]:
    values = {key[0]: value for key, value in outcome.values.items()}
    for member, value in values.items():
        line = lines.get(member)
        if isinstance(value, str):
            if line is not None and line["value"] is not None:
                yield f"{member}: {line['value']}, not {value}"
        elif line is not None:
            yield from (f"{member}: {fault}" for fault in _of_value(line, value))
        elif value or not _is_sum(kpi):
            yield f"{member}: no line, not {value}"
    told_only = [name for name in lines if name not in values]
    for name in told_only:
        told = lines[name]["value"]
        if told is not None and not (_is_sum(kpi) and Decimal(told) == 0):
            yield f"{name}: {told}, a member that should not be"


def _of_value(line: Line, value: Decimal) -> Iterable[str]:
    if line["value"] is None:
        return [f"undefined ({line['undefined']}), not {value}"]
    is_equal = abs(Decimal(line["value"]) - value) <= TOLERANCE * max(Decimal(1), abs(value))
    return [] if is_equal else [f"{line['value']}, not {value}"]


def _is_sum(kpi: Kpi) -> bool:
    return "/" not in kpi.unit and kpi.unit not in ("ratio", "second")
