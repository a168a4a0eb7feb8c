"""The program's figures against the truth.

The last step: `Judge.holds` runs `kpi show` once and checks each of its lines, those that are
missing, and those that should not be there.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.kpi.judge.kpis import Kpi
from tests.kpi.judge.truth import Outcome, Truth
from tests.kpi.judge.world import World

Program = Callable[..., str]
Line = Mapping[str, Any]
Lines = dict[str | None, Line]
TOLERANCE = Decimal("1e-9")  # amounts are kept in millionths, and a month's is spread over its days


@dataclass(frozen=True)
class Question:
    """What `kpi show` is asked for; without a window, each KPI's own."""

    at: date
    window: str | None = None
    by: str | None = None


class Judge:
    """One world, and the program that has read it."""

    def __init__(self, world: World, config: Path, program: Program) -> None:
        self.world, self.config, self.program = world, config, program
        self.truth = Truth(world)

    def faults(self, question: Question) -> list[str]:
        """All that the program says and is not so; or does not say, and is."""
        shown, found = self.shown(question), []
        for name, kpi in self.truth.kpis.items():
            windows = set(kpi.windows) if question.window is None else {question.window}
            asked = [window for window in windows if self._is_judged(name, window, question.by)]
            for window in asked:
                told = self._of(name, replace(question, window=window), shown.get((name, window), {}))
                found += [f"{name} {window} at {question.at} by {question.by}: {fault}" for fault in told]
            strange = {key[1] for key in shown if key[0] == name} - windows
            found += [f"{name} is shown for {window}" for window in strange]
        return found

    def shown(self, question: Question) -> dict[tuple[str, str], Lines]:
        asked = ["--at", question.at, "--format", "json"]
        asked += ["--window", question.window] if question.window else []
        asked += ["--by", question.by] if question.by else []
        found: dict[tuple[str, str], Lines] = defaultdict(dict)
        for text in self.program("--config", self.config, "kpi", "show", *asked).splitlines():
            line = json.loads(text)
            found[line["kpi"], line["window"]][line.get("member")] = line
        return found

    def _of(self, name: str, question: Question, lines: Lines) -> list[str]:
        kpi, outcome = self.truth.kpis[name], self._outcome(name, question)
        form = [fault for line in lines.values() for fault in self._form(kpi, line)]
        if question.by:
            whole = self._outcome(name, replace(question, by=None)).members.get(None)
            return form + _of_members(kpi, lines, outcome) + self._of_total(kpi, lines, whole)
        return form + _of_whole(lines, outcome)

    def _outcome(self, name: str, question: Question) -> Outcome:
        assert question.window is not None
        return self.truth.outcome(name, question.window, question.at, question.by)

    def _of_total(self, kpi: Kpi, lines: Lines, whole: Decimal | str | None) -> list[str]:
        """Members add up to the whole, with their overlap; a vendor's cuts need not."""
        cuts = [source for term in kpi.terms for source in self.truth.books.facts.sources(kpi.measures[term])]
        told = [Decimal(line["value"]) for line in lines.values() if line["value"] is not None]
        is_one_cut = not kpi.optional and all(len(source.cuts) == 1 for source in cuts)
        if not (told and is_one_cut and _is_sum(kpi) and isinstance(whole, Decimal)):
            return []
        return [] if _equal(sum(told, Decimal(0)), whole) else [f"its members add up to {sum(told)}, not to {whole}"]

    def _is_judged(self, name: str, window: str, by: str | None) -> bool:
        """Where the texts leave open what should come out, nothing is asked.

        Of leads and deals no text names a `source_medium`. Without `channels` nothing says by
        which way they came, so that only what facts state has a channel and a campaign.
        """
        kpi = self.truth.kpis[name]
        if any("." in term for term in kpi.terms) and not window[0].isdigit():
            return False
        if kpi.lag and window == "all":
            return False
        if by in ("source_medium", "channel", "campaign"):
            of_facts = all(self.truth.books.facts.sources(kpi.measures[term]) for term in kpi.terms)
            return of_facts or (by != "source_medium" and "channels" in self.world.features)
        return True

    def _form(self, kpi: Kpi, line: Line) -> list[str]:
        currency = self.world.currency if kpi.unit.startswith("money") else None
        expected = {"unit": kpi.unit, "currency": currency, "fresh": True}
        return [f"{key} {line[key]!r}, not {value!r}" for key, value in expected.items() if line[key] != value]


def _of_whole(lines: Lines, outcome: Outcome) -> list[str]:
    line, value = lines.get(None), outcome.members.get(None, Decimal(0))
    if line is None:
        return ["there is no line"]
    reason = outcome.undefined or (value if isinstance(value, str) else None)
    if reason or isinstance(value, str):
        return [] if line["undefined"] == reason else [f"{line['value']} ({line['undefined']}), not {reason}"]
    return _of_value(line, value, outcome)


def _of_value(line: Line, value: Decimal, outcome: Outcome) -> list[str]:
    assert outcome.days is not None
    if line["value"] is None:
        return [f"undefined ({line['undefined']}), not {value}"]
    found = []
    if not _equal(Decimal(line["value"]), value):
        found.append(f"{line['value']}, not {value}")
    first, last = outcome.days
    if line["through"] != last.isoformat():
        found.append(f"through {line['through']}, not {last}")
    if first != date.min and line["from"] != first.isoformat():
        found.append(f"from {line['from']}, not {first}")
    return found


def _equal(told: Decimal, value: Decimal) -> bool:
    return abs(told - value) <= TOLERANCE * max(Decimal(1), abs(value))


def _of_members(kpi: Kpi, lines: Lines, outcome: Outcome) -> list[str]:
    found = []
    for member, value in outcome.members.items():
        line = lines.get(member)
        if isinstance(value, str):
            if line is not None and line["value"] is not None:
                found.append(f"{member}: {line['value']}, not {value}")
        elif line is not None:
            found += [f"{member}: {fault}" for fault in _of_value(line, value, outcome)]
        elif value or not _is_sum(kpi):
            found.append(f"{member}: no line, not {value}")
    for member in lines.keys() - outcome.members.keys():
        value = lines[member]["value"]
        if value is not None and not (_is_sum(kpi) and Decimal(value) == 0):
            found.append(f"{member}: {value}, a member that should not be")
    return found


def _is_sum(kpi: Kpi) -> bool:
    """Members of which nothing happened in the window may be shown as 0, or be left out."""
    return "/" not in kpi.unit and kpi.unit not in ("ratio", "second")
