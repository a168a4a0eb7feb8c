"""A world written down for the program: CSV files, and the collector.yml that reads them.

With `config` the only module of the judge that knows the formats (connectors/csv/README.md
and docs/configuration.md); `compare` runs the program on what it leaves behind.
"""

import csv
import os
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import yaml

from tests.kpi.judge.config import configuration
from tests.kpi.judge.people import JUNK_REASON, JUNK_STAGE, QUALIFIED_STAGE
from tests.kpi.judge.world import Crm, Deal, Entity, Facts, Lead, World

CLICKS = ("yclid", "gclid", "rb_clickid", "fbclid")
ENTITY = {"id": "id", "created_at": "created", "customer_id": "customer", "manager": "manager", "pipeline": "pipeline"}
EVIDENCE = {
    **{name: name for name in ("utm_source", "utm_medium", "utm_campaign", "lead_source")},
    **{name: name for name in CLICKS},
}
DEAL = {"closed_at": "closed", "status": "status", "amount": "amount", "currency": "currency", "updated_at": "updated"}
LEAD = {"status": "status", "stage": "stage", "loss_reason": "reason"}
FORMER = {"ever_qualified": "was_qualified", "ever_converted": "was_converted", "deleted": "deleted"}
Cells = Mapping[str, object]
LATE = date(2025, 12, 31)


