"""Asks what events tell of leads: of a page of them at once, ten ids a question.

All that a lead's record needs of its past is asked for with the lead: so it is the same whether
it is read in a first import, in a later poll or after a crash, and nothing is kept in between.
"""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from collector.plugin import HttpClient, Json
from connectors.amocrm.bodies import id_of, seconds_of, whole
from connectors.amocrm.events import EXISTENCE, RESPONSES, STATUS, Told, in_order, is_of_person, step, subject
from connectors.amocrm.mapping import created_of, main_contact
from connectors.amocrm.pages import EVENTS, Row, numbered
from connectors.amocrm.recent import Recent

AT_ONCE = 10
"""Ids that the vendor takes in a question for events."""

MANY = 50
"""Leads on a page, of which it pays to look at what was told of everybody in their time."""

SOON = int(timedelta(days=3).total_seconds())
"""Most who ask are answered by then; only of the others is all that was ever said to them looked at."""


@dataclass
class Touched:
    """Leads that may be gone or back, leads and contacts that were answered; by id."""

    existence: set[int] = field(default_factory=set)
    leads: set[int] = field(default_factory=set)
    contacts: set[int] = field(default_factory=set)


class History:
    """The events of one account. `more`: what else counts as an answer."""

    def __init__(self, client: HttpClient, more: Iterable[str] = ()) -> None:
        self._client = client
        self._responses = (*RESPONSES, *(kind for kind in more if kind not in RESPONSES))
        self._recent = Recent(self._all)
        self._end = 0

    async def of(self, leads: Sequence[Row], *, end: int) -> dict[int, Told]:
        """What is told of each of these leads, by id; what happened after `end`, the run's beginning, may be left."""
        if end != self._end:  # another run, that may have broken off: of its last seconds not all was told yet
            self.forget()
            self._end = end
        found = {id_of(lead): Told() for lead in leads}
        known: dict[int, Told] = {}
        if len(leads) >= MANY:
            latest = max(whole(lead.get("updated_at")) or 0 for lead in leads)
            known = await self._recent.of(leads, until=min(latest, end), soon=min(latest + SOON, end), end=end)
            found |= known
        by_age = sorted(leads, key=created_of)
        await self._all_of([lead for lead in by_age if id_of(lead) not in known], found)
        silent = [lead for lead in by_age if id_of(lead) in known and not _is_answered(found[id_of(lead)])]
        if silent and self._recent.last < end:
            await self._answers_of(silent, found, first=self._recent.last + 1)
        return found

    async def _all_of(self, leads: Sequence[Row], found: Mapping[int, Told]) -> None:
        """All that is told of leads, which come in the order of their creation."""
        for some in _tens(leads):
            await self._by_lead(some, found, (STATUS, *self._responses))
        named = [lead for lead in leads if main_contact(lead) is not None]
        for some in _tens(named):
            await self._by_contact(some, found, first=created_of(some[0]), until=created_of(some[-1]) + SOON)
        late = [lead for lead in named if not _is_answered_soon(lead, found)]
        for some in _tens(late):
            await self._by_contact(some, found, first=created_of(some[0]) + SOON)

    async def _answers_of(self, leads: Sequence[Row], found: Mapping[int, Told], *, first: int) -> None:
        """The answers since a second to leads of which all before is known."""
        for some in _tens(leads):
            await self._by_lead(some, found, self._responses, first=first)
        for some in _tens([lead for lead in leads if main_contact(lead) is not None]):
            await self._by_contact(some, found, first=first)

    async def touched(self, since: datetime, until: datetime) -> "Touched":
        """Of whom something was told in this time that a lead's own row may not show."""
        found = Touched()
        span = {"filter[created_at][from]": seconds_of(since), "filter[created_at][to]": seconds_of(until)}
        async for event in self._events((*EXISTENCE, *self._responses), span):
            kind, number = subject(event)
            if number is None:
                continue
            if kind == "lead" and event["type"] in EXISTENCE:
                found.existence.add(number)
            elif event["type"] in self._responses and is_of_person(event) and kind in ("lead", "contact"):
                (found.leads if kind == "lead" else found.contacts).add(number)
        return found

    def forget(self) -> None:
        """Nothing need be remembered any more."""
        self._recent = Recent(self._all)

    async def _all(self, first: int, last: int) -> AsyncIterator[Row]:
        span = {"filter[created_at][from]": first, "filter[created_at][to]": last}
        async for event in self._events((STATUS, *self._responses), span):
            yield event

    async def _by_lead(
        self, leads: Sequence[Row], found: Mapping[int, Told], kinds: Iterable[str], *, first: int | None = None
    ) -> None:
        asked = {**_entity("lead", [id_of(lead) for lead in leads]), "filter[created_at][from]": first}
        events = [event async for event in self._events(kinds, asked)]
        created = {id_of(lead): created_of(lead) for lead in leads}
        for event in in_order(events):
            kind, number = subject(event)
            if kind != "lead" or number is None or number not in created:
                continue
            if event["type"] == STATUS:
                if (taken := step(event)) is not None:
                    found[number].steps.append(taken)
            else:
                self._note(event, found[number], created[number])

    async def _by_contact(
        self, leads: Sequence[Row], found: Mapping[int, Told], *, first: int, until: int | None = None
    ) -> None:
        """Answers to the main contacts of leads, between two seconds."""
        by_contact: dict[int, list[Row]] = {}
        for lead in leads:
            by_contact.setdefault(main_contact(lead) or 0, []).append(lead)
        span = {"filter[created_at][from]": first, "filter[created_at][to]": until}
        by_id = {id_of(lead): lead for lead in leads}
        async for event in self._events(self._responses, {**_entity("contact", list(by_contact)), **span}):
            kind, number = subject(event)
            if kind == "contact":
                theirs = by_contact.get(number or 0, [])
            else:  # the vendor may show the lead that was talked about
                theirs = [by_id[number]] if kind == "lead" and number in by_id else []
            for lead in theirs:
                self._note(event, found[id_of(lead)], created_of(lead))

    def _note(self, event: Mapping[str, Json], told: Told, created: int) -> None:
        at = whole(event.get("created_at"))
        if at is not None and event["type"] in self._responses and is_of_person(event):
            told.answer(at, created=created)

    async def _events(self, kinds: Iterable[str], params: Mapping[str, Any]) -> AsyncIterator[Row]:
        asked = {"filter[type]": ",".join(kinds), **params}
        async for page in numbered(self._client, "events", "events", limit=EVENTS, **asked):
            for event in page:
                yield event


def _is_answered(told: Told) -> bool:
    return told.answered is not None


def _is_answered_soon(lead: Row, found: Mapping[int, Told]) -> bool:
    answered = found[id_of(lead)].answered
    return answered is not None and answered <= created_of(lead) + SOON


def _entity(kind: str, ids: Sequence[int]) -> dict[str, Json]:
    return {"filter[entity][]": kind, "filter[entity_id][]": [str(each) for each in ids]}


def _tens(leads: Sequence[Row]) -> Iterator[list[Row]]:
    rest = iter(leads)
    while some := list(islice(rest, AT_ONCE)):
        yield some
