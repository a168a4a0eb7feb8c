"""How long data are kept, as durations: what `retention:` in the configuration comes to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from collector.plugin.durations import parse_duration

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Limits:
    """How long each kind of data is kept; None: for ever."""

    facts: timedelta | None = None
    entities: timedelta | None = None
    readings: timedelta | None = None

    @staticmethod
    def of(retention: Mapping[str, Any]) -> "Limits":
        """Those of `Config.retention`."""
        kept = {kind: parse_duration(limit) for kind, limit in retention.items() if limit != "forever"}
        return Limits(**kept)


def first_kept(limit: timedelta | None, today: date) -> date | None:
    """The first day that a limit keeps whole; None: all days."""
    if limit is None:
        return None
    days = -(-limit // _DAY)
    return today - timedelta(days=min(days, today.toordinal() - 1))
