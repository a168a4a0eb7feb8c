"""Random businesses: our figures against those that plain Python finds in the same rows.

What stands above the second line shares no code with the program. A business has two
currencies, refunds, merged customers, deals told anew by a second file, junk and
duplicate leads, instants around midnight of a zone with DST, and sources that end on
different days.
"""

import csv
import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, DivisionByZero, InvalidOperation, localcontext
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest

NOT_SET = "(not set)"
LENGTH = 420
Figures = dict[str | None, Decimal]
Span = tuple[date, date]
Row = Mapping[str, object]


@dataclass(frozen=True)
class Deal:
    id: str
    created: datetime
    closed: datetime | None
    status: str
    currency: str
    amount: Decimal
    customer: str
    pipeline: str
    manager: str
    updated: datetime

    @property
    def is_refund(self) -> bool:
        return self.status == "won" and (self.amount < 0 or self.pipeline == "Returns")

    @property
    def margin(self) -> Decimal:
        return Decimal("0.25") if self.pipeline == "B2B" else Decimal("0.4")

    @property
    def is_sale(self) -> bool:
        return self.status == "won" and not self.is_refund


@dataclass(frozen=True)
class Lead:
    id: str
    created: datetime
    status: str
    customer: str
    stage: str
    reason: str
    manager: str

    @property
    def is_junk(self) -> bool:
        return self.status == "junk" or (
            self.status != "converted" and (self.stage == "SPAM" or (self.status == "lost" and self.reason == "bot"))
        )


@dataclass(frozen=True)
class Ad:
    day: date
    campaign: str
    currency: str
    spend: Decimal
    clicks: int
    impressions: int


@dataclass
class World:
    """All that happened, and which day each source ends on."""

    random: Random
    zone: ZoneInfo
    start: date
    files: dict[str, list[Deal]] = field(default_factory=lambda: {"a": [], "b": []})
    leads: list[Lead] = field(default_factory=list)
    merged: dict[str, str] = field(default_factory=dict)
    rates: dict[date, Decimal] = field(default_factory=dict)
    ads: list[Ad] = field(default_factory=list)

    @property
    def deals(self) -> list[Deal]:
        latest: dict[str, Deal] = {}
        for deal in (*self.files["a"], *self.files["b"]):
            latest[deal.id] = max(latest.get(deal.id, deal), deal, key=lambda each: each.updated)
        return list(latest.values())

    @property
    def deals_through(self) -> date:
        return self.start + timedelta(days=LENGTH + 20)

    @property
    def leads_through(self) -> date:
        return self.start + timedelta(days=LENGTH - 7)

    def instant(self) -> datetime:
        """Some instant; half of them lie within an hour of midnight."""
        day = self.start + timedelta(days=self.random.randrange(LENGTH))
        if self.random.random() < 0.5:
            return datetime.combine(day, time(), UTC) + timedelta(seconds=self.random.randrange(86400))
        midnight = datetime.combine(day, time(), self.zone).astimezone(UTC)
        return midnight + timedelta(minutes=self.random.choice([-61, -31, -1, 0, 1, 29, 61]))

    def day(self, instant: datetime) -> date:
        return instant.astimezone(self.zone).date()

    def customer(self, deal: Deal | Lead) -> str:
        found = deal.customer
        while found in self.merged:
            found = self.merged[found]
        return found


