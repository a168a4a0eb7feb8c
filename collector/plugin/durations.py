"""Durations as people write them: `30s 15m 24h 3d 2w`."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_PATTERN = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)")


def parse_duration(text: object) -> timedelta:
    """`"1h"` → an hour; parts add up (`"1h30m"`).

    Raises:
        ValueError: with what was found and what would be right.
    """
    if isinstance(text, timedelta):
        return text
    squeezed = text.strip() if isinstance(text, str) else str(text)
    if not squeezed or _PATTERN.sub("", squeezed).strip():
        raise ValueError(f"{squeezed!r} is no duration; write a number with ms, s, m, h, d or w, such as 15m or 3d")
    try:
        return timedelta(seconds=sum(float(number) * _UNITS[unit] for number, unit in _PATTERN.findall(squeezed)))
    except OverflowError as error:
        raise ValueError(f"{squeezed!r} is too long a duration") from error


def format_duration(duration: timedelta) -> str:
    """The shortest writing that `parse_duration` reads back."""
    seconds = duration.total_seconds()
    for unit in ("w", "d", "h", "m", "s"):
        if seconds and seconds % _UNITS[unit] == 0 and not (unit == "w" and seconds < 2 * _UNITS["w"]):
            return f"{int(seconds / _UNITS[unit])}{unit}"
    return f"{seconds:g}s"


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^(\d+(\.\d+)?(ms|s|m|h|d|w))+$", "examples": ["15m", "3d"]}),
]
"""A settings field that is written as `15m`."""
