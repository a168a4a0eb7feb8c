"""The vendor's bodies as answers, and what is made of them."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from collector.plugin import Fact, Response, Window
from connectors.google_analytics.answers import Answer, decoded
from connectors.google_analytics.mapping import Mapped
from connectors.google_analytics.reports import CAMPAIGN, ECOMMERCE, TRAFFIC, Report

SAMPLES = Path(__file__).parent / "samples"
DAYS = Window(date(2026, 3, 1), date(2026, 3, 2))
MONEY = frozenset({"web_revenue", "spend"})
BY_CAMPAIGN = Report(CAMPAIGN, {**TRAFFIC, **ECOMMERCE})


def sample(name: str, status: int = 200) -> Response:
    body = (SAMPLES / f"{name}.json").read_bytes()
    return Response(status, {}, body, "POST analyticsdata.googleapis.com/v1beta/properties/1:runReport")


def answer(name: str) -> Answer:
    return decoded(sample(name))


def mapped(report: Report, *answers: Answer, window: Window = DAYS) -> list[Fact]:
    pages = Mapped(report, window, MONEY)
    return [fact for each in answers for fact in pages.facts(each)]


def facts_of(name: str, report: Report, window: Window = DAYS) -> list[Fact]:
    return mapped(report, answer(name), window=window)


def plain(facts: Sequence[Fact]) -> list[tuple[str, str, str, str | None]]:
    """Day, measure and members, value, currency."""
    found = []
    for each in facts:
        members = ", ".join(each.dimensions.values())
        what = f"{each.measure} {members}".strip()
        found.append((each.day.isoformat(), what, f"{each.value:f}", each.currency))
    return found
