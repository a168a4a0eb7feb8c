"""What was told of everybody lately: for an import, whose pages go on in the order of changes.

Leads of one page lie close together in time, and so do most of the events that they need. Read
once, as the import goes on, those cost a hundredth of a question each; asked for by lead and
contact, a tenth. It is a memory only: what is not found here is asked for by id, and comes to
the same. So it may be lost at any time, and forgets what is old, to stay small.
"""

from bisect import bisect_right
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import NamedTuple

from collector.plugin import Json
from connectors.amocrm.bodies import id_of, whole
from connectors.amocrm.events import STATUS, Told, is_of_person, step, subject
from connectors.amocrm.mapping import created_of, main_contact
from connectors.amocrm.rules import Step

MOST = 30_000
"""Events that are remembered."""

SOME, MANY = 1_000, 5_000
"""Events, about, of a question that looks ahead a little, and of one that reads on to the end: the vendor is slow
where it has to count many."""

LONG = 30 * 86_400
"""Seconds that it looks ahead at most."""

CREDIT = 100
"""Questions that it may cost more than it has saved; an account where much is said has none of it."""

_A_PAGE, _BY_ID = 0.01, 0.2
"""Questions for an event here, and for a lead by its id and its contact's."""

Subject = tuple[str, int]
Read = Callable[[int, int], AsyncIterator[Mapping[str, Json]]]
"""Events of all entities between two seconds, both inside."""


class _Noted(NamedTuple):
    """What is remembered of an event: when, of whom, and the step, or when it was answered."""

    at: int
    of: Subject
    told: Step | int


class Recent:
    """The events of a span of time that moves on."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._span: tuple[int, int] | None = None
        self._told: dict[Subject, list[Step | int]] = {}
        self._order: deque[tuple[int, Subject]] = deque()
        self._balance = float(CREDIT)
        self._stride = LONG
        self._may_fit = True

    @property
    def last(self) -> int:
        """The second up to which it knows all."""
        return 0 if self._span is None else self._span[1]

    async def of(self, leads: Sequence[Mapping[str, Json]], *, until: int, soon: int, end: int) -> dict[int, Told]:
        """The leads of which it knows all up to `last`, by id.

        It is to know all up to `until`, and where that is not much to read up to `soon`; after `end`
        nothing is needed any more.
        """
        if self._balance < 0 or not leads:
            return {}
        await self._reach(leads, until)
        await self._look_ahead(until, soon)
        if self._balance > CREDIT:  # it has paid
            balance = self._balance
            await self._read_ahead(end)
            self._balance = balance  # it is the same log, only earlier
        found = {id_of(lead): told for lead in leads if (told := self._of(lead)) is not None}
        self._balance += _BY_ID * sum(told.answered is not None for told in found.values())
        return found

    async def _reach(self, leads: Sequence[Mapping[str, Json]], until: int) -> None:
        """Go on to `until`; where it knows nothing yet, from when most of these leads came in."""
        if self._span is None or until < self._span[0]:
            self._told.clear()
            self._order.clear()
            created = sorted(map(created_of, leads))
            self._span = (created[len(created) // 5], created[len(created) // 5] - 1)
        most = int(self._balance / _A_PAGE)
        if not await self._go_on(until, most):
            self._span = None  # it does not pay: what is half read is not to be used
            self._balance = -1.0

    async def _look_ahead(self, reached: int, soon: int) -> None:
        """A little of what comes later: most leads are answered soon after they came in.

        Not so much that what the next pages need would have to be forgotten for it.
        """
        if self._span is None or self._count_after(reached) > MOST // 2:
            return
        last = self._span[1]
        until = min(soon, last + self._stride, last + self._seconds_of(SOME))
        if await self._go_on(until, 2 * SOME):
            self._stride = min(LONG, 2 * self._stride)
        else:
            self._stride = max(1, (until - last) // 10)  # much happened there at once, such as an import of leads

    async def _read_ahead(self, end: int) -> None:
        """All that is left, if by what was read so far it can be remembered: then who was never answered is known."""
        while self._may_fit and self._span is not None and self._span[1] < end:
            (first, last), known = self._span, len(self._order)
            seconds = max(1, last + 1 - first)
            if known + (end - last) * max(known / seconds, 1 / self._seconds_of(1)) > MOST:
                return
            until = min(end, last + seconds, last + self._seconds_of(MANY))
            self._may_fit = await self._go_on(until, MOST - known)

    def _count_after(self, at: int) -> int:
        """How much is remembered of what happened after a second."""
        return len(self._order) - bisect_right(self._order, at, key=lambda each: each[0])

    def _seconds_of(self, events: int) -> int:
        """In which so many happen, if they go on to as they did lately."""
        first, last = self._span or (0, 0)
        lately = min(SOME, len(self._order))
        since = first if lately < SOME else self._order[-lately][0]
        return max(1, events * (last + 1 - since) // max(1, lately))

    async def _go_on(self, until: int, most: int) -> bool:
        """Read what follows, if it is no more than `most`; whether it was read."""
        last = until if self._span is None else self._span[1]
        if until <= last:
            return True
        found, count = dict[str, _Noted](), 0
        async for event in self._read(last + 1, until):
            count += 1
            if (noted := _noted(event)) is not None:
                found[str(event["id"])] = noted
            if count > most:
                break
        self._balance -= _A_PAGE * count
        if count > most:
            return False
        self._take(found, until)
        return True

    def _take(self, found: Mapping[str, "_Noted"], until: int) -> None:
        first = until if self._span is None else self._span[0]
        for number in sorted(found, key=lambda number: (found[number].at, number)):
            at, name, told = found[number]
            self._told.setdefault(name, []).append(told)
            self._order.append((at, name))
        self._span = (max(first, self._forget()), until)

    def _forget(self) -> int:
        """The oldest of too many; from when on all is known."""
        since = 0
        while len(self._order) > MOST or (since and self._order and self._order[0][0] < since):
            at, name = self._order.popleft()
            told = self._told[name]
            told.pop(0)
            if not told:
                del self._told[name]
            since = at + 1
        return since

    def _of(self, lead: Mapping[str, Json]) -> Told | None:
        """What is known of a lead that came in within the span; None: there may be more before."""
        created, contact = created_of(lead), main_contact(lead)
        if self._span is None or created < self._span[0]:
            return None
        found = Told()
        mine = self._told.get(("lead", id_of(lead)), ())
        theirs = () if contact is None else self._told.get(("contact", contact), ())
        for each in (*mine, *theirs):
            if isinstance(each, Step):
                found.steps.append(each)
            else:
                found.answer(each, created=created)
        return found


def _noted(event: Mapping[str, Json]) -> _Noted | None:
    """A row of the log, made small at once: very many may come before it is known whether they are of use."""
    kind, number = subject(event)
    at = whole(event.get("created_at"))
    if number is None or at is None or kind not in ("lead", "contact"):
        return None
    told = step(event) if event["type"] == STATUS else at if is_of_person(event) else None
    return None if told is None else _Noted(at, (kind, number), told)
