"""How money is told: mistakes in `vat`, `margin` and `rates` that no single key shows.

Called by `projects` once all sources are known. A key of the top level is looked at once,
with the sources and dimensions of all projects that inherit it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from collector.settings.entries import Entry, KeyPath, reach, told
from collector.settings.findings import Findings, suggestion
from collector.settings.model import Project
from collector.settings.sections import Margin, Vat

_DIMENSIONS_OF_DEALS = frozenset({"campaign", "channel", "manager", "pipeline"})


def check_money(projects: Mapping[str, Project], entries: Mapping[str, Entry], top: Entry, findings: Findings) -> None:
    """Add what is wrong with VAT, margin and rates to the findings; `entries` are the projects' keys."""
    for place in _places("vat", entries, top, findings):
        vat = projects[place.project].vat
        if vat is not None:
            _check_vat(vat, place)
    for place in _places("margin", entries, top, findings):
        _check_margin(projects[place.project].margin, place)
    for place in _places("rates", entries, top, findings):
        _check_rates(projects[place.project], place)


@dataclass(frozen=True)
class _Place:
    """Where a key stands: in a project, or at the top level for all that go by it."""

    key: str
    project: str
    """One of these."""
    root: Entry
    prefix: str
    users: tuple[Entry, ...]
    """The keys of all of these."""
    findings: Findings

    def tell(self, path: KeyPath, fault: str, remedy: str) -> None:
        self.findings.fault(self.root, (self.key, *path), fault, remedy, prefix=self.prefix)

    def tell_key(self, path: KeyPath, fault: str, remedy: str) -> None:
        self.findings.key_fault(self.root, (self.key, *path), fault, remedy, prefix=self.prefix)

    def warn(self, key: str, message: str) -> None:
        path = (self.key, key)
        self.findings.warn(reach(self.root, path)[0], told(self.root, path, self.prefix), message)

    @property
    def sources(self) -> list[str]:
        """The names of all sources that it may be about, faulty ones too."""
        return sorted({name for entry in self.users for name, _ in _sources(entry)})

    @property
    def extra_dimensions(self) -> list[str]:
        """The dimensions that the projects or their sources declare."""
        holders = [*self.users, *(source for entry in self.users for _, source in _sources(entry))]
        found = (dimensions for holder in holders if (dimensions := holder.below("dimensions")) is not None)
        return sorted({name for dimensions in found for name in dimensions.mapping})


def _sources(entry: Entry) -> Iterator[tuple[str, Entry]]:
    sources = entry.below("sources")
    yield from () if sources is None else sources.mapping.items()


def _places(key: str, entries: Mapping[str, Entry], top: Entry, findings: Findings) -> Iterator[_Place]:
    """Each place where a key stands; what a project inherits is the very entry of the top level."""
    users: dict[int, list[str]] = {}
    for name, entry in entries.items():
        if (stated := entry.below(key)) is not None:
            users.setdefault(id(stated), []).append(name)
    for names in users.values():
        root = entries[names[0]]
        prefix = "" if root.below(key) is top.below(key) else f"projects.{names[0]}"
        yield _Place(key, names[0], root, prefix, tuple(entries[name] for name in names), findings)


# ── VAT ──────────────────────────────────────────────────────────────────────────────


def _check_vat(vat: Vat, place: _Place) -> None:
    known = place.sources
    for name in vat.spend:
        if name not in known:
            place.tell_key(("spend", name), "there is no such source", suggestion(name, known, what="Sources"))
    if vat.payer and not vat.rates:
        remedy = "A payer's figures are told net: name the rates, such as {2026-01-01: 0.22}."
        place.tell(("rates",), "is missing", remedy)
    if vat.payer:
        return
    if vat.revenue is not None:
        place.warn("revenue", "says nothing, as who pays no VAT has none in their prices")
    for name, delivered in vat.spend.items():
        if delivered == "net" and not vat.rates:
            remedy = "Its costs are told gross: name vat.rates, such as {2026-01-01: 0.22}."
            place.tell(("spend", name), "is net, but there is no rate to add", remedy)


# ── margin ───────────────────────────────────────────────────────────────────────────


def _check_margin(margin: Margin, place: _Place) -> None:
    declared = place.extra_dimensions
    known = sorted({*_DIMENSIONS_OF_DEALS, *declared})
    for name in margin.by:
        if name not in known:
            place.tell_key(("by", name), "there is no such dimension of deals", suggestion(name, known, what="Known"))
    if margin.field is not None and margin.field not in declared:
        near = suggestion(margin.field, declared, what="Declared")
        remedy = f"Declare it, dimensions: {{{margin.field}: the vendor's field}}. {near}".rstrip()
        place.tell(("field",), f"there is no extra dimension {margin.field!r}", remedy)


# ── rates ────────────────────────────────────────────────────────────────────────────


def _check_rates(project: Project, place: _Place) -> None:
    if project.currency in project.rates:
        remedy = f"Rates are prices in {project.currency} of other currencies; leave it out."
        place.tell_key((project.currency,), "is the project's own currency", remedy)
