"""How much of a world a simulator shows: the same numbers give the same answers."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class World:
    """`days` days before `today` (None: the clock's day), at a `size`; all chance comes from `seed`."""

    seed: int = 1
    days: int = 400
    size: int = 1
    today: date | None = None