def world(seed: int, zone: str) -> World:
    random = Random(seed)
    made = World(random, ZoneInfo(zone), date(2024, random.choice([1, 2, 10]), random.choice([1, 15, 28])))
    people = ["", *(f"c{number}" for number in range(30))]
    for number in range(220):
        created = made.instant()
        told = [_deal(random, f"d{number}", created, people, version) for version in range(random.choice([1, 1, 2]))]
        random.shuffle(told)
        for deal, file in zip(told, random.sample(["a", "b"], 2), strict=False):
            made.files[file].append(deal)
    for number in range(250):
        near = random.choice(made.leads) if made.leads and random.random() < 0.3 else None
        gap = timedelta(seconds=random.choice([0, 60, 86399, 86400, 86401]))
        created, customer = (near.created + gap, near.customer) if near else (made.instant(), random.choice(people))
        status = random.choice(["open", "open", "qualified", "converted", "lost", "junk"])
        stage, reason = random.choice(["", "SPAM", "SQL"]), random.choice(["", "bot"])
        manager = random.choice(["ann", "Юля", ""])
        made.leads.append(Lead(f"l{number}", created, status, customer, stage, reason, manager))
    made.merged = {f"c{number}": f"c{random.randrange(number)}" for number in random.sample(range(1, 30), 8)}
    day, last = made.start - timedelta(days=5), made.start + timedelta(days=LENGTH + 60)
    while day < last:
        made.rates[day] = Decimal(random.randrange(800_000, 1_200_000)).scaleb(-6)
        day += timedelta(days=random.choice([1, 1, 3, 10, 10, 11]))
    for number in range(30, LENGTH - 15):
        for campaign in random.sample(["spring", "осень", ""], random.randrange(4)):
            spend = Decimal(random.choice([0, random.randrange(10_000)])).scaleb(-2)
            currency = random.choice(["EUR", "EUR", "USD"])
            made.ads.append(
                Ad(
                    made.start + timedelta(days=number),
                    campaign,
                    currency,
                    spend,
                    random.randrange(9),
                    random.randrange(99),
                )
            )
    return made


def _deal(random: Random, id_: str, created: datetime, people: Sequence[str], version: int) -> Deal:
    status = random.choice(["won"] * 6 + ["lost", "lost", "open"])
    took = timedelta(seconds=random.choice([0, 3600, 86400 * 3, 86400 * 40]))
    amount = Decimal(random.choice([0, 10, 99, -20, 250])) + Decimal(random.randrange(100)).scaleb(-2)
    return Deal(
        id=id_,
        created=created,
        closed=None if status == "open" else created + took,
        status=status,
        currency=random.choice(["EUR", "EUR", "USD"]),
        amount=random.choice([amount, amount, amount, Decimal(0)]),
        customer=random.choice(people),
        pipeline=random.choice(["Main", "B2B", "Returns", ""]),
        manager=random.choice(["ann", "Юля", ""]),
        updated=created + timedelta(days=10 * (version + 1)),
    )


class NoRateError(Exception):
    """A day without a price of its currency."""


