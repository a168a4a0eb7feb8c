"""Projects: the top level, where it has sources, and those under `projects:`.

A project has its own keys and, for the rest, the top level's; sources, goals and bonuses
are never inherited.
"""

from collections.abc import Mapping
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from collector.clock import Clock
from collector.plugin.discovery import Plugins
from collector.plugin.measure import Measure
from collector.settings import names
from collector.settings.channels import check_channels
from collector.settings.entries import Entry
from collector.settings.faults import tell
from collector.settings.findings import Findings, suggestion
from collector.settings.keys import INHERITED, PROJECT_KEYS, TOP_KEYS, ProjectKeys, TopKeys, unknown_key
from collector.settings.model import DEFAULT_PROJECT, Project
from collector.settings.money import check_money
from collector.settings.sources import Surroundings, build_sources

_OTHERS = ("bonuses", "goals", "max_team_share")
"""Keys without a field of their own in `Project`: they go to its `other`, as written."""

K = TypeVar("K", bound=ProjectKeys)


def checked(model: type[K], entry: Entry, findings: Findings, *, prefix: str = "") -> K | None:
    """The keys of the top level or a project, if nothing is wrong with them."""
    project = model is ProjectKeys
    allowed = PROJECT_KEYS if project else TOP_KEYS
    for key in entry.mapping:
        if key not in allowed:
            findings.key_fault(entry, (key,), *unknown_key(key, project=project), prefix=prefix)
    plain = {key: inner.plain() for key, inner in entry.mapping.items() if key in model.model_fields}
    try:
        keys = model.model_validate(plain)
    except ValidationError as error:
        tell(error, model, entry, findings, prefix=prefix)
        return None
    check_channels(entry, keys.channels, findings, prefix=prefix)
    return keys


