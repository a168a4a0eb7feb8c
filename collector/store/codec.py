"""How days, instants and values are kept: whole numbers, exact on every database. And bodies: JSON."""

from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from pydantic_core import from_json, to_json

MILLION = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_ONE = Decimal(1)

FLAG_BITS = {"sampled": 1, "thresholded": 2, "partial": 4, "immature": 8}


def to_micros(value: Decimal) -> int:
    """A value in millionths; what is finer is rounded half to even."""
    scaled = value * MILLION
    whole = int(scaled)
    return whole if whole == scaled else int(scaled.quantize(_ONE, ROUND_HALF_EVEN))


def from_micros(value: int) -> Decimal:
    """The value that `to_micros` stored."""
    return Decimal(value) / MILLION


def to_instant(moment: datetime) -> int:
    """Microseconds since 1970 UTC, without a float on the way."""
    return (moment - _EPOCH) // _MICROSECOND


def from_instant(micros: int) -> datetime:
    """The aware UTC instant."""
    return _EPOCH + timedelta(microseconds=micros)


def optional_instant(micros: int | None) -> datetime | None:
    """The same where there may be none."""
    return None if micros is None else from_instant(micros)


def optional_day(ordinal: int | None) -> date | None:
    """A day from its ordinal, where there may be none."""
    return None if ordinal is None else date.fromordinal(ordinal)


def to_flags(flags: frozenset[str]) -> int:
    """Flags as bits."""
    return sum(FLAG_BITS[flag] for flag in flags) if flags else 0


def from_flags(bits: int) -> frozenset[str]:
    """The flags that `to_flags` stored."""
    return frozenset(flag for flag, bit in FLAG_BITS.items() if bits & bit)


def json_of(value: object) -> str:
    """A body as it is kept: no spaces, letters of all alphabets as they are."""
    return to_json(value).decode()


def of_json(text: str) -> Any:
    """What `json_of` gave (equal keys are one string: there are millions). Bodies hold no numbers with a point."""
    return from_json(text, cache_strings="keys")
