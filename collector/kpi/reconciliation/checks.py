"""Which checks a project has: those of which its sources give both sides.

A check names two sides, each a measure of some streams, whole or of some members of a
dimension. Measures of several sources or sites are summed, as KPIs sum them; only web
measures of two sources of one site are set beside each other.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from collector.kpi.engine import Engine
from collector.kpi.supply import Feed, Supply, feeds_of
from collector.plugin.measure import Measure
from collector.store.sums import LEDGER, StreamName
from collector.vocabulary import reconciliation as words

Keep = Literal["all", "online", "assigned", "advertised"]
"""Which members of a dimension count: all; channels of web leads; all but Unassigned; those with clicks."""


@dataclass(frozen=True)
class Side:
    """A measure of some streams; with `by`, summed up from the members of that dimension that are kept."""

    measure: str
    feeds: tuple[Feed, ...]
    states: bool
    """The streams' facts state it; else it is rolled up from entities."""
    by: str | None = None
    keep: Keep = "all"

    @property
    def streams(self) -> frozenset[StreamName]:
        """As the store names them."""
        if self.states:
            return frozenset((feed.source.name, feed.stream.name) for feed in self.feeds)
        return frozenset((feed.source.system, LEDGER) for feed in self.feeds)


@dataclass(frozen=True)
class Check:
    """Two sides; `members`: the dimensions whose members are judged one by one as well."""

    name: str
    a: Side
    b: Side
    members: tuple[str, ...] = ()


def checks(engine: Engine) -> list[Check]:
    """All checks, in the order in which they are documented."""
    found = [*_sales(engine), *_ads(engine), *_visits(engine), *_costs(engine), *_cuts(engine), *_shares(engine)]
    return [each for each in found if each.a.feeds and each.b.feeds]


def _side(supply: Supply, by: str | None = None, keep: Keep = "all") -> Side:
    states = any(feed.states(supply.measure) for feed in supply.feeds)
    feeds = tuple(feed for feed in supply.feeds if feed.states(supply.measure) is states)
    return Side(supply.measure.name, feeds, states, by, keep)


def _sales(engine: Engine) -> Iterator[Check]:
    """What the site tells of purchases and forms, and what the CRM has of them."""
    supplied = engine.supplied
    if {"purchases", "deals"} <= supplied.keys() and "channel" in supplied["deals"].dimensions:
        yield Check(words.PURCHASES, _side(supplied["purchases"]), _side(supplied["deals"], "channel", "online"))
    if {"key_events", "web_leads"} <= supplied.keys():
        yield Check(words.FORMS, _side(supplied["key_events"]), _side(supplied["web_leads"]))


def _ads(engine: Engine) -> Iterator[Check]:
    """Clicks, and the sessions of their channels; by channel and by campaign too."""
    sessions, clicks = engine.supplied.get("sessions"), engine.supplied.get("clicks")
    if sessions is None or clicks is None or "channel" not in sessions.dimensions & clicks.dimensions:
        return
    both = tuple(each for each in ("campaign", "channel") if each in sessions.dimensions & clicks.dimensions)
    yield Check(words.CLICKS, _side(sessions, "channel", "advertised"), _side(clicks, "channel", "advertised"), both)


def _visits(engine: Engine) -> Iterator[Check]:
    """Sessions of each site that two sources count; of more than two the first other one."""
    measure = engine.measures["sessions"]
    sites: dict[str, list[Feed]] = {}
    for feed in _live(engine):
        if feed.states(measure):
            sites.setdefault(feed.source.site, []).append(feed)
    pairs = []
    for site in sorted(sites):
        first = [feed for feed in sites[site] if feed.source.settings.primary]
        others = [feed for feed in sites[site] if not feed.source.settings.primary]
        if first and others:
            name = min(feed.source.name for feed in others)
            pairs.append((first, [feed for feed in others if feed.source.name == name]))
    primary, other = (tuple(feed for pair in pairs for feed in pair[place]) for place in (0, 1))
    yield Check(words.VISITS, _of(measure, primary), _of(measure, other), members=("site",))


def _costs(engine: Engine) -> Iterator[Check]:
    """Spend of ad systems, and what pilot sources tell of it: live ones may not tell it twice."""
    measure = engine.measures["spend"]
    told = [feed for feed in _pilots(engine) if feed.states(measure) and feed.stream.instead_of]
    of = frozenset[str]().union(*(feed.stream.instead_of for feed in told))
    own = [f for f in _live(engine) if f.states(measure) and f.source.connector.type.name in of]
    told = [f for f in told if f.stream.instead_of & {each.source.connector.type.name for each in own}]
    yield Check(words.AD_COST, _of(measure, own), _of(measure, told))


def _of(measure: Measure, feeds: Iterable[Feed]) -> Side:
    return Side(measure.name, tuple(feeds), states=True)


def _cuts(engine: Engine) -> Iterator[Check]:
    """Measures of which sources state the whole, and a break-down of their own."""
    for name, supply in engine.supplied.items():
        dimension = _other_cut(supply)
        if dimension is not None and supply.measure.aggregation == "sum":
            yield Check(f"{words.CUT}{name}_{dimension}", _side(supply), _side(supply, dimension))


def _other_cut(supply: Supply) -> str | None:
    """A dimension of a cut beside the whole that all sources state."""
    name = supply.measure.name
    cuts = [feed.stream.provides.get(name, ()) for feed in supply.feeds]
    if not all(() in each for each in cuts):
        return None
    shared = frozenset.intersection(*(frozenset(part for cut in each for part in cut) for each in cuts))
    return min(shared, default=None)


def _shares(engine: Engine) -> Iterator[Check]:
    """How much has a channel."""
    for name in words.SHARED:
        supply = engine.supplied.get(name)
        if supply is not None and "channel" in supply.dimensions:
            every, known = _side(supply, "channel"), _side(supply, "channel", "assigned")
            yield Check(f"{words.UNASSIGNED_OF}{name}", every, known)


def _live(engine: Engine) -> list[Feed]:
    return feeds_of(engine.project, engine.states, engine.now, mode="live")


def _pilots(engine: Engine) -> list[Feed]:
    return feeds_of(engine.project, engine.states, engine.now, mode="pilot")
