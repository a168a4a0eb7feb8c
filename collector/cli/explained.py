"""What `kpi explain` prints: an explanation as text for people, as JSON for programs."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal

from collector.cli.amounts import amount, days, is_exact, number
from collector.cli.explained_inputs import cut_lines, input_lines
from collector.cli.explained_streams import days_lines, stream_lines
from collector.cli.listing import plain
from collector.kpi.explain import Explanation, MemberValue
from collector.kpi.formula import Name, Node, Number, constants, names
from collector.kpi.lacks import Lack, Told
from collector.kpi.values import Kpi, Value
from collector.kpi.windows import Days
from collector.kpi.written import written
from collector.settings.model import Project
from collector.vocabulary.explanations import ADVICE, BETTER, FLAGS, INPUTS, LABELS, LACKS, say
from collector.vocabulary.hours import WorkingHours
from collector.vocabulary.texts import REASONS, Language, text, word
from collector.web.figures import value_row

Numbers = Mapping[Name, Decimal | None]


def as_text(told: Explanation, *, project: Project, language: Language) -> str:
    """Some paragraphs: what it is, what it comes to, why these days, what went in."""
    kpi, value = told.kpi, told.value
    title, description = _in(kpi.title, language) or kpi.name, _in(kpi.description, language)
    of = "" if value.dimension is None else f" [{value.dimension}: {value.title}]"
    head = f"{kpi.name} [{value.window}]{of}: {title}" + (f" — {description}" if description else "")
    width = max(len(LABELS[key][language]) for key in LABELS)
    lines = [head]
    for label, block in _blocks(told, project, language):
        first, *rest = block
        lines.append(f"  {say(LABELS, label, language):{width}}  {first}")
        lines += [f"  {'':{width}}    {line}" for line in rest]
    return "\n".join([*lines, ""])


def _blocks(told: Explanation, project: Project, language: Language) -> Iterator[tuple[str, list[str]]]:
    """Labels, and the lines that stand beside and below each."""
    kpi, value = told.kpi, told.value
    yield "formula", [f"{kpi.formula}   ({kpi.unit}; {say(BETTER, kpi.better, language)})", *_expanded(kpi)]
    if (comes_to := put_in(kpi, told.numbers, value, language)) is not None:
        yield "put_in", [comes_to]
    yield "value", [_value(value, language)]
    if missing := [_lack(each, language) for each in told.lacks]:
        yield "missing", missing
    if told.without_costs:
        yield "missing", [say(LACKS, "no_costs", language)]
    if value.undefined is not None:
        yield "to_do", [advice(told, language)]
    yield "days", list(days_lines(told, project, language))
    if not value.fresh:
        yield "held", [text("held_long", language, day=value.last or "…")]
    for flag in sorted(value.flags):
        yield "doubt", [say(FLAGS, flag, language)]
    for each in told.inputs:
        yield "input", list(input_lines(told, each, project.currency, language))
    for measure, origins in told.broken_down.items():
        yield "cut", list(cut_lines(measure, told.by or "", origins, language))
    for member in told.members:
        yield "member", [_member(kpi, member, language)]
    for stream in told.streams:
        yield "stream", list(stream_lines(stream, language))
    if told.dimensions:
        yield "by", [", ".join(told.dimensions)]


def as_json(told: Explanation, *, project: Project, language: Language) -> str:
    """One object on one line; sentences are in the language, all else is data."""
    kpi, value = told.kpi, told.value
    found: dict[str, object] = {
        **value_row(value),
        "title": _in(kpi.title, language),
        "description": _in(kpi.description, language),
        "formula": kpi.formula,
        "better": kpi.better,
        "put_in": put_in(kpi, told.numbers, value, language),
        "reference": told.reference,
        "live": told.live,
        "zone": project.zone.key,
        "days": told.bounds,
        "flags": sorted(value.flags),
        "doubts": [say(FLAGS, flag, language) for flag in sorted(value.flags)],
        "dimensions": told.dimensions,
        "inputs": told.inputs,
        "streams": told.streams,
        "missing": [{"what": each.what, **each.facts, "text": _lack(each, language)} for each in told.lacks],
        "without_costs": told.without_costs,
        "advice": None if value.undefined is None else advice(told, language),
    }
    if told.members or told.broken_down:
        found["broken_down"] = told.broken_down
        found["members"] = [
            {
                **value_row(each.value),
                "put_in": put_in(kpi, each.numbers, each.value, language),
                "without_costs": each.without_costs,
            }
            for each in told.members
        ]
    return json.dumps(_data(found, language), ensure_ascii=False)


def _data(value: object, language: Language) -> object:
    """Anything as JSON has it: days ISO, decimals as strings, durations in seconds."""
    match value:
        case Days():
            return {"from": value.first.isoformat(), "through": value.last.isoformat()}
        case WorkingHours():
            return value.told(language)
        case Mapping():
            return {str(name): _data(inner, language) for name, inner in value.items()}
        case frozenset():
            return [_data(inner, language) for inner in sorted(value)]
        case list() | tuple():
            return [_data(inner, language) for inner in value]
        case _ if is_dataclass(value):
            return {each.name: _data(getattr(value, each.name), language) for each in fields(value)}
    return plain(value)


# ── sentences ────────────────────────────────────────────────────────────────────────


def put_in(kpi: Kpi, numbers: Numbers, value: Value, language: Language) -> str | None:
    """The formula with its numbers, and what it comes to; None where a number is missing, or it is only one."""
    node = kpi.expression
    if node is None or isinstance(node, Name):
        return None
    on: dict[Node, Decimal] = {name: found for name, found in numbers.items() if found is not None}
    on |= {each: found for each in constants(node) if (found := each.on(value.last)) is not None}
    if not on.keys() >= {*names(node), *constants(node)}:
        return None
    between = "; " if language == "ru" else ", "
    formula = written(node, lambda leaf: number(_number(leaf, on), language), between=between)
    if value.value is None:
        return formula
    exact = is_exact(value.value) and all(is_exact(each) for each in on.values())
    return f"{formula} {'=' if exact else '≈'} {number(value.value, language)}"


def _number(leaf: Node, on: Mapping[Node, Decimal]) -> Decimal:
    return leaf.value if isinstance(leaf, Number) else on[leaf]


_REMEDIES = {"no_constant": "state_constant", "stages_unknown": "name_stages"}
"""What a person is told to do about these, where no source is missing."""


def advice(told: Explanation, language: Language) -> str:
    """What to do about a value that does not exist."""
    missing = list(told.missing)
    undecided = [each for each in told.lacks if each.what in _REMEDIES]
    if undecided and not missing:
        return " ".join(say(LACKS, _REMEDIES[each.what], language, **each.facts) for each in undecided)
    if not missing:
        missing = [
            f"{each.facts['measure']} ({each.facts['dimension']})"
            for each in told.lacks
            if "dimension" in each.facts and "measure" in each.facts
        ]
    return say(ADVICE, told.value.undefined or "", language, missing=", ".join(missing))


def _in(texts: Mapping[str, str], language: Language) -> str | None:
    return texts.get(language) or texts.get("en")


def _expanded(kpi: Kpi) -> Iterator[str]:
    """The formula in measures alone, where it names other KPIs."""
    if kpi.expression is not None and {name.name for name in names(kpi.expression)} - set(_WORD.findall(kpi.formula)):
        yield f"= {written(kpi.expression)}"


_WORD = re.compile(r"[a-z][a-z0-9_]*")


def _value(value: Value, language: Language) -> str:
    if value.value is not None:
        told = amount(value.value, value.unit, value.currency, language)
        return told if is_exact(value.value) else f"{told}   ({plain(value.value)})"
    if value.undefined is None:
        return say(INPUTS, "none", language)
    return f"{say(INPUTS, 'none', language)}: {word(REASONS, value.undefined, language)} ({value.undefined})"


def _lack(each: Lack, language: Language) -> str:
    return say(LACKS, each.what, language, **{name: _place(fact) for name, fact in each.facts.items()})


def _place(fact: Told) -> object:
    if isinstance(fact, tuple):
        return days(day for day in fact if isinstance(day, date)) or ", ".join(str(each) for each in fact)
    return fact


def _member(kpi: Kpi, member: MemberValue, language: Language) -> str:
    value = member.value
    comes_to = put_in(kpi, member.numbers, value, language)
    told = say(LACKS, "no_costs", language) if member.without_costs else _value(value, language)
    return f"{value.title}: {told}" + (f" = {comes_to}" if comes_to else "")
