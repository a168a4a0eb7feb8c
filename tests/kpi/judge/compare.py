"""The program's figures against the truth.

The last step: `Judge.holds` runs `kpi show` once and checks each of its lines, those that are
missing, and those that should not be there.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.kpi.judge.facts import GIVEN
from tests.kpi.judge.files import judged
from tests.kpi.judge.kpis import KPIS, Kpi
from tests.kpi.judge.truth import Outcome, Truth
from tests.kpi.judge.world import World

Program = Callable[..., str]
Line = Mapping[str, Any]
Lines = dict[str | None, Line]
TOLERANCE = Decimal("1e-9")  # amounts are kept in millionths, and a month's is spread over its days


@dataclass(frozen=True)
class Question:
    at: date
    window: str
    by: str | None = None


class Judge:
    """One world, and the program that has read it.

    `pending` names what the program cannot do yet: features, and of the answers `overlap` and
    `given` (a vendor's own figure by member).
    """

    def __init__(self, world: World, config: Path, program: Program, pending: Collection[str] = ()) -> None:
        self.world, self.config, self.program, self.pending = world, config, program, pending
        self.truth = Truth(world)

    def faults(self, question: Question) -> list[str]:
        """All that the program says and is not so; or does not say, and is."""
        shown, found = self.shown(question), []
        for name in judged(self.world):
            if self._is_judged(name, question):
                outcome = self.truth.outcome(name, question.window, question.at, question.by)
                lines = shown.get(name, {})
                if "overlap" in self.pending:
                    lines.pop("overlap", None)
                    outcome.members.pop("overlap", None)
                told = _of_whole(lines, outcome) if question.by is None else _of_members(KPIS[name], lines, outcome)
                found += [f"{name} {question.window} at {question.at} by {question.by}: {fault}" for fault in told]
                found += [f"{name}: {fault}" for line in lines.values() for fault in self._form(KPIS[name], line)]
        return found

    def shown(self, question: Question) -> dict[str, Lines]:
        asked = ["--at", question.at, "--window", question.window, "--format", "json"]
        asked += ["--by", question.by] if question.by else []
        found: dict[str, Lines] = defaultdict(dict)
        for text in self.program("--config", self.config, "kpi", "show", *asked).splitlines():
            line = json.loads(text)
            found[line["kpi"]][line.get("member")] = line
        return found

    def _is_judged(self, name: str, question: Question) -> bool:
        """Where the texts leave open what should come out, nothing is asked."""
        kpi = KPIS[name]
        if kpi.where and question.by not in (None, kpi.where[0]):  # a filter has its own break-down only
            return False
        if any("." in term for term in kpi.terms) and not question.window.endswith("d"):
            return False
        if kpi.lag and question.window == "all":
            return False
        if question.by and "given" in self.pending and GIVEN.keys() & kpi.measures.values():
            return False
        if question.by in ("source_medium", "channel", "campaign"):
            of_facts = all(self.truth.books.facts.sources(kpi.measures[term]) for term in kpi.terms)
            return of_facts or (question.by != "source_medium" and "channels" in self.world.features)
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
    if abs(Decimal(line["value"]) - value) > TOLERANCE * max(Decimal(1), abs(value)):
        found.append(f"{line['value']}, not {value}")
    first, last = outcome.days
    if line["through"] != last.isoformat():
        found.append(f"through {line['through']}, not {last}")
    if first != date.min and line["from"] != first.isoformat():
        found.append(f"from {line['from']}, not {first}")
    return found


def _of_members(kpi: Kpi, lines: Lines, outcome: Outcome) -> list[str]:
    found = []
    lacks_rate = "no_rate" in outcome.members.values()  # the others may be left out: they are not the sum
    for member, value in outcome.members.items():
        line = lines.get(member)
        if isinstance(value, str):
            if line is not None and line["value"] is not None:
                found.append(f"{member}: {line['value']}, not {value}")
        elif line is not None:
            found += [f"{member}: {fault}" for fault in _of_value(line, value, outcome)]
        elif not lacks_rate and (value or not _is_sum(kpi)):
            found.append(f"{member}: no line, not {value}")
    for member in lines.keys() - outcome.members.keys():
        value = lines[member]["value"]
        if value is not None and not (_is_sum(kpi) and Decimal(value) == 0):
            found.append(f"{member}: {value}, a member that should not be")
    return found


def _is_sum(kpi: Kpi) -> bool:
    """Members of which nothing happened in the window may be shown as 0, or be left out."""
    return "/" not in kpi.unit and kpi.unit not in ("ratio", "second")
