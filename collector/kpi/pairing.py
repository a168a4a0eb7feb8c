"""Which measures can be said of two dimensions at once, and the rows that say it.

Between `supply` (who gives a measure) and `filtered`. By source and site every measure
that comes by another dimension comes at once: who delivered a row tells these members.
"""

from collections.abc import Collection, Mapping
from functools import cached_property

from sqlalchemy import Connection

from collector.kpi.supply import VIRTUAL, Feed, Supply, stored_dimensions
from collector.kpi.windows import Days
from collector.plugin.connector import Cut
from collector.settings.model import Project
from collector.store import pairs as store
from collector.store.configured import channel_rules, entity_dimensions
from collector.store.rollup import cut_of_pair

_NOT_OF_PARTS = frozenset({"given", "distinct", "median"})
"""Aggregations that facts state of exactly one cut."""


class Pairing:
    """Pairs of dimensions of one project in one transaction."""

    def __init__(self, tx: Connection, project: Project, supplied: Mapping[str, Supply]) -> None:
        self._tx = tx
        self._project = project
        self._supplied = supplied
        self._rules = channel_rules(project)
        self._known: dict[tuple[str, str, str], bool] = {}

    def has(self, name: str, by: str, of: str) -> bool:
        """Whether a measure can be said by one dimension, of some members of another or the same one."""
        key = (name, by, of)
        if key not in self._known:
            supply = self._supplied[name]
            in_both = {by, of} <= supply.dimensions
            self._known[key] = in_both and (
                by == of or all(self.is_told(supply, feed, by, of) for feed in supply.feeds)
            )
        return self._known[key]

    def is_told(self, supply: Supply, feed: Feed, by: str, of: str) -> bool:
        """Whether one stream gives a measure by both dimensions at once."""
        stored = {by, of} - set(VIRTUAL)
        if not feed.states(supply.measure):
            return stored <= stored_dimensions(self._project, supply.measure, feed, by_campaign=self._by_campaign)
        if supply.measure.aggregation in _NOT_OF_PARTS:
            return False
        return len(stored) < 2 or self.cut(supply, feed, by, of) is not None

    def cut(self, supply: Supply, feed: Feed, by: str, of: str) -> Cut | None:
        """The cut in which a stream's facts state a measure by both."""
        cuts = feed.stream.provides.get(supply.measure.name, ())
        found = cut_of_pair(cuts, by, of, by_campaign=self._by_campaign)
        return None if found is None else tuple(found)

    @cached_property
    def _by_campaign(self) -> bool:
        return self._rules.uses_campaigns

    # ── rows ─────────────────────────────────────────────────────────────────────────

    def rows(self, names: Collection[str], days: Days, by: str, of: str) -> list[store.Pair]:
        """Measures as they were delivered, by day, owner, currency and both members.

        All that entities come to is read at once: the time goes into reading them.
        """
        asked = store.Crossing(days.first, days.last, by, of)
        measures = {name: self._supplied[name.partition(":")[0]] for name in names}
        found = self._of_entities(measures, asked)
        for name, supply in measures.items():
            found += self._of_facts(name, supply, asked)
        return [row for row in found if row.owner in measures[row.measure].owners]

    def _of_entities(self, measures: Mapping[str, Supply], asked: store.Crossing) -> list[store.Pair]:
        feeds = [(supply, feed) for supply in measures.values() for feed in supply.feeds]
        systems = {feed.source.system for supply, feed in feeds if not feed.states(supply.measure)}
        if not systems:
            return []
        dimensions = {system: entity_dimensions(self._project, system) for system in systems}
        return store.entry_pairs(self._tx, self._project.name, measures, asked, dimensions=dimensions)

    def _of_facts(self, name: str, supply: Supply, asked: store.Crossing) -> list[store.Pair]:
        cuts = {
            (feed.source.name, feed.stream.name): ",".join(sorted(cut))
            for feed in supply.feeds
            if feed.states(supply.measure) and (cut := self.cut(supply, feed, asked.by, asked.of)) is not None
        }
        if not cuts:
            return []
        digest = self._rules.digest()
        return store.fact_pairs(self._tx, self._project.name, name, asked, cuts=cuts, rules=digest)
