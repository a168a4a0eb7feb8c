"""Which channel something belongs to: one vocabulary for visits, costs, leads and deals.

Evidence goes in (tags, click ids, a CRM's source, a referrer), a channel comes out, or None
where no rule matches. Rules of the user's own (`channel_rules`) come before the built-in
ones (`builtin_channels`). In which order kinds of evidence count is up to who asks.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from collector.plugin.records import NOT_SET
from collector.vocabulary import sources
from collector.vocabulary.builtin_channels import (
    CHANNELS,
    CLICK_IDS,
    CRM_SOURCES,
    CROSS_NETWORK,
    EXISTING,
    NOT_WEB,
    OPEN_LINE,
    PAID,
    REFERRERS,
    RULES,
    UNASSIGNED,
)
from collector.vocabulary.channel_rules import Rule, never_matching
from collector.vocabulary.sources import host_of, kind_of
from collector.vocabulary.tags import MEMORY, clean_tag, clean_text, source_medium, split_source_medium

__all__ = [
    "CHANNELS", "CLICK_IDS", "EXISTING", "NOT_WEB", "UNASSIGNED",
    "ChannelRules", "Grouping", "Rule",
    "clean_tag", "never_matching", "source_medium", "split_source_medium",
]  # fmt: skip

VERSION = 1
"""Raise it when the same tables give other channels; history is then grouped anew."""

_HOST = re.compile(r"[\w-]+(\.[\w-]+)+")
_NAMES = {name.lower(): name for name in CHANNELS}


@dataclass(frozen=True)
class Grouping:
    """A channel and why it is that one."""

    channel: str
    rule: str
    """What matched, in words: `channels[2]`, `built-in: search source and paid medium`, `click id yclid`."""
    evidence: str
    """The values that it matched."""


@dataclass(frozen=True)
class ChannelRules:
    """A project's rules, with the built-in ones behind them."""

    rules: tuple[Rule, ...] = ()
    paid_channels: frozenset[str] = frozenset()

    def of_tags(
        self, source: str | None, medium: str | None, campaign: str | None, lead_source: str | None = None
    ) -> Grouping | None:
        """By a lead's or deal's own tags; without any, a CRM's source alone says nothing here."""
        return self._memory.tags(source, medium, campaign, lead_source)

    def of_click_ids(self, ids: Mapping[str, str]) -> Grouping | None:
        """By the id that an ad system has added to the link."""
        given = {name.lower(): value for name, value in ids.items()} if ids else {}
        for name, channel in CLICK_IDS.items():
            if name in given and clean_tag(given[name]) is not None:
                return Grouping(channel, f"click id {name}", f"{name}={given[name]}")
        return None

    def of_lead_source(self, text: str | None) -> Grouping | None:
        """By the CRM's own source."""
        return self._memory.lead_source(text)

    def of_referrer(self, referrer: str | None) -> Grouping | None:
        """By the site (its address, or its host) that a visitor without tags came from."""
        host = host_of(clean_text(referrer or "")).removeprefix("www.")
        if not _HOST.fullmatch(host):
            return None
        kind, evidence = kind_of(host), f"referrer={host}"
        channel, medium = REFERRERS[kind] if kind else ("Referral", "referral")
        own = self._own(source=host, medium=medium)
        if own is not None:
            return Grouping(_named(self.rules[own].channel), f"channels[{own}]", evidence)
        return Grouping(channel, f"built-in: {kind} referrer" if kind else "built-in: referrer", evidence)

    def of_session(self, source_medium: str, campaign: str | None, untagged: str | None = None) -> str:
        """The channel of a row of visits, by its `source / medium`.

        `untagged`: the one that its analytics mean where visits came without tags; it counts before
        the built-in rules, which are about tags, and after the user's.
        """
        return self._memory.session(source_medium, campaign, untagged)

    def of_campaign(
        self, campaign_id: str | None, title: str | None = None, *, source: str | None = None, medium: str | None = None
    ) -> str | None:
        """The channel of a campaign's costs, by its id, else its title; None: that of its ad system.

        `source` and `medium`: how the ad system's clicks are tagged, where that is known.
        """
        return self._memory.campaign(campaign_id, title, source, medium)

    @property
    def uses_campaigns(self) -> bool:
        """Whether a rule of the user's tells channels by campaigns, so that these are evidence alone."""
        return any(rule.campaign is not None for rule in self.rules)

    def is_paid(self, channel: str) -> bool:
        """Whether a channel's customers cost media money; letters' case does not matter."""
        name = channel.lower()
        return name in self._paid or name.startswith("paid ")

    def digest(self) -> str:
        """Equal where the same evidence gives the same channels, in any process."""
        told = f"{VERSION}\n{_built_in()}\n{self.rules!r}"
        return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()

    def __reduce__(self) -> tuple[type["ChannelRules"], tuple[object, ...]]:
        return ChannelRules, (self.rules, self.paid_channels)  # without what is remembered

    # ── inside ───────────────────────────────────────────────────────────────────────

    @cached_property
    def _memory(self) -> "_Memory":
        return _Memory(
            lru_cache(MEMORY)(self._of_tags),
            lru_cache(MEMORY)(self._of_lead_source),
            lru_cache(MEMORY)(self._of_session),
            lru_cache(MEMORY)(self._of_campaign),
        )

    @cached_property
    def _paid(self) -> frozenset[str]:
        return frozenset(_named(name).lower() for name in (*PAID, *self.paid_channels))

    def _of_tags(
        self, source: str | None, medium: str | None, campaign: str | None, lead_source: str | None
    ) -> Grouping | None:
        tags = clean_tag(source), clean_tag(medium), clean_tag(campaign)
        return self._grouping(*tags, clean_tag(lead_source)) if any(tags) else None

    def _of_lead_source(self, text: str | None) -> Grouping | None:
        clean, evidence = clean_tag(text), f"lead_source={text}"
        if clean is None:
            return None
        for number, rule in enumerate(self.rules):
            if rule.given == ("lead_source",) and rule.matches(lead_source=clean):
                return Grouping(_named(rule.channel), f"channels[{number}]", evidence)
        if clean in CRM_SOURCES:
            return Grouping(CRM_SOURCES[clean], f"CRM source {text}", evidence)
        if OPEN_LINE.pattern.fullmatch(clean):
            return Grouping("Messengers", f"CRM source {text}: an {OPEN_LINE.name}", evidence)
        return None

    def _of_session(self, source_medium: str, campaign: str | None, untagged: str | None) -> str:
        source, medium = split_source_medium(source_medium)
        if untagged is not None:
            own = self._own(source=source, medium=medium, campaign=clean_tag(campaign), lead_source=None)
            return _named(untagged if own is None else self.rules[own].channel)
        found = self._grouping(source, medium, clean_tag(campaign), None)
        return UNASSIGNED if found is None else found.channel

    def _of_campaign(
        self, campaign_id: str | None, title: str | None, source: str | None, medium: str | None
    ) -> str | None:
        tags = {"source": clean_tag(source), "medium": clean_tag(medium)}
        names = [name for name in (clean_tag(campaign_id), clean_tag(title)) if name is not None]
        for name in names:
            for rule in self.rules:
                if rule.campaign is not None and rule.matches(**tags, campaign=name):
                    return _named(rule.channel)
        return CROSS_NETWORK.channel if any(CROSS_NETWORK.matches(None, None, name) for name in names) else None

    def _grouping(
        self, source: str | None, medium: str | None, campaign: str | None, lead_source: str | None
    ) -> Grouping | None:
        """By clean values."""
        values = {"source": source, "medium": medium, "campaign": campaign, "lead_source": lead_source}
        own = self._own(**values)
        if own is not None:
            rule = self.rules[own]
            return Grouping(_named(rule.channel), f"channels[{own}]", _evidence(rule.given, values))
        for built_in in RULES:
            if built_in.matches(source, medium, campaign):
                words = f"built-in: {built_in.told(source, medium)}"
                return Grouping(built_in.channel, words, _evidence(built_in.tags, values))
        return None

    def _own(self, **values: str | None) -> int | None:
        """The number of the first of the user's rules about tags that matches."""
        for number, rule in enumerate(self.rules):
            if rule.given != ("lead_source",) and rule.matches(**values):
                return number
        return None


@dataclass(frozen=True)
class _Memory:
    """The answers that a `ChannelRules` has given: of hundreds of thousands of rows few differ."""

    tags: Callable[[str | None, str | None, str | None, str | None], Grouping | None]
    lead_source: Callable[[str | None], Grouping | None]
    session: Callable[[str, str | None, str | None], str]
    campaign: Callable[[str | None, str | None, str | None, str | None], str | None]


def _named(channel: str) -> str:
    """A channel's name as it is known, however a rule writes it."""
    name = " ".join(channel.split())
    return _NAMES.get(name.lower(), name)


def _evidence(names: Iterable[str], values: Mapping[str, str | None]) -> str:
    told = ((name if name == "lead_source" else f"utm_{name}", values[name] or NOT_SET) for name in names)
    return ", ".join(f"{name}={value}" for name, value in told)


@lru_cache(maxsize=1)
def _built_in() -> str:
    """All tables, as one text."""
    named = [{kind: sorted(names.split()) for kind, names in table.items()} for table in sources.TABLES]
    return repr((RULES, CLICK_IDS, CRM_SOURCES, OPEN_LINE, REFERRERS, sorted(sources.PORTALS.split()), named))
