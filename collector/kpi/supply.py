"""Which streams give which measure, and in what condition they are.

Between the configuration and the stream states on one side and the engine on the other.
Pilot sources give nothing: what they read is not counted.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Literal

from collector.clock import day_of, end_of_day
from collector.kpi.values import Kpi, Undefined
from collector.kpi.windows import Reach
from collector.plugin.connector import Cut, Stream
from collector.plugin.measure import Measure
from collector.settings.model import Project, Source
from collector.store import ledger
from collector.store.configured import channel_rules, entity_dimensions
from collector.store.rollup import evidence_of_channel
from collector.store.state import Freshness, StreamState, freshness, patience
from collector.vocabulary.measures import MARGIN_MEASURES, WEB_MEASURES

DIMENSIONS = ("channel", "source_medium", "campaign", "manager", "pipeline", "network", "source", "site")
"""The dimensions that exist by name, whether or not a source has them."""

StreamStates = Mapping[tuple[str, str], StreamState]
"""By source and stream."""

VIRTUAL = ("source", "site")
"""Dimensions that no record has: who delivered it tells the member."""

_ROLLED_UP = frozenset(
    {*ledger.MEASURES, *ledger.SAMPLED, "active_customers", "returning_customers", "repeat_customers"}
)
"""What the store makes of leads, deals and posts."""

_RESPONSES = frozenset({"leads_response_due", "leads_answered_in_time", "response_seconds"})
_SETTLES = timedelta(days=5)
"""How long deals may reopen and leads change, where nobody says otherwise."""


@dataclass(frozen=True)
class Feed:
    """One stream that gives a measure."""

    source: Source
    stream: Stream
    state: StreamState | None
    freshness: Freshness
    of_posts: bool = False
    """Whether it gives the posts of a stream of the present: all that there are, and not what is read of them."""

    @property
    def name(self) -> str:
        """As people are told of it: `source/stream`."""
        return f"{self.source.name}/{self.stream.name}"

    @property
    def is_read(self) -> bool:
        """Whether it was ever read with success."""
        return self.state is not None and self.state.last_success is not None

    @property
    def through(self) -> date | None:
        """The last complete day; after the source's life all days are (they are true zeros)."""
        through = self._read_through if self.of_posts else None if self.state is None else self.state.data_through
        until = self.source.settings.active.until
        return date.max if until is not None and through is not None and through >= until else through

    @property
    def begins(self) -> date | None:
        """The first covered day; none where the days before it lie before the source's life."""
        first = None if self.state is None or self.of_posts else self.state.first_day
        from_ = self.source.settings.active.from_
        return None if first is None or (from_ is not None and first <= from_) else first

    @property
    def _read_through(self) -> date | None:
        """As of entities: the day before the last poll that came to its end."""
        read = None if self.state is None else self.state.last_success
        return None if read is None else day_of(read, self.source.context.zone) - timedelta(days=1)

    @property
    def kept_from(self) -> date | None:
        """The first day whose leads and deals are all there, where retention took earlier ones of its life."""
        first = None if self.state is None else self.state.kept_from
        from_ = self.source.settings.active.from_
        return None if first is None or (from_ is not None and first <= from_) else first

    @property
    def has_history(self) -> bool:
        """Whether all history that was asked for is in."""
        return self.state is not None and self.state.history_complete

    def is_required(self, day: date) -> bool:
        """Whether a KPI of that day waits for it."""
        return self.source.settings.required and self.lives_by(day)

    def giving(self, measure: Measure) -> "Feed":
        """As it gives this measure: posts back to the very first one are known from the first poll on."""
        return replace(self, of_posts=self.stream.kind == "now" and not self.states(measure))

    def states(self, measure: Measure) -> bool:
        """Whether the stream's facts state the measure; else it is rolled up from entities."""
        return measure.name in self.stream.provides

    def is_final(self, day: date, project: Project) -> bool:
        """Whether the source will not restate the day any more, or its life did not reach it."""
        if not self.lives_by(day) or self.through == date.max:
            return True
        read = None if self.state is None else self.state.last_success
        return read is not None and read >= end_of_day(day, project.zone) + self.settles

    @property
    def settles(self) -> timedelta:
        """How long after a day's end the source may still restate it."""
        settles = self.source.settings.settle_delay
        if settles is None:
            of_crm = self.stream.yields & {"lead", "deal"}
            settles = _SETTLES if of_crm else self.stream.restates or timedelta(0)
        return settles

    def is_alive(self, day: date) -> bool:
        """Whether the day lies in its life."""
        until = self.source.settings.active.until
        return self.lives_by(day) and (until is None or day <= until)

    def lives_by(self, day: date) -> bool:
        """Whether its life had begun; before that it holds nothing back."""
        from_ = self.source.settings.active.from_
        return from_ is None or from_ <= day

    def has_read(self, day: date, project: Project) -> bool:
        """Whether some of this day's data must be in."""
        if self.through is not None and self.through >= day:
            return True
        if self.state is None or self.state.last_success is None:
            return False
        if self.stream.kind != "part":
            return day_of(self.state.last_success, project.zone) >= day
        # a file of entities that changed today is complete through yesterday
        return not self.stream.provides and self.through is not None and self.through >= day - timedelta(days=1)


