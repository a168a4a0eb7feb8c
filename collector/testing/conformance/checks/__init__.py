"""All checks, in the order in which they are tried: first what others rest on."""

from collections.abc import Sequence

from collector.testing.conformance.checks import (
    answers,
    building,
    cursors,
    cuts,
    limits,
    memory,
    pages,
    reading,
    refusals,
    repeats,
    resuming,
    secrets,
    settings,
    streams,
    tokens,
    windows,
)
from collector.testing.conformance.outcome import Check

CHECKS: Sequence[Check] = (
    settings.CHECK,
    building.CHECK,
    streams.CHECK,
    cuts.CHECK,
    reading.CHECK,
    answers.EMPTY,
    pages.CHECK,
    refusals.RATE_LIMIT,
    refusals.REFUSALS,
    refusals.SERVER_FAULTS,
    answers.NO_JSON,
    tokens.CHECK,
    resuming.CHECK,
    windows.CHECK,
    repeats.REPEATED,
    repeats.DETERMINISTIC,
    cursors.CHECK,
    secrets.CHECK,
    limits.CHECK,
    memory.CHECK,
)
