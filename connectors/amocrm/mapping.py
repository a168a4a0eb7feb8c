"""A row of /leads, with what events tell of it, as records. Pure functions, no I/O."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from collector.plugin import BadResponse, Customer, Deal, Gone, Json, Lead, Member, StageChange
from connectors.amocrm.bodies import embedded, instant, name_of, whole
from connectors.amocrm.events import Told
from connectors.amocrm.fields import CLICK_IDS, UTM, Fields, members
from connectors.amocrm.rules import LOST, Rules, Stage, Step, Verdict, lost_from, stage_of
from connectors.amocrm.settings import AmoSettings


@dataclass(frozen=True)
class Book:
    """What the account and the settings say, for all rows."""

    settings: AmoSettings
    dimensions: Mapping[str, str]
    currency: str
    rules: Rules


def records(row: Mapping[str, Json], told: Told, book: Book) -> Iterator[Lead | Deal | StageChange | Gone]:
    """The lead, its steps, and its deal, or that there is none (any more)."""
    name, stage, fields = str(row["id"]), stage_of(row), Fields(row)
    reason, reasons = _loss(row, fields, book.settings)
    came_from = lost_from(told.steps)
    verdict = book.rules.verdict(stage, reasons=reasons, lost_from=came_from)
    common = _common(row, stage, fields, book)
    if stage.status == LOST:
        common["loss_reason"] = reason
    yield Lead(id=name, status=verdict.lead, first_response_at=instant(told.answered), **common)
    yield from _steps(name, common["created_at"], told.steps, (stage, verdict), book)
    if verdict.deal is None:
        yield Gone("deal", name)
        return
    yield Deal(
        id=name,
        lead_id=name,
        status=verdict.deal,
        amount=_amount(row),
        currency=book.currency,
        pipeline=stage.pipeline or None,
        closed_at=_closed(row, fields, verdict.deal, book.settings),
        last_activity_at=common["updated_at"],
        **common,
    )


def gone(name: str) -> Iterator[Gone]:
    """All that a vendor's lead may have made."""
    yield Gone("lead", name)
    yield Gone("deal", name)


def contact(row: Mapping[str, Json]) -> Customer:
    """A contact, and the company that it belongs to."""
    return Customer(id=f"contact:{row['id']}", parent_id=_of(embedded(row, "companies"), "company"))


def company(row: Mapping[str, Json]) -> Customer:
    """A company."""
    return Customer(id=f"company:{row['id']}")


def named(row: Mapping[str, Json], dimension: str) -> Iterator[Member]:
    """What a row's id is called; nothing where it has no name."""
    number, name = name_of(row.get("id")), name_of(row.get("name"))
    if number is not None and name is not None:
        yield Member(dimension, number, name)


def pipelines_and_stages(pipelines: Iterable[Mapping[str, Json]]) -> Iterator[Member]:
    """Pipelines, and their stages; the final ones, which all share, by the name in the first."""
    told: set[str] = set()
    for pipeline in pipelines:
        yield from named(pipeline, "pipeline")
        for status in embedded(pipeline, "statuses"):
            yield from (stage for stage in named(status, "stage") if stage.id not in told)
            told.add(str(status.get("id")))


def created_of(row: Mapping[str, Json]) -> int:
    """When a lead came in, in seconds; one that does not say, when it was last changed.

    Raises:
        BadResponse: it says neither.
    """
    created = whole(row.get("created_at")) or whole(row.get("updated_at"))
    if not created:
        raise BadResponse(expected="created_at or updated_at", where=f"lead {row['id']}", got=row.get("created_at"))
    return created


def main_contact(row: Mapping[str, Json]) -> int | None:
    """The id of the contact that counts: the main one, else the first."""
    found = embedded(row, "contacts")
    chosen = next((each for each in found if each.get("is_main")), found[0] if found else {})
    return whole(chosen.get("id"))


def _common(row: Mapping[str, Json], stage: Stage, fields: Fields, book: Book) -> dict[str, Any]:
    """What lead and deal have in common."""
    created = created_of(row)
    return {
        "created_at": instant(created),
        "updated_at": instant(row.get("updated_at")) or instant(created),
        "stage": stage.status or None,
        "customer_id": _customer(row),
        "lead_source": name_of(row.get("source_id")) or _source(row),
        "manager": name_of(row.get("responsible_user_id")),
        "click_ids": fields.texts(CLICK_IDS),
        "dimensions": members(row, fields, book.dimensions),
        **fields.texts(UTM),
    }


def _source(row: Mapping[str, Json]) -> str | None:
    found = embedded(row, "source")
    return name_of(found[0].get("id")) if found else None


def _customer(row: Mapping[str, Json]) -> str | None:
    main = main_contact(row)
    return _of(embedded(row, "companies"), "company") or (None if main is None else f"contact:{main}")


def _of(found: list[Mapping[str, Json]], kind: str) -> str | None:
    number = name_of(found[0].get("id")) if found else None
    return None if number is None else f"{kind}:{number}"


def _loss(row: Mapping[str, Json], fields: Fields, settings: AmoSettings) -> tuple[str | None, frozenset[str]]:
    """The reason of a loss as it is shown, and all ways to name it."""
    number, found = name_of(row.get("loss_reason_id")), embedded(row, "loss_reason")
    own = fields.text(settings.loss_reason_field) if settings.loss_reason_field else None
    name = name_of(found[0].get("name")) if found else None
    return own or name or number, frozenset(each for each in (number, own, name) if each is not None)


def _amount(row: Mapping[str, Json]) -> Any:
    """The exact price, else the whole one, as it stands; one that is not set is 0."""
    given = (row.get("price_with_minor_units"), row.get("price"))
    return next((price for price in given if price not in (None, "")), 0)


def _closed(row: Mapping[str, Json], fields: Fields, status: str, settings: AmoSettings) -> datetime | None:
    if status == "open":
        return None
    paid = fields.instant(settings.won_date_field) if status == "won" and settings.won_date_field else None
    return paid or instant(row.get("closed_at"))


def _steps(
    name: str, created_at: datetime, steps: list[Step], present: tuple[Stage, Verdict], book: Book
) -> Iterator[StageChange]:
    """The way of the lead, and of its deal while it has one, from the stage that it came in at."""
    before: Verdict | None = None
    for at, stage, verdict in _way(created_at, steps, present, book):
        yield StageChange("lead", name, at, stage.status, verdict.lead, pipeline=stage.pipeline or None)
        if present[1].deal is not None and _tells_deal(verdict, before, book.settings):
            yield StageChange("deal", name, at, stage.status, str(verdict.deal), pipeline=stage.pipeline or None)
        before = verdict


def _way(
    created_at: datetime, steps: list[Step], present: tuple[Stage, Verdict], book: Book
) -> Iterator[tuple[datetime, Stage, Verdict]]:
    """When, into which stage, and what it was there; the last step led to what it is now."""
    if steps:
        yield created_at, steps[0].before, book.rules.verdict(steps[0].before)
    for number, step in enumerate(steps, 1):
        at = instant(step.at)
        if at is None:
            continue
        if number == len(steps) and step.after == present[0]:
            yield at, *present
        else:
            yield at, step.after, book.rules.verdict(step.after, lost_from=lost_from(steps[:number]))


def _tells_deal(verdict: Verdict, before: Verdict | None, settings: AmoSettings) -> bool:
    """Whether a step is one of the deal's: a closed one that changes its pipeline is not closed again."""
    if verdict.deal is None or (verdict.deal == "won" and settings.won_date_field is not None):
        return False  # the day of a win may be that of the payment
    return verdict.deal == "open" or before is None or before.deal != verdict.deal
