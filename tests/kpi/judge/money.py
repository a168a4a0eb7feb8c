"""What an amount is worth in the project's currency (method, section 4).

Used by `facts` and `entries`, for every amount of money: exchange at the rate of its day,
VAT, margin.
"""

from datetime import date, timedelta
from decimal import Decimal

from tests.kpi.judge.world import Deal, World

OLDEST = 10  # days for which a rate may stand in


class NoRateError(Exception):
    """A day without a price of its currency."""


def exchanged(world: World, amount: Decimal, currency: str, day: date) -> Decimal:
    if currency in ("", world.currency):
        return amount
    for age in range(OLDEST + 1):
        rate = world.rates.get(day - timedelta(days=age))
        if rate is not None and currency == world.foreign:
            return amount * rate
    raise NoRateError(currency, day)


def vat_rate(world: World, day: date) -> Decimal:
    """The share that is added to a net amount: the latest that began by `day`."""
    assert world.vat is not None
    return world.vat.rates[max(each for each in world.vat.rates if each <= day)]


def revenue_of(world: World, amount: Decimal, day: date) -> Decimal:
    """A payer's revenue is net; a non-payer's has no VAT in it."""
    if world.vat is None or not world.vat.payer or world.vat.revenue == "net":
        return amount
    return amount / (1 + vat_rate(world, day))


def cost_of(world: World, amount: Decimal, delivered: str, day: date) -> Decimal:
    """A payer's costs are net, a non-payer's gross, whatever their source delivers."""
    if world.vat is None or delivered == ("net" if world.vat.payer else "gross"):
        return amount
    if world.vat.payer:
        return amount / (1 + vat_rate(world, day))
    return amount * (1 + vat_rate(world, day))


def margin_of(world: World, deal: Deal) -> Decimal | None:
    """The share of a deal that is profit; None: nobody said."""
    return world.margins.get(getattr(deal, world.margin_by), world.margin)
