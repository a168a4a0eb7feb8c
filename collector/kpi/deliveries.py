"""How a figure came about: who delivered which amounts, and what VAT and rates made of them.

Beside the way of the data, for explanations. `figures` computes; this asks it for the same
amounts as they were delivered. Of a figure that is no sum (different customers, medians)
it tells how many were counted, by whom they were told.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from collector.kpi.case import Case
from collector.kpi.figures import DUE, Delivered
from collector.kpi.formula import Name
from collector.kpi.money import Origin
from collector.kpi.supply import Supply
from collector.kpi.windows import Days
from collector.settings.model import Project
from collector.store.measures import Daily

Key = tuple[str, str | None]
"""Owner and currency."""


@dataclass(frozen=True)
class VatStep:
    """The VAT rate from a day on, and the factor that it makes of it."""

    since: date
    rate: Decimal
    factor: Decimal


@dataclass(frozen=True)
class VatUse:
    """How amounts were delivered, and by what they were multiplied from which day on."""

    delivered: str | None
    """`gross` or `net`; None: nobody said, so that they count as they are."""
    payer: bool | None
    """Whether the business pays VAT; None: nobody said."""
    steps: tuple[VatStep, ...]


@dataclass(frozen=True)
class RateUse:
    """The exchange rates that were used: their range, and the days that they are of."""

    currency: str
    origins: tuple[Origin, ...]
    """Who said them; empty: there was none."""
    pairs: tuple[tuple[str, str], ...]
    """Prices of a pair's first currency in its second; of one that begins with the project's, the inverse was taken."""
    sources: tuple[str, ...]
    """Those that give rates, where a source gave it."""
    low: Decimal | None
    high: Decimal | None
    first: date
    last: date
    missing: tuple[date, ...]
    """The days that have an amount and no rate."""


@dataclass(frozen=True)
class Delivery:
    """What one owner (a source of facts, a system of entities) delivered in one currency."""

    owner: str
    currency: str | None = None
    delivered: Decimal | None = None
    """None for a median: its numbers are no sum."""
    counted: Decimal | None = None
    """In the project's currency, with or without VAT as it counts; None: a rate is missing."""
    numbers: int | None = None
    """How many numbers a median is of."""
    late: int | None = None
    """How many of the leads are not answered though they should be."""
    vat: VatUse | None = None
    rate: RateUse | None = None
    stated_on: date | None = None
    """The day on which a stock was last stated."""


def deliveries(case: Case, name: Name, supply: Supply, days: Days) -> tuple[Delivery, ...]:
    """What a name's figure was made of, by owner and currency."""
    measure, entities = supply.measure, case.engine.figures.entities
    if supply.is_of_entities and measure.aggregation == "median":
        samples = entities.samples(measure.name, days, case.by, case.engine.filter(name))
        found = _numbered(each.owner for each in samples if case.is_of(each.member))
        return tuple(Delivery(owner, numbers=count) for owner, count in found.items())
    if supply.is_of_entities and not supply.is_summed:
        return _customers(case, name, supply, days)
    rows: dict[Key, list[tuple[Delivered, date]]] = defaultdict(list)
    for row, day in case.rows(name, supply, days):
        if case.is_of(row.member):
            rows[row.owner, row.currency].append((row, day))
    told = [_delivery(case, supply, key, rows[key], days) for key in sorted(rows, key=str)]
    return tuple(told) if measure.name != DUE else _with_late(case, name, days, told)


def _customers(case: Case, name: Name, supply: Supply, days: Days) -> tuple[Delivery, ...]:
    counts: dict[str, Decimal] = defaultdict(Decimal)
    kind = supply.measure.name.removesuffix("_customers")
    where = case.engine.filter(name)
    for (owner, member), customers in case.engine.figures.entities.counted(days, case.by, where).items():
        if case.is_of(member):
            counts[owner] += getattr(customers, kind)
    return tuple(Delivery(owner, None, count, count) for owner, count in sorted(counts.items()))


def _with_late(case: Case, name: Name, days: Days, told: list[Delivery]) -> tuple[Delivery, ...]:
    """Leads that are answered, and those besides whose answer was due."""
    answered = {each.owner: each.delivered or Decimal(0) for each in told}
    every = case.engine.figures.entities.late(days, case.by, case.engine.filter(name))
    late = _numbered(each.owner for each in every if case.is_of(each.member))
    counts = {owner: answered.get(owner, Decimal(0)) + late.get(owner, 0) for owner in sorted({*answered, *late})}
    return tuple(Delivery(owner, None, n, n, late=late.get(owner, 0)) for owner, n in counts.items())


def _numbered(owners: Iterable[str]) -> Mapping[str, int]:
    found: dict[str, int] = defaultdict(int)
    for owner in sorted(owners):
        found[owner] += 1
    return found


def _delivery(case: Case, supply: Supply, key: Key, rows: list[tuple[Delivered, date]], days: Days) -> Delivery:
    (owner, currency), figures, measure = key, case.engine.figures, supply.measure
    counted = [figures.counted(row, day) for row, day in rows]
    at_the_end = Days(days.last, days.last) if measure.aggregation == "last" else days
    stated = {row.day for row, _ in rows if isinstance(row, Daily)} if at_the_end is not days else set()
    return Delivery(
        owner,
        currency,
        delivered=sum((row.value for row, _ in rows), Decimal(0)),
        counted=None if None in counted else sum((each for each in counted if each is not None), Decimal(0)),
        vat=None if currency is None else _vat(case, measure.name, owner, at_the_end),
        rate=None if currency in (None, case.engine.project.currency) else _rate(case, str(currency), rows),
        stated_on=max(stated, default=None),
    )


def _vat(case: Case, measure: str, owner: str, days: Days) -> VatUse:
    vat, settings = case.engine.figures.vat, case.engine.project.vat
    rates = vat.rates_in(days.first, days.last)
    steps = tuple(VatStep(since, rate, vat.applied(Decimal(1), measure, owner, since)) for since, rate in rates.items())
    return VatUse(vat.delivered(measure, owner), None if settings is None else settings.payer, steps)


def _rate(case: Case, currency: str, rows: list[tuple[Delivered, date]]) -> RateUse | None:
    exchange, days = case.engine.figures.exchange, sorted({day for row, day in rows if row.value})
    if not days:
        return None
    quotes = {day: exchange.quote(currency, day) for day in days}
    known = [each for each in quotes.values() if each is not None]
    origins = tuple(sorted({each.origin for each in known}))
    return RateUse(
        currency=currency,
        origins=origins,
        pairs=tuple(sorted({each.pair for each in known})),
        sources=_giving_rates(case.engine.project) if "given" in origins else (),
        low=min((each.rate for each in known), default=None),
        high=max((each.rate for each in known), default=None),
        first=days[0],
        last=days[-1],
        missing=tuple(day for day, quote in quotes.items() if quote is None),
    )


def _giving_rates(project: Project) -> tuple[str, ...]:
    giving = (
        source.name
        for source in project.sources.values()
        if source.settings.mode == "live" and any("rate" in stream.yields for stream in source.streams)
    )
    return tuple(sorted(giving))