class Projects:
    """All projects of one configuration; `entries` are their keys with what they inherit."""

    def __init__(
        self,
        top: Entry,
        keys: TopKeys | None,
        *,
        plugins: Plugins,
        measures: Mapping[str, Measure],
        clock: Clock,
        findings: Findings,
    ) -> None:
        self._top = top
        self._keys = keys
        self._plugins = plugins
        self._measures = measures
        self._clock = clock
        self._findings = findings
        self.entries: dict[str, Entry] = {}

    def build(self) -> dict[str, Project]:
        """Each project with its sources."""
        built: dict[str, Project] = {}
        sources = self._top.below("sources")
        if sources is not None and sources.value:
            own = {key: entry for key, entry in self._top.mapping.items() if key in PROJECT_KEYS}
            entry = Entry(own, self._top.origin, self._top.line, self._top.key_line)
            built[DEFAULT_PROJECT] = self._project(DEFAULT_PROJECT, entry, self._keys, prefix="")
        for name, entry in self._listed().items():
            prefix = f"projects.{name}"
            own_keys = checked(ProjectKeys, entry, self._findings, prefix=prefix)
            keys = self._inherited(entry)
            inherited = {key: inner for key, inner in self._top.mapping.items() if key in keys}
            whole = Entry({**inherited, **entry.mapping}, entry.origin, entry.line, entry.key_line)
            built[name] = self._project(name, whole, self._inheriting(own_keys, keys), prefix=prefix)
        self._check_sources(built)
        check_money(built, self.entries, self._top, self._findings)
        return built

    def _inherited(self, entry: Entry) -> frozenset[str]:
        """The keys that a project takes from the top level: rates are prices in one currency."""
        own, top = entry.below("currency"), self._top.below("currency")
        in_another = own is not None and top is not None and own.value != top.value
        return INHERITED - {"rates"} if in_another else INHERITED

    def _listed(self) -> dict[str, Entry]:
        """The entries under `projects:` that can be projects."""
        projects = self._top.below("projects")
        if projects is None or projects.value is None:
            return {}
        if not isinstance(projects.value, dict):
            self._findings.fault(self._top, ("projects",), "should be a mapping", "Write name: and its keys below.")
            return {}
        found: dict[str, Entry] = {}
        for name, entry in projects.mapping.items():
            path = ("projects", name)
            if wrong := names.fault(name):
                self._findings.key_fault(self._top, path, *wrong)
            if name == DEFAULT_PROJECT and self._top.below("sources") is not None:
                remedy = "Choose another name, or move all sources under projects:."
                self._findings.key_fault(self._top, path, "is the top level already, which has sources", remedy)
            elif entry.value is None or isinstance(entry.value, dict):
                found[name] = Entry(entry.value or {}, entry.origin, entry.line, entry.key_line)
            else:
                self._findings.fault(self._top, path, "should be a mapping", "Write the project's keys below it.")
        return found

    def _inheriting(self, own: ProjectKeys | None, inherited: frozenset[str]) -> ProjectKeys | None:
        if own is None or self._keys is None:
            return None
        taken = {key: getattr(self._keys, key) for key in inherited - own.model_fields_set}
        return own.model_copy(update=taken)

    def _project(self, name: str, entry: Entry, keys: ProjectKeys | None, *, prefix: str) -> Project:
        self.entries[name] = entry
        self._check(entry, keys, prefix)
        known = keys or ProjectKeys()  # what is wrong is told already; the sources shall be looked at too
        zone, currency = ZoneInfo(known.timezone), known.currency or "XXX"
        around = Surroundings(
            project=name,
            prefix=f"{prefix}.sources" if prefix else "sources",
            zone=zone,
            currency=currency,
            dimensions=known.dimensions,
            measures=self._measures,
            plugins=self._plugins,
            now=self._clock.now,
        )
        return Project(
            name=name,
            zone=zone,
            currency=currency,
            language=known.language,
            sources=build_sources(entry.below("sources"), around, self._findings),
            dimensions=known.dimensions,
            vat=known.vat,
            margin=known.margin,
            channels=tuple(known.channels),
            paid_channels=tuple(known.paid_channels),
            attribution=known.attribution,
            roi_customers=known.roi_customers,
            privacy=known.privacy,
            rates=_plain(entry, "rates") or {},
            kpis=_kpis(entry),
            top=known.top,
            other=_others(entry, known),
        )

    def _check(self, entry: Entry, keys: ProjectKeys | None, prefix: str) -> None:
        """What no single key tells."""
        if entry.below("currency") is None:
            remedy = "Say in which currency money is shown, e.g. currency: EUR."
            self._findings.fault(entry, ("currency",), "is missing", remedy, prefix=prefix)
        if keys is None:
            return
        for dimension in keys.dimensions:
            if wrong := names.fault(dimension):
                self._findings.key_fault(entry, ("dimensions", dimension), *wrong, prefix=prefix)
        first: dict[str, int] = {}
        for number, goal in enumerate(keys.goals):
            if goal.name in first:
                fault = f"is the name of goals[{first[goal.name]}] too"
                self._findings.fault(entry, ("goals", number, "name"), fault, "Choose another one.", prefix=prefix)
            first.setdefault(goal.name, number)
        for number, bonus in enumerate(keys.bonuses):
            for part, weights in (("goals", bonus.goals), ("team_goals", bonus.team_goals)):
                for goal_name in weights:
                    if goal_name not in first:
                        hint = suggestion(goal_name, first, what="Goals")
                        path = ("bonuses", number, part, goal_name)
                        self._findings.key_fault(entry, path, "there is no such goal", hint, prefix=prefix)

    def _check_sources(self, built: Mapping[str, Project]) -> None:
        if not any(_has_sources(entry) for entry in self.entries.values()):
            remedy = "Name at least one: sources: {orders: {connector: csv, …}}."
            self._findings.fault(self._top, ("sources",), "there are none, so nothing would be read", remedy)
        elif DEFAULT_PROJECT not in built:
            for key in ("goals", "bonuses"):
                if self._top.below(key) is not None:
                    remedy = f"Move {key} to the project that they belong to."
                    fault = "belong to no project, as the top level has no sources"
                    self._findings.fault(self._top, (key,), fault, remedy)
        for name, entry in self.entries.items():
            if not _has_sources(entry):
                self._findings.warn(entry, f"projects.{name}", "has no sources, so it has no figures")


def _has_sources(entry: Entry) -> bool:
    sources = entry.below("sources")
    return sources is not None and bool(sources.value)


def _kpis(entry: Entry) -> tuple[Any, ...] | None:
    """As written; what is no list of names and definitions is told by the keys' types."""
    written = _plain(entry, "kpis")
    return tuple(written) if isinstance(written, list) else None


def _plain(entry: Entry, key: str) -> Any:
    inner = entry.below(key)
    return None if inner is None else inner.plain()


def _others(entry: Entry, keys: ProjectKeys) -> dict[str, Any]:
    """The keys without a field: as written, else their default."""
    others: dict[str, Any] = {}
    for key in _OTHERS:
        written, default = _plain(entry, key), getattr(keys, key)
        if written is not None:
            others[key] = written
        elif not isinstance(default, list):
            others[key] = default
    return others
