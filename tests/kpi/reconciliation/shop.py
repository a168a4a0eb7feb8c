"""The company with two counters on its site, its ads and its CRM, as files; each sees it through breaks of its own."""

import csv
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

from collector.cli import invoke
from collector.clock import SystemClock
from collector.kpi.engine import Engine
from collector.kpi.reconciliation.checks import Check, checks
from collector.kpi.reconciliation.findings import Finding
from collector.kpi.reconciliation.reconcile import reconcile
from collector.kpi.reconciliation.rule import REACH, Drift, Series, judge
from collector.kpi.reconciliation.sides import Sides
from collector.plugin.discovery import discover
from collector.settings.load import load
from collector.store import configured, streams
from collector.store.connect import open_store
from collector.testing.company.ads import BILLED
from collector.testing.company.broken import Break, broken
from collector.testing.company.company import Company
from collector.testing.company.entities import Deal, Lead
from collector.testing.company.visits import COUNTED

_VISITS = ("day", "source_medium", "campaign", "sessions", "key_events", "purchases")
_CLICKS = ("day", "channel", "campaign", "clicks")
_ENTITY = (
    *("id", "created_at", "updated_at", "status", "customer_id", "lead_source"),
    *("utm_source", "utm_medium", "utm_campaign", "yclid", "gclid", "rb_clickid"),
)
_DEAL = (*_ENTITY, "lead_id", "amount", "currency")
SOURCES = ("site", "metrica", "ads", "leads", "deals")


@dataclass
class Shop:
    """Files in a folder; `breaks`: by system what it sees the company through."""

    folder: Path
    company: Company
    breaks: Mapping[str, Break] = field(default_factory=dict)
    sources: Sequence[str] = SOURCES

    @property
    def last(self) -> date:
        """The last day that is over."""
        return self.company.yesterday

    def seen_by(self, system: str) -> Company:
        """The company as a system sees it."""
        fault = self.breaks.get(system)
        return self.company if fault is None else broken(self.company, fault)

    def read(self) -> None:
        """Write the files, and have the program read them."""
        crm = self.seen_by("crm")
        files: dict[str, tuple[tuple[str, ...], Iterable[Mapping[str, object]]]] = {
            "site": (_VISITS, _visits(self.seen_by("site"))),
            "metrica": (_VISITS[:4], _visits(self.seen_by("metrica"))),
            "ads": (_CLICKS, _clicks(self.company)),
            "leads": (_ENTITY, map(_lead, crm.leads())),
            "deals": (_DEAL, map(_deal, crm.deals())),
        }
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in self.sources:
            columns, rows = files[name]
            path = self.folder / f"{name}.csv"
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, columns, extrasaction="ignore", lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)
            os.utime(path, (1_900_000_000, 1_900_000_000))
        self.config.write_text(yaml.safe_dump(_config(self.sources)))
        assert invoke(["--config", str(self.config), "--log.level", "error", "poll", "--all"]) == 0

    @property
    def config(self) -> Path:
        """The configuration."""
        return self.folder / "collector.yml"

    @contextmanager
    def engine(self, at: date | None = None) -> Iterator[Engine]:
        """What computes its values, as of a day."""
        config = load(self.config, plugins=discover(), environ={}, clock=SystemClock())
        store = open_store(config.store)
        configured.apply(store, config)
        configured.keep_up(store, config)
        with store.read() as tx:
            known = {key[1:]: state for key, state in streams.states(tx).items()}
            yield Engine(
                tx, config.projects["default"], kpis=[], measures=config.measures,
                states=known, now=SystemClock().now(), at=at or self.last,
            )  # fmt: skip
        store.close()

    def findings(self, at: date) -> dict[str, Finding]:
        """What is said of each check as of a day."""
        with self.engine(at) as engine:
            return {each.check: each for each in reconcile(engine)}


Key = tuple[str, str]
"""A check, and a member of it; "" is the whole."""
Lines = tuple[Sequence[float], Sequence[float]]