class Folder:
    """The files of one world. `age`: days by which those were written earlier whose time tells nothing."""

    def __init__(self, world: World, path: Path, *, age: int = 0) -> None:
        self.world, self.path, self.age = world, path, timedelta(days=age)
        self.sources: dict[str, dict[str, Any]] = {}

    def write(self) -> Path:
        """Write all of it; the path of the configuration."""
        for crm in self.world.crms:
            self._crm(crm)
        for facts in self.world.facts:
            self._facts(facts)
        if self.world.posts is not None:
            self._posts()
        if self.world.rates:
            self._rates()
        path = self.path / "collector.yml"
        path.write_text(yaml.safe_dump(configuration(self.world, self.sources), allow_unicode=True), encoding="utf-8")
        return path

    # ── files ────────────────────────────────────────────────────────────────────────

    def _put(self, name: str, header: Iterable[str], rows: Iterable[Cells], through: date | None = None) -> None:
        """A file that was last written to early on the day after `through`."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, fieldnames=list(header), extrasaction="ignore")
            table.writeheader()
            table.writerows(rows)
        day = (through or LATE - self.age) + timedelta(days=1)
        changed = datetime.combine(day, time(5), self.world.zone).timestamp()
        os.utime(path, (changed, changed))

    def _source(self, name: str, record: str, path: str, columns: Mapping[str, str], **settings: Any) -> None:
        said = {"connector": "csv", "record": record, "path": path, "columns": dict(columns)}
        self.sources[name] = {**said, **{key: value for key, value in settings.items() if value}}

    def _instant(self, instant: datetime | None) -> str:
        """As people write it: local time where that is plain, a bare day at noon, else UTC."""
        if instant is None:
            return ""
        local = instant.astimezone(self.world.zone)
        if local.time() == time(12):
            return local.date().isoformat()
        naive = local.replace(tzinfo=None)
        is_plain = all(naive.replace(tzinfo=self.world.zone, fold=fold).astimezone(UTC) == instant for fold in (0, 1))
        if is_plain and instant.second % 2:
            return naive.isoformat(sep=" ")
        return instant.astimezone(UTC).isoformat()

    # ── leads, deals, customers ──────────────────────────────────────────────────────

    def _crm(self, crm: Crm) -> None:
        world, dimensions = self.world, {"dimensions": {"region": "region"}}
        evidence = EVIDENCE if "channels" in world.features else {}
        columns = {**ENTITY, **DEAL, **evidence, "deleted": "deleted"}
        if evidence:
            columns |= {"lead_id": "lead", "is_repeat": "is_repeat"}
        for part, deals in crm.parts.items():
            rows = [self._deal(deal) for deal in deals]
            self._put(f"{crm.name}_deals/{part}.csv", [*columns.values(), "region"], rows, crm.deals_through)
        refunds = {"refund_pipelines": list(world.refund_pipelines)}
        self._source(crm.name, "deal", f"{crm.name}_deals/*.csv", columns, **refunds, **dimensions)
        if crm.links:
            links = [{"id": name, "company": link.parent, "into": link.merged} for name, link in crm.links.items()]
            columns = {"id": "id", "parent_id": "company", "merged_into": "into"}
            self._put(f"{crm.name}_people.csv", columns.values(), links, crm.deals_through)
            self._source(f"{crm.name}_people", "customer", f"{crm.name}_people.csv", columns, system=crm.name)
        if crm.leads is not None:
            answers = {"first_response_at": "answered"} if "answers" in world.features else {}
            columns = {**ENTITY, **LEAD, **FORMER, **answers, **evidence}
            name, rows = f"{crm.name}_leads", [self._lead(lead) for lead in crm.leads]
            self._put(f"{name}.csv", [*columns.values(), "region"], rows, crm.leads_through)
            self._source(name, "lead", f"{name}.csv", columns, system=crm.name, **dimensions, **self._lead_rules())

    def _lead_rules(self) -> dict[str, Any]:
        hours = self.world.hours
        return {
            "junk_stages": [JUNK_STAGE],
            "junk_loss_reasons": [JUNK_REASON],
            "qualified_stages": [QUALIFIED_STAGE],
            "lead_dedup": f"{self.world.dedup_hours}h",
            "response_target": f"{self.world.target_minutes}m",
            "working_hours": hours
            and {"mon-fri": f"{hours.opens:02}:00-{hours.closes:02}:00", "holidays": hours.country},
        }

    def _entity(self, entity: Entity) -> dict[str, object]:
        clicks = {name: f"{name}-{entity.id}" if entity.click == name else "" for name in CLICKS}
        return {
            "id": entity.id,
            "created": self._instant(entity.created),
            "customer": entity.customer,
            "manager": entity.manager,
            "pipeline": entity.pipeline,
            "region": entity.region,
            "utm_source": entity.source,
            "utm_medium": entity.medium,
            "utm_campaign": entity.campaign,
            "lead_source": entity.lead_source,
            "deleted": "1" if entity.deleted else "",
            **clicks,
        }

    def _deal(self, deal: Deal) -> Cells:
        return {
            **self._entity(deal),
            "closed": self._instant(deal.closed),
            "status": deal.status,
            "amount": deal.amount,
            "currency": deal.currency,
            "updated": deal.updated.isoformat(),
            "lead": deal.lead,
            "is_repeat": "" if deal.is_repeat is None else _yes(deal.is_repeat),
        }

    def _lead(self, lead: Lead) -> Cells:
        return {
            **self._entity(lead),
            "status": lead.status,
            "stage": lead.stage,
            "reason": lead.reason,
            "answered": self._instant(lead.answered),
            "was_qualified": _yes(lead.ever_qualified),
            "was_converted": "true" if lead.ever_converted else "false",
        }

    # ── facts and posts ──────────────────────────────────────────────────────────────

    def _facts(self, facts: Facts) -> None:
        dimensions = sorted({name for cut in facts.cuts for name in cut})
        rows: dict[str, list[Cells]] = {}
        for row in facts.rows:
            part = "b" if facts.split and row.day >= facts.split else "a"
            told = {name: row.dimensions.get(name, "") for name in dimensions}
            rows.setdefault(part, []).append({"day": row.day, **row.values, "currency": row.currency, **told})
        for part, cells in rows.items():
            self._put(f"{facts.name}/{part}.csv", cells[0], cells, facts.through)
        columns = {name: name for name in ("day", *facts.measures, *dimensions) if name != "region"}
        if any(row.currency for row in facts.rows):
            columns["currency"] = "currency"
        born, ended = facts.life
        self._source(
            facts.name,
            "fact",
            f"{facts.name}/*.csv",
            columns,
            constants=dict(facts.constants),
            cuts=[list(cut) for cut in facts.cuts] if len(facts.cuts) > 1 else None,
            active={key: day.isoformat() for key, day in (("from", born), ("until", ended)) if day},
            spread="month" if facts.spread else None,
            complete_through="mtime" if facts.through else None,
            mode="pilot" if facts.pilot else None,
            site=facts.site,
            dimensions={"region": "region"} if "region" in dimensions else None,
        )
        if not facts.required:
            self.sources[facts.name]["required"] = False

    def _posts(self) -> None:
        counts = ("likes", "comments", "shares", "saves", "views")
        rows = (
            {
                "id": post.id,
                "network": post.network,
                "kind": "post",
                "published": self._instant(post.published),
                **{name: getattr(post, name) for name in counts},
                "deleted": int(post.deleted),
            }
            for post in self.world.posts or []
        )
        columns = {
            "published_at": "published",
            **{name: name for name in ("id", "network", "kind", "deleted", *counts)},
        }
        self._put("posts.csv", columns.values(), rows, self.world.posts_through)
        self._source("posts", "post", "posts.csv", columns)

    def _rates(self) -> None:
        columns = {"day": "day", "currency": "currency", "value": "price"}
        rates = self.world.rates.items()
        rows = ({"day": day, "currency": self.world.foreign, "price": rate} for day, rate in rates)
        self._put("rates.csv", columns.values(), rows)
        self._source("bank", "rate", "rates.csv", columns)


def _yes(value: bool) -> str:
    return "yes" if value else "no"
