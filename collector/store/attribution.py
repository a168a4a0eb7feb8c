"""Which channel each of a customer's leads and deals came by.

The order of evidence is docs/channels.md's: its own tags, its own click id, those of the
lead that it names, the customer's last touch within 90 days, an earlier purchase, the
CRM's source. A touch is a lead (junk too) or a deal (no refund) with tags or a click id
that a rule matches.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from collector.store.ledger import Group, State, by_creation
from collector.store.rules import Rules
from collector.vocabulary.channels import EXISTING, UNASSIGNED, ChannelRules

TOUCH_LASTS = timedelta(days=90)
"""How long a touch speaks for what the same customer does later; the last instant is inside."""


def own_channel(body: Mapping[str, object], channels: ChannelRules) -> str | None:
    """What an entity's own tags and click ids say."""
    source, medium, campaign = body.get("utm_source"), body.get("utm_medium"), body.get("utm_campaign")
    found = None
    if source or medium or campaign:
        found = channels.of_tags(_text(source), _text(medium), _text(campaign), _text(body.get("lead_source")))
    if found is None and (ids := body.get("click_ids")):
        found = channels.of_click_ids(ids)  # type: ignore[arg-type]
    return None if found is None else found.channel


def _text(value: object) -> str | None:
    return None if value is None else str(value)


@dataclass(frozen=True, slots=True)
class _Touches:
    """A customer's touches in the order of time: when each was, its channel, and kind and key of whose it is."""

    instants: list[datetime]
    channels: list[str]
    keys: list[tuple[str, str]]

    @staticmethod
    def of(touches: Iterable[tuple[datetime, int, str, str, str]]) -> "_Touches":
        """Instant, length of the key, key, channel and kind of each."""
        ordered = sorted(touches)
        return _Touches(
            [each[0] for each in ordered], [each[3] for each in ordered], [(each[4], each[2]) for each in ordered]
        )


class Channels:
    """The channels of one group's leads and deals; `refunds` are no touches, `wins` the instants of its sales."""

    def __init__(
        self, group: Group, rules: Rules, *, refunds: frozenset[str], wins: Sequence[tuple[datetime, str]]
    ) -> None:
        self._rules = rules
        self._group = group
        self._refunds = refunds
        self._wins = sorted(wins)
        """When each sale was won, and its deal."""
        own = [(state.kind, state.key, own_channel(state.body, rules.channels)) for state in group.states]
        self._own = {(kind, key): channel for kind, key, channel in own if channel is not None}
        self._named = group.named
        self._found: _Touches | None = None

    @property
    def _touches(self) -> "_Touches":
        """The customer's touches; made when they are first asked for: most entities have evidence of their own."""
        if self._found is None:
            states = self._group.states if self._group.customer is not None else ()
            self._found = _Touches.of(
                (*by_creation(state), channel, state.kind)
                for state in states
                if (channel := self._own.get((state.kind, state.key))) is not None
                and not (state.kind == "deal" and state.key in self._refunds)
            )
        return self._found

    def of(self, state: State) -> str:
        """The channel of one of the group's entities."""
        touch = self._first_touch(state)
        if touch is None:
            own = self._evidence(state)
            if own is not None:
                return own
            touch = self._last_touch(state)
        return self._bought_before(state) or self._by_source(state) if touch is None else self._touches.channels[touch]

    def touch_of(self, state: State) -> tuple[str, str] | None:
        """Kind and key of the touch that the channel of one of the group's entities comes from, if it does."""
        touch = self._first_touch(state)
        if touch is None and self._evidence(state) is None:
            touch = self._last_touch(state)
        return None if touch is None else self._touches.keys[touch]

    def touches_since(self, instant: datetime) -> list[tuple[str, str]]:
        """Those that may still speak for what comes, where it speaks for what came after `instant`."""
        if self._rules.attribution == "first":
            return self._touches.keys[:1]
        return self._touches.keys[bisect_left(self._touches.instants, instant) :]

    def _first_touch(self, state: State) -> int | None:
        """Of `attribution: first` the customer's earliest evidence, where that is no later."""
        if self._rules.attribution != "first":
            return None
        instants = self._touches.instants
        return 0 if instants and instants[0] <= state.created else None

    def _evidence(self, state: State) -> str | None:
        """What its own tags say, or those of the lead that it names."""
        own = self._own.get((state.kind, state.key))
        if own is None and state.kind == "deal":
            own = self._named.get(str(state.body.get("lead_id")))
        return own

    def _last_touch(self, state: State) -> int | None:
        instants = self._touches.instants
        last = bisect_right(instants, state.created) - 1
        return None if last < 0 or state.created - instants[last] > TOUCH_LASTS else last

    def _bought_before(self, state: State) -> str | None:
        repeat = state.body.get("is_repeat")
        if repeat is None:
            repeat = self.win_before(state) is not None
        return EXISTING if repeat else None

    def win_before(self, state: State) -> str | None:
        """The first other deal of the customer that had been won when it was created."""
        return next(
            (deal for at, deal in self._wins if at < state.created and (state.kind, state.key) != ("deal", deal)), None
        )

    def _by_source(self, state: State) -> str:
        source = state.body.get("lead_source")
        found = self._rules.channels.of_lead_source(str(source)) if source else None
        return UNASSIGNED if found is None else found.channel