@dataclass
class Days:
    """Both sides of all checks over all days, read once: so each day can be judged, and breaks be put behind them."""

    first: int
    lines: Mapping[Key, Lines]
    checks: Mapping[str, Check]

    @staticmethod
    def of(shop: Shop) -> "Days":
        """All days that the shop's company shows."""
        with shop.engine() as engine:
            found = checks(engine)
            first, last = shop.company.since.toordinal(), shop.last.toordinal()
            sides = Sides(engine, first, last)
            sides.read(found)
            series = {(check.name, ""): sides.whole(check, first, last) for check in found}
            for check in found:
                for by in (each for each in check.members if each != "site"):
                    members = sides.members(check, by, first, last)
                    series |= {(check.name, f"{by} {name}"): each for name, each in members}
        lines = {key: (each.a, each.b) for key, each in series.items()}
        return Days(first, lines, {each.name: each for each in found})

    def then(self, other: "Days", since: date) -> "Days":
        """The other's days from one on."""
        at = since.toordinal() - self.first
        spliced = {}
        for key, (a, b) in self.lines.items():
            later_a, later_b = other.lines.get(key, ([0.0] * len(a), b))  # a campaign that nobody names any more
            spliced[key] = ([*a[:at], *later_a[at:]], [*b[:at], *later_b[at:]])
        return Days(self.first, spliced, self.checks)

    def alarms(self, day: date, of: Key | None = None) -> dict[Key, Drift]:
        """The alarms of the morning after a day, when its figures and those before it are not all in yet."""
        end = day.toordinal() - self.first + 1
        begin = max(0, end - REACH)
        found = {}
        for key, (a, b) in self.lines.items() if of is None else [(of, self.lines[of])]:
            check = self.checks[key[0]]
            one, other = _as_told(a[begin:end], check.a.measure), _as_told(b[begin:end], check.b.measure)
            judged = judge(Series(self.first + begin, one, other), day.toordinal())
            if judged.alarm is not None:
                found[key] = judged.alarm
        return found


def _as_told(days: Sequence[float], measure: str) -> list[float]:
    """The last days as the vendor tells them by then: visits are not all counted, clicks not all credited."""
    shares: tuple[float, ...] = ()
    if measure in ("sessions", "key_events", "purchases"):
        shares = COUNTED
    elif measure == "clicks":
        shares = BILLED
    told = list(days)
    for back, share in enumerate(shares, 1):
        told[-back] = round(told[-back] * share)
    return told


def days_between(first: date, last: date) -> Iterator[date]:
    """Each day, both inside."""
    yield from (first + timedelta(days=n) for n in range((last - first).days + 1))


def _config(names: Sequence[str]) -> dict[str, Any]:
    def facts(name: str, columns: tuple[str, ...], **more: Any) -> dict[str, Any]:
        return {"connector": "csv", "path": f"{name}.csv", "columns": {each: each for each in columns}, **more}

    shared = {"complete_through": "yesterday", "system": "crm"}
    return {
        "timezone": "Europe/Moscow",
        "currency": "RUB",
        "store": "sqlite:///store.db",
        "sources": {
            name: each
            for name, each in {
                "site": facts("site", _VISITS, record="fact", site="shop", primary=True),
                "metrica": facts("metrica", _VISITS[:4], record="fact", site="shop"),
                "ads": facts("ads", _CLICKS, record="fact"),
                "leads": facts("leads", _ENTITY, record="lead", **shared),
                "deals": facts("deals", _DEAL, record="deal", **shared),
            }.items()
            if name in names
        },
    }


def _visits(company: Company) -> Iterator[Mapping[str, object]]:
    for each in company.visits(last=company.yesterday):
        yield {
            "day": date.fromordinal(each.day),
            "source_medium": each.tags.source_medium,
            "campaign": each.tags.campaign,
            "sessions": each.sessions,
            "key_events": each.key_events,
            "purchases": each.purchases,
        }


def _clicks(company: Company) -> Iterator[Mapping[str, object]]:
    for each in company.spend(last=company.yesterday):
        day, found = date.fromordinal(each.day), each.campaign
        yield {"day": day, "channel": found.channel, "campaign": found.title, "clicks": each.clicks}


def _lead(each: Lead) -> Mapping[str, object]:
    return _entity(each)


def _deal(each: Deal) -> Mapping[str, object]:
    return {**_entity(each), "lead_id": each.lead, "amount": each.cents / 100, "currency": each.currency}


def _entity(each: Lead | Deal) -> dict[str, object]:
    tags = each.tags
    return {
        "id": each.id,
        "created_at": each.created_at.isoformat(),
        "updated_at": each.updated_at.isoformat(),
        "status": each.status if (each.status != "won" and each.status != "lost") or isinstance(each, Lead) else "open",
        "customer_id": "" if each.contact is None else f"contact:{each.contact}",
        "lead_source": each.crm_source,
        "utm_source": tags.source,
        "utm_medium": tags.medium,
        "utm_campaign": tags.campaign,
        **{kind: f"{kind}-{each.id}" if each.click == kind else "" for kind in ("yclid", "gclid", "rb_clickid")},
    }