@dataclass(frozen=True)
class Supply:
    """A measure and all that gives it; `dimensions`: those that all of them have."""

    measure: Measure
    feeds: tuple[Feed, ...]
    dimensions: frozenset[str]

    def has_cut(self, by: str | None) -> bool:
        """Whether every stream states exactly this cut: what cannot be added up needs it."""
        cut: Cut = () if by is None else (by,)
        return all(cut in feed.stream.provides.get(self.measure.name, ()) for feed in self.feeds)

    @property
    def is_of_entities(self) -> bool:
        """Whether it is rolled up from entities, and no facts state it."""
        return bool(self.measure.of) and not any(feed.states(self.measure) for feed in self.feeds)

    @property
    def is_summed(self) -> bool:
        """Whether the window's figure is a sum over its days (of a stock: of all changes through its end)."""
        if self.measure.aggregation == "sum":
            return True
        of_posts = self.measure.aggregation == "distinct" and self.measure.of == ("post",)
        return self.is_of_entities and (of_posts or self.measure.aggregation == "last")

    @cached_property
    def owners(self) -> Mapping[str, Mapping[str, str]]:
        """Who the store says delivers it: sources of facts, systems of entities; and what they are as members."""
        found = {}
        for feed in self.feeds:
            owner = feed.source.name if feed.states(self.measure) else feed.source.system
            found[owner] = {"source": owner, "site": feed.source.site}
        return found

    @cached_property
    def keys(self) -> frozenset[tuple[str, str]]:
        """The streams of the store that its rows come from."""
        return frozenset(
            (feed.source.name, feed.stream.name) if feed.states(self.measure) else (feed.source.system, "#ledger")
            for feed in self.feeds
        )


def supplies(
    project: Project, measures: Mapping[str, Measure], states: StreamStates, now: datetime
) -> dict[str, Supply]:
    """The measures that live sources of the project give."""
    feeds = feeds_of(project, states, now, mode="live")
    by_campaign = channel_rules(project).uses_campaigns
    found = {}
    for measure in measures.values():
        mine = [feed.giving(measure) for feed in feeds if gives(feed, measure)]
        if measure.name in WEB_MEASURES:
            mine = _primary(mine)
        if mine:
            dimensions = _dimensions(project, measure, mine, by_campaign=by_campaign)
            found[measure.name] = Supply(measure, tuple(mine), dimensions)
    return found


def feeds_of(project: Project, states: StreamStates, now: datetime, *, mode: Literal["live", "pilot"]) -> list[Feed]:
    """All streams of a project's sources of one mode, whether or not anything counts of them."""
    return [
        _feed(source, stream, states.get((source.name, stream.name)), now)
        for source in project.sources.values()
        if source.settings.mode == mode
        for stream in source.streams
    ]


def _primary(feeds: list[Feed]) -> list[Feed]:
    """Of several sources of one site the primary one; different sites add up."""
    sites: dict[str, list[Feed]] = {}
    for feed in feeds:
        sites.setdefault(feed.source.site, []).append(feed)
    return [
        feed
        for of_site in sites.values()
        for feed in of_site
        if feed.source.settings.primary or len({each.source.name for each in of_site}) == 1
    ]


def _feed(source: Source, stream: Stream, state: StreamState | None, now: datetime) -> Feed:
    fresh = "fresh" if state is None else freshness(state, patience(source.settings, stream), now)
    return Feed(source, stream, state, fresh)


def gives(feed: Feed, measure: Measure) -> bool:
    """Whether the stream states the measure, or has all that it is rolled up from."""
    if feed.states(measure):
        return True
    if measure.name not in _ROLLED_UP or not set(measure.of) & feed.stream.yields:
        return False
    if measure.name in _RESPONSES:
        return feed.stream.fills("first_response_at")
    return measure.name != "qualified_leads" or _tells_qualified(feed)


def _tells_qualified(feed: Feed) -> bool:
    """The connector's own mapping, or the configuration, says what qualified is."""
    own = feed.stream.maps_qualified
    mapped = feed.source.connector.type.maps_qualified if own is None else own
    return mapped or feed.source.settings.qualified_stages is not None


def _dimensions(project: Project, measure: Measure, feeds: Iterable[Feed], *, by_campaign: bool) -> frozenset[str]:
    virtual = VIRTUAL if measure.name in WEB_MEASURES else VIRTUAL[:1]
    having = [stored_dimensions(project, measure, feed, by_campaign=by_campaign) for feed in feeds]
    return frozenset.intersection(*having) | set(virtual)


