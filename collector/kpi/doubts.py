"""What is to be doubted of a value, besides what its figures say: late, restatable or immature days."""

from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property

from sqlalchemy import Connection

from collector.kpi.supply import Condition
from collector.kpi.values import Kpi
from collector.kpi.windows import Days
from collector.settings.model import Project
from collector.store.measures import percentile

_MATURING = frozenset({"qualified_leads", "leads_converted"})
"""What the leads of a day still become."""

_FOUR_OF_FIVE = Decimal("0.8")


class Doubts:
    """Doubts about values of one project, as they are known today: entities are kept in their present state."""

    def __init__(self, tx: Connection, project: Project, today: date) -> None:
        self._tx = tx
        self._project = project
        self._today = today

    def of(self, kpi: Kpi, state: Condition, days: Days) -> frozenset[str]:
        """`partial`: some data may still be on their way; `provisional`: the last day may be restated;
        `immature`: its youngest leads are younger than four of five that were converted."""
        alive = [feed for feed in state.feeds if feed.lives_by(days.last)]
        late = any(feed.through is None or feed.through < days.last for feed in alive)
        found = {
            "partial": days.partial or late,
            "provisional": not all(feed.is_final(days.last, self._project) for feed in alive),
            "immature": bool(kpi.measures & _MATURING) and self._is_young(days.last),
        }
        return frozenset(name for name, is_so in found.items() if is_so)

    def _is_young(self, last: date) -> bool:
        seconds = self._converting
        return seconds is not None and self._today - last < timedelta(seconds=seconds)

    @cached_property
    def _converting(self) -> int | None:
        return percentile(self._tx, self._project.name, "seconds_to_convert", share=_FOUR_OF_FIVE)
