"""The lines of an explanation about what went in: each input, and how its figure came about."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from collector.cli.amounts import amount, days, number
from collector.kpi.deliveries import Delivery, RateUse, VatUse
from collector.kpi.explain import Explanation
from collector.kpi.inputs import Input, Origin
from collector.vocabulary.explanations import AGGREGATIONS, FLAGS, INPUTS, KINDS, say
from collector.vocabulary.measures import COSTS
from collector.vocabulary.texts import Language

_ONE = Decimal(1)


def input_lines(told: Explanation, each: Input, currency: str, language: Language) -> Iterator[str]:
    """An input's line, and one below it for each thing that is to be said of its figure."""
    yield _head(told, each, currency, language)
    if each.left_out:
        return
    yield from (origin_line(of, language) for of in each.origins)
    yield from (_delivery(of, each, currency, language) for of in each.deliveries)
    for system, hours in each.hours.items():
        yield say(INPUTS, "hours", language, system=system, hours=hours.told(language))
    for other in each.uncounted:
        yield say(INPUTS, other.why, language, source=other.source, site=other.site)
    yield from (say(FLAGS, flag, language) for flag in sorted(each.flags))


def _head(told: Explanation, each: Input, currency: str, language: Language) -> str:
    name = each.name + (f".{each.window}" if each.window else "")
    if each.left_out:
        return f"{name}: {say(INPUTS, 'left_out', language)}"
    figure = say(INPUTS, "none", language)
    if each.value is not None:
        figure = amount(each.value, each.unit, currency, language)
    elif each.reason is not None:
        figure += f" ({each.reason})"
    about = [say(AGGREGATIONS, each.aggregation, language)]
    if each.where:
        about.append(say(INPUTS, "where", language, where=each.where))
    if each.window:
        about.append(say(INPUTS, "own_window", language, window=each.window))
    if each.lag:
        about.append(say(INPUTS, "lag", language, days=each.lag))
    if each.days is not None and (each.days.first, each.days.last) != (told.value.first, told.value.last):
        about.append(say(INPUTS, "of_days", language, first=each.days.first, last=each.days.last))
    return f"{name} = {figure}; {', '.join(about)}"


def cut_lines(measure: str, by: str, origins: Sequence[Origin], language: Language) -> Iterator[str]:
    """What a measure's break-down comes from."""
    if not origins:
        yield f"{measure}: {say(INPUTS, 'not_by', language, dimension=by)}"
    yield from (f"{measure}: {origin_line(of, language)}" for of in origins)


def origin_line(of: Origin, language: Language) -> str:
    """What of a stream a figure comes from."""
    if of.cut is None:
        kinds = ", ".join(say(KINDS, kind, language) for kind in of.kinds)
        line = say(INPUTS, "entities", language, stream=of.stream, kinds=kinds)
    elif not of.cut:
        line = say(INPUTS, "whole_cut", language, stream=of.stream)
    else:
        line = say(INPUTS, "cut", language, stream=of.stream, cut=" × ".join(of.cut))
    return f"{line}; {say(INPUTS, 'derived', language)}" if of.derived else line


def _delivery(of: Delivery, each: Input, currency: str, language: Language) -> str:
    if of.numbers is not None:
        return say(INPUTS, "numbers", language, owner=of.owner, number=of.numbers)
    delivered = amount(of.delivered or Decimal(0), each.unit, of.currency, language)
    if of.late:
        return say(INPUTS, "late", language, owner=of.owner, amount=delivered, late=of.late)
    said = [f"{of.owner}: {delivered}"]
    if of.stated_on is not None:
        said.append(say(INPUTS, "stated_on", language, day=of.stated_on))
    if of.vat is not None:
        said.append(_vat(of.vat, language, is_cost=each.name in COSTS))
    if of.rate is not None:
        said += _rate(of.rate, currency, language)
    if of.counted is not None and of.counted != of.delivered:
        said.append(say(INPUTS, "comes_to", language, amount=amount(of.counted, each.unit, currency, language)))
    return "; ".join(said)


def _vat(vat: VatUse, language: Language, *, is_cost: bool) -> str:
    if vat.delivered is None or vat.payer is None:
        return say(INPUTS, "vat_unknown", language)
    if not vat.payer and not is_cost:
        return say(INPUTS, "no_vat", language)
    said = [say(INPUTS, vat.delivered, language), say(INPUTS, "payer" if vat.payer else "non_payer", language)]
    steps = [(step.since, _factor(step.rate, step.factor, language)) for step in vat.steps]
    if len({what for _, what in steps}) == 1:
        said.append(steps[0][1])
    else:
        said += [say(INPUTS, "since", language, day=since, what=what) for since, what in steps]
    return ", ".join(said)


def _factor(rate: Decimal, factor: Decimal, language: Language) -> str:
    if factor == _ONE:
        return say(INPUTS, "unchanged", language)
    how = "multiplied" if factor > _ONE else "divided"
    return say(INPUTS, how, language, factor=number(1 + rate, language), rate=number(rate * 100, language))


def _rate(rate: RateUse, own: str, language: Language) -> list[str]:
    said = []
    if rate.low is not None and rate.high is not None:
        low, high = number(rate.low, language), number(rate.high, language)
        key = "rate" if low == high else "rates"
        said.append(say(INPUTS, key, language, currency=rate.currency, own=own, rate=low, low=low, high=high))
        if rate.origins != ("constant",):
            when = "rate_day" if rate.first == rate.last else "rate_days"
            said.append(say(INPUTS, when, language, first=rate.first, last=rate.last))
        said += [say(INPUTS, f"rate_{each}", language, sources=", ".join(rate.sources)) for each in rate.origins]
        turned = ["/".join(pair) for pair in rate.pairs if pair[0] != rate.currency]
        said += [say(INPUTS, "inverse", language, pair=pair) for pair in turned]
    if rate.missing:
        said.append(say(INPUTS, "rate_missing", language, currency=rate.currency, days=days(rate.missing)))
    return [", ".join(said)] if said else []