def stored_dimensions(project: Project, measure: Measure, feed: Feed, *, by_campaign: bool) -> frozenset[str]:
    """The dimensions in which the store has what one stream gives of a measure."""
    if feed.states(measure):
        return _of_facts(feed.stream.provides[measure.name], by_campaign=by_campaign)
    return _of_entities(project, feed.source.system, measure)


def _of_facts(cuts: Sequence[Cut], *, by_campaign: bool) -> frozenset[str]:
    told = frozenset(name for cut in cuts for name in cut)
    return told if evidence_of_channel(cuts, by_campaign=by_campaign) is None else told | {"channel"}


def _of_entities(project: Project, system: str, measure: Measure) -> frozenset[str]:
    if measure.of == ("post",):
        return frozenset({"network"})
    return frozenset(entity_dimensions(project, system)) - {"network"}


def known_dimensions(project: Project) -> frozenset[str]:
    """All dimensions that may be asked for in a project."""
    stated = {
        name
        for source in project.sources.values()
        for stream in source.streams
        for cuts in stream.provides.values()
        for cut in cuts
        for name in cut
    }
    own = {name for source in project.sources.values() for name in source.settings.dimensions}
    return frozenset({*DIMENSIONS, *project.dimensions, *stated, *own})


@dataclass(frozen=True)
class Condition:
    """What is to be said of a KPI's data before any figure is looked at."""

    feeds: tuple[Feed, ...]
    """All streams that its measures come from, each once."""
    reasons: frozenset[Undefined]
    reach: Reach
    held: bool
    """A required stream has not answered lately."""

    @property
    def is_configured(self) -> bool:
        """Whether sources declare all its measures."""
        return "not_configured" not in self.reasons


def condition(
    kpi: Kpi, supplied: Mapping[str, Supply], project: Project, *, reference: date, live: bool, opens: date | None
) -> Condition:
    """The condition of a KPI's streams as of a day.

    A past day that all streams had completed is as good as it will get: their silence
    since then takes nothing from it.
    """
    mine = [supplied[name] for name in sorted(kpi.measures) if name in supplied]
    feeds = _each_once(feed for supply in mine for feed in supply.feeds)
    required = [feed for feed in feeds if feed.is_required(reference)]
    optional = [feed for feed in feeds if not feed.source.settings.required]
    through = _latest(required) if required else max((feed.through for feed in optional if feed.through), default=None)
    if not mine:
        through = None
    elif not required and not optional:
        through = date.max  # no source has begun its life: all is a true zero
    of_facts = [feed for supply in mine for feed in supply.feeds if feed.states(supply.measure)]
    of_entities = [feed for supply in mine for feed in supply.feeds if not feed.states(supply.measure)]
    begins = [feed.begins for feed in of_facts if feed.is_required(reference)]
    begins += [feed.kept_from for feed in of_entities if feed.is_required(reference)]
    doubted = [feed for feed in required if live or feed.through is None or feed.through < reference]
    reasons: set[Undefined] = set()
    if _lacks_source(kpi, supplied):
        reasons.add("not_configured")
    if not all(feed.has_history for feed in of_entities if feed.is_required(reference)):
        reasons.add("history_incomplete")
    if not all(feed.is_read for feed in required) or (not required and optional and through is None):
        reasons.add("no_data")
    if any(feed.freshness == "withdrawn" for feed in doubted):
        reasons.add("stale")
    if kpi.measures & MARGIN_MEASURES and not _has_margin(project):
        reasons.add("no_margin")
    return Condition(
        feeds=feeds,
        reasons=frozenset(reasons),
        reach=Reach(
            through=through,
            begins=max((day for day in begins if day is not None), default=None),
            opens=min((day for day in (opens, *map(_lone_first_day, of_facts)) if day is not None), default=None),
            so_far=bool(required) and all(feed.has_read(reference, project) for feed in required),
        ),
        held=any(feed.freshness != "fresh" for feed in doubted),
    )


def _lone_first_day(feed: Feed) -> date | None:
    """The first day of facts that have no beginning, since their source's life began with it."""
    return feed.state.first_day if feed.state is not None and feed.begins is None else None


def _lacks_source(kpi: Kpi, supplied: Mapping[str, Supply]) -> bool:
    wanted = kpi.measures - set(kpi.optional)
    if not wanted <= supplied.keys():
        return True
    return any(dimension not in supplied[name].dimensions for name, dimension in kpi.filters if name in wanted)


def _has_margin(project: Project) -> bool:
    margin = project.margin
    return margin.default is not None or bool(margin.by) or margin.field is not None


def _latest(feeds: Iterable[Feed]) -> date | None:
    """The last day that all of them have completed."""
    days = [feed.through for feed in feeds]
    return min((day for day in days if day is not None), default=None) if None not in days else None


def _each_once(feeds: Iterable[Feed]) -> tuple[Feed, ...]:
    return tuple({(feed.source.name, feed.stream.name): feed for feed in feeds}.values())
