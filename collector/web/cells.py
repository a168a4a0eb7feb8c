"""The cells of the scoreboard: a figure, how it has moved, what is to be doubted of it.

Pure: values come in, words go out; the template escapes them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from collector.kpi.comparing import changed
from collector.kpi.values import Kpi, Value
from collector.vocabulary.explanations import FLAGS, say
from collector.vocabulary.texts import REASONS, Language, text, word
from collector.web import words

Tone = Literal["good", "bad", "flat"]


@dataclass(frozen=True)
class Move:
    """How a figure has changed since the window before: `▲ 12.3 %`; `title` says what it was."""

    shown: str
    tone: Tone
    title: str


@dataclass(frozen=True)
class Cell:
    """A KPI in a window: a figure, or why there is none. `held` is the last day of a kept one."""

    window: str
    figure: str | None = None
    missing: str | None = None
    held: str | None = None
    move: Move | None = None
    doubts: str | None = None
    """What is to be doubted of the figure, in sentences."""


def cells(
    kpi: Kpi, values: Mapping[str, Value], windows: Iterable[str], day: str | None, language: Language
) -> Iterator[Cell]:
    """A KPI's cells, window by window; `day`: its last complete one."""
    share = words.are_shares([value.value for value in values.values() if value.value is not None])
    for window in windows:
        value = values.get(window)
        if value is None:
            yield Cell(window)
        elif value.value is None:
            yield Cell(window, missing=word(REASONS, value.undefined or "no_data", language))
        else:
            yield Cell(
                window,
                figure=words.figure(
                    value.value, unit=kpi.unit, currency=value.currency, language=language, as_share=share
                ),
                held=None if value.fresh else day or "",
                move=_move(kpi, value, language, as_share=share),
                doubts="; ".join(say(FLAGS, flag, language) for flag in sorted(value.flags)) or None,
            )


def doubts_of(values: Iterable[Value], language: Language) -> tuple[str, ...]:
    """A sentence for each doubt that any of the figures bears."""
    found = {flag for value in values if value.value is not None for flag in value.flags}
    return tuple(say(FLAGS, flag, language) for flag in sorted(found))


def _move(kpi: Kpi, value: Value, language: Language, *, as_share: bool) -> Move | None:
    change = changed(value.value, value.previous)
    if change.by is None or change.earlier is None:
        return None
    earlier = words.figure(change.earlier, unit=kpi.unit, currency=value.currency, language=language, as_share=as_share)
    title = text("previous", language, figure=earlier)
    if not change.by:
        return Move("→", "flat", title)
    arrow = "▲" if change.by > 0 else "▼"
    return Move(
        f"{arrow} {_size(kpi, change.by, change.ratio, language, as_share=as_share)}", _tone(kpi, change.by), title
    )


def _size(kpi: Kpi, by: Decimal, ratio: Decimal | None, language: Language, *, as_share: bool) -> str:
    """Shares move by points, all else by per cent of what was; from nothing there is no per cent."""
    if kpi.unit == "ratio" and as_share:
        return text("points", language, n=words.decimal(abs(by) * 100, 1, language))
    if ratio is None:
        return words.figure(abs(by), unit=kpi.unit, currency=None, language=language, as_share=as_share)
    return words.figure(abs(ratio), unit="ratio", currency=None, language=language)


def _tone(kpi: Kpi, by: Decimal) -> Tone:
    if kpi.better == "within":
        return "flat"
    return "good" if (by > 0) == (kpi.better == "up") else "bad"