class Truth:
    """What the KPIs must come out as, straight from the definitions."""

    def __init__(self, of: World) -> None:
        self.world = of
        sales = sorted((deal for deal in of.deals if deal.is_sale), key=lambda each: (each.closed, each.created))
        self.sales = [(of.day(deal.closed), deal) for deal in sales if deal.closed]
        self.refunds = [(of.day(deal.closed), deal) for deal in of.deals if deal.is_refund and deal.closed]
        self.first: dict[str, tuple[date, Deal]] = {}
        order = lambda each: (each[1].closed, each[1].created, len(each[1].id), each[1].id)  # noqa: E731
        for day, deal in sorted(self.sales, key=order):
            if deal.customer:
                self.first.setdefault(of.customer(deal), (day, deal))
        self.bought: dict[str, set[date]] = defaultdict(set)
        for day, deal in self.sales:
            if deal.customer:
                self.bought[of.customer(deal)].add(day)

    def value(self, kpi: str, first: date, last: date, by: str | None) -> dict[str | None, Decimal | None]:
        """By member of a dimension (None: the whole); a value None has a denominator of zero."""
        measures, formula, cost = KPIS[kpi]
        with localcontext(prec=40):
            figures = [self.measure(name, first, last, by) for name in measures]
            found: dict[str | None, Decimal | None] = {}
            for member in {None} if by is None else {member for each in figures for member in each}:
                inputs = [each.get(member, Decimal(0)) for each in figures]
                if by and cost and not inputs[0]:
                    continue  # a cost per something exists only where there were costs
                try:
                    found[member] = formula(*inputs)
                except (DivisionByZero, InvalidOperation, ZeroDivisionError):
                    found[member] = None
            return found

    def measure(self, name: str, first: date, last: date, by: str | None) -> Figures:
        found: Figures = defaultdict(Decimal)
        for day, amount, currency, row in self._rows(name, last):
            if first <= day <= last:
                member = None if by is None else getattr(row, by) or NOT_SET
                found[member] += amount * self._rate(day, currency) if amount else 0
        if name in DISTINCT:
            return {member: Decimal(count) for member, count in self._distinct(name, first, last, by).items()}
        return found

    def _rows(self, name: str, last: date) -> Iterator[tuple[date, Decimal, str, object]]:  # noqa: C901 - a case each
        of, one = self.world, Decimal(1)
        match name:
            case "deals_won":
                yield from ((day, one, "EUR", deal) for day, deal in self.sales)
            case "deals_lost":
                lost = (deal for deal in of.deals if deal.status == "lost" and deal.closed)
                yield from ((of.day(deal.closed), one, "EUR", deal) for deal in lost if deal.closed)
            case "revenue":
                yield from ((day, deal.amount, deal.currency, deal) for day, deal in self.sales)
            case "refunds":
                yield from ((day, abs(deal.amount), deal.currency, deal) for day, deal in self.refunds)
            case "gross_profit" | "customer_gross_profit":
                for sign, deals in ((1, self.sales), (-1, self.refunds)):
                    for day, deal in deals:
                        if name == "gross_profit" or deal.customer:
                            source = self.first.get(of.customer(deal), (day, deal))[1]
                            row = deal if name == "gross_profit" else source
                            yield day, sign * abs(deal.amount) * deal.margin, deal.currency, row
            case "new_customers":
                yield from ((day, one, "EUR", deal) for day, deal in self.first.values())
            case "pipeline_amount":
                for deal in of.deals:
                    is_open = deal.closed is None or of.day(deal.closed) > last
                    if of.day(deal.created) <= last and is_open and not deal.is_refund:
                        yield last, deal.amount, deal.currency, deal  # at the rate of the last day
            case "spend" | "clicks" | "impressions":
                for ad in of.ads:
                    yield ad.day, Decimal(getattr(ad, name)), ad.currency if name == "spend" else "EUR", ad
            case "leads" | "qualified_leads" | "leads_converted":
                for leads in self._counted_leads():
                    converted = any(lead.status == "converted" for lead in leads)
                    qualified = any(lead.status == "qualified" or lead.stage == "SQL" for lead in leads)
                    if name == "leads" or converted or (name == "qualified_leads" and qualified):
                        yield of.day(leads[0].created), one, "EUR", leads[0]

    def _counted_leads(self) -> list[list[Lead]]:
        """Each lead that counts with its duplicates."""
        found: list[list[Lead]] = []
        last: dict[str, list[Lead]] = {}
        for lead in sorted(self.world.leads, key=lambda each: (each.created, len(each.id), each.id)):
            customer = self.world.customer(lead)
            if lead.is_junk:
                continue
            if customer in last and lead.created - last[customer][0].created < timedelta(hours=24):
                last[customer].append(lead)
                continue
            found.append([lead])
            if customer:
                last[customer] = found[-1]
        return found

    def _distinct(self, name: str, first: date, last: date, by: str | None) -> dict[str | None, int]:
        members: dict[str | None, set[str]] = defaultdict(set)
        for day, deal in self.sales:
            customer = self.world.customer(deal)
            days = self.bought.get(customer, set())
            counts = {
                "active_customers": True,
                "returning_customers": any(each < first for each in days),
                "repeat_customers": sum(each <= last for each in days) > 1,
            }
            if customer and first <= day <= last and counts[name]:
                members[None if by is None else getattr(deal, by) or NOT_SET].add(customer)
        return {member: len(customers) for member, customers in members.items()}

    def _rate(self, day: date, currency: str) -> Decimal:
        if currency == "EUR":
            return Decimal(1)
        known = max((each for each in self.world.rates if each <= day), default=date.min)
        if (day - known).days > 10:
            raise NoRateError
        return self.world.rates[known]

    def span(self, kpi: str, window: str, reference: date) -> Span | str:
        """The days of a window; entities have no beginning, facts begin with their first day."""
        of, measures = self.world, set(KPIS[kpi][0])
        ends, begins = [reference], date.min
        if measures & {"spend", "clicks", "impressions"}:
            days = [ad.day for ad in of.ads]
            ends, begins = [*ends, max(days)], min(days)
        if measures & {"leads", "qualified_leads", "leads_converted"}:
            ends.append(of.leads_through)
        if measures - {"spend", "clicks", "impressions", "leads", "qualified_leads", "leads_converted"}:
            ends.append(of.deals_through)
        last = min(ends)
        first = {
            "wtd": reference - timedelta(days=reference.weekday()),
            "mtd": reference.replace(day=1),
            "qtd": date(reference.year, (reference.month - 1) // 3 * 3 + 1, 1),
            "ytd": date(reference.year, 1, 1),
            "all": begins,
        }.get(window) or last - timedelta(days=int(window[:-1]) - 1)
        return "too_short" if first < begins or last < first else (first, last)


DISTINCT = ("active_customers", "returning_customers", "repeat_customers")
Formula = Callable[..., Decimal]
KPIS: dict[str, tuple[tuple[str, ...], Formula, bool]] = {
    "sales": (("deals_won",), lambda n: n, False),
    "revenue": (("revenue", "refunds"), lambda a, b: a - b, False),
    "gross_profit": (("gross_profit",), lambda n: n, False),
    "average_order_value": (("revenue", "deals_won"), lambda a, b: a / b, False),
    "deal_to_win": (("deals_won", "deals_lost"), lambda a, b: a / (a + b), False),
    "pipeline_value": (("pipeline_amount",), lambda n: n, False),
    "new_customers": (("new_customers",), lambda n: n, False),
    "active_customers": (("active_customers",), lambda n: n, False),
    "returning_customers": (("returning_customers",), lambda n: n, False),
    "returning_share": (("returning_customers", "active_customers"), lambda a, b: a / b, False),
    "repeat_purchase_rate": (("repeat_customers", "new_customers"), lambda a, b: a / b, False),
    "cltv_historical": (("customer_gross_profit", "new_customers"), lambda a, b: a / b, False),
    "leads": (("leads",), lambda n: n, False),
    "qualified_leads": (("qualified_leads",), lambda n: n, False),
    "lead_to_deal": (("leads_converted", "leads"), lambda a, b: a / b, False),
    "spend": (("spend",), lambda n: n, False),
    "ctr": (("clicks", "impressions"), lambda a, b: a / b, False),
    "cpc": (("spend", "clicks"), lambda a, b: a / b, True),
    "cost_per_lead": (("spend", "leads"), lambda a, b: a / b, True),
    "cac": (("spend", "new_customers"), lambda a, b: a / b, True),
}
MANAGERS = [kpi for kpi, (names, _, _) in KPIS.items() if not set(names) & {"spend", "clicks", "impressions"}]


# ── the program ──────────────────────────────────────────────────────────────────────

CONFIG = """
currency: EUR
timezone: {zone}
store: sqlite:///store.db
margin: {{default: 0.4, by: {{pipeline: {{B2B: 0.25}}}}}}
sources:
  crm:
    connector: csv
    record: deal
    path: deals/*.csv
    columns: {{id: id, created_at: created, closed_at: closed, status: status, currency: currency, amount: amount,
      customer_id: customer, pipeline: pipeline, manager: manager, updated_at: updated}}
    refund_pipelines: [Returns]
  people: {{connector: csv, record: customer, path: customers.csv, columns: {{id: id, merged_into: into}}, system: crm}}
  forms:
    connector: csv
    record: lead
    path: leads.csv
    system: crm
    columns: {{id: id, created_at: created, status: status, customer_id: customer, stage: stage, loss_reason: reason,
      manager: manager}}
    junk_stages: [SPAM]
    junk_loss_reasons: [bot]
    qualified_stages: [SQL]
  bank: {{connector: csv, record: rate, path: rates.csv, columns: {{day: day, currency: currency, value: value}}}}
  ads:
    connector: csv
    record: fact
    path: ads.csv
    columns: {{day: day, campaign: campaign, currency: currency, spend: spend, clicks: clicks,
      impressions: impressions}}
"""


def written(of: World, folder: Path) -> Path:
    def put(name: str, rows: Iterable[Row], through: date) -> None:
        rows, path = list(rows), folder / name
        path.parent.mkdir(exist_ok=True)
        with path.open("w", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, fieldnames=list(rows[0]))
            table.writeheader()
            table.writerows(rows)
        changed = datetime.combine(through + timedelta(days=1), time(5), of.zone).timestamp()
        os.utime(path, (changed, changed))

    for name, deals in of.files.items():
        put(f"deals/{name}.csv", (vars(deal) for deal in deals), of.deals_through)
    put("leads.csv", (vars(lead) for lead in of.leads), of.leads_through)
    put("customers.csv", ({"id": id_, "into": into} for id_, into in of.merged.items()), of.deals_through)
    rates = ({"day": day, "currency": "USD", "value": value} for day, value in of.rates.items())
    put("rates.csv", rates, of.deals_through)
    put("ads.csv", (vars(ad) for ad in of.ads), of.deals_through)
    path = folder / "collector.yml"
    path.write_text(CONFIG.format(zone=of.zone.key))
    return path


Shown = dict[tuple[str, str | None], dict[str, str | None]]


def assert_true(truth: Truth, shown: Shown, kpi: str, window: str, reference: date, by: str | None) -> None:
    """Each value, its days, or the reason why there is none."""
    scene = (kpi, window, reference, by)
    days = truth.span(kpi, window, reference)
    if isinstance(days, str):
        assert shown[kpi, None]["undefined"] == days, scene
        return
    try:
        expected = truth.value(kpi, *days, by)
    except NoRateError:
        assert shown[kpi, None]["undefined"] == "no_rate", scene
        return
    for member, value in expected.items():
        line = shown.get((kpi, member))
        if value is None:
            assert line is None if by else (line and line["undefined"] == "zero_denominator"), (*scene, member)
        elif line is None:
            assert (by is not None, value) == (True, Decimal(0)), (*scene, member)
        else:
            assert line["value"] is not None, (*scene, member, line)
            assert abs(Decimal(line["value"]) - value) <= Decimal("1e-12") * max(Decimal(1), abs(value)), (
                *scene,
                member,
                value,
            )
            assert line["through"] == days[1].isoformat(), scene
            assert window == "all" or line["from"] == days[0].isoformat(), scene
    members = {member for (name, member), line in shown.items() if name == kpi and Decimal(line["value"] or 0)}
    members.discard("overlap")
    assert members <= expected.keys(), scene


WINDOWS = ("1d", "7d", "28d", "30d", "90d", "365d", "wtd", "mtd", "qtd", "ytd", "all")


@pytest.mark.parametrize(("seed", "zone"), [(1, "Europe/Berlin"), (2, "America/New_York"), (3, "Australia/Lord_Howe")])
def test_random_businesses_come_to_what_plain_python_finds(
    seed: int, zone: str, tmp_path: Path, kpi_collector: Callable[..., str]
) -> None:
    of = world(seed, zone)
    truth, config = Truth(of), written(of, tmp_path)
    kpi_collector("--config", config, "poll", "--all")
    some = [of.start + timedelta(days=of.random.randrange(-3, LENGTH + 40)) for _ in range(5)]
    days = [of.start, date(2024, 2, 29), date(2025, 1, 1), date(2025, 3, 30), *some]
    for day in days:
        for window in of.random.sample(WINDOWS, 2):
            for by in (None, "manager"):
                asked = ("--at", day, "--window", window, "--format", "json", *(("--by", by) if by else ()))
                lines = map(json.loads, kpi_collector("--config", config, "kpi", "show", *asked).splitlines())
                shown = {(line["kpi"], line.get("member")): line for line in lines}
                for kpi in MANAGERS if by else KPIS:
                    assert_true(truth, shown, kpi, window, day, by)
