"""What a stream came to when it was tried, written: for people, or as JSON lines for programs.

For people an exchange and its records stand side by side where the terminal is wide
enough. Nothing that a vendor wrote can do anything to the terminal.
"""

import json
import shutil
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from collector.cli.exchanges import Secrets, described
from collector.cli.listing import plain
from collector.plugin.records import Record, as_json, known_json
from collector.plugin.window import Checkpoint
from collector.polling.trying import Step, Trial

RECORDS = 3
"""Records that are shown of each answer, unless all are wanted."""

BODY_LINES = 40
WIDE = 120
"""From so many columns on, answers and records stand side by side."""


# ── for programs ─────────────────────────────────────────────────────────────────────


def as_lines(stream: str, trial: Trial, secrets: Secrets, *, full: bool) -> Iterator[str]:
    """An object for each exchange, and one for how it ended."""
    for step in trial.steps:
        exchange = {} if step.exchange is None else described(step.exchange, secrets, full=full)
        shown = _shown(step, full=full)
        records = [_record(each, secrets) for each in shown]
        yield _line({"stream": stream, **exchange, "records": records, "records_left_out": _left(step, shown)})
    ended = {"reason": trial.reason, "message": secrets.cover(trial.message) if trial.message else None}
    yield _line(
        {"stream": stream, "ended": "stopped" if trial.stopped else "failed" if trial.reason else "done", **ended}
    )


def _line(row: Mapping[str, Any]) -> str:
    return json.dumps(plain(row), ensure_ascii=False)


def _record(record: Record | Checkpoint, secrets: Secrets) -> Any:
    if isinstance(record, Checkpoint):
        return {"type": "checkpoint", "cursor": secrets.cover(record.cursor)}
    return secrets.covered(as_json(record), named=lambda _: False)


def _shown(step: Step, *, full: bool) -> list[Record | Checkpoint]:
    """The first records, and the last checkpoint."""
    records: list[Record | Checkpoint] = [each for each in step.records if isinstance(each, Record)]
    places = [each for each in step.records if isinstance(each, Checkpoint)]
    return [*(records if full else records[:RECORDS]), *places[-1:]]


def _left(step: Step, shown: Sequence[Record | Checkpoint]) -> int:
    return step.count - sum(isinstance(each, Record) for each in shown)


# ── for people ───────────────────────────────────────────────────────────────────────


def as_text(stream: str, trial: Trial, secrets: Secrets, *, full: bool) -> Iterator[str]:
    """Each exchange with its records: beside it where there is room, else below it."""
    return map(_harmless, _text(stream, trial, secrets, full=full))


def _text(stream: str, trial: Trial, secrets: Secrets, *, full: bool) -> Iterator[str]:
    width = shutil.get_terminal_size().columns
    for number, step in enumerate(trial.steps, start=1):
        left = (
            []
            if step.exchange is None
            else list(_exchange_lines(described(step.exchange, secrets, full=full), full=full))
        )
        right = list(_record_lines(step, secrets, full=full))
        yield _rule(f"{stream}, request {number}" if step.exchange is not None else stream, width)
        yield from _beside(left, right, width) if left and width >= WIDE else [*left, *(f"→ {each}" for each in right)]
        yield ""
    if not trial.steps:
        yield f"{stream}: no request was made"
    records = sum(step.count for step in trial.steps)
    requests = sum(step.exchange is not None for step in trial.steps)
    told = f"{stream}: {requests} requests, {records} records"
    yield told + ("; there is more, which --limit leaves out" if trial.stopped else "")


def _harmless(line: str) -> str:
    """A line that can do nothing to a terminal, whatever a vendor wrote."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in line)


def _rule(title: str, width: int) -> str:
    return f"── {title} ".ljust(min(width, 160), "─")


def _exchange_lines(exchange: Mapping[str, Any], *, full: bool) -> Iterator[str]:
    request = exchange["request"]
    yield f"{request['method']} {request['url']}"
    for name, value in request["headers"].items():
        yield f"> {name}: {value}"
    if "body" in request:
        yield from _body_lines(request["body"], full=full)
    if "fault" in exchange:
        yield f"✗ {exchange['fault']}"
        return
    answer = exchange["response"]
    yield f"{answer['status']}, {answer['bytes']:,} bytes"
    for name, value in answer["headers"].items():
        yield f"< {name}: {value}"
    yield from _body_lines(answer["body"], full=full)


def _body_lines(body: Any, *, full: bool) -> list[str]:
    text = body if isinstance(body, str) else json.dumps(body, indent=2, ensure_ascii=False)
    lines = text.splitlines()
    if full or len(lines) <= BODY_LINES:
        return lines
    return [*lines[:BODY_LINES], f"… {len(lines) - BODY_LINES} more lines"]


def _record_lines(step: Step, secrets: Secrets, *, full: bool) -> Iterator[str]:
    shown = _shown(step, full=full)
    for each in shown:
        if isinstance(each, Checkpoint):
            continue
        known = secrets.covered(known_json(each), named=lambda _: False)
        yield " ".join(filter(None, (each.type, str(known.pop("id", "")))))
        for name, value in known.items():
            yield f"  {name}: {_cell(value)}"
    if not step.count:
        yield "no records"
    if left := _left(step, shown):
        yield f"… {left} more records"
    yield from (f"checkpoint {secrets.cover(each.cursor)}" for each in shown if isinstance(each, Checkpoint))


def _cell(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}={each}" for name, each in value.items())
    return str(value)


def _beside(left: Sequence[str], right: Sequence[str], width: int) -> Iterator[str]:
    column = (width - 3) * 3 // 5
    one, other = _wrapped(left, column), _wrapped(right, width - 3 - column)
    for number in range(max(len(one), len(other))):
        first = one[number] if number < len(one) else ""
        second = other[number] if number < len(other) else ""
        yield f"{first.ljust(column)} │ {second}".rstrip()


def _wrapped(lines: Sequence[str], width: int) -> list[str]:
    found: list[str] = []
    for line in lines:
        indent = " " * (len(line) - len(line.lstrip()) + 2)
        found += textwrap.wrap(line, width, subsequent_indent=indent, drop_whitespace=False) or [""]
    return found
